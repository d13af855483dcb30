"""The page components; their JavaScript modules are loaded from the asset route."""

import base64
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import plotly
import streamlit as st

from vae.errors import BadRequestError
from vae.latent import LatentProfile
from vae.latent.paths import PATHS
from vae.latent.sliders import Dimension, slider_data
from vae.pictures.colors import CLASS_COLORS
from vae.pictures.preparation import input_style_of
from zscope.library.maps import MapSpec
from zscope.library.maps.directions import KeptDirection
from zscope.library.maps.making import map_key as find_key
from zscope.library.maps.making import settings_of
from zscope.library.registry import ModelEntry
from zscope.messages import (
    Direction,
    ExplorePage,
    InputStyle,
    MapOnPage,
    MapPage,
    PathsPage,
    ReconstructPage,
    SlidersPage,
    StopData,
)
from zscope.ui import state
from zscope.ui.component_data import attribute_data, declare, map_data, model_data, path_data, point_data
from zscope.ui.language import _
from zscope.ui.links import Camera, Point, Stop, parse_camera
from zscope.ui.map.status import TURN_KEY
from zscope.ui.server import audience_reach, base_path, decoded

__all__ = ["camera_of", "explorer", "live_map", "live_paths", "point_of", "reconstructor", "stop_of", "stops_of"]

_EXPLORER = declare("explorer", "explore", ("go",))
_MAP = declare("map", "map", ("stop", "ended"))
_PATHS = declare("paths", "paths", ("go",))
_RECONSTRUCT = declare("reconstruct", "reconstruct", ("stop", "go"))


def explorer(
    entry: ModelEntry,
    profile: LatentProfile,
    point: Point | None,
    spec: MapSpec | None,
    directions: Sequence[KeptDirection],
    key: str,
):
    """Show the live explorer of a model.

    Args:
        point: initial point; None plays an animation through the data until the user acts.
        spec: a finished map to show beside the sliders; None shows none.
        directions: directions that get a slider each.

    Returns:
        The component's result: `point` (see `point_of`); `go`, once, the name of the page to go to.
    """
    shared = _shared(entry, profile, spec)
    return _EXPLORER(
        key=key,
        data=ExplorePage(
            **shared,
            point=point_data(point),
            # Once: the component exists already in the session's later runs.
            picture=None if key in st.session_state else _first_picture(entry, shared["dimensions"], point),
            directions=[_direction(direction) for direction in directions],
            reach=audience_reach(),
        ),
        on_point_change=lambda: None,
        on_go_change=lambda: None,
    )


def live_map(
    entry: ModelEntry,
    profile: LatentProfile,
    spec: MapSpec,
    point: Point | None,
    camera: Camera | None,
    ready: bool,
    key: str,
):
    """Show the live map of a model.

    Args:
        camera: initial camera of a map in 3-D; None: the usual one.
        ready: whether the map is finished; otherwise the component shows its progress and reports when it is.

    Returns:
        The component's result: `point` (see `point_of`), `selection` (rows of the points), `shapes` (whether
        groups have different shapes), `camera` (see `camera_of`), `made`, `stop`.
    """
    model, content, map_key = model_data(entry, profile), f"{base_path()}/content", find_key(entry.id, spec)
    shown = MapOnPage(
        **map_data(entry, spec),
        key=map_key,
        linear=spec.projection.is_linear,
        components=spec.components,
        names=[_(name) for name in spec.projection.axis_names(**settings_of(entry.id, spec))],
        explained=_(spec.projection.meaning),
        ready=ready,
        turn=st.session_state.get(TURN_KEY, 0),
        statusUrl=f"{content}/maps/{map_key}/status",
        frameUrl=f"{content}/maps/{map_key}/frame",
        # The available images may change, so the URLs depend on the map's points.
        attributes=attribute_data(entry, spec),
        sheetsUrl=f"{content}/data/{entry.manifest.dataset}/SPLIT/sheet?v={model['imagesVersion']}-{map_key}",
        imagesUrl=f"{content}/data/{entry.manifest.dataset}/SPLIT/images?v={model['imagesVersion']}-{map_key}",
    )
    return _MAP(
        key=key,
        data=MapPage(
            base=base_path(),
            model=model,
            palette=list(CLASS_COLORS),
            plotlyUrl=f"{base_path()}/assets/vendor/plotly.min.js?v={plotly.__version__}",
            point=point_data(point),
            map=shown,
            camera=None if camera is None else list(camera),
        ),
        on_point_change=lambda: None,
        on_selection_change=lambda: None,
        on_shapes_change=lambda: None,
        on_camera_change=lambda: None,
        on_made_change=lambda: None,
        on_stop_change=lambda: None,
        on_ended_change=lambda: None,
    )


