"""Map: all encoded images on a plane that is decoded live under the cursor."""

import streamlit as st

from zscope.jobs.maps import stop_job
from zscope.library.maps.making import map_key
from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.components import live_map, point_of
from zscope.ui.errors import shown_errors
from zscope.ui.map.directions import show_directions
from zscope.ui.map.export import show_exports
from zscope.ui.map.neighbours import show_neighbours
from zscope.ui.map.selection import show_selection
from zscope.ui.map.settings import choose_map
from zscope.ui.map.status import ensure_made

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
