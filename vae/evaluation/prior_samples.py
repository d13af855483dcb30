"""Samples of a model: draws from its prior, decoded."""

from collections.abc import Callable

import numpy as np

from vae.batching import LARGEST_BATCH, map_batches
from vae.evaluation.codes import with_classes
from vae.inference.codec import Codec
from vae.models.formulas import ModelFormulas

__all__ = ["draw_codes", "draw_pictures"]


def draw_codes(vae: ModelFormulas, count: int, train_labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw codes from p(z) as input of the decoder, float32 `(count, code_dim)`.

    Classes of a conditional model are drawn with the frequencies of the training labels. A plain autoencoder has no
    prior. Its codes are drawn from N(0, I) for comparison: the pictures show the effect of the missing KL.
    """
    noise = rng.standard_normal((count, vae.config.latent_dim), np.float32)
    (z,) = map_batches(vae.compiled(lambda part: (vae.sample_prior(part),), "prior"), noise)
    classes = vae.config.classes
    return with_classes(z, rng.choice(train_labels, count) if classes else train_labels, classes)


def draw_pictures(
    vae: ModelFormulas,
    count: int,
    train_labels: np.ndarray,
    rng: np.random.Generator,
    report: Callable[[int], None] = lambda rows: None,
) -> np.ndarray:
    """Return the mean pictures of `draw_codes`, uint8 `(count, h, w, c)`, without selection.

    Args:
        train_labels: int, labels of all training images.
        report: called with the number of pictures after each batch.
    """
    codec, codes = Codec(vae), draw_codes(vae, count, train_labels, rng)
    pictures = []
    for start in range(0, count, LARGEST_BATCH):
        pictures.append(codec.decode_pixels(codes[start : start + LARGEST_BATCH]))
        report(len(pictures[-1]))
    return np.concatenate(pictures)
