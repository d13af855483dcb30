"""Transparent pictures get the ground of the model's own."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vae.preparation.ground import ground_of, read_for_model
from vae.preparation.wants import Wants


@pytest.fixture
def letter(tmp_path):
    """A black disc on a transparent ground."""
    picture = Image.new("RGBA", (20, 20))
    ImageDraw.Draw(picture).ellipse((5, 5, 15, 15), fill=(0, 0, 0, 255))
    picture.save(tmp_path / "letter.png")
    return tmp_path / "letter.png"


def _manifest(wants, dataset="digits"):
    return SimpleNamespace(preprocessing=wants, dataset=dataset, model=SimpleNamespace(image_shape=(20, 20, 1)))


@pytest.mark.parametrize(
    ("manifest", "ground"),
    [
        (_manifest(Wants(content="object", light=False, background=240)), 255),
        (_manifest(Wants(content="object", background=3)), 0),
        (_manifest(Wants()), 0),  # the borders of digits are black
        (_manifest(None), 0),
        (_manifest(None, "not-there"), 0),
    ],
)
def test_it_follows_the_model_s_pictures(letter, manifest, ground):
    found = read_for_model(letter, manifest)
    assert found.shape == (20, 20, 1) and found[10, 10, 0] == 0
    assert found[0, 0, 0] == ground


def test_an_opaque_picture_stays_as_it_is(tmp_path):
    Image.new("L", (20, 20), 90).save(tmp_path / "grey.png")
    assert (read_for_model(tmp_path / "grey.png", _manifest(Wants(content="object", background=255))) == 90).all()


def test_the_border_says_what_the_ground_is():
    frame = np.zeros((3, 8, 8, 3), np.uint8)
    assert ground_of(frame) == "black"
    frame[:, [0, -1]] = frame[:, :, [0, -1]] = 200
    assert ground_of(frame) == "white"
