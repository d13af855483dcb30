"""What the tray's requests do; the tray itself is tested in a browser."""

from types import SimpleNamespace

import pytest

from zscope.library.registry import find_model
from zscope.ui import component_data, state, tray


@pytest.fixture
def session(monkeypatch):
    """Return the session state; pages that the app would go to are in its "left", and notices in its "notices"."""
    session = {"left": [], "notices": [], state._POINTS: {}}
    monkeypatch.setattr(tray.st, "toast", session["notices"].append)
    monkeypatch.setattr(state.st, "session_state", session)
    monkeypatch.setattr(state, "leave_for", session["left"].append)
    return session


@pytest.fixture
def request_of(monkeypatch):
    def send(go=None, path=None):
        monkeypatch.setattr(tray, "_TRAY", lambda **_: SimpleNamespace(go=go, path=path))
        tray.show_tray(find_model("mnist-2d"))

    return send


def test_a_favourite_opens_in_explore(session, request_of):
    request_of(go={"model": "mnist-2d", "z": [0.5, -1.25], "image": 7})
    assert session["left"] == ["explore"]
    point = state.current_point(find_model("mnist-2d"))
    assert point and point.z == (0.5, -1.25) and point.image == 7


def test_favourites_become_stops_and_each_time_anew(session, request_of):
    places = [{"z": [float(number), 0], "image": None} for number in range(20)]
    for turn in (1, 2):
        request_of(path={"model": "mnist-2d", "stops": places})
        assert state.stops_turn("mnist-2d") == turn
    stops = state.current_stops(find_model("mnist-2d"))
    assert stops and [stop.point.z[0] for stop in stops] == list(range(12))
    assert session["left"] == ["interpolate", "interpolate"]


@pytest.mark.parametrize(
    "place",
    [
        {"z": [0.5], "image": None},
        {"z": [0.5, 1e9], "image": None},
        {"z": [0.5, float("nan")], "image": None},
        {"z": [0, 0], "image": 10_000},
        {"z": [0, 0], "image": -1},
        {"z": [None, 0], "image": None},
        {"z": ["x", 0], "image": None},
        {"z": 7},
        {},
    ],
)
def test_a_place_that_does_not_fit_the_model_is_refused(session, request_of, place):
    request_of(go={"model": "mnist-2d", **place})
    request_of(path={"model": "mnist-2d", "stops": [place]})
    assert session["left"] == []
    assert session["notices"] == ["These favourites belong to another model."] * 2


def test_requests_of_another_model_are_ignored(session, request_of):
    request_of(go={"model": "mnist-16", "z": [0, 0], "image": None})
    assert session["left"] == [] and not session["notices"]


def test_a_path_has_at_least_two_stops(session, request_of):
    request_of(path={"model": "mnist-2d", "stops": [{"z": [0, 0], "image": None}]})
    assert session["left"] == []


@pytest.fixture
def once(monkeypatch):
    monkeypatch.setattr(component_data.st, "session_state", {})
    return component_data._once


def test_a_request_is_returned_by_one_run_only(once):
    request = {"value": "map", "at": 1.5}
    assert once("explorer", "go", None) is None
    assert once("explorer", "go", request) == "map"
    assert once("explorer", "go", request) is None
    assert once("explorer", "go", {"value": "map", "at": 2.5}) == "map"


def test_requests_from_before_the_session_are_ignored(once):
    """After a restart of the server, browsers send their old states again."""
    old = {"value": "map", "at": 1.5}
    assert once("paths", "go", old) is None
    assert once("paths", "go", old) is None
    assert once("paths", "go", {"value": "map", "at": 2.5}) == "map"
