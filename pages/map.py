"""Map: every encoded image on one plane, decoded wherever the hand goes."""

import streamlit as st

from ui import state
from ui.cache import latent_profile
from ui.components import live_map, point_of
from ui.errors import shown_errors
from ui.map.directions import show_directions
from ui.map.export import show_exports
from ui.map.neighbours import show_neighbours
from ui.map.selection import show_selection
from ui.map.settings import choose_map
from ui.map.status import ensure_made
from vae.maps.jobs import stop_job
from vae.maps.making import map_key

entry = state.current_model()
st.title("Map", anchor=False)
with shown_errors():
    spec = choose_map(entry)
    parts = ensure_made(entry.id, spec)
    state.remember_map(entry.id, spec)
    profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
    result = live_map(entry, profile, spec, state.current_point(entry), parts is not None, key="map")
    if result.stop:
        stop_job(map_key(entry.id, spec))
    if left := point_of(result, entry):
        state.remember_point(entry.id, left)
    if parts:
        point = state.current_point(entry)
        show_exports(parts)
        if result.selection:
            show_selection(parts, result.selection, "map")
        if point:
            show_neighbours(parts, point)
        show_directions(parts, point)
