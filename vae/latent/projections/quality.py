"""What a map keeps of the neighbourhoods it was drawn from.

*Trustworthiness*: whether neighbours on the map are neighbours in latent space. *Continuity*: whether neighbours in
latent space are neighbours on the map (Venna & Kaski 2001, equations 1 and 2). *Class agreement*: whether neighbours on
the map name a point's own class. Of many points a seeded sample is asked, each among all the points, so that the
figures estimate those of the whole map.
"""

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.typed_libraries import plane_tree

__all__ = ["NEIGHBOURS", "MapQuality", "class_agreement", "measure_quality"]

NEIGHBOURS = 10
_SAMPLE = 1000
_CHUNK = 64  # rows at once: distances to all points are held in memory


@dataclass(frozen=True)
class MapQuality:
    """Figures of one map.

    Attributes:
        trustworthiness, continuity: 0…1, 1 where no neighbourhood is torn; 0.5 is about what chance gives.
        agreement: 0…1, the share of points whose neighbours on the map name their own class; None without classes.
        neighbours: k of all three.
        rows: points that were asked, of `points` among which their neighbours were.
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
        neighbours: k, at least 1 and less than n / 2, beyond which the figures are not defined; `NEIGHBOURS` when
            None, or the most that few codes allow.
        sample: points to ask at most.
        seed: which.

    Raises:
        BadRequestError: shapes that do not belong together, not finite, or k out of range.
    """
    codes = check_codes(codes, least=3)
    xy = check_codes(coordinates, "The coordinates", dim=2)
    count = len(codes)
    k = min(NEIGHBOURS, (count - 1) // 2) if neighbours is None else neighbours
    if len(xy) != count or (labels is not None and len(labels) != count):
        raise BadRequestError(f"{count} codes with {len(xy)} coordinates.", "Each code has its row in both.")
    if not 1 <= k < count / 2:
        raise BadRequestError(
            f"{k} neighbours do not suit {count} points.", f"Choose from 1 to {(count - 1) // 2} neighbours."
        )
    rows = np.arange(count)
    if count > sample:
        rows = np.sort(np.random.default_rng(seed).choice(count, sample, replace=False))
    centred, drawn = _centred(codes), _centred(xy)
    intruders = missing = 0
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        in_latent, on_map = _squared_distances(centred, chunk), _squared_distances(drawn, chunk)  # (m, n) each
        intruders += _excess_ranks(in_latent, on_map, k)
        missing += _excess_ranks(on_map, in_latent, k)
    worst = len(rows) * k * (2 * count - 3 * k - 1) / 2  # all neighbours at the end of the other's order
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
    """The share of points whose k nearest on the map have their own class as their most frequent one, 0…1.

    Args:
        coordinates: float `(n, 2)`, the map's points.
        labels: int `(n,)`.
        placed, placed_labels: float `(m, 2)` and int `(m,)`, points placed on the map; its own points when None, which
            do not count themselves.
        neighbours: k; of equally frequent classes the nearest's counts.
        rows: int, which of the map's own points to ask, all when None.
    """
    xy, labels = check_codes(coordinates, "The coordinates", dim=2), np.asarray(labels)
    own = placed is None
    asked = np.arange(len(xy)) if rows is None else rows
    if own:
        placed, placed_labels = xy[asked], labels[asked]
    placed, placed_labels = check_codes(placed, "The positions", dim=2), np.asarray(placed_labels)
    if len(labels) != len(xy) or len(placed_labels) != len(placed):
        raise BadRequestError(f"{len(xy)} points with {len(labels)} labels, {len(placed)} with {len(placed_labels)}.")
    if not 1 <= neighbours <= len(xy) - own:
        raise BadRequestError(f"{neighbours} neighbours of {len(xy)} points.", "Ask for fewer.")
    found = plane_tree(xy).query(placed, range(1, neighbours + own + 1))[1]  # (m, k + 1), or k
    if own:
        others = found != asked[:, None]
        others[others.all(axis=1), -1] = False  # among copies of itself it may not be named
        found = found[others].reshape(-1, neighbours)
    votes = labels[found]  # (m, k)
    frequency = (votes[:, :, None] == votes[:, None]).sum(axis=2)  # of each neighbour's class
    winners = np.take_along_axis(votes, frequency.argmax(axis=1)[:, None], axis=1)[:, 0]
    return float((winners == placed_labels).mean())


def _centred(points: np.ndarray) -> np.ndarray:
    points = points.astype(np.float64)
    return points - points.mean(axis=0)  # the expanded square loses little close to 0


def _squared_distances(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """From `rows` to all, float64 `(m, n)`; to itself infinite."""
    norms = np.einsum("nd,nd->n", points, points)
    squared = norms[rows][:, None] + norms - 2 * points[rows] @ points.T
    squared[np.arange(len(rows)), rows] = np.inf
    return squared


def _excess_ranks(one: np.ndarray, other: np.ndarray, k: int) -> int:
    """Sum of r - k over those of the k nearest by `other` that are only the r-th nearest by `one`."""
    nearest = np.argpartition(other, k - 1, axis=1)[:, :k]
    reach = np.take_along_axis(one, nearest, axis=1)  # (m, k)
    ranks = np.stack([(one < reach[:, i, None]).sum(axis=1) for i in range(k)]) + 1
    return int(np.maximum(ranks - k, 0).sum())
