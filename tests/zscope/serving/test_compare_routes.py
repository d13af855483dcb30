"""What the Compare page fetches: matching, change and neighbours over HTTP."""

import json

import numpy as np
import pytest
from asgi import getter

from vae.evaluation.comparison import NEIGHBOURS, follow_linearly, match_dimensions, neighbourhood_change
from zscope.library.open_models import wide_neighbours
from zscope.library.registry import open_model
from zscope.serving.comparing import comparing_routes

get = getter(comparing_routes("/content"))
PAIR = ("mnist-16", "mnist-2d")
URL = f"/content/compare/{PAIR[0]}/{PAIR[1]}"


def headed(body: bytes) -> tuple[dict, bytes]:
    length = int.from_bytes(body[:4], "little")
    assert length % 4 == 0  # what follows is read in place
    return json.loads(body[4 : 4 + length]), body[4 + length :]


def test_matching_and_weights():
    status, headers, body = get(f"{URL}/matching?v=1")
    assert status == 200 and headers["cache-control"].startswith("private")
    answer, rest = headed(body)
    codes = [open_model(id).reference.z_mean for id in PAIR]
    found, following = match_dimensions(*codes), follow_linearly(*codes)
    assert [pair[:2] for pair in answer["pairs"]] == np.stack([found.a, found.b], axis=1).tolist()
    np.testing.assert_allclose([pair[2] for pair in answer["pairs"]], found.correlation, atol=1e-4)
    np.testing.assert_allclose([pair[3] for pair in answer["pairs"]], found.slope, atol=1e-6)
    assert answer["onlyA"] == found.only_a.tolist() and answer["onlyB"] == []
    assert answer["share"] == pytest.approx(following.share, abs=1e-4)
    np.testing.assert_allclose(np.frombuffer(rest, "<f4").reshape(16, 2), following.weights, rtol=1e-6)


@pytest.mark.full
def test_change_and_order():
    answer, rest = headed(get(f"{URL}/change?v=1")[2])
    found = neighbourhood_change(*map(wide_neighbours, PAIR))
    rows = len(found.change)
    np.testing.assert_allclose(np.frombuffer(rest[: 4 * rows], "<f4"), found.change, rtol=1e-6)
    np.testing.assert_array_equal(np.frombuffer(rest[4 * rows :], "<u4"), found.order)
    assert answer["neighbours"] == NEIGHBOURS and answer["mean"] == pytest.approx(found.mean)
    assert answer["chance"] == pytest.approx(found.chance) and answer["standardError"] == pytest.approx(
        found.standard_error
    )


def test_neighbours_of_one_image_agree_with_its_change():
    answer = json.loads(get(f"{URL}/neighbours?row=7")[2])
    assert len(answer["a"]) == len(answer["b"]) == NEIGHBOURS and 7 not in answer["a"]
    change = neighbourhood_change(*map(wide_neighbours, PAIR)).change[7]
    assert change == pytest.approx(1 - len({*answer["a"]} & {*answer["b"]}) / NEIGHBOURS)


@pytest.mark.parametrize(
    ("path", "expected", "said"),
    [
        ("mnist-16/mnist-2d/neighbours", 400, "row is not a whole number"),
        ("mnist-16/mnist-2d/neighbours?row=10000", 400, "Use 0 to 9999"),
        ("mnist-16/mnist-2d/neighbours?row=-1", 400, "row is not a whole number"),
        ("mnist-16/fashion-16/matching", 400, "trained on different images"),
        ("mnist-16/fashion-16/change", 400, "trained on different images"),
        ("mnist-16/mnist-16/change", 400, "Both models are mnist-16"),
        ("mnist-16/missing/change", 404, "No model is called"),
    ],
)
def test_nonsense_is_refused(path, expected, said):
    status, _, body = get(f"/content/compare/{path}")
    assert status == expected and said in body.decode()
