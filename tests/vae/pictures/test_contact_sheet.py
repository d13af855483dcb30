"""Contact sheets: positions, sizes and order of images."""

import io

import numpy as np
import pytest
from PIL import Image

from vae.errors import BadRequestError
from vae.pictures.contact_sheet import contact_sheet, pick_rows, png_bytes


def _images(count, channels=1, height=4, width=5):
    return np.random.default_rng(0).integers(0, 256, (count, height, width, channels), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_in_rows_with_gaps(channels):
    images = _images(5, channels)
    sheet = np.asarray(contact_sheet(images, columns=3, scale=2, gap=1, background=(9, 8, 7)))
    assert sheet.shape == (2 * (8 + 1) + 1, 3 * (10 + 1) + 1, 3)
    for index, image in enumerate(images):
        top, left = 1 + index // 3 * 9, 1 + index % 3 * 11
        shown = sheet[top : top + 8, left : left + 10]
        np.testing.assert_array_equal(shown[::2, ::2], np.broadcast_to(image, (4, 5, 3)))
        np.testing.assert_array_equal(shown[1::2, 1::2], shown[::2, ::2])
    # The position of a sixth image, and all gaps.
    assert (sheet[10:18, 23:33] == (9, 8, 7)).all()
    assert (sheet[[0, 9, 18]] == (9, 8, 7)).all()
    assert (sheet[:, [0, 11, 22, 33]] == (9, 8, 7)).all()


def test_by_default_it_is_about_square():
    assert contact_sheet(_images(9, height=4, width=4), gap=0).size == (12, 12)
    assert contact_sheet(_images(2, height=4, width=4), columns=8, gap=0).size == (8, 4)


def test_png_is_lossless():
    sheet = contact_sheet(_images(4))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png_bytes(sheet)))), np.asarray(sheet))


@pytest.mark.parametrize(
    "images",
    [_images(0), _images(3)[0], _images(3).astype(np.float32), _images(3, 2)],
)
def test_invalid_images_are_refused(images):
    with pytest.raises(BadRequestError, match="contact sheet"):
        contact_sheet(images)


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"gap": -1}, {"columns": -2}])
def test_invalid_sizes_are_refused(wrong):
    with pytest.raises(BadRequestError, match="negative"):
        contact_sheet(_images(3), **wrong)


def test_rows_are_picked_evenly_and_ordered_by_class():
    labels = np.repeat([0, 1, 2], [500, 20, 2])
    rows = pick_rows(labels, 12)
    assert labels[rows].tolist() == [0] * 5 + [1] * 5 + [2] * 2
    assert len(set(rows.tolist())) == 12
    assert rows.tolist() == pick_rows(labels, 12).tolist() != pick_rows(labels, 12, seed=1).tolist()
    assert sorted(pick_rows(np.zeros(3, int), 64).tolist()) == [0, 1, 2]


def test_a_png_is_reduced_to_the_largest_width():
    grey = contact_sheet(np.full((3, 10, 20, 1), 100, np.uint8), columns=3, gap=0)
    assert Image.open(io.BytesIO(png_bytes(grey, 40))).size == (40, 7)
    assert Image.open(io.BytesIO(png_bytes(grey, 60))).size == Image.open(io.BytesIO(png_bytes(grey))).size == (60, 10)
