"""Restores a picture from a part of it: in-painting, denoising and super-resolution.

Finds the most likely code for what is seen: argmax over z of log p(seen | z) + log p(z) (MAP; for generative networks
Yeh et al. 2017, Bora et al. 2017). What is seen is a linear measurement of the picture: some of its pixels, or means of
blocks of pixels, with Gaussian noise as large as the model's error. Gradient descent (Adam, Kingma & Ba 2015) runs from
several starts at once, since the posterior given half a picture has several modes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vae.errors import BadRequestError
from vae.inference.gradients import Gradients
from vae.inference.loaded_model import LoadedModel
from vae.message import message

__all__ = ["STEPS", "Repaired", "Repairer"]

_STARTS = 8
STEPS = 150
_RATE = 0.15  # initial learning rate, as a share of the codes' standard deviation
_KNOWN = 2000  # test images' codes among which starts are chosen


@dataclass(frozen=True)
class Repaired:
    """A restored picture.

    Attributes:
        codes: float32 `(k, code_dim)`, the result of each start, most likely first.
        losses: float64 `(k,)`, their negative log-probabilities up to a constant, nats.
        image: uint8 `(h, w, c)`, decoded from the most likely code.
    """

    codes: np.ndarray
    losses: np.ndarray
    image: np.ndarray


class Repairer:
    """Restores pictures with one loaded model.

    Args:
        model: the model.
        gradients: of the model; computed by Keras in this process when None.

    Raises:
        BadRequestError: the model has no encoder.
    """

    def __init__(self, model: LoadedModel, gradients: Gradients | None = None):
        self._model = model
        if not model.encodes:
            raise BadRequestError("This model has no encoder, so it can't read pictures.", "Import its encoder too.")
        mse = model.bundle.card.metrics.mse
        self._noise = max(mse.value if mse else 0.0, 1e-4)  # variance per pixel
        self._spread = max(float(model.bundle.reference.z_mean.std()), 1e-3)
        if gradients is None:
            from vae.inference.keras_gradients import KerasGradients

            gradients = KerasGradients(model.bundle)
        self._gradients = gradients

    def repair(
        self,
        image: np.ndarray,
        visible: np.ndarray | None = None,
        pool: int = 1,
        noise: float = 0.0,
        on_step: Callable[[int, np.ndarray], None] = lambda step, codes: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Repaired:
        """Find the most likely whole picture.

        Args:
            image: uint8 `(h / pool, w / pool, c)`, what is seen.
            visible: weight of each pixel, `(h / pool, w / pool)` in [0, 1]; 1 everywhere when None.
            pool: each pixel of `image` is the mean of a block of `pool` × `pool` pixels of the model.
            noise: standard deviation of the noise on each pixel, pixels in [0, 1].
            on_step: called with the step and the current codes, most likely first.
            should_stop: called at each step; on True the best result so far is returned.

        Raises:
            BadRequestError: another shape, or no pixel is visible.
        """
        height, width, channels = self._model.image_shape
        if pool < 1 or height % pool or width % pool or image.shape != (height // pool, width // pool, channels):
            raise BadRequestError(
                message(
                    "A picture {shape} with blocks of {pool} does not fit images of {image_shape}.",
                    shape=image.shape,
                    pool=pool,
                    image_shape=self._model.image_shape,
                ),
                "Use the model's image size, or a whole fraction of it.",
            )
        visible = np.ones(image.shape[:2]) if visible is None else np.asarray(visible, np.float64)
        if visible.shape != image.shape[:2] or not visible.any() or not ((visible >= 0) & (visible <= 1)).all():
            raise BadRequestError("No pixel of the picture is visible.", "Leave a part of it uncovered.")
        seen = (image / 255).astype(np.float32)
        weights = np.repeat(visible[..., None], channels, axis=2).astype(np.float32)
        starts, rest = self._starts(seen, weights, pool)
        precisions = (weights / (self._noise + noise**2)).astype(np.float32)
        codes, losses = self._descend(
            lambda codes: self._gradients.misfit(codes, seen, precisions), starts, rest, on_step, should_stop
        )
        order = np.argsort(losses)
        return Repaired(codes[order], losses[order], self._model.decode_pixels(codes[order[:1]])[0])

    def _descend(self, energy, z: np.ndarray, rest: np.ndarray, on_step, should_stop) -> tuple[np.ndarray, np.ndarray]:
        """Run Adam on all starts at once and keep the best step of each."""
        first, second = np.zeros_like(z), np.zeros_like(z)
        best, least = z.copy(), np.full(len(z), np.inf)
        for step in range(1, STEPS + 1):
            losses, gradient = energy(np.concatenate([z, rest], axis=1))
            gradient = gradient[:, : z.shape[1]]
            better = losses < least
            best[better], least[better] = z[better], losses[better]
            on_step(step, np.concatenate([best, rest], axis=1)[np.argsort(least)])
            if should_stop():
                break
            first = 0.9 * first + 0.1 * gradient
            second = 0.99 * second + 0.01 * gradient**2
            rate = _RATE * self._spread * 0.5 * (1 + np.cos(np.pi * step / STEPS))
            z = (z - rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)).astype(np.float32)
        return np.concatenate([best, rest], axis=1), least

    def _starts(self, seen: np.ndarray, weights: np.ndarray, pool: int) -> tuple[np.ndarray, np.ndarray]:
        """z of each start, and its fixed class weights: the encoder's result and codes of similar pictures."""
        latent_dim = self._model.latent_dim
        codes, pictures = self._known
        pooled = _pooled(pictures, pool)
        far = np.einsum("nhwc,hwc->n", np.square(pooled - seen), weights)
        near = np.argsort(far)[: _STARTS - 1]
        # Hidden pixels are filled with the mean of similar pictures.
        filled = np.where(weights > 0.5, seen, pooled[near].mean(axis=0))
        whole = filled.repeat(pool, axis=0).repeat(pool, axis=1)
        answer, _ = self._model.encode(np.round(255 * whole[None]).astype(np.uint8))
        starts = np.concatenate([answer, codes[near]])
        return starts[:, :latent_dim].copy(), starts[:, latent_dim:].copy()

    @cached_property
    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of test images, and their pictures in [0, 1]."""
        reference = self._model.bundle.reference
        rows = np.random.default_rng(0).permutation(len(reference.z_mean))[:_KNOWN]
        codes = reference.z_mean[rows]
        if self._model.classes:
            labels = np.minimum(reference.labels[rows], self._model.classes - 1)
            codes = np.concatenate([codes, np.eye(self._model.classes, dtype=np.float32)[labels]], axis=1)
        return codes, self._model.decode_pixels(codes).astype(np.float32) / 255


def _pooled(pictures: np.ndarray, pool: int) -> np.ndarray:
    n, h, w, c = pictures.shape
    return pictures.reshape(n, h // pool, pool, w // pool, pool, c).mean(axis=(2, 4))
