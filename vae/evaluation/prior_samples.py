"""Pictures that a model makes up: codes from its prior, decoded."""

from collections.abc import Callable

import numpy as np

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH, map_batches
from vae.evaluation.codes import with_classes
from vae.inference.codec import Codec
from vae.models.vae import VAE

__all__ = ["draw_codes", "draw_pictures"]


def draw_codes(vae: VAE, count: int, train_labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes from p(z) as the decoder takes them, float32 `(count, code_dim)`.

    A conditional model's classes are drawn as often as the training images have them. A plain autoencoder has no prior:
    its codes are drawn from N(0, I) all the same, because what such pictures lack is what the KL buys.
    """
    noise = rng.standard_normal((count, vae.config.latent_dim), np.float32)
    (z,) = map_batches(compile_function(lambda part: (vae.sample_prior(part),), vae.variables), noise)
    classes = vae.config.classes
    return with_classes(z, rng.choice(train_labels, count) if classes else train_labels, classes)


def draw_pictures(
    vae: VAE,
    count: int,
    train_labels: np.ndarray,
    rng: np.random.Generator,
    report: Callable[[int], None] = lambda rows: None,
) -> np.ndarray:
    """The mean pictures of `draw_codes`, uint8 `(count, h, w, c)`: uncurated, not one is left out.

    Args:
        train_labels: int, of all training images.
        report: told the number of pictures after each batch.
    """
    codec, codes = Codec(vae), draw_codes(vae, count, train_labels, rng)
    pictures = []
    for start in range(0, count, LARGEST_BATCH):
        pictures.append(codec.decode_pixels(codes[start : start + LARGEST_BATCH]))
        report(len(pictures[-1]))
    return np.concatenate(pictures)
