"""How like the data samples are, and how much of the data they cover: two sets of points in a feature space, compared.

Both pairs of figures replace each set's unknown region by balls around its points that reach to their k-th nearest
other point of the set.

precision   share of samples inside a ball of a real point                 (Kynkäänniemi et al. 2019, section 2)
recall      share of real points inside a ball of a sample
density     how many real points' balls a sample lies in, over k           (Naeem et al. 2020, section 3)
coverage    share of real points whose ball holds a sample

Recall is generous to samples that stray, their own balls being large; density and coverage use the real points' balls
only. Sets of one size are compared, recall and coverage rising with the number of samples. Two independent sets of one
source have a density of 1 on average and a coverage of 1 − 2⁻⁵ = 0.97 (the same, section 3), but a precision and a
recall that depend on the data: measure a second set of real images beside the samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError

__all__ = ["MANIFOLD_NEIGHBOURS", "NEIGHBOURS", "Overlap", "compare"]

MANIFOLD_NEIGHBOURS = 3  # k of precision and recall, as in their paper
NEIGHBOURS = 5  # k of density and coverage, as in theirs
_ROWS = 1000  # × 10,000 distances are 80 MB


@dataclass(frozen=True)
class Overlap:
    """The figures' terms, each figure being their mean.

    Attributes:
        precision, density: float64 `(m,)`, of each sample.
        recall, coverage: float64 `(n,)`, of each real point.
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
        BadRequestError: fewer points than that, or of different widths.
    """
    if real.ndim != 2 or drawn.ndim != 2 or real.shape[1] != drawn.shape[1] or min(len(real), len(drawn)) <= NEIGHBOURS:
        raise BadRequestError(
            f"Points of shapes {real.shape} and {drawn.shape} cannot be compared.",
            f"Pass two arrays of one width, of more than {NEIGHBOURS} rows each.",
        )
    # float64, and centred: the expanded square cancels for near points.
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
    """Per k, the squared distance of each point to its k-th nearest other point, `(n,)`."""
    radii = [[] for _ in neighbours]
    for squared in _squared_distances(points, points):
        squared.partition(neighbours, axis=1)  # place 0 is the point's own, so place k is the k-th other
        for k, found in zip(neighbours, radii, strict=True):
            found.append(squared[:, k].copy())
    return [np.concatenate(found) for found in radii]


def _squared_distances(rows: np.ndarray, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Squared Euclidean distances in pieces of `(≤ 1000, len(columns))`, in the order of the rows."""
    norms = np.einsum("nf,nf->n", columns, columns)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        squared = part @ (-2 * columns.T)
        squared += norms
        squared += np.einsum("nf,nf->n", part, part)[:, None]
        yield np.maximum(squared, 0, out=squared)
