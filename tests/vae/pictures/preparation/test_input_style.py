"""The input style of data sets."""

import numpy as np
import pytest

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.pictures.preparation import InputStyle, derive_input_style, input_style_of
from zscope.library.registry import list_models, open_model


def test_the_style_of_mnist_is_that_of_its_publication():
    """LeCun et al. 1998: a box of 20 pixels, with the centre of mass at the centre of 28 × 28."""
    wants = derive_input_style(load_test_split("mnist").images)
    assert (wants.content, wants.light, wants.background, wants.centre) == ("object", True, 0, "mass")
    assert wants.extent == pytest.approx(20 / 28, abs=1e-4)
    np.testing.assert_allclose(wants.middle, 14.5 / 28, atol=0.006)  # a corner of a pixel next to the centre


def test_dark_objects_on_grey_are_centred_by_their_box():
    rng = np.random.default_rng(0)
    images = np.full((200, 40, 40, 3), 200, np.uint8)
    for image in images:
        size = rng.integers(6, 21, 2)
        size[rng.integers(2)] = 20
        top, left = (40 - size) // 2
        image[top : top + size[0], left : left + size[1]] = 30
        image[top : top + size[0], left : left + 3] = 0  # heavier on one side
    wants = derive_input_style(images)
    assert (wants.content, wants.light, wants.background, wants.centre) == ("object", False, 200, "box")
    assert wants.extent == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(wants.middle, 0.5, atol=0.02)


def test_pictures_without_a_background_are_scenes():
    rng = np.random.default_rng(0)
    assert derive_input_style(rng.integers(0, 256, (50, 16, 16, 3), np.uint8)) == InputStyle()
    assert derive_input_style(np.zeros((5, 8, 8, 1), np.uint8)) == InputStyle(), "empty images"


@pytest.mark.parametrize(
    "images", [np.zeros((0, 8, 8, 1), np.uint8), np.zeros((8, 8), np.uint8), np.zeros((2, 8, 8, 1))]
)
def test_invalid_images_are_refused(images):
    with pytest.raises(BadRequestError, match="Expected images"):
        derive_input_style(images)


def test_it_is_read_from_bundles_or_derived_for_older_ones():
    manifest = open_model("mnist-16").manifest
    assert manifest.preprocessing.extent == pytest.approx(20 / 28, abs=1e-4)
    assert input_style_of(manifest) == manifest.preprocessing
    derived = input_style_of(manifest.model_copy(update={"preprocessing": None}))
    assert (derived.extent, derived.centre) == (manifest.preprocessing.extent, "mass")
    np.testing.assert_allclose(derived.middle, manifest.preprocessing.middle, atol=0.005)
    for entry in list_models():
        assert entry.manifest.preprocessing is not None, entry.id


def test_coloured_images_are_scenes():
    images = np.full((50, 32, 32, 3), 10, np.uint8)
    assert (
        derive_input_style(np.where(np.arange(32)[:, None, None] // 8 == 1, 200, images).astype(np.uint8)).content
        == "object"
    )
    images[:, 8:24, 8:24] = [220, 40, 40]
    assert derive_input_style(images) == InputStyle()
