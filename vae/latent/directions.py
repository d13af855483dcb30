"""Directions of latent space along which an attribute changes: from images without it (A) to images with it (B).

The direction is the difference of the two mean codes (Larsen et al. 2016, section 4.1; White 2016). Three figures
measure its quality. *Strength*: how well it separates A and B on images that were held out. *Consistency*: whether the
differences of single pairs of images point the same way (Liu et al. 2019, section 4.4). *Leakage*: how much other
classes change along it.
"""

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_rows
from vae.message import message

__all__ = ["AttributeDirection", "Leakage", "Strength", "attribute_direction", "move"]

_MIN_HELD_OUT = 2  # rows of each side in each half; a standard deviation needs two
_PAIRS = 500


@dataclass(frozen=True)
class Strength:
    """How well the direction separates A and B on held-out codes.

    The rows are split at random into two halves. Each half is projected onto the direction of the other half, and the
    two results are averaged.

    Attributes:
        effect: Cohen's d of the projections: the distance of the means in pooled standard deviations; 0.8 is large.
        auc: probability that a row of B lies farther along the direction than a row of A, 0…1; 0.5 is chance.
    """

    effect: float
    auc: float


@dataclass(frozen=True)
class Leakage:
    """How the other classes change along the direction. The most frequent classes of A and of B are left out.

    Attributes:
        share: 0…1, the share of the variance along the direction that lies between the other classes (η², the
            correlation ratio); near 0 the direction does not separate them.
        chance: 0…1, the expected share for a random direction: the same share over all dimensions of the codes.
        classes: int64 `(c,)`, the other classes.
        shift: float32 `(c,)`, mean position of a class along the direction minus that of the others, in units of the
            direction's length; 1 is the distance from A to B.
        auc: float32 `(c,)`, how well the direction separates the class from the others, 0…1; 0.5 is chance.
    """

    share: float
    chance: float
    classes: np.ndarray
    shift: np.ndarray
    auc: np.ndarray


@dataclass(frozen=True)
class AttributeDirection:
    """The direction from A to B, with its figures.

    Attributes:
        vector: float32 `(d,)`, mean of B - mean of A.
        start: float32 `(d,)`, mean of A; start + vector is the mean of B.
        counts: number of rows of A and of B, without shared ones.
        shared: number of rows in both selections; they are left out.
        strength: None if a side has too few rows to hold some out.
        consistency: -1…1, the mean cosine between differences b - a of disjoint pairs; None for a single pair.
        chance: the same figure for pairs sampled from all codes, about 0.
        leakage: None without labels, or with fewer than two other classes.
    """

    vector: np.ndarray
    start: np.ndarray
    counts: tuple[int, int]
    shared: int
    strength: Strength | None
    consistency: float | None
    chance: float | None
    leakage: Leakage | None

    def positions(self, codes: np.ndarray) -> np.ndarray:
        """Return the positions of codes `(n, d)` along the direction, float32 `(n,)`: 0 at the mean of A, 1 at B's."""
        codes = check_codes(codes, least=0, dim=len(self.vector))
        vector = self.vector.astype(np.float64)
        return ((codes - self.start) @ vector / (vector @ vector)).astype(np.float32)


def attribute_direction(
    codes: np.ndarray, rows_a: np.ndarray, rows_b: np.ndarray, labels: np.ndarray | None = None, seed: int = 0
) -> AttributeDirection:
    """Compute and measure the direction from the codes of A to those of B.

    Args:
        codes: float `(n, d)`, of the whole data set.
        rows_a, rows_b: int `(k,)` or bool `(n,)`, rows of the codes.
        labels: int `(n,)`, for the leakage.
        seed: for the halves and the pairs.

    Raises:
        BadRequestError: a side is empty or contained in the other; the two means are equal; codes are not finite.
    """
    codes = check_codes(codes)
    a, b = check_rows(rows_a, len(codes), "Selection A"), check_rows(rows_b, len(codes), "Selection B")
    if labels is not None and np.shape(labels) != (len(codes),):
        raise BadRequestError(
            message("Got {n} codes with labels of shape {shape}.", n=len(codes), shape=np.shape(labels)),
            "Use one label for each code.",
        )
    shared = np.intersect1d(a, b)
    a, b = np.setdiff1d(a, shared), np.setdiff1d(b, shared)
    if not len(a) or not len(b):
        raise BadRequestError(
            "A and B are the same selection." if not len(a) and not len(b) else "One selection contains the other.",
            "Select some images for each side that are not in the other one.",
        )
    random = np.random.default_rng(seed)
    start = codes[a].mean(axis=0, dtype=np.float64)
    vector = codes[b].mean(axis=0, dtype=np.float64) - start
    if np.linalg.norm(vector) <= 1e-6 * np.abs(codes).max():
        raise BadRequestError(
            "A and B have the same mean code, so there is no direction between them.", "Select other images."
        )
    return AttributeDirection(
        vector=vector.astype(np.float32),
        start=start.astype(np.float32),
        counts=(len(a), len(b)),
        shared=len(shared),
        strength=_strength(codes, random.permutation(a), random.permutation(b)),
        consistency=_consistency(codes, random.permutation(a), random.permutation(b)),
        chance=_consistency(codes, *np.array_split(random.permutation(len(codes)), 2)),
        leakage=None if labels is None else _leakage(codes, a, b, np.asarray(labels), vector),
    )


