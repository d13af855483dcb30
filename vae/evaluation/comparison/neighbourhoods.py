"""Finds images whose neighbours differ between the latent spaces of two models.

Distances of two models cannot be compared, but neighbours can. The change of an image is the share of its k nearest
other images that differ: 1 minus the mutual k-nearest-neighbour overlap (Huh et al. 2024, "The Platonic Representation
Hypothesis", appendix A).
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.neighbours import all_nearest_neighbours
from vae.latent.profile import active_units
from vae.message import message

__all__ = ["NEIGHBOURS", "WIDER", "NeighbourhoodChange", "neighbourhood_change", "neighbours_of"]

NEIGHBOURS = 15  # k; as many images fit on the screen
WIDER = 60  # neighbours that order images with equal change


@dataclass(frozen=True)
class NeighbourhoodChange:
    """How much the neighbourhood of each image differs between two models.

    Attributes:
        neighbours: k.
        change: float64 `(n,)`, share of the k nearest images that differ, 0…1.
        order: int64 `(n,)`, images by decreasing change; if equal, by the change among the nearest `WIDER`.
        mean: mean change of all images.
        standard_error: standard error of that mean.
        chance: expected change between two unrelated models, 1 - k / (n - 1).
    """

    neighbours: int
    change: np.ndarray
    order: np.ndarray
    mean: float
    standard_error: float
    chance: float


def neighbours_of(z: np.ndarray, k: int = WIDER) -> np.ndarray:
    """Return the k nearest other images of each image, int32 `(n, k)`, nearest first.

    The distance is Euclidean, over active dimensions.

    Args:
        z: float `(n, latent_dim)`.
        k: at most n - 1 are returned.

    Raises:
        BadRequestError: no dimension is active, wrong shape, or not finite.
    """
    active = active_units(np.asarray(z))
    if not active.any():
        raise BadRequestError(
            "No dimension of these codes is active, so they do not distinguish images.",
            "Compare with a model that has not collapsed.",
        )
    rows, _ = all_nearest_neighbours(z[:, active], min(k, len(z) - 1))
    return rows.astype(np.int32)


def neighbourhood_change(
    neighbours_a: np.ndarray, neighbours_b: np.ndarray, k: int | None = None
) -> NeighbourhoodChange:
    """Compare the neighbourhoods of the same images in two models.

    Args:
        neighbours_a, neighbours_b: int `(n, ≥ k)`, of the same n images, nearest first, as from `neighbours_of`.
        k: number of neighbours to compare; when None, `NEIGHBOURS`, or all if there are fewer.

    Raises:
        BadRequestError: the numbers of images differ, or there are fewer neighbours than k.
    """
    if len(neighbours_a) != len(neighbours_b):
        raise BadRequestError(
            message("Neighbours of {n} images and of {n2}.", n=len(neighbours_a), n2=len(neighbours_b)),
            "Compare two models of the same data set.",
        )
    least = min(neighbours_a.shape[1], neighbours_b.shape[1])
    k = min(NEIGHBOURS, least) if k is None else k
    if not 1 <= k <= least:
        raise BadRequestError(
            message("Can't compare {k} neighbours among {least}.", k=k, least=least),
            message("Use 1 to {least}.", least=least),
        )
    images = len(neighbours_a)
    change = 1 - _overlap(neighbours_a[:, :k], neighbours_b[:, :k])
    wider = 1 - _overlap(neighbours_a[:, :least], neighbours_b[:, :least])
    return NeighbourhoodChange(
        neighbours=k,
        change=change,
        order=np.lexsort((np.arange(images), -wider, -change)),
        mean=float(change.mean()),
        standard_error=float(change.std() / np.sqrt(images)),
        chance=1 - k / (images - 1),
    )


def _overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the share of each row of a that is in the same row of b, float64 `(n,)`."""
    images = len(a)
    rows = np.arange(images, dtype=np.int64)[:, None] * images  # makes numbers of different rows different
    return np.isin(a + rows, b + rows).mean(axis=1)
