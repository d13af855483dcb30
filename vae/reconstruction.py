"""What a model makes of a picture: its reconstruction, and how usual the picture is among the test images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vae.data import load_test_split
from vae.latent.neighbours import CodeFinder
from vae.loaded import LoadedModel

__all__ = ["Reader", "Reading"]

_VOTES = 10  # neighbours
_MEASURED = 1000  # test images that others are compared with
_DARK = 1e-3  # mean square of a picture with hardly anything on it


@dataclass(frozen=True)
class Reading:
    """One picture, read by a model.

    Attributes:
        code: float32 `(code_dim,)`, the posterior's mean.
        image: uint8 `(h, w, c)`, the reconstruction.
        mse: mean squared error per pixel value, pixels in [0, 1].
        mse_percentile: share of the test images that are reconstructed better, 0…100.
        off_data: share of the test images whose codes are less lonely, 0…100 (`vae.latent.distance`).
        unusual: share of the test images that are less unusual, 0…100 (`Reader.unusual`).
        nearest: rows of the ten test images with the nearest codes, nearest first.
        vote: the class that most of them are of.
        votes: how many of them.
    """

    code: np.ndarray
    image: np.ndarray
    mse: float
    mse_percentile: float
    off_data: float
    unusual: float
    nearest: np.ndarray
    vote: int
    votes: int


class Reader:
    """Reads pictures with one model.

    Args:
        model: loaded.
    """

    def __init__(self, model: LoadedModel):
        self._model = model
        reference = model.bundle.reference
        self._labels, self._finder = reference.labels, CodeFinder(reference.z_mean)

    def read(self, image: np.ndarray) -> Reading:
        """Read a picture that is prepared for the model (`vae.preparation`).

        Args:
            image: uint8 `(h, w, c)`, of the model's shape.

        Raises:
            BadRequestError: another shape or dtype.
        """
        codes, _ = self._model.encode(image[None])
        meter = self._model.measure(codes)
        marks = self._marks(image[None], codes, meter[:, 1])
        rows = self._finder.nearest(codes[:, : self._model.latent_dim], min(_VOTES, len(self._finder)))[0][0]
        counts = np.bincount(self._labels[rows])
        errors, scores = self._usual[0][:, 0], self._usual[1]
        return Reading(
            code=codes[0],
            image=self._model.decode_pixels(codes)[0],
            mse=float(np.exp(marks[0, 0])),
            mse_percentile=float(100 * np.mean(errors < marks[0, 0])),
            off_data=float(meter[0, 0]),
            unusual=float(100 * np.mean(scores < self._scores(marks)[0])),
            nearest=rows,
            vote=int(counts.argmax()),
            votes=int(counts.max()),
        )

    def unusual(self, images: np.ndarray) -> np.ndarray:
        """How unlike the test images pictures are, float64 `(n,)`, 0 for what is as usual as can be.

        Three marks, in logarithms: the reconstruction's error, that error as a share of what is on the picture, and the
        distance of the code to the 10th nearest test image's. By how many of the test images' standard deviations each
        lies above their mean, squared, and summed up. The likelihood alone takes simple pictures for usual ones,
        whatever they show (Nalisnick et al. 2019).

        Args:
            images: uint8 `(n, h, w, c)`.

        Raises:
            BadRequestError: another shape or dtype.
        """
        codes, _ = self._model.encode(images)
        parts = np.array_split(codes, len(codes) // 256 + 1)  # the meter measures each against all test images
        distances = np.concatenate([self._model.measure(part)[:, 1] for part in parts])
        return self._scores(self._marks(images, codes, distances))

    @cached_property
    def _usual(self) -> tuple[np.ndarray, np.ndarray]:
        """Marks `(n, 3)` of some test images, and their scores."""
        images = load_test_split(self._model.bundle.manifest.dataset).images
        rows = np.sort(np.random.default_rng(0).permutation(len(images))[:_MEASURED])
        some = np.asarray(images[rows])
        # Without themselves: as far as a new picture of the same kind is.
        marks = self._marks(some, self._model.encode(some)[0], self._model.bundle.reference.data_distance[rows])
        return marks, self._scores(marks, marks)

    def _marks(self, images: np.ndarray, codes: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Logarithms of error, relative error, distance, float64 `(n, 3)`."""
        pixels = images / 255.0
        errors = np.square(self._model.codec.decode(codes) - pixels).mean(axis=(1, 2, 3))
        energy = np.maximum(np.square(pixels).mean(axis=(1, 2, 3)), _DARK)
        return np.log(np.maximum(np.stack([errors, errors / energy, distances], axis=1).astype(np.float64), 1e-12))

    def _scores(self, marks: np.ndarray, usual: np.ndarray | None = None) -> np.ndarray:
        usual = self._usual[0] if usual is None else usual
        above = (marks - usual.mean(axis=0)) / np.maximum(usual.std(axis=0), 1e-9)
        return np.square(np.maximum(above, 0)).sum(axis=1)
