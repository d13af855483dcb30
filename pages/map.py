"""Map: all encoded images on a plane that is decoded live under the cursor."""

import streamlit as st

from zscope.jobs.maps import stop_job
from zscope.library.maps.making import map_key
from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.components import camera_of, live_map, point_of
from zscope.ui.errors import shown_errors
from zscope.ui.map.panel import PANEL, show_section, style_panel
from zscope.ui.map.settings import choose_map
from zscope.ui.map.status import ensure_made

entry = state.current_model()
style_panel()
board, side = st.columns([2, 1], gap="small")
panel = side.container(key=PANEL)
with shown_errors():
    with panel:
        spec = choose_map(entry)
    with board:
        parts = ensure_made(entry.id, spec)
        state.remember_map(entry.id, spec)
        profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
        point, camera = state.current_point(entry), state.current_camera(entry.id)
        result = live_map(entry, profile, spec, point, camera, parts is not None, key="map")
    if result.stop:
        stop_job(map_key(entry.id, spec))
    if left := point_of(result, entry):
        state.remember_point(entry.id, left)
    if camera := camera_of(result, spec):
        state.remember_camera(entry.id, camera)
    if parts:
        with panel:
            show_section(parts, state.current_point(entry), result.selection, bool(result.shapes))