def move(codes: np.ndarray, vector: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """Return z + t·v, float32 `(n, d)`; with t = 1 the analogy x + B - A (Mikolov et al. 2013).

    Args:
        codes: float `(n, d)`, z.
        vector: float `(d,)`, v, of an `AttributeDirection`.
        amount: t, a number or `(n,)`; 1 is the distance from A to B, 0 leaves codes unchanged.
    """
    vector = check_codes(np.atleast_2d(vector), "The direction")[0]
    codes = check_codes(codes, least=0, dim=len(vector))
    return codes + np.asarray(amount, np.float32).reshape(-1, 1) * vector


def _strength(codes: np.ndarray, a: np.ndarray, b: np.ndarray) -> Strength | None:
    if min(len(a), len(b)) < 2 * _MIN_HELD_OUT:
        return None
    halves_a, halves_b = np.array_split(a, 2), np.array_split(b, 2)
    effects: list[float] = []
    aucs: list[float] = []
    for fitted, held_out in ((0, 1), (1, 0)):
        vector = codes[halves_b[fitted]].mean(axis=0) - codes[halves_a[fitted]].mean(axis=0)
        along_a, along_b = codes[halves_a[held_out]] @ vector, codes[halves_b[held_out]] @ vector
        spread = np.sqrt(_pooled_variance(along_a, along_b))
        gap = along_b.mean() - along_a.mean()
        effects.append(gap / spread if spread else np.sign(gap) * np.inf if gap else 0.0)
        aucs.append(_auc(along_a, along_b))
    return Strength(float(np.mean(effects)), float(np.mean(aucs)))


def _consistency(codes: np.ndarray, a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the mean cosine between the differences of disjoint pairs; pairs with a common row would correlate."""
    pairs = min(len(a), len(b), _PAIRS)
    differences = codes[b[:pairs]].astype(np.float64) - codes[a[:pairs]]
    lengths = np.linalg.norm(differences, axis=1)
    units = differences[lengths > 0] / lengths[lengths > 0, None]  # (p, d)
    p = len(units)
    return None if p < 2 else float((np.square(units.sum(axis=0)).sum() - p) / (p * (p - 1)))


def _leakage(codes: np.ndarray, a: np.ndarray, b: np.ndarray, labels: np.ndarray, vector: np.ndarray) -> Leakage | None:
    known, classes = np.unique(labels, return_inverse=True)
    compared = [np.bincount(classes[side]).argmax() for side in (a, b)]
    others = np.setdiff1d(known, known[compared])
    if len(others) < 2:
        return None
    rows = np.isin(labels, others)
    codes, labels = codes[rows].astype(np.float64), labels[rows]
    along = codes @ vector / (vector @ vector)  # (rows,)
    sides = [(along[labels != c], along[labels == c]) for c in others]
    return Leakage(
        share=_between_share(along[:, None], labels),
        chance=_between_share(codes, labels),
        classes=others.astype(np.int64),
        shift=np.array([inside.mean() - outside.mean() for outside, inside in sides], np.float32),
        auc=np.array([_auc(outside, inside) for outside, inside in sides], np.float32),
    )


def _between_share(codes: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of the variance of codes `(n, d)`, over all columns, that lies between classes."""
    total = np.square(codes - codes.mean(axis=0)).sum()
    within = sum(np.square(codes[labels == c] - codes[labels == c].mean(axis=0)).sum() for c in np.unique(labels))
    return float(1 - within / total) if total else 0.0


def _pooled_variance(one: np.ndarray, other: np.ndarray) -> float:
    squares = np.square(one - one.mean()).sum() + np.square(other - other.mean()).sum()
    return float(squares / (len(one) + len(other) - 2))


def _auc(low: np.ndarray, high: np.ndarray) -> float:
    """Return the probability that a value of `high` exceeds one of `low`; ties count half (Hanley & McNeil 1982)."""
    below, up_to = np.searchsorted(np.sort(low), high, "left"), np.searchsorted(np.sort(low), high, "right")
    return float((below + up_to).sum() / (2 * len(low) * len(high)))
