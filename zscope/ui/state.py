"""Session state: the open model, and the current point in each model's latent space.

The URL is read here once. The browser keeps it up to date (`assets/js/core/link.js`): if the server wrote it, every
release of a slider would add a step to the Back button.

Pages access the state through these functions alone, so that all pages show the same model and point.
"""

from contextlib import suppress

import streamlit as st

from vae.data import load_test_split
from vae.errors import ZscopeError
from vae.latent.projections import projections_for
from zscope.library.maps import MapSpec, parse_spec
from zscope.library.maps.making import find_map
from zscope.library.registry import ModelEntry, find_model
from zscope.library.registry import open_model as open_bundle
from zscope.ui.links import DEFAULT_MODEL, Camera, Point, Stop, parse_camera, parse_point

__all__ = [
    "MODEL_KEY",
    "current_camera",
    "current_map",
    "current_model",
    "current_point",
    "current_stops",
    "follow_card",
    "hand_over_stops",
    "leave_for",
    "made_map",
    "open_model",
    "picker_key",
    "remember_camera",
    "remember_map",
    "remember_point",
    "remember_stop",
    "remember_stops",
    "renew_picker",
    "restore_link",
    "select_model",
    "stops_turn",
    "take_leaving",
    "take_notice",
]

MODEL_KEY = "zscope_model"  # id of the open model
_PICKERS = "zscope_pickers"  # number of pickers created
_POINTS = "zscope_points"  # {model id: Point}
_STOPS = "zscope_stops"  # {model id: (Stop, Stop, …)}
_TURNS = "zscope_stops_turns"  # {model id: how often its stops were handed over}
_MAPS = "zscope_maps"  # {model id: MapSpec}
_CAMERAS = "zscope_cameras"  # {(model id, settings of a map in 3-D): Camera}
_NOTICE = "zscope_notice"  # fault of the link, shown once
_OPENED = "zscope_opened"  # id of a model to open in Explore
_LEAVING = "zscope_leaving"  # (name of the page to go to, its query)
_RESTORED = "zscope_restored"  # the link has been read


def restore_link() -> None:
    """On a session's first run, read model and point from the URL; an invalid link leaves a notice."""
    if st.session_state.get(_RESTORED):
        return
    st.session_state[_RESTORED] = True
    st.session_state.setdefault(_POINTS, {})
    st.session_state.setdefault(MODEL_KEY, DEFAULT_MODEL)
    model_id, z = st.query_params.get("model"), st.query_params.get("z")
    try:
        settings = st.query_params.get("map")
        if model_id is not None or z is not None or settings is not None:
            entry = _usable(model_id or DEFAULT_MODEL)
            st.session_state[MODEL_KEY] = entry.id
            if settings is not None:
                remember_map(entry.id, parse_spec(settings))
                if (camera := st.query_params.get("camera")) is not None:
                    remember_camera(entry.id, parse_camera(camera))
            if z is not None:
                images = len(load_test_split(entry.manifest.dataset))
                model = entry.manifest.model
                point = parse_point(z, st.query_params.get("image"), model.code_dim, images, model.classes)
                st.session_state[_POINTS][entry.id] = point
    except ZscopeError as error:
        st.session_state[_NOTICE] = str(error)


def take_notice() -> str | None:
    """Return the fault of the link, once."""
    return st.session_state.pop(_NOTICE, None)


def leave_for(page: str, query: dict[str, str] | None = None) -> None:
    """Go to a page, by its name in the shell. Ends the script's run.

    Args:
        query: parameters of the address that the page reads.
    """
    st.session_state[_LEAVING] = (page, query or {})
    st.rerun()


def select_model(model_id: str) -> ModelEntry:
    """Make a model the open one and return it. The caller ends the script's run.

    Raises:
        ModelNotFoundError, BundleError: it does not exist or is broken; the open model stays.
    """
    entry = _usable(model_id)
    st.session_state[MODEL_KEY] = entry.id
    renew_picker()
    return entry


def open_model(model_id: str) -> None:
    """Open a model in Explore. Ends the script's run."""
    st.session_state[_OPENED] = model_id
    leave_for("explore")


def follow_card(model_id: str) -> None:
    """Open the model whose card is shown, so that the sidebar shows it too. Call before the picker is drawn."""
    if model_id == st.session_state[MODEL_KEY]:
        return
    with suppress(ZscopeError):  # deleted or broken: the card shows the reason, and the open model stays
        select_model(model_id)


