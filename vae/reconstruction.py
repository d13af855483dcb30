"""What a model makes of a picture: its reconstruction, and how usual the picture is among the test images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vae.data import load_test_split
from vae.latent.neighbours import CodeFinder
from vae.loaded import LoadedModel

__all__ = ["Reader", "Reading"]

_VOTES = 10  # neighbours
_MEASURED = 1000  # test images that errors are compared with


@dataclass(frozen=True)
class Reading:
    """One picture, read by a model.

    Attributes:
        code: float32 `(code_dim,)`, the posterior's mean.
        image: uint8 `(h, w, c)`, the reconstruction.
        mse: mean squared error per pixel value, pixels in [0, 1].
        mse_percentile: share of the test images that are reconstructed better, 0…100.
        off_data: share of the test images whose codes are less lonely, 0…100 (`vae.latent.distance`).
        nearest: rows of the ten test images with the nearest codes, nearest first.
        vote: the class that most of them are of.
        votes: how many of them.
    """

    code: np.ndarray
    image: np.ndarray
    mse: float
    mse_percentile: float
    off_data: float
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
        error = self._errors(image[None], codes)[0]
        rows = self._finder.nearest(codes[:, : self._model.latent_dim], min(_VOTES, len(self._finder)))[0][0]
        counts = np.bincount(self._labels[rows])
        return Reading(
            code=codes[0],
            image=self._model.decode_pixels(codes)[0],
            mse=float(error),
            mse_percentile=float(100 * np.searchsorted(self._usual_errors, error) / len(self._usual_errors)),
            off_data=float(self._model.measure(codes)[0, 0]),
            nearest=rows,
            vote=int(counts.argmax()),
            votes=int(counts.max()),
        )

    @cached_property
    def _usual_errors(self) -> np.ndarray:
        """Of some test images, rising."""
        images = load_test_split(self._model.bundle.manifest.dataset).images
        rows = np.random.default_rng(0).permutation(len(images))[:_MEASURED]
        some = np.asarray(images[np.sort(rows)])
        return np.sort(self._errors(some, self._model.encode(some)[0]))

    def _errors(self, images: np.ndarray, codes: np.ndarray) -> np.ndarray:
        return np.square(self._model.codec.decode(codes) - images / 255.0).mean(axis=(1, 2, 3))
