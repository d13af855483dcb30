"""Map: every encoded image on one plane, decoded wherever the hand goes."""

import streamlit as st

from ui import state
from ui.cache import latent_profile
from ui.components import live_map
from ui.errors import shown_errors
from ui.links import Point
from ui.map.selection import show_selection
from ui.map.settings import choose_map
from ui.map.status import ensure_made
from vae.maps.jobs import stop_job

entry = state.current_model()
st.title("Map", anchor=False)
spec = choose_map(entry)
with shown_errors():
    ready = ensure_made(entry.id, spec)
    profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
    result = live_map(entry, profile, spec, state.current_point(entry.id), ready, key="map")
    if result.stop:
        stop_job(result.stop)
    if (left := result.point) and left.get("model") == entry.id:
        state.remember_point(entry.id, Point(tuple(map(float, left["z"])), left.get("image")))
    if ready and result.selection:
        show_selection(entry.id, spec, result.selection)
