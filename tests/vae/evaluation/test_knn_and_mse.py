"""kNN accuracy and squared error on simple codes and pictures."""

import numpy as np
import pytest

from vae.data.dataset import Split
from vae.evaluation.codes import knn_hits, squared_errors, with_classes
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from vae.models.vae import VAE


def _split(labels):
    return Split(np.zeros((len(labels), 2, 2, 1), np.uint8), np.array(labels))


def test_the_majority_of_the_nearest_codes_is_predicted():
    train_codes = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]])
    train = _split([0, 0, 1, 1, 1, 0])
    hits = knn_hits(train_codes, train, np.array([[0.5], [11.0], [0.5], [11.0]]), _split([0, 1, 1, 0]), 3)
    np.testing.assert_array_equal(hits, [1, 1, 0, 0])
    assert knn_hits(train_codes, train, np.array([[2.1]]), _split([1]), 1) == [1], "one neighbour, another vote"


def test_the_class_follows_z():
    z = np.array([[0.5, -1], [2, 3]], np.float32)
    np.testing.assert_array_equal(with_classes(z, np.array([2, 0]), 3), [[0.5, -1, 0, 0, 1], [2, 3, 1, 0, 0]])
    assert with_classes(z, np.array([2, 0]), 3).dtype == np.float32
    assert with_classes(z, np.array([2, 0]), 0) is z


@pytest.mark.parametrize("rows", [1, 300])
def test_errors_are_means_over_pixels_of_each_image(rows):
    vae = VAE(ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=8))
    codes = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    pictures = Codec(vae).decode(codes)
    images = np.random.default_rng(1).integers(0, 256, pictures.shape, np.uint8)
    expected = [((picture - image / 255) ** 2).mean() for picture, image in zip(pictures, images, strict=True)]
    np.testing.assert_allclose(squared_errors(Codec(vae), images, codes), expected, rtol=1e-5)
