"""Reconstruct: prepares a user's picture step by step and reconstructs it with the model."""

import streamlit as st

from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.components import point_of, reconstructor, stop_of
from zscope.ui.language import _

entry = state.current_model()
if not entry.manifest.model.encodes:
    st.title(_("Reconstruct"), anchor=False)
    st.info(_("This model has no encoder, so it can't read pictures. Import its encoder too."))
    st.stop()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
result = reconstructor(entry, profile, state.made_map(entry), key="reconstruct")
if left := point_of(result, entry):
    state.remember_point(entry.id, left)
if stop := stop_of(result, entry):
    state.remember_stop(entry, *stop)
if result.go in ("explore", "interpolate", "map"):
    state.leave_for(result.go)
