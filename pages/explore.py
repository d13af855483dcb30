"""Explore: sliders over the latent dimensions with a live decoded picture."""

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.maps.directions import kept_directions
from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.components import explorer, point_of
from zscope.ui.errors import error_text
from zscope.ui.text import plain

entry = state.current_model()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
# A two-dimensional latent space needs no map; maps of others are made on the Map page.
spec = state.made_map(entry) if entry.manifest.model.latent_dim > 2 else None
directions = ()
try:
    directions = kept_directions(entry.manifest)
except ZscopeError as error:  # the file of directions is damaged: the other sliders work
    st.warning(plain(error_text(error)))
result = explorer(entry, profile, state.current_point(entry), spec, directions, key="explorer")
if left := point_of(result, entry):
    state.remember_point(entry.id, left)
if result.go == "map":
    state.leave_for(result.go)
