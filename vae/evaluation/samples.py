"""Quality of samples: how similar they are to the data, and how much of the data they cover.

Two sets of points in a feature space are compared. The region of each set is estimated by balls around its points, each
with the distance to the k-th nearest other point as its radius.

precision   share of samples in a ball of a real point                     (Kynkäänniemi et al. 2019, section 2)
recall      share of real points in a ball of a sample
density     number of real points' balls that contain a sample, over k     (Naeem et al. 2020, section 3)
coverage    share of real points whose ball contains a sample

Recall is too high for samples far from the data, because their balls are large. Density and coverage use only the balls
of real points. Recall and coverage rise with the number of samples, so compare sets of equal size. Two independent sets
of one source have a mean density of 1 and a coverage of 1 − 2⁻⁵ = 0.97 (Naeem et al. 2020, section 3). Their precision
and recall depend on the data, so measure a second set of real images too.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["MANIFOLD_NEIGHBOURS", "NEIGHBOURS", "Overlap", "compare"]

MANIFOLD_NEIGHBOURS = 3  # k of precision and recall, as in their paper
NEIGHBOURS = 5  # k of density and coverage, as in their paper
_ROWS = 1000  # × 10,000 distances are 80 MB


@dataclass(frozen=True)
class Overlap:
    """The terms of the figures; each figure is the mean of its terms.

    Attributes:
        precision, density: float64 `(m,)`, a term for each sample.
        recall, coverage: float64 `(n,)`, a term for each real point.
    """

    precision: np.ndarray
    recall: np.ndarray
    density: np.ndarray
    coverage: np.ndarray


def compare(real: np.ndarray, drawn: np.ndarray) -> Overlap:
    """Compare samples with real points.

    Args:
        real: `(n, features)`, n > 5.
        drawn: `(m, features)`, m > 5.

    Raises:
        BadRequestError: too few points, or different numbers of features.
    """
    if real.ndim != 2 or drawn.ndim != 2 or real.shape[1] != drawn.shape[1] or min(len(real), len(drawn)) <= NEIGHBOURS:
        raise BadRequestError(
            message("Points of shapes {shape} and {shape2} cannot be compared.", shape=real.shape, shape2=drawn.shape),
            message(
                "Pass two arrays with equally many columns, and more than {neighbours} rows each.",
                neighbours=NEIGHBOURS,
            ),
        )
    # float64 and centred, because the expanded square loses digits for near points.
    center = real.mean(axis=0, dtype=np.float64)
    real, drawn = real - center, drawn - center
    manifold, ball = _radii(real, (MANIFOLD_NEIGHBOURS, NEIGHBOURS))  # (n,) each, squared
    (drawn_manifold,) = _radii(drawn, (MANIFOLD_NEIGHBOURS,))  # (m,)
    precision, density, recall, coverage = [], [], [], np.zeros(len(real), bool)
    for squared in _squared_distances(drawn, real):  # (rows, n)
        precision.append((squared <= manifold).any(axis=1))
        inside = squared <= ball
        density.append(inside.sum(axis=1) / NEIGHBOURS)
        coverage |= inside.any(axis=0)
    for squared in _squared_distances(real, drawn):  # (rows, m)
        recall.append((squared <= drawn_manifold).any(axis=1))
    return Overlap(
        np.concatenate(precision).astype(np.float64),
        np.concatenate(recall).astype(np.float64),
        np.concatenate(density),
        coverage.astype(np.float64),
    )


def _radii(points: np.ndarray, neighbours: tuple[int, ...]) -> list[np.ndarray]:
    """Return, for each k, the squared distances from each point to its k-th nearest other point, `(n,)`."""
    radii: list[list[np.ndarray]] = [[] for _ in neighbours]
    for squared in _squared_distances(points, points):
        squared.partition(neighbours, axis=1)  # place 0 is the point itself, so place k is the k-th other
        for k, found in zip(neighbours, radii, strict=True):
            found.append(squared[:, k].copy())
    return [np.concatenate(found) for found in radii]


def _squared_distances(rows: np.ndarray, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield squared Euclidean distances in pieces of `(≤ 1000, len(columns))`, in the order of the rows."""
    norms = np.einsum("nf,nf->n", columns, columns)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        squared = part @ (-2 * columns.T)
        squared += norms
        squared += np.einsum("nf,nf->n", part, part)[:, None]
        yield np.maximum(squared, 0, out=squared)
