"""Networks that were trained on standardised pixels, with any mean and standard deviation."""

import re
from functools import cache

import numpy as np
import pytest

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.standardised import Trained, trained
from vae.errors import BadRequestError, ImportRefusedError
from vae.formats.importing.pixel_formats import PIXELS, parse_pixels

pytestmark = pytest.mark.usefixtures("quick_start")

GREY, COLOUR = "0.5,0.25", "0.6,0.5,0.4,0.15,0.2,0.3"


@cache
def _model(values: str) -> tuple[Trained, np.ndarray]:
    """Return an autoencoder that was trained with these values, and its images as uint8."""
    numbers = [float(number) for number in values.split(",")]
    model = trained(numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :])
    return model, np.rint(255 * model.x).astype(np.uint8)


@pytest.mark.parametrize("values", [GREY, COLOUR])
def test_a_stated_mean_and_deviation_are_used_on_both_sides(values):
    model, images = _model(values)
    pixels = parse_pixels(values)
    made, guess = imported(model.files, images, pixels, pixels)
    assert (guess.choices.taken, guess.choices.given) == (("chw", pixels), ("chw", pixels))
    assert guess.notes == ()
    np.testing.assert_allclose(made.codec.encode(model.x[:50])[0], model.z[:50], atol=1e-3)
    np.testing.assert_allclose(made.codec.decode(model.z[:50]), np.clip(model.pictures[:50], 0, 1), atol=1e-3)


@pytest.mark.parametrize("values", [GREY, COLOUR])
def test_the_output_is_inferred_from_a_stated_input(values):
    model, images = _model(values)
    pixels = parse_pixels(values)
    _, guess = imported(model.files, images, pixels)
    assert guess.choices.given[1] == guess.choices.taken[1] == pixels
    assert guess.notes == ()


@pytest.mark.parametrize("values", [GREY, COLOUR])
def test_a_poor_fit_is_reported_with_a_better_mean_and_deviation(values):
    model, images = _model(values)
    _, guess = imported(model.files, images)
    assert guess.choices.given[1] != parse_pixels(values)
    (fit,) = [note for note in guess.notes if "fit poorly" in note]
    assert f"squared error {guess.error:.4f}" in fit
    named = re.search(r"SD of (\S+) fit better", fit).group(1)
    expected = [float(number) for number in values.split(",")]
    np.testing.assert_allclose([float(number) for number in named.split(",")], expected, atol=0.03)
    assert "--pixels-in and --pixels-out" in guess.notes[-1]
    assert all(len(note) <= 300 for note in guess.notes)  # as the card keeps them


def test_the_values_of_mnist_are_recognised_without_a_note():
    model, images = _model("0.1307,0.3081")
    _, guess = imported(model.files, images)
    assert guess.choices.given[1] == guess.choices.taken[1] == PIXELS["mnist"]
    assert guess.notes == ()


def test_a_decoder_alone_whose_range_decides_nothing():
    model, _ = _model(GREY)
    _, guess = imported(model.files[1:])
    assert "may be wrong" in guess.notes[0] and "--pixels-out" in guess.notes[1]
    _, stated = imported(model.files[1:], given=parse_pixels(GREY))
    assert stated.choices.given[1] == parse_pixels(GREY) and stated.notes == ()


def test_values_of_three_channels_do_not_fit_grey_images():
    model, images = _model(GREY)
    with pytest.raises(ImportRefusedError, match="another number of channels than the images, 1"):
        imported(model.files, images, parse_pixels(COLOUR))


class TestParsing:
    @pytest.mark.parametrize("key", PIXELS)
    def test_a_key(self, key):
        assert parse_pixels(f" {key} ") == PIXELS[key]

    def test_a_mean_and_a_deviation(self):
        pixels = parse_pixels("0.5, 0.25")
        assert (pixels.title, pixels.scale, pixels.offset) == ("standardised: mean 0.5, SD 0.25", 4.0, -2.0)
        np.testing.assert_allclose(pixels.to_network(np.array([0.0, 0.5, 1.0])), [-2, 0, 2])

    def test_three_means_and_three_deviations(self):
        pixels = parse_pixels(COLOUR)
        black = pixels.to_network(np.zeros(3))
        np.testing.assert_allclose(black, [-0.6 / 0.15, -0.5 / 0.2, -0.4 / 0.3], rtol=1e-6)
        np.testing.assert_allclose(pixels.from_network(black), 0, atol=1e-6)
        assert pixels.fits(3) and not pixels.fits(1)

    @pytest.mark.parametrize(("text", "key"), [("0.5,0.5", "signed"), ("0,1", "unit"), ("0.1307,0.3081", "mnist")])
    def test_values_of_a_known_format(self, text, key):
        assert parse_pixels(text) == PIXELS[key]

    @pytest.mark.parametrize("text", ["", "percent", "0.5", "0.5,0.2,0.1", "0.5;0.2", "a,b", "0.5,"])
    def test_rejects_unknown_pixel_formats(self, text):
        with pytest.raises(BadRequestError, match="Unknown pixel format") as caught:
            parse_pixels(text)
        assert "0.5,0.25" in caught.value.hint

    @pytest.mark.parametrize("text", ["0.5,0", "0.5,-1", "0.5,nan", "0.5,inf", "0.5,1e-9"])
    def test_a_deviation_out_of_range(self, text):
        with pytest.raises(BadRequestError, match=r"The SD in .* is out of range"):
            parse_pixels(text)

    @pytest.mark.parametrize("text", ["nan,1", "inf,1", "1e9,1"])
    def test_a_mean_out_of_range(self, text):
        with pytest.raises(BadRequestError, match=r"The mean in .* is out of range"):
            parse_pixels(text)
