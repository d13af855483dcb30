"""Which images have other neighbours in one model's latent space than in another's.

Distances of two models cannot be compared, neighbours can: an image that lies among shoes here and among bags there has
moved, whatever the axes. The share of its k nearest others that are not the same in both is the measure: 1 less the
mutual k-nearest-neighbour overlap (Huh et al. 2024, "The Platonic Representation Hypothesis", appendix A).
"""

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.neighbours import all_nearest_neighbours
from vae.latent.profile import active_units

__all__ = ["NEIGHBOURS", "WIDER", "NeighbourhoodChange", "neighbourhood_change", "neighbours_of"]

NEIGHBOURS = 15  # k: a neighbourhood that fits on the screen
WIDER = 60  # of equals the one that is alone in a wider circle too has changed more


@dataclass(frozen=True)
class NeighbourhoodChange:
    """How much each image's neighbourhood differs between two models.

    Attributes:
        neighbours: k.
        change: float64 `(n,)`, share of the k nearest that are others, 0…1.
        order: int64 `(n,)`, images by falling change; of equals the more changed among the nearest `WIDER` first.
        mean: of all images.
        standard_error: of that mean, over the images.
        chance: what two models that have nothing to do with each other come to: 1 - k / (n - 1).
    """

    neighbours: int
    change: np.ndarray
    order: np.ndarray
    mean: float
    standard_error: float
    chance: float


def neighbours_of(z: np.ndarray, k: int = WIDER) -> np.ndarray:
    """Each image's k nearest others, int32 `(n, k)`, nearest first, by the Euclidean distance over active dimensions.

    Args:
        z: float `(n, latent_dim)`.
        k: cut to n - 1.

    Raises:
        BadRequestError: no dimension is active, wrong shape, or not finite.
    """
    active = active_units(np.asarray(z))
    if not active.any():
        raise BadRequestError(
            "No dimension of these codes is active: they tell no images apart.",
            "Compare with a model that has not collapsed.",
        )
    rows, _ = all_nearest_neighbours(z[:, active], min(k, len(z) - 1))
    return rows.astype(np.int32)


def neighbourhood_change(
    neighbours_a: np.ndarray, neighbours_b: np.ndarray, k: int | None = None
) -> NeighbourhoodChange:
    """Compare two models' neighbourhoods of the same images.

    Args:
        neighbours_a, neighbours_b: int `(n, ≥ k)`, of the same n images, nearest first, as `neighbours_of` finds them.
        k: neighbours that count; `NEIGHBOURS` when None, or all of fewer.

    Raises:
        BadRequestError: other numbers of images, or fewer neighbours than k.
    """
    if len(neighbours_a) != len(neighbours_b):
        raise BadRequestError(
            f"Neighbours of {len(neighbours_a)} images and of {len(neighbours_b)}.",
            "Compare two models of the same data set.",
        )
    least = min(neighbours_a.shape[1], neighbours_b.shape[1])
    k = min(NEIGHBOURS, least) if k is None else k
    if not 1 <= k <= least:
        raise BadRequestError(f"{k} neighbours of {least} that were looked for.", f"Ask for 1 to {least}.")
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
    """Share of each row of a that is in the same row of b, float64 `(n,)`."""
    images = len(a)
    rows = np.arange(images, dtype=np.int64)[:, None] * images  # makes numbers of different rows different
    return np.isin(a + rows, b + rows).mean(axis=1)
