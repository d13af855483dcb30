"""The preparation of pictures, so that they look like the model's data."""

import numpy as np
import pytest
from PIL import Image

from bench.photographs import photographs
from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.latent.neighbours import CodeFinder
from vae.pictures.preparation import InputStyle, Settings, prepare
from vae.pictures.preparation.ink import placed
from zscope.library.registry import open_model

DIGITS = InputStyle(content="object", light=True, background=0, extent=0.7143, centre="mass", middle=(0.518, 0.518))
SHAPE = (28, 28, 1)


def bar(background: int = 230, ink: int = 20, size: tuple[int, int] = (120, 160)) -> np.ndarray:
    """A tall bar, left of the centre."""
    picture = np.full((*size, 3), background, np.uint8)
    picture[30:90, 40:52] = ink
    return picture


@pytest.fixture(scope="module")
def digits():
    return load_test_split("mnist")


class TestObject:
    @pytest.mark.parametrize(
        ("background", "ink", "light"), [(230, 20, False), (15, 220, True), (140, 90, False), (90, 140, True)]
    )
    def test_polarity_is_detected(self, background, ink, light):
        found = prepare(bar(background, ink), DIGITS, SHAPE)
        step = next(step for step in found.steps if step.name == "light")
        assert step.chosen is light and step.automatic and found.found
        assert found.image.max() > 240 and found.image[0, 0, 0] == 0

    def test_it_is_scaled_to_the_box_and_centred_by_its_mass(self):
        found = prepare(bar(), DIGITS, SHAPE)
        ink = found.image[..., 0] > 100
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        assert len(rows) == 20 and 3 <= len(columns) <= 6
        weights = found.image[..., 0].astype(float)
        for axis in (0, 1):
            mass = (weights.sum(axis=1 - axis) @ (np.arange(28) + 0.5)) / weights.sum()
            assert mass == pytest.approx(14.5, abs=0.55)
        np.testing.assert_allclose(found.box, (40 / 160, 30 / 120, 52 / 160, 90 / 120), atol=0.02)

    def test_the_input_style_is_applied(self):
        wants = InputStyle(content="object", light=False, background=200, extent=1.0, centre="box")
        found = prepare(bar(), wants, (32, 32, 3))
        assert found.image.shape == (32, 32, 3)
        assert found.image[0, 0].tolist() == [200] * 3 and found.image[16, 16].max() < 20
        assert len(np.flatnonzero((found.image[..., 0] < 100).any(axis=1))) == 32

    def test_a_shadow_is_not_ink(self):
        picture = bar().astype(float)
        picture[:, 100:] *= 0.5
        found = prepare(picture.astype(np.uint8), DIGITS, SHAPE)
        np.testing.assert_allclose(found.box, (40 / 160, 30 / 120, 52 / 160, 90 / 120), atol=0.03)

    def test_specks_and_parts_at_the_frame_are_left_out(self):
        picture = bar()
        picture[100:102, 130:132] = 20
        picture[60:62, 62:64] = 20  # near
        picture[:14, 120:] = 20
        found = prepare(picture, DIGITS, SHAPE)
        np.testing.assert_allclose(found.box, (40 / 160, 30 / 120, 52 / 160, 90 / 120), atol=0.02)

    def test_a_part_at_the_frame_is_not_the_object_even_if_it_is_larger(self):
        picture = bar()
        picture[:20, 70:] = 20  # 1,800 pixels; the bar has 720
        np.testing.assert_allclose(
            prepare(picture, DIGITS, SHAPE).box, (40 / 160, 30 / 120, 52 / 160, 90 / 120), atol=0.02
        )

    def test_thin_strokes_have_full_strength_at_most(self):
        ink = np.zeros((200, 200), np.float32)
        ink[20:180, 99:101] = ink[99:101, 20:180] = 1  # at most a quarter of a pixel of 28 × 28
        ink[95:110, 95:110] = 1
        frame = placed(ink, ink > 0, (28, 28), 0.7143, "box")
        assert frame.max() == 1 and np.median(frame[frame > 0]) > 0.4

    def test_parts_of_one_object_are_kept(self):
        picture = bar()
        picture[30:36, 56:90] = 20  # another part of it
        picture[60:66, 56:80] = 20
        assert prepare(picture, DIGITS, SHAPE).box[2] == pytest.approx(90 / 160, abs=0.02)

    def test_a_digit_of_the_data_is_unchanged(self, digits):
        for image in digits.images[:50]:
            found = prepare(image, DIGITS, SHAPE)
            np.testing.assert_array_equal(found.image, image)
            assert found.steps[-1].chosen == "as it is"
        assert prepare(255 - digits.images[0], DIGITS, SHAPE).steps[-1].chosen != "as it is"

    @pytest.mark.parametrize("side", [28, 64, 400])
    def test_a_digit_of_another_size_and_polarity_is_restored(self, digits, side):
        differences = []
        for image in digits.images[:30, ..., 0]:
            larger = np.asarray(Image.fromarray(255 - image).resize((side, side), Image.Resampling.BICUBIC))
            found = prepare(larger[..., None], DIGITS, SHAPE).image[..., 0].astype(float)
            differences.append(np.abs(found - image).mean())
        assert np.mean(differences) < 9, differences

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_an_empty_picture_has_no_object(self, level):
        found = prepare(np.full((90, 120, 3), level, np.uint8), DIGITS, SHAPE)
        assert not found.found and found.box is None and not found.image.any()

    def test_a_picture_of_one_pixel(self):
        assert prepare(np.full((1, 1, 3), 7, np.uint8), DIGITS, SHAPE).image.shape == SHAPE