def live_paths(
    entry: ModelEntry,
    profile: LatentProfile,
    point: Point | None,
    stops: Sequence[Stop] | None,
    spec: MapSpec | None,
    key: str,
):
    """Show the four kinds of path between codes of a model.

    Args:
        point: current point of Explore and the map.
        stops: initial stops; two random test images when None.
        spec: a finished map to draw the paths on; None shows none.

    Returns:
        The component's result: `stops` (see `stops_of`); `go`, once, the name of the page to go to.
    """
    content = f"{base_path()}/content/models/{entry.id}"
    return _PATHS(
        key=key,
        data=PathsPage(
            **_shared(entry, profile, spec),
            point=point_data(point),
            stops=None if stops is None else [_stop_data(stop) for stop in stops],
            turn=state.stops_turn(entry.id),
            paths=[path_data(path) for path in PATHS.values()],
            pathUrl=f"{content}/path",
            movieUrl=f"{content}/movie",
        ),
        on_stops_change=lambda: None,
        on_go_change=lambda: None,
    )


def reconstructor(entry: ModelEntry, profile: LatentProfile, spec: MapSpec | None, key: str):
    """Show the preparation and reconstruction of a user's picture.

    Args:
        spec: a finished map to show the picture's position on; None shows none.

    Returns:
        The component's result: `point` (see `point_of`); `stop`, once, a picture for Interpolate (see `stop_of`); `go`,
        once, the name of the page to go to.
    """
    return _RECONSTRUCT(
        key=key,
        data=ReconstructPage(
            **_shared(entry, profile, spec),
            wants=_input_style(entry),
            url=f"{base_path()}/content/models/{entry.id}",
        ),
        on_point_change=lambda: None,
        on_stop_change=lambda: None,
        on_go_change=lambda: None,
    )


def stops_of(result, entry: ModelEntry) -> tuple[Stop, ...] | None:
    """Return the current stops from a component's result; None before any were chosen, or for another model."""
    left = result.stops
    if not left or left.get("model") != entry.id:
        return None
    found = [
        Stop(Point(tuple(float(value) for value in stop["z"]), stop.get("image")), float(stop["hold"]))
        for stop in left["stops"]
    ]
    fits = len(found) >= 2 and all(len(stop.point.z) == entry.manifest.model.code_dim for stop in found)
    return tuple(found) if fits else None


def stop_of(result, entry: ModelEntry) -> tuple[str, Point] | None:
    """Return the letter, A or B, and the point of a picture for Interpolate; None if there is none."""
    stop = result.stop
    if not stop or stop.get("model") != entry.id or stop.get("letter") not in ("A", "B"):
        return None
    z = tuple(float(value) for value in stop["z"])
    return (stop["letter"], Point(z)) if len(z) == entry.manifest.model.code_dim else None


def camera_of(result, spec: MapSpec) -> Camera | None:
    """Return the last camera from a component's result; None before it was moved, or for another map."""
    left = result.camera
    if not left or left.get("map") != spec.text():
        return None
    with suppress(BadRequestError):
        return parse_camera(",".join(str(value) for value in left["camera"]))
    return None


def point_of(result, entry: ModelEntry) -> Point | None:
    """Return the last released point from a component's result; None before the first one, or for another model."""
    left = result.point
    if not left or left.get("model") != entry.id or len(left["z"]) != entry.manifest.model.code_dim:
        return None  # of another model, or of an older one with this id
    return Point(tuple(float(value) for value in left["z"]), left.get("image"))


def _shared(entry: ModelEntry, profile: LatentProfile, spec: MapSpec | None) -> SlidersPage:
    """Return the data that the components of Explore, Interpolate and Reconstruct have in common."""
    return {
        "base": base_path(),
        "model": model_data(entry, profile),
        "dimensions": slider_data(profile),
        "colors": list(CLASS_COLORS),
        "map": None if spec is None else map_data(entry, spec),
    }


def _first_picture(entry: ModelEntry, dimensions: Sequence[Dimension], point: Point | None) -> str | None:
    """Return the pixels at the point, or where the page starts without one, in base64; None if they are not ready.

    The browser chooses the first class of a conditional model, so without a point there is no picture of it.
    """
    model = entry.manifest.model
    z = np.zeros(model.code_dim, np.float32)
    if point is not None:
        z[:] = point.z
    elif model.classes:
        return None
    else:  # as in assets/js/explore/explorer.js
        for dimension in dimensions:
            z[dimension["index"]] = dimension["median"]
    picture = decoded(entry.id, z)
    return None if picture is None else base64.b64encode(picture.tobytes()).decode()


def _stop_data(stop: Stop) -> StopData:
    return {"z": list(stop.point.z), "image": stop.point.image, "hold": stop.hold}


def _input_style(entry: ModelEntry) -> InputStyle:
    style = input_style_of(entry.manifest)
    return {
        "content": style.content,
        "light": style.light,
        "background": style.background,
        "extent": style.extent,
        "centre": style.centre,
        "middle": style.middle,
    }


def _direction(direction: KeptDirection) -> Direction:
    return {
        "id": direction.id,
        "title": direction.title,
        "a": direction.a,
        "b": direction.b,
        "vector": list(direction.vector),
        "start": list(direction.start),
        "low": direction.low,
        "high": direction.high,
    }