def take_leaving(page: str) -> tuple[str, dict[str, str]] | None:
    """Return the page to go to and its query until it is open, and open the model of `open_model`.

    Call before the picker is drawn.

    A browser's message that arrives during the change of pages replaces that run by one of the old page.

    Args:
        page: the page of this run.
    """
    model_id = st.session_state.pop(_OPENED, None)
    if model_id is not None:
        select_model(model_id)
    leaving = st.session_state.get(_LEAVING)
    if leaving is None or leaving[0] != page:
        return leaving
    del st.session_state[_LEAVING]
    st.query_params.update(leaving[1])  # it may have been open already
    return None


def picker_key() -> str:
    """Return the key of the sidebar's picker, which changes with each `renew_picker`."""
    return f"zscope_picker_{st.session_state.get(_PICKERS, 0)}"


def renew_picker() -> None:
    """Replace the sidebar's picker after the open model was changed elsewhere.

    A browser that refreshes a part of the page at that moment would send the old picker's value, which would win.
    """
    st.session_state[_PICKERS] = st.session_state.get(_PICKERS, 0) + 1


def current_model() -> ModelEntry:
    """Return the open model.

    Raises:
        ModelNotFoundError: it does not exist any more.
        BundleError: it is broken.
    """
    return _usable(st.session_state[MODEL_KEY])


def current_point(entry: ModelEntry) -> Point | None:
    """Return the last point in that model; None if there is none, or if it belongs to an older model with this id."""
    point = st.session_state[_POINTS].get(entry.id)
    return point if point and len(point.z) == entry.manifest.model.code_dim else None


def remember_point(model_id: str, point: Point) -> None:
    st.session_state[_POINTS][model_id] = point


def current_stops(entry: ModelEntry) -> tuple[Stop, ...] | None:
    """Return the last stops of the Interpolate page."""
    stops = st.session_state.get(_STOPS, {}).get(entry.id)
    return stops if stops and all(len(stop.point.z) == entry.manifest.model.code_dim for stop in stops) else None


def remember_stops(model_id: str, stops: tuple[Stop, ...]) -> None:
    st.session_state.setdefault(_STOPS, {})[model_id] = stops


def hand_over_stops(model_id: str, stops: tuple[Stop, ...]) -> None:
    """Save stops that were chosen elsewhere; the Interpolate page shows them even if it is open."""
    remember_stops(model_id, stops)
    turns = st.session_state.setdefault(_TURNS, {})
    turns[model_id] = turns.get(model_id, 0) + 1


def stops_turn(model_id: str) -> int:
    """Return how often the stops of a model were handed over."""
    return st.session_state.get(_TURNS, {}).get(model_id, 0)


def remember_stop(entry: ModelEntry, letter: str, point: Point) -> None:
    """Save a user's picture as stop A or B of Interpolate; the other stop is kept, or is a test image."""
    stops = list(current_stops(entry) or (Stop(_test_point(entry)),) * 2)
    stops["AB".index(letter)] = Stop(point)
    remember_stops(entry.id, tuple(stops))


def current_map(model_id: str) -> MapSpec | None:
    """Return the last map shown, or that of the link."""
    return st.session_state.get(_MAPS, {}).get(model_id)


def current_camera(model_id: str) -> Camera | None:
    """Return the camera of the last map shown; None if it is the usual one."""
    spec = current_map(model_id)
    return spec and st.session_state.get(_CAMERAS, {}).get((model_id, spec.text()))


def remember_camera(model_id: str, camera: Camera) -> None:
    """Save the camera of the last map shown."""
    spec = current_map(model_id)
    if spec and spec.components > 2:
        st.session_state.setdefault(_CAMERAS, {})[model_id, spec.text()] = camera


def made_map(entry: ModelEntry) -> MapSpec | None:
    """Return the map to show on other pages: the last one shown, in two dimensions, else the first possible one.

    None if it does not exist yet or is not possible for this model; the Map page shows why.
    """
    first = projections_for(entry.manifest.model.latent_dim)[0]
    last = current_map(entry.id)
    spec = last.flat() if last else MapSpec(method=first.key)
    try:
        return None if find_map(entry.id, spec) is None else spec
    except ZscopeError:
        return None


def remember_map(model_id: str, spec: MapSpec) -> None:
    st.session_state.setdefault(_MAPS, {})[model_id] = spec


def _test_point(entry: ModelEntry) -> Point:
    """Return the point of the first test image."""
    reference, classes = open_bundle(entry.id).reference, entry.manifest.model.classes
    weights = [float(label == reference.labels[0]) for label in range(classes)]
    return Point((*map(float, reference.z_mean[0]), *weights), 0)


def _usable(model_id: str) -> ModelEntry:
    entry = find_model(model_id)
    entry.check()
    return entry
