"""Restoring incomplete pictures with a bundled model."""

import numpy as np
import pytest

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.pictures.repair import Repairer
from zscope.library.open_models import load_model


@pytest.fixture(scope="module")
def model():
    return load_model("mnist-16")


@pytest.fixture(scope="module")
def repairer(model):
    return Repairer(model)


@pytest.fixture(scope="module")
def digits():
    return load_test_split("mnist").images[300:312]


def mse(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.square(a.astype(float) / 255 - b.astype(float) / 255).mean())


def decoded(model, image: np.ndarray) -> np.ndarray:
    return model.decode_pixels(model.encode(image[None])[0])[0]


@pytest.mark.full
def test_a_hidden_half_is_restored_better_than_by_the_encoder_alone(model, repairer, digits):
    visible = np.ones((28, 28))
    visible[14:] = 0
    repaired, alone = [], []
    for digit in digits:
        masked = digit * visible[..., None].astype(np.uint8)
        repaired.append(mse(repairer.repair(masked, visible).image[14:], digit[14:]))
        alone.append(mse(decoded(model, masked)[14:], digit[14:]))
    assert np.mean(repaired) < 0.75 * np.mean(alone)


@pytest.mark.full
def test_hidden_pixels_do_not_matter(repairer, digits):
    visible = np.ones((28, 28))
    visible[:, 14:] = 0
    other = digits[0].copy()
    other[:, 14:] = 200
    np.testing.assert_array_equal(repairer.repair(digits[0], visible).image, repairer.repair(other, visible).image)


def test_with_little_visible_the_prior_dominates(digits):
    found = Repairer(load_model("mnist-2d")).repair(digits[0], np.full((28, 28), 1e-6))
    assert np.linalg.norm(found.codes, axis=1).max() < 0.2, "under N(0, 1), the most likely code is 0"


@pytest.mark.full
def test_noise_is_removed(repairer, digits):
    rng = np.random.default_rng(0)
    noisy = np.clip(digits + rng.normal(0, 60, digits.shape), 0, 255).astype(np.uint8)
    cleaned = [mse(repairer.repair(noise).image, digit) for noise, digit in zip(noisy[:5], digits, strict=False)]
    assert np.mean(cleaned) < 0.6 * np.mean(
        [mse(noise, digit) for noise, digit in zip(noisy[:5], digits, strict=False)]
    )


@pytest.mark.full
def test_a_small_version_is_enlarged(repairer, digits):
    found, blocks = [], []
    for digit in digits[:6]:
        small = np.round(digit.reshape(7, 4, 7, 4, 1).mean(axis=(1, 3))).astype(np.uint8)
        found.append(mse(repairer.repair(small, pool=4).image, digit))
        blocks.append(mse(small.repeat(4, axis=0).repeat(4, axis=1), digit))
    assert np.mean(found) < 0.7 * np.mean(blocks)


def test_codes_are_ordered_by_likelihood_and_each_step_is_reported(model, repairer, digits):
    calls = []
    found = repairer.repair(digits[0], on_step=lambda step, codes: calls.append((step, codes.copy())))
    assert (np.diff(found.losses) >= 0).all() and found.codes.shape == (8, 16)
    assert [step for step, _ in calls] == list(range(1, 151)) and calls[0][1].shape == (8, 16)
    np.testing.assert_array_equal(found.image, model.decode_pixels(found.codes[:1])[0])


def test_a_stop_returns_the_best_result_so_far(repairer, digits):
    calls = []
    found = repairer.repair(
        digits[0], on_step=lambda step, codes: calls.append(step), should_stop=lambda: len(calls) == 3
    )
    assert calls == [1, 2, 3] and np.isfinite(found.losses).all()


@pytest.mark.parametrize(
    ("shape", "visible", "pool"),
    [
        ((14, 28, 1), None, 1),
        ((28, 28, 3), None, 1),
        ((28, 28, 1), None, 3),
        ((28, 28, 1), None, 0),
        ((28, 28, 1), np.zeros((28, 28)), 1),
        ((28, 28, 1), np.ones((14, 14)), 1),
        ((28, 28, 1), np.full((28, 28), np.nan), 1),
    ],
)
def test_invalid_arguments_are_refused(repairer, shape, visible, pool):
    with pytest.raises(BadRequestError):
        repairer.repair(np.zeros(shape, np.uint8), visible, pool)
