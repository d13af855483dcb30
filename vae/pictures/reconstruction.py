"""Reconstructs a picture with a model and compares it with the test images: error, bound, distance from the data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from vae.data import load_test_split
from vae.evaluation.bounds import Elbo, binarized
from vae.inference.loaded_model import LoadedModel
from vae.latent.neighbours import CodeFinder

__all__ = ["Reader", "Reading"]

_VOTES = 10  # neighbours
_MEASURED = 1000  # test images in the comparison
_DARK = 1e-3  # least mean square of a picture, so that a blank one causes no division by zero
_DRAWS = 16  # samples from the posterior, for the bound
_NEAR = 1 / 28  # of the longer side: radius over which errors are averaged
_ODD = 95  # percent: an error is odd if so many test images have no error as large anywhere


@dataclass(frozen=True)
class Reading:
    """The result for one picture.

    Attributes:
        code: float32 `(code_dim,)`, the posterior's mean.
        image: uint8 `(h, w, c)`, the reconstruction.
        mse: mean squared error per pixel value, pixels in [0, 1].
        mse_percentile: percentage of the test images with a smaller error.
        r_squared: quality of this reconstruction alone: 1 − mse / (error of a baseline that ignores the picture). The
            baseline is the mean test image or a flat surface, whichever is closer. 1 is perfect; 0 or less is no better
            than the baseline.
        log_likelihood: E_q[log p(x | z)] by 16 samples, nats; of a conditional model p(x | z, y), y being its class.
        kl: KL(q(z | x) ‖ p(z)), nats: exact for N(0, I), by the same samples for a flow; 0 for a plain autoencoder.
            The bound on log p(x) is `log_likelihood − kl`.
        kl_percentile: percentage of the test images with a smaller KL.
        off_data: percentage of the test images with a smaller `distance` (`vae.latent.distance`). A test image is not
            counted as a neighbour of itself.
        distance: from the code to that of the 10th nearest test image, latent units.
        unusual: percentage of the test images that are less unusual (`Reader.unusual`). If the model reconstructs all
            pictures badly, a bad reconstruction is not unusual: see `r_squared`.
        compared: number of test images in these comparisons.
        odd: bool `(h, w)`, where the error around a pixel is larger than anywhere on 95 % of the test images.
        nearest: rows of the ten test images with the nearest codes, nearest first.
        vote: the class of most of them.
        votes: how many of them have it.
    """

    code: np.ndarray
    image: np.ndarray
    mse: float
    mse_percentile: float
    r_squared: float
    log_likelihood: float
    kl: float
    kl_percentile: float
    off_data: float
    distance: float
    unusual: float
    compared: int
    odd: np.ndarray
    nearest: np.ndarray
    vote: int
    votes: int


class Reader:
    """Reconstructs and measures pictures with one loaded model."""

    def __init__(self, model: LoadedModel):
        self._model = model
        reference = model.bundle.reference
        self._labels, self._finder = reference.labels, CodeFinder(reference.z_mean)

    def read(self, image: np.ndarray) -> Reading:
        """Reconstruct and measure a picture that is prepared for the model (`vae.pictures.preparation`).

        Args:
            image: uint8 `(h, w, c)`, of the model's shape.

        Raises:
            BadRequestError: another shape or dtype.
        """
        codes, _ = self._model.encode(image[None])
        pixels = self._model.decode_pixels(codes)
        distances, itself = self._distances(image[None], codes)
        features = self._features(image[None], codes, distances)
        rows = self._finder.nearest(codes[:, : self._model.latent_dim], min(_VOTES + 1, len(self._finder)))[0][0]
        rows = rows[rows != itself[0]][:_VOTES]
        counts = np.bincount(self._labels[rows])
        typical = self._statistics
        log_likelihood, kl = (part.mean() for part in self._bound(np.repeat(image[None], _DRAWS, axis=0)))
        return Reading(
            code=codes[0],
            image=pixels[0],
            mse=float(np.exp(features[0, 0])),
            mse_percentile=_share(typical.features[:, 0], features[0, 0]),
            r_squared=float(1 - np.exp(features[0, 0]) / self._baseline_error(image)),
            log_likelihood=float(log_likelihood),
            kl=float(kl),
            kl_percentile=_share(typical.kl, kl),
            off_data=_share(self._model.bundle.reference.data_distance, distances[0]),
            distance=float(distances[0]),
            unusual=_share(typical.scores, self._scores(features)[0]),
            compared=len(typical.scores),
            odd=_around(image[None], pixels)[0] > typical.odd,
            nearest=rows,
            vote=int(counts.argmax()),
            votes=int(counts.max()),
        )

    def unusual(self, images: np.ndarray) -> np.ndarray:
        """Score how much pictures differ from the test images, float64 `(n,)`; 0 for typical ones.

        Uses the logarithms of three quantities: the reconstruction error, that error relative to the picture's energy,
        and the distance from the code to that of the 10th nearest test image. The score is the sum of the squared
        z-scores above the test images' means. The likelihood alone would rate every simple picture as typical
        (Nalisnick et al. 2019).

        Args:
            images: uint8 `(n, h, w, c)`.

        Raises:
            BadRequestError: another shape or dtype.
        """
        codes, _ = self._model.encode(images)
        return self._scores(self._features(images, codes, self._distances(images, codes)[0]))

    def _distances(self, images: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance of each code to the 10th nearest test image's; row of the test image that it is, or -1."""
        parts = np.array_split(codes, len(codes) // 256 + 1)  # the meter compares each with all test images
        meter = np.concatenate([self._model.measure(part) for part in parts])
        nearest = meter[:, 2].astype(int)
        same = (np.asarray(self._test_images[nearest]) == images).all(axis=(1, 2, 3))
        distances = np.where(same, self._model.bundle.reference.data_distance[nearest], meter[:, 1])
        return distances, np.where(same, nearest, -1)

    @property
    def _test_images(self) -> np.ndarray:
        return load_test_split(self._model.bundle.manifest.dataset).images

    @cached_property
    def _statistics(self) -> "_Statistics":
        images = self._test_images
        rows = np.sort(np.random.default_rng(0).permutation(len(images))[:_MEASURED])
        some = np.asarray(images[rows])
        codes, _ = self._model.encode(some)
        features = self._features(some, codes, self._distances(some, codes)[0])
        errors = _around(some, self._model.decode_pixels(codes))
        odd = float(np.percentile(errors.max(axis=(1, 2)), _ODD))
        scores, kl = self._scores(features, features), self._bound(some)[1]
        return _Statistics(features, scores, kl, odd, some.mean(axis=0) / 255)

    def _baseline_error(self, image: np.ndarray) -> float:
        """Mean squared error of the baseline: the mean test image or a flat surface, whichever is closer."""
        pixels = image / 255.0
        mean, even = np.square(pixels - self._statistics.mean).mean(), pixels.var(axis=(0, 1)).mean()
        return float(max(min(mean, even), _DARK))

    @cached_property
    def _elbo(self) -> Elbo:
        return Elbo(self._model.model)

    def _bound(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log p(x | z) of a sample from the posterior, and KL, `(n,)` nats; the noise is the same every time."""
        labels = np.zeros(len(images), np.int32)
        if self._model.classes:
            codes, _ = self._model.encode(images)
            labels = codes[:, self._model.latent_dim :].argmax(axis=1)
        rng = np.random.default_rng(0)
        if self._model.bundle.manifest.model.binarize:
            images = binarized(images, rng)
        parts = self._elbo(images, labels, rng)
        return parts.reconstruction, parts.kl

    def _features(self, images: np.ndarray, codes: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Logarithms of error, relative error, distance, float64 `(n, 3)`."""
        pixels = images / 255.0
        errors = np.square(self._model.codec.decode(codes) - pixels).mean(axis=(1, 2, 3))
        energy = np.maximum(np.square(pixels).mean(axis=(1, 2, 3)), _DARK)
        return np.log(np.maximum(np.stack([errors, errors / energy, distances], axis=1).astype(np.float64), 1e-12))

    def _scores(self, features: np.ndarray, typical: np.ndarray | None = None) -> np.ndarray:
        typical = self._statistics.features if typical is None else typical
        above = (features - typical.mean(axis=0)) / np.maximum(typical.std(axis=0), 1e-9)
        return np.square(np.maximum(above, 0)).sum(axis=1)


@dataclass(frozen=True)
class _Statistics:
    """Statistics of test images: features `(n, 3)`, scores `(n,)`, KL `(n,)`, odd error, mean `(h, w, c)` in [0, 1]."""

    features: np.ndarray
    scores: np.ndarray
    kl: np.ndarray
    odd: float
    mean: np.ndarray


def _share(typical: np.ndarray, value: float) -> float:
    """Return the percentage of `typical` that is smaller than `value`."""
    return float(100 * np.mean(typical < value))


def _around(images: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Squared error around each pixel, float32 `(n, h, w)`, between two uint8 `(n, h, w, c)`."""
    errors = np.square((images.astype(np.float32) - pixels) / 255).mean(axis=3)
    near = _NEAR * max(images.shape[1:3])
    return ndimage.gaussian_filter(errors, (0, near, near))
