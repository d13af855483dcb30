"""What a selection of images has in common, and what sets it apart from the rest."""

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_rows

__all__ = ["SelectionSummary", "summarise_selection"]

_NEIGHBOURS = 10
_COMPARED = 500  # members that neighbours are looked for among: it must be quick for half of 70,000 points
_CHUNK = 4096


@dataclass(frozen=True)
class SelectionSummary:
    """A selection in figures.

    Attributes:
        count: members.
        classes, class_counts: int64 `(c,)`, the labels in it, the most frequent first, and how often; empty without
            labels.
        mean: float32 `(d,)`, the mean code.
        typical, unusual: int64 `(≤ show,)`, rows of the members that lie thickest among the others, and loneliest, each
            the most so first. By the distance to the 10th nearest other member, not to the mean: in a selection of two
            clusters nothing lies at the mean. Of more than 500 members a seeded sample is what all are compared with.
        distances: float32 `(count,)`, that distance of each member, by ascending row.
        profile: float32 `(d,)`, the members' mean minus the rest's, in pooled standard deviations (Cohen 1988, section
            2.2), per dimension; 0 where a dimension has none. None where there is no rest.
    """

    count: int
    classes: np.ndarray
    class_counts: np.ndarray
    mean: np.ndarray
    typical: np.ndarray
    unusual: np.ndarray
    distances: np.ndarray
    profile: np.ndarray | None


def summarise_selection(
    codes: np.ndarray, rows: np.ndarray, labels: np.ndarray | None = None, show: int = 12, seed: int = 0
) -> SelectionSummary:
    """Describe a selection of codes.

    Args:
        codes: float `(n, d)`.
        rows: int `(k,)`, or bool `(n,)`: the members, each counted once.
        labels: int `(n,)`, or None.
        show: typical and unusual members to name.
        seed: of the members that all are compared with, where there are many.

    Raises:
        BadRequestError: nothing is selected, rows that there are not, or codes that are not finite.
    """
    codes = check_codes(codes)
    rows = check_rows(rows, len(codes))
    if labels is not None and np.shape(labels) != (len(codes),):
        raise BadRequestError(f"{len(codes)} codes with labels of shape {np.shape(labels)}.", "Each code has one.")
    members = codes[rows]  # (k, d)
    classes, counts = np.unique(() if labels is None else np.asarray(labels)[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    distances = _crowding(members, seed)
    by_distance = np.argsort(distances, kind="stable")
    rest = np.ones(len(codes), bool)
    rest[rows] = False
    return SelectionSummary(
        count=len(rows),
        classes=classes[order].astype(np.int64),
        class_counts=counts[order].astype(np.int64),
        mean=members.mean(axis=0, dtype=np.float64).astype(np.float32),
        typical=rows[by_distance[:show]],
        unusual=rows[by_distance[::-1][:show]],
        distances=distances,
        profile=_standardised_difference(members, codes[rest]) if rest.any() else None,
    )


def _crowding(members: np.ndarray, seed: int) -> np.ndarray:
    """Each member's distance to the 10th nearest other, float32 `(k,)`; zeros for a single one."""
    compared = np.arange(len(members))
    if len(members) > _COMPARED:
        compared = np.sort(np.random.default_rng(seed).choice(len(members), _COMPARED, replace=False))
    k = min(_NEIGHBOURS, len(compared) - 1)
    if not k:
        return np.zeros(len(members), np.float32)
    members = members - members.mean(axis=0)  # the expanded square loses little close to 0
    norms = np.einsum("kd,kd->k", members, members)
    column = np.full(len(members), -1)
    column[compared] = np.arange(len(compared))
    squared = np.empty(len(members), np.float32)
    for start in range(0, len(members), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        to_all = norms[chunk, None] + norms[compared] - 2 * members[chunk] @ members[compared].T  # (m, compared)
        own = np.flatnonzero(column[chunk] >= 0)
        to_all[own, column[chunk][own]] = np.inf
        squared[chunk] = np.partition(to_all, k - 1, axis=1)[:, k - 1]
    return np.sqrt(np.maximum(squared, 0))


def _standardised_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Cohen's d per column, float32 `(d,)`."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    squares = np.square(one - one.mean(axis=0)).sum(axis=0) + np.square(other - other.mean(axis=0)).sum(axis=0)
    pooled = np.sqrt(squares / max(len(one) + len(other) - 2, 1))
    difference = one.mean(axis=0) - other.mean(axis=0)
    return np.divide(difference, pooled, out=np.zeros_like(difference), where=pooled > 0).astype(np.float32)
