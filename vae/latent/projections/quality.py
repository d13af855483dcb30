"""Measures how well a map preserves neighbourhoods of latent space.

- *Trustworthiness*: whether neighbours on the map are neighbours in latent space (Venna & Kaski 2001, equation 1).
- *Continuity*: whether neighbours in latent space are neighbours on the map (equation 2).
- *Class agreement*: whether the neighbours of a point on the map have its class.

For large maps, the figures are estimated from a random sample of points, each with its neighbours among all points.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.message import message
from vae.typed_libraries import plane_tree

__all__ = ["NEIGHBOURS", "MapQuality", "class_agreement", "measure_quality"]

NEIGHBOURS = 10
_SAMPLE = 1000
_CHUNK = 64  # rows at a time: their distances to all points are in memory


@dataclass(frozen=True)
class MapQuality:
    """Figures of one map.

    Attributes:
        trustworthiness, continuity: 0…1, 1 if all neighbourhoods are preserved; about 0.5 for a random map.
        agreement: 0…1, the share of points whose neighbours on the map have their class; None without classes.
        neighbours: k, for all three figures.
        rows: number of points in the sample.
        points: number of points of the map.
    """

    trustworthiness: float
    continuity: float
    agreement: float | None
    neighbours: int
    rows: int
    points: int


def measure_quality(
    codes: np.ndarray,
    coordinates: np.ndarray,
    labels: np.ndarray | None = None,
    neighbours: int | None = None,
    sample: int = _SAMPLE,
    seed: int = 0,
) -> MapQuality:
    """Measure a map.

    Args:
        codes: float `(n, d)`.
        coordinates: float `(n, 2)`.
        labels: int `(n,)`, or None.
        neighbours: k, from 1 to less than n / 2, since the figures are not defined for more. When None, `NEIGHBOURS`,
            or the most that a small n allows.
        sample: the most points to measure.
        seed: for the sample.

    Raises:
        BadRequestError: shapes do not match, not finite, or k is out of range.
    """
    codes = check_codes(codes, least=3)
    xy = check_codes(coordinates, "The coordinates", dim=2)
    count = len(codes)
    k = min(NEIGHBOURS, (count - 1) // 2) if neighbours is None else neighbours
    if len(xy) != count or (labels is not None and len(labels) != count):
        labelled = "" if labels is None else f" and {len(labels)} labels"
        raise BadRequestError(
            message("Got {count} codes with {n} coordinates{labelled}.", count=count, n=len(xy), labelled=labelled),
            "Use one row of each for every image.",
        )
    if not 1 <= k < count / 2:
        raise BadRequestError(
            message("Can't measure a map of {count} points with {k} neighbours.", count=count, k=k),
            message("Choose from 1 to {count} neighbours.", count=(count - 1) // 2),
        )
    rows = np.arange(count)
    if count > sample:
        rows = np.sort(np.random.default_rng(seed).choice(count, sample, replace=False))
    centred, centred_xy = _centred(codes), _centred(xy)
    intruders = missing = 0
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        in_latent, on_map = _squared_distances(centred, chunk), _squared_distances(centred_xy, chunk)  # (m, n) each
        intruders += _excess_ranks(in_latent, on_map, k)
        missing += _excess_ranks(on_map, in_latent, k)
    worst = len(rows) * k * (2 * count - 3 * k - 1) / 2  # if all neighbours have the last ranks
    return MapQuality(
        trustworthiness=1 - intruders / worst,
        continuity=1 - missing / worst,
        agreement=None if labels is None else class_agreement(xy, labels, neighbours=k, rows=rows),
        neighbours=k,
        rows=len(rows),
        points=count,
    )


def class_agreement(
    coordinates: np.ndarray,
    labels: np.ndarray,
    placed: np.ndarray | None = None,
    placed_labels: np.ndarray | None = None,
    neighbours: int = NEIGHBOURS,
    rows: np.ndarray | None = None,
) -> float:
    """Return the share of points whose class is the most frequent one among their k nearest on the map, 0…1.

    Args:
        coordinates: float `(n, 2)`, the map's points.
        labels: int `(n,)`.
        placed, placed_labels: float `(m, 2)` and int `(m,)`, new points on the map. When None, the map's points are
            measured, each without itself.
        neighbours: k. If two classes are equally frequent, that of the nearer point is used.
        rows: int, the map's points to measure; all when None.

    Raises:
        BadRequestError: shapes do not match, not finite, or k is out of range.
    """
    xy, labels = check_codes(coordinates, "The coordinates", dim=2), np.asarray(labels)
    leave_one_out = placed is None
    measured = np.arange(len(xy)) if rows is None else rows
    if placed is None:
        placed, placed_labels = xy[measured], labels[measured]
    placed, placed_labels = check_codes(placed, "The positions", dim=2), np.asarray(placed_labels)
    if len(labels) != len(xy) or len(placed_labels) != len(placed):
        raise BadRequestError(
            message(
                "Got {n} points with {n2} labels, and {n3} with {n4} labels.",
                n=len(xy),
                n2=len(labels),
                n3=len(placed),
                n4=len(placed_labels),
            ),
            "Use one label for each point.",
        )
    most = len(xy) - leave_one_out
    if not 1 <= neighbours <= most:
        raise BadRequestError(
            message("Can't find {neighbours} neighbours among {most} points.", neighbours=neighbours, most=most),
            message("Use 1 to {most}.", most=most),
        )
    found = plane_tree(xy).query(placed, range(1, neighbours + leave_one_out + 1))[1]  # (m, k + 1), or k
    if leave_one_out:
        others = found != measured[:, None]
        others[others.all(axis=1), -1] = False  # a point with many copies may be missing from its own result
        found = found[others].reshape(-1, neighbours)
    votes = labels[found]  # (m, k)
    frequency = (votes[:, :, None] == votes[:, None]).sum(axis=2)  # of each neighbour's class
    winners = np.take_along_axis(votes, frequency.argmax(axis=1)[:, None], axis=1)[:, 0]
    return float((winners == placed_labels).mean())


def _centred(points: np.ndarray) -> np.ndarray:
    points = points.astype(np.float64)
    return points - points.mean(axis=0)  # near 0 the expanded square loses less precision


def _squared_distances(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return squared distances from `rows` to all points, float64 `(m, n)`; infinite from a point to itself."""
    norms = np.einsum("nd,nd->n", points, points)
    squared = norms[rows][:, None] + norms - 2 * points[rows] @ points.T
    squared[np.arange(len(rows)), rows] = np.inf
    return squared


def _excess_ranks(one: np.ndarray, other: np.ndarray, k: int) -> int:
    """Return the sum of r - k over the points that are among the k nearest by `other`, but r-th by `one`, r > k."""
    nearest = np.argpartition(other, k - 1, axis=1)[:, :k]
    reach = np.take_along_axis(one, nearest, axis=1)  # (m, k)
    ranks = np.stack([(one < reach[:, i, None]).sum(axis=1) for i in range(k)]) + 1
    return int(np.maximum(ranks - k, 0).sum())
