"""Baseline: the smallest page of Streamlit with one decoded picture. `bench/picture_app.py` serves it."""

import numpy as np
import streamlit as st

from vae.inference.loaded_model import LoadedModel
from zscope.library.open_models import load_model


@st.cache_resource
def model() -> LoadedModel:
    return load_model("mnist-16")


st.image(model().decode_pixels(np.zeros((1, 16), np.float32))[0, ..., 0], width=400)
