"""Streamlit's cached functions: bounded, keyed by content, returning plain data."""

import numpy as np
import streamlit as st

from vae.latent import LatentProfile, profile
from zscope.library.registry import open_model

__all__ = ["latent_profile"]


@st.cache_data(max_entries=32, show_spinner=False)
def latent_profile(model_id: str, fingerprint: str) -> LatentProfile:
    """Return the order and ranges of a model's sliders.

    Args:
        model_id: a listed model.
        fingerprint: hash of its reference codes, so that a retrained model is profiled again.
    """
    bundle = open_model(model_id)
    metrics = bundle.card.metrics
    return profile(bundle.reference.z_mean, np.asarray(metrics.kl_per_dimension), metrics.effect_per_dimension)
