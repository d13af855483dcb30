"""Summarises a selection of images: classes, mean code, typical and unusual members, difference from the rest."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_rows
from vae.message import message

__all__ = ["SelectionSummary", "summarise_selection"]

_NEIGHBOURS = 10
_COMPARED = 500  # members to which distances are measured, so that a selection of 35,000 points takes little time
_CHUNK = 4096


@dataclass(frozen=True)
class SelectionSummary:
    """Figures of a selection.

    Attributes:
        count: number of members.
        classes, class_counts: int64 `(c,)`, the labels of the members, most frequent first, and their numbers; empty
            without labels.
        mean: float32 `(d,)`, the mean code.
        typical, unusual: int64 `(≤ show,)`, rows of the members with the smallest and with the largest distance to the
            10th nearest other member, most extreme first. The distance to the mean would be misleading: in a selection
            of two clusters no member is near the mean. With more than 500 members, distances are to a random sample.
        distances: float32 `(count,)`, that distance for each member, by ascending row.
        profile: float32 `(d,)`, mean of the members minus mean of the rest in each dimension, in pooled standard
            deviations (Cohen 1988, section 2.2); 0 if a dimension does not vary. None if all images are selected.
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
    """Summarise a selection of codes.

    Args:
        codes: float `(n, d)`.
        rows: int `(k,)` or bool `(n,)`, the members; repetitions are ignored.
        labels: int `(n,)`, or None.
        show: number of typical and of unusual members to return.
        seed: for the sample of members to which distances are measured.

    Raises:
        BadRequestError: nothing is selected, a row is out of range, or codes are not finite.
    """
    codes = check_codes(codes)
    rows = check_rows(rows, len(codes))
    if labels is not None and np.shape(labels) != (len(codes),):
        raise BadRequestError(
            message("Got {n} codes with labels of shape {shape}.", n=len(codes), shape=np.shape(labels)),
            "Use one label for each code.",
        )
    members = codes[rows]  # (k, d)
    classes, counts = np.unique(() if labels is None else np.asarray(labels)[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    distances = _neighbour_distances(members, seed)
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


def _neighbour_distances(members: np.ndarray, seed: int) -> np.ndarray:
    """Return the distance of each member to its 10th nearest other member, float32 `(k,)`; 0 for a single one."""
    compared = np.arange(len(members))
    if len(members) > _COMPARED:
        compared = np.sort(np.random.default_rng(seed).choice(len(members), _COMPARED, replace=False))
    k = min(_NEIGHBOURS, len(compared) - 1)
    if not k:
        return np.zeros(len(members), np.float32)
    members = members - members.mean(axis=0)  # near 0 the expanded square loses less precision
    norms = np.einsum("kd,kd->k", members, members)
    column = np.full(len(members), -1)
    column[compared] = np.arange(len(compared))
    squared = np.empty(len(members), np.float32)
    for start in range(0, len(members), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        to_all = norms[chunk, None] + norms[compared] - 2 * members[chunk] @ members[compared].T  # (m, compared)
        itself = np.flatnonzero(column[chunk] >= 0)
        to_all[itself, column[chunk][itself]] = np.inf
        squared[chunk] = np.partition(to_all, k - 1, axis=1)[:, k - 1]
    return np.sqrt(np.maximum(squared, 0))


def _standardised_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return Cohen's d of each column, float32 `(d,)`."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    squares = np.square(one - one.mean(axis=0)).sum(axis=0) + np.square(other - other.mean(axis=0)).sum(axis=0)
    pooled = np.sqrt(squares / max(len(one) + len(other) - 2, 1))
    difference = one.mean(axis=0) - other.mean(axis=0)
    return np.divide(difference, pooled, out=np.zeros_like(difference), where=pooled > 0).astype(np.float32)
