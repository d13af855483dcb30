"""The baseline of a reconstruction: principal component analysis with as many dimensions."""

import dataclasses

import numpy as np
import pytest

from vae.data.dataset import Split
from vae.evaluation import pca
from vae.evaluation.pca import pca_errors


def by_hand(train, images, dimensions):
    x = train.reshape(len(train), -1) / 255
    mean = x.mean(axis=0)
    rows = np.linalg.svd(x - mean, full_matrices=False)[2][:dimensions]
    y = images.reshape(len(images), -1) / 255 - mean
    return np.square(y - y @ rows.T @ rows).mean(axis=1)


@pytest.mark.parametrize("dimensions", [1, 2, 16, 63])
def test_it_is_the_error_of_the_first_components_of_the_training_images(digits, dimensions):
    errors = pca_errors(digits, dimensions, digits.test)
    np.testing.assert_allclose(errors, by_hand(digits.train.images, digits.test.images, dimensions), atol=2e-6)


def test_more_dimensions_leave_less_error(digits):
    means = [pca_errors(digits, dimensions, digits.test).mean() for dimensions in (1, 4, 16)]
    assert means == sorted(means, reverse=True)


def test_there_is_none_without_more_pixels_and_images_than_dimensions(digits):
    assert pca_errors(digits, 64, digits.test) is None
    few = dataclasses.replace(digits, train=Split(digits.train.images[:10], digits.train.labels[:10]))
    assert pca_errors(few, 10, digits.test) is None
    assert pca_errors(few, 9, digits.test) is not None


def test_of_many_images_evenly_spaced_ones_are_used(digits, monkeypatch):
    monkeypatch.setattr(pca, "_MOST_BYTES", 4 * 64 * 500)  # 1,250 images: every third
    errors = pca_errors(digits, 4, digits.test)
    np.testing.assert_allclose(errors, by_hand(digits.train.images[::3], digits.test.images, 4), atol=2e-6)


def test_an_empty_split_has_no_errors(digits):
    empty = Split(digits.test.images[:0], digits.test.labels[:0])
    assert pca_errors(digits, 4, empty).shape == (0,)
