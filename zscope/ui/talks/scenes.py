"""Makes a scene of what a page shows, and shows a scene."""

from contextlib import suppress
from typing import cast

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.maps import parse_spec
from zscope.library.registry import ModelEntry
from zscope.library.talks import Page, Scene, SceneStop, new_scene_id
from zscope.ui import state
from zscope.ui.compare.choice import compare_with, compared_with
from zscope.ui.learn.page import PARAMETER
from zscope.ui.links import Point, Stop

__all__ = ["current_settings", "open_scene", "scene_of"]


def scene_of(page: str, entry: ModelEntry, title: str, notes: str) -> Scene:
    """Make a scene of the page and the session's state."""
    point = state.current_point(entry) if page in ("explore", "map") else None
    stops = state.current_stops(entry) if page == "interpolate" else None
    return Scene(
        id=new_scene_id(),
        page=cast("Page", page),
        model=entry.id,
        title=title,
        notes=notes,
        z=tuple(round(value, 4) for value in point.z) if point else None,
        image=point.image if point else None,
        map=current_settings(entry.id),
        camera=state.current_camera(entry.id) if page == "map" else None,
        stops=tuple(SceneStop(stop.point.z, stop.point.image, stop.hold) for stop in stops or ()),
        other=compared_with() if page == "compare" else None,
        chapter=st.query_params.get(PARAMETER) if page == "learn" else None,
    )


def current_settings(model_id: str) -> str | None:
    """Return the settings of the session's map of a model, as in links."""
    spec = state.current_map(model_id)
    return spec.text() if spec else None


def open_scene(scene: Scene) -> None:
    """Set the session's state to that of a scene, and open its page. Ends the script's run.

    Raises:
        ModelNotFoundError, BundleError: its model does not exist or is broken; nothing is changed.
    """
    entry = state.select_model(scene.model)
    code_dim = entry.manifest.model.code_dim
    if scene.map:
        with suppress(ZscopeError):  # of a version with other settings: the page shows the current map
            state.remember_map(entry.id, parse_spec(scene.map))
            if scene.camera:
                state.remember_camera(entry.id, scene.camera)
    if scene.z and len(scene.z) == code_dim:
        state.remember_point(entry.id, Point(scene.z, scene.image))
    stops = tuple(Stop(Point(stop.z, stop.image), stop.hold) for stop in scene.stops if len(stop.z) == code_dim)
    if len(stops) > 1:
        state.hand_over_stops(entry.id, stops)
    if scene.other:
        compare_with(scene.other)
    if scene.page == "learn" and scene.chapter is None:
        st.query_params.pop(PARAMETER, None)  # the list of chapters
    state.leave_for(scene.page, {PARAMETER: scene.chapter} if scene.chapter else {})