class TestSettings:
    def test_each_setting_is_used_and_recorded(self):
        settings = Settings(light=True, even=False, threshold=0.9, extent=0.5, centre="box")
        found = prepare(bar(), DIGITS, SHAPE, settings)
        steps = {step.name: step for step in found.steps}
        assert (steps["light"].chosen, steps["light"].automatic) == (True, False)
        assert (steps["even"].chosen, steps["ink"].chosen) == (False, 0.9)
        assert steps["input"].chosen == "0.5 box" and not steps["input"].automatic

    def test_turn_and_crop(self):
        turned = prepare(bar(), DIGITS, SHAPE, Settings(turn=90))
        assert turned.image[..., 0].any(axis=0).sum() > turned.image[..., 0].any(axis=1).sum(), "it is horizontal"
        picture = bar()
        picture[20:100, 100:150] = 20
        left = prepare(picture, DIGITS, SHAPE, Settings(crop=(0.1, 0.1, 0.5, 0.9)))
        np.testing.assert_allclose(left.box, (40 / 160, 30 / 120, 52 / 160, 90 / 120), atol=0.02)

    @pytest.mark.parametrize("crop", [(0.5, 0.1, 0.5, 0.9), (0.9, 0.1, 0.1, 0.9)])
    def test_a_crop_without_area_is_refused(self, crop):
        with pytest.raises(BadRequestError, match="no area"):
            prepare(bar(), DIGITS, SHAPE, Settings(crop=crop))


def test_a_scene_is_centre_cropped_and_keeps_its_colours():
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = [200, 100, 50]
    found = prepare(picture, InputStyle(), (16, 16, 3))
    np.testing.assert_allclose(found.image[2:-2, 2:-2].reshape(-1, 3), [[200, 100, 50]] * 144, atol=2)
    assert [step.name for step in found.steps] == ["picture", "input"]


@pytest.mark.parametrize("picture", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_invalid_pictures_are_refused(picture):
    with pytest.raises(BadRequestError, match="Expected a picture"):
        prepare(picture, DIGITS, SHAPE)


@pytest.mark.full
@pytest.mark.parametrize("board", [True, False])
def test_photographed_digits_are_read(digits, board):
    """A small version of `bench/photographs.py`: nine of ten are recognised."""
    from vae.inference.codec import Codec

    bundle = open_model("mnist-16")
    rows = np.arange(100, 160)
    images = [
        prepare(photo, DIGITS, SHAPE).image for photo in photographs(digits.images[rows][..., 0], seed=1, board=board)
    ]
    z, _ = Codec(bundle.vae).encode(np.stack(images))
    near = CodeFinder(bundle.reference.z_mean).nearest(z, 10)[0]
    votes = [np.bincount(labels).argmax() for labels in bundle.reference.labels[near]]
    assert np.mean(np.array(votes) == digits.labels[rows]) >= 0.9


def test_steps_are_pictures(digits):
    photo = next(photographs(digits.images[:1, ..., 0]))
    steps = prepare(photo, DIGITS, SHAPE).steps
    assert [step.name for step in steps] == ["picture", "light", "even", "ink", "crop", "input"]
    for step in steps:
        Image.fromarray(step.image[..., 0] if step.image.shape[-1] == 1 else step.image)
        assert step.image.dtype == np.uint8 and step.image.size
