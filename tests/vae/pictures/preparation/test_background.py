"""Transparent pictures get the background of the model's data."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vae.pictures.preparation.background import background_of, read_for_model
from vae.pictures.preparation.input_style import InputStyle


@pytest.fixture
def disc(tmp_path):
    """Writes a disc of a grey level on a transparent background."""

    def write(level: int):
        picture = Image.new("RGBA", (20, 20))
        ImageDraw.Draw(picture).ellipse((5, 5, 15, 15), fill=(level, level, level, 255))
        picture.save(tmp_path / "disc.png")
        return tmp_path / "disc.png"

    return write


def _manifest(wants, dataset="digits"):
    return SimpleNamespace(preprocessing=wants, dataset=dataset, model=SimpleNamespace(image_shape=(20, 20, 1)))


@pytest.mark.parametrize(
    ("manifest", "background"),
    [
        (_manifest(InputStyle(content="object", light=False, background=240)), 255),
        (_manifest(InputStyle(content="object", background=3)), 0),
        (_manifest(InputStyle()), 0),  # the borders of digits are black
        (_manifest(None), 0),
        (_manifest(None, "not-there"), 0),
    ],
)
def test_the_background_is_that_of_the_models_data(disc, manifest, background):
    found = read_for_model(disc(120), manifest)
    assert found.shape == (20, 20, 1) and found[10, 10, 0] == 120
    assert found[0, 0, 0] == background


@pytest.mark.parametrize(("background", "drawn"), [(0, 0), (0, 2), (255, 255), (255, 253)])
def test_an_invisible_drawing_gets_another_background(disc, background, drawn):
    found = read_for_model(disc(drawn), _manifest(InputStyle(content="object", background=background)))
    assert found[10, 10, 0] == drawn and found[0, 0, 0] == 255 - background


def test_black_on_transparent_is_visible_to_a_model_of_white_digits(disc):
    assert np.ptp(read_for_model(disc(0), _manifest(InputStyle()))) == 255


def test_an_opaque_picture_is_unchanged(tmp_path):
    Image.new("L", (20, 20), 90).save(tmp_path / "grey.png")
    assert (read_for_model(tmp_path / "grey.png", _manifest(InputStyle(content="object", background=255))) == 90).all()


@pytest.mark.parametrize(("border", "background"), [(0, 0), (60, 0), (100, 128), (150, 128), (200, 255)])
def test_the_background_is_that_of_the_borders(border, background):
    frame = np.zeros((3, 8, 8, 3), np.uint8)
    frame[:, [0, -1]] = frame[:, :, [0, -1]] = border
    assert background_of(frame) == background
