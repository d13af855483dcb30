"""The paths of the Interpolate page, line by line over HTTP."""

import json

import numpy as np
import pytest
from asgi import getter

from vae.inference.interpolation import TIMES
from vae.latent.paths import PATHS
from zscope.library.registry import open_model
from zscope.serving.gradients import interpolator
from zscope.serving.paths import path_routes

KINDS = tuple(PATHS)

get = getter(path_routes("/content"))


@pytest.fixture(scope="module")
def reference():
    return open_model("mnist-2d").reference


def ask(kind: str, a, b) -> list[dict]:
    text = [",".join(map(str, np.asarray(end).tolist())) for end in (a, b)]
    status, headers, body = get(f"/content/models/mnist-2d/path?kind={kind}&a={text[0]}&b={text[1]}")
    assert status == 200 and headers["cache-control"] == "no-store"
    return [line for line in map(json.loads, body.splitlines()) if "note" not in line]


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_comes_with_what_it_is_like(reference, kind):
    a, b = reference.z_mean[[3, 8]]
    *before, last = ask(kind, a, b)
    assert last["done"] and not any("done" in line for line in before)
    codes = np.array(last["codes"])
    assert codes.shape == (len(TIMES), 2)
    np.testing.assert_allclose(codes[[20, 60]], [a, b], atol=1e-3)
    walker = interpolator("mnist-2d")
    path = walker.path(kind, a, b)
    np.testing.assert_allclose(codes, path.at(TIMES), atol=2e-3)
    assert last["length"] == pytest.approx(walker.length(path, 41), rel=0.01)
    way = np.array(last["way"])
    assert way.shape == (41,) and way[0] == 0 and way[-1] == 1 and (np.diff(way) >= 0).all()
    assert len(last["speed"]) == 40 and np.mean(last["speed"]) == pytest.approx(last["length"], rel=1e-3)
    assert last["votes"][0] in range(10) and len(last["off"]) == len(last["votes"]) == 41
    assert all(0 <= percentile <= 100 for percentile in last["off"])


def test_the_geodesic_is_seen_as_it_converges_and_is_the_shortest(reference):
    a, b = reference.z_mean[[0, 1]]
    lines = ask("geodesic", a, b)
    assert len(lines) > 1
    lengths = {kind: ask(kind, a, b)[-1]["length"] for kind in KINDS}
    assert lengths["geodesic"] <= lengths["linear"] * 1.001 and lengths["geodesic"] == min(lengths.values())


def test_a_found_path_is_cached(reference):
    a, b = reference.z_mean[[2, 9]]
    *_, found = ask("geodesic", a, b)
    assert ask("geodesic", a, b) == [found]
    assert len(ask("geodesic", b, a)) > 1  # another path


def test_from_a_to_a_nothing_changes(reference):
    for kind in KINDS:
        last = ask(kind, reference.z_mean[4], reference.z_mean[4])[-1]
        assert last["length"] == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mnist-2d/path?kind=linear&a=1,2", 400),
        ("mnist-2d/path?kind=linear&a=1,2&b=1", 400),
        ("mnist-2d/path?kind=linear&a=1,nan&b=1,2", 400),
        ("mnist-2d/path?kind=linear&a=1,1e30&b=1,2", 400),
        ("mnist-2d/path?kind=linear&a=x,y&b=1,2", 400),
        ("mnist-2d/path?kind=linear&a=" + "1," * 20_000 + "&b=1,2", 400),
        ("missing/path?kind=linear&a=1,2&b=1,2", 404),
    ],
)
def test_nonsense_is_refused(query, expected):
    assert get(f"/content/models/{query}")[0] == expected


def test_an_unknown_kind_of_path_is_an_error_line():
    status, _, body = get("/content/models/mnist-2d/path?kind=wormhole&a=1,2&b=2,1")
    assert status == 200 and "wormhole" in json.loads(body)["error"]["message"]
