"""All session keys in one place: which model is open, and where in each model's latent space the person is.

The URL is read here, once; the browser's side keeps it up to date (`assets/js/core/link.js`): written by the server,
every release of a slider would be a step of the Back button.

Pages read and write through these functions alone, so that every page shows the same model and the same point.
"""

from contextlib import suppress

import streamlit as st

from vae.data import load_test_split
from vae.errors import BundleError, ZscopeError
from vae.latent.projections import projections_for
from zscope.library.maps import MapSpec, parse_spec
from zscope.library.maps.making import find_map
from zscope.library.registry import ModelEntry, find_model
from zscope.library.registry import open_model as open_bundle
from zscope.ui.links import DEFAULT_MODEL, Point, Stop, parse_point

__all__ = [
    "MODEL_KEY",
    "current_map",
    "current_model",
    "current_point",
    "current_stops",
    "follow_card",
    "leave_for",
    "made_map",
    "open_model",
    "picker_key",
    "remember_map",
    "remember_point",
    "remember_stop",
    "remember_stops",
    "renew_picker",
    "restore_link",
    "take_leaving",
    "take_notice",
]

MODEL_KEY = "zscope_model"  # id of the open model
_PICKERS = "zscope_pickers"  # how many pickers there were
_POINTS = "zscope_points"  # {model id: Point}
_STOPS = "zscope_stops"  # {model id: (Stop, Stop, …)}
_MAPS = "zscope_maps"  # {model id: MapSpec}
_NOTICE = "zscope_notice"  # what was wrong with the link, shown once
_OPENED = "zscope_opened"  # id of a model that a page wants to be opened in Explore
_LEAVING = "zscope_leaving"  # name of the page that a page is left for
_RESTORED = "zscope_restored"  # the link has been read


def restore_link() -> None:
    """On a session's first run, take model and point from the URL; nonsense is refused with a notice."""
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
            if z is not None:
                images = len(load_test_split(entry.manifest.dataset))
                model = entry.manifest.model
                point = parse_point(z, st.query_params.get("image"), model.code_dim, images, model.classes)
                st.session_state[_POINTS][entry.id] = point
    except ZscopeError as error:
        st.session_state[_NOTICE] = str(error)


def take_notice() -> str | None:
    """What was wrong with the link, once."""
    return st.session_state.pop(_NOTICE, None)


def leave_for(page: str) -> None:
    """Leave this page for another, of the shell's names. Ends the script's run."""
    st.session_state[_LEAVING] = page
    st.rerun()


def open_model(model_id: str) -> None:
    """Leave this page for Explore, with that model. Ends the script's run."""
    st.session_state[_OPENED] = model_id
    leave_for("explore")


def follow_card(model_id: str) -> None:
    """Open the model whose card is shown: the sidebar describes the same one. Before the picker is drawn."""
    if model_id == st.session_state[MODEL_KEY]:
        return
    with suppress(ZscopeError):  # deleted or broken: its card says so, and another model stays open
        st.session_state[MODEL_KEY] = _usable(model_id).id
        renew_picker()


def take_leaving() -> str | None:
    """The page that a page has been left for, once; with `open_model`, that model is the open one by then. Before the
    picker is drawn."""
    model_id = st.session_state.pop(_OPENED, None)
    if model_id is not None:
        st.session_state[MODEL_KEY] = _usable(model_id).id
        renew_picker()
    return st.session_state.pop(_LEAVING, None)


def picker_key() -> str:
    """Of the sidebar's picker: another one after each `renew_picker`."""
    return f"zscope_picker_{st.session_state.get(_PICKERS, 0)}"


def renew_picker() -> None:
    """The open model was changed otherwise: a browser that refreshes a part of the page meanwhile would send the old
    picker's value along, and it would win."""
    st.session_state[_PICKERS] = st.session_state.get(_PICKERS, 0) + 1


def current_model() -> ModelEntry:
    """The open model.

    Raises:
        ModelNotFoundError: it has gone.
        BundleError: it is broken.
    """
    return _usable(st.session_state[MODEL_KEY])


def current_point(entry: ModelEntry) -> Point | None:
    """Where the person left that model, if they have been there; not where another of its name was left."""
    point = st.session_state[_POINTS].get(entry.id)
    return point if point and len(point.z) == entry.manifest.model.code_dim else None


def remember_point(model_id: str, point: Point) -> None:
    st.session_state[_POINTS][model_id] = point


def current_stops(entry: ModelEntry) -> tuple[Stop, ...] | None:
    """What the person interpolated between last."""
    stops = st.session_state.get(_STOPS, {}).get(entry.id)
    return stops if stops and all(len(stop.point.z) == entry.manifest.model.code_dim for stop in stops) else None


def remember_stops(model_id: str, stops: tuple[Stop, ...]) -> None:
    st.session_state.setdefault(_STOPS, {})[model_id] = stops


def remember_stop(entry: ModelEntry, letter: str, point: Point) -> None:
    """One picture of the person's own for Interpolate, as its A or B; the other end stays, or is a test image."""
    stops = list(current_stops(entry) or (Stop(_test_point(entry)),) * 2)
    stops["AB".index(letter)] = Stop(point)
    remember_stops(entry.id, tuple(stops))


def current_map(model_id: str) -> MapSpec | None:
    """The map that the person looked at last, or came to by a link."""
    return st.session_state.get(_MAPS, {}).get(model_id)


def made_map(entry: ModelEntry) -> MapSpec | None:
    """The map to show beside other things: the one looked at last, else the first that is offered.

    None where it is not made, or not for this model: the Map page says so.
    """
    first = projections_for(entry.manifest.model.latent_dim)[0]
    spec = current_map(entry.id) or MapSpec(method=first.key)
    try:
        return None if find_map(entry.id, spec) is None else spec
    except ZscopeError:
        return None


def remember_map(model_id: str, spec: MapSpec) -> None:
    st.session_state.setdefault(_MAPS, {})[model_id] = spec


def _test_point(entry: ModelEntry) -> Point:
    """Of the first test image."""
    reference, classes = open_bundle(entry.id).reference, entry.manifest.model.classes
    weights = [float(label == reference.labels[0]) for label in range(classes)]
    return Point((*map(float, reference.z_mean[0]), *weights), 0)


def _usable(model_id: str) -> ModelEntry:
    entry = find_model(model_id)
    if entry.fault:
        raise BundleError(f"The model {entry.id} cannot be opened: {entry.fault}", "Choose another model.")
    return entry
