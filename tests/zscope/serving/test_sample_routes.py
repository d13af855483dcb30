"""A card's pictures over HTTP: by id, kept by browsers, refused in words."""

import io

import pytest
from asgi import getter
from PIL import Image

from zscope.library.picker_pictures import pick_reconstructions
from zscope.library.sample_sheets import sample_sheet
from zscope.serving.samples import sample_routes

get = getter(sample_routes("/content"))


@pytest.mark.parametrize(("kind", "size"), [("few", (8 * 29 + 1, 4 * 29 + 1)), ("many", (20 * 29 + 1, 16 * 29 + 1))])
def test_samples(kind, size):
    status, headers, body = get(f"/content/models/mnist-2d/samples/{kind}?v=1")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "immutable" in headers["cache-control"]
    assert body == sample_sheet("mnist-2d", kind)
    assert Image.open(io.BytesIO(body)).size == size


@pytest.mark.parametrize("kind", ["best", "median", "worst"])
def test_reconstructions(kind):
    status, headers, body = get(f"/content/models/mnist-2d/reconstructions/{kind}?v=1")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert body == pick_reconstructions("mnist-2d").sheet(kind)


@pytest.mark.parametrize(
    ("path", "expected", "said"),
    [
        ("models/nonsense/samples/few", 404, b"nonsense"),
        ("models/mnist-2d/samples/some", 404, b"few, many"),
        ("models/mnist-2d/reconstructions/few", 404, b"best, median, worst"),
        ("models/..%2Fmodels%2Fmnist-2d/samples/few", 404, b""),
    ],
)
def test_missing_pictures_are_refused_and_not_cached(path, expected, said):
    status, headers, body = get(f"/content/{path}")
    assert status == expected and said in body
    assert headers["cache-control"] == "no-store"
