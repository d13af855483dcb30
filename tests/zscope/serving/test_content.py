"""The bulk content over plain HTTP, as the browser asks for it."""

import numpy as np
import pytest
from asgi import getter

from vae.data import load_test_split
from zscope.library.open_models import PRIOR_DRAWS, PRIOR_SEEDS, draw_prior
from zscope.library.registry import open_model
from zscope.serving.content import content_routes

get = getter(content_routes("/content"))


def test_codes_come_with_their_labels():
    status, headers, body = get("/content/models/mnist-2d/codes?v=1")
    reference = open_model("mnist-2d").reference
    rows, dimensions = np.frombuffer(body, "<u4", 2)
    assert (status, rows, dimensions) == (200, *reference.z_mean.shape)
    assert "immutable" in headers["cache-control"]
    np.testing.assert_array_equal(np.frombuffer(body, "<f4", rows * 2, 8).reshape(rows, 2), reference.z_mean)
    np.testing.assert_array_equal(np.frombuffer(body, "<u2", offset=8 + 8 * rows), reference.labels)


def test_the_prior_s_draws_come_by_seed_and_may_be_kept():
    status, headers, body = get("/content/models/mnist-16/prior?v=1&seed=7")
    assert status == 200 and "immutable" in headers["cache-control"]
    draws = np.frombuffer(body, "<f4").reshape(PRIOR_DRAWS, 16)
    np.testing.assert_array_equal(draws, draw_prior("mnist-16", 7))
    assert get("/content/models/mnist-16/prior?seed=8")[2] != body


@pytest.mark.parametrize("seed", ["", "-1", "1.5", "x", str(PRIOR_SEEDS), "9" * 5000, "%D9%A3"])
def test_rejects_a_missing_or_invalid_seed(seed):
    status, headers, body = get(f"/content/models/mnist-16/prior?seed={seed}")
    assert status == 400 and b"seed" in body
    assert headers["cache-control"] == "no-store", "a browser must not keep a refusal"


def test_images_come_in_the_order_asked_for():
    status, _, body = get("/content/data/mnist/test/images?v=&index=5,17,5")
    assert status == 200
    assert body == load_test_split("mnist").images[[5, 17, 5]].tobytes()


@pytest.mark.parametrize(
    "path",
    ["models/nonsense/codes", "models/nonsense/prior?seed=1", "data/nonsense/test/images?index=1"],
)
def test_what_is_not_there_is_not_found(path):
    status, _, body = get(f"/content/{path}")
    assert status == 404 and b"nonsense" in body
