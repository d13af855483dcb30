"""Which dimension of one model goes with which of another, by the codes that both give to the same images.

A model's dimensions come in any order and with any sign: a training that begins with another seed ends with others.
What can be asked is which of them say the same about the same images.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.profile import active_units

__all__ = ["LinearFollowing", "Matching", "follow_linearly", "match_dimensions"]


@dataclass(frozen=True)
class Matching:
    """Pairs of dimensions, by falling absolute correlation, p of them: as many as the model with fewer active ones has.

    Attributes:
        a, b: int64 `(p,)`, each dimension at most once.
        correlation: float64 `(p,)`, -1…1, of the two over the images (Pearson).
        slope: float64 `(p,)`, units that b moves where a moves by one: the regression's, correlation · σ_b / σ_a. Not
            σ_b / σ_a alone, which equal quantiles come to: images that lie two σ apart in a lie on average only
            correlation · two σ apart in b, and a weak match must not look like a strong one.
        only_a, only_b: int64, active dimensions without a partner.
    """

    a: np.ndarray
    b: np.ndarray
    correlation: np.ndarray
    slope: np.ndarray
    only_a: np.ndarray
    only_b: np.ndarray


def match_dimensions(z_a: np.ndarray, z_b: np.ndarray) -> Matching:
    """Pair the active dimensions of two models so that the sum of absolute correlations is the largest there is.

    Args:
        z_a, z_b: float `(n, d_a)` and `(n, d_b)`, both models' codes of the same n images, in the same order.

    Raises:
        BadRequestError: other numbers of images, fewer than 2, wrong shapes or not finite.
    """
    z_a, z_b = _checked(z_a, z_b)
    active_a, active_b = (np.flatnonzero(active_units(z)) for z in (z_a, z_b))
    correlations = (
        _standardised(z_a[:, active_a]).T @ _standardised(z_b[:, active_b]) / len(z_a)
    )  # (active_a, active_b)
    correlations = np.clip(correlations, -1, 1)
    rows, columns = linear_sum_assignment(np.abs(correlations), maximize=True)
    order = np.argsort(-np.abs(correlations[rows, columns]), kind="stable")
    a, b, found = active_a[rows][order], active_b[columns][order], correlations[rows, columns][order]
    return Matching(
        a=a,
        b=b,
        correlation=found,
        slope=found * z_b[:, b].std(axis=0) / z_a[:, a].std(axis=0),
        only_a=np.setdiff1d(active_a, a),
        only_b=np.setdiff1d(active_b, b),
    )


@dataclass(frozen=True)
class LinearFollowing:
    """The codes of b as a linear function of those of a, by least squares: b ≈ a @ weights + constant.

    Attributes:
        weights: float64 `(d_a, d_b)`; zeros from and to dimensions that are not active.
        shares: float64 `(d_b,)`, of the variance of each dimension of b what follows so, 0…1; 0 of a dead one.
        share: the same of all active dimensions of b together.
    """

    weights: np.ndarray
    shares: np.ndarray
    share: float


def follow_linearly(z_a: np.ndarray, z_b: np.ndarray) -> LinearFollowing:
    """How all of b moves, on average over the images, where a moves: also what is turned or mixed in b.

    Args:
        z_a, z_b: see `match_dimensions`; more images than active dimensions of a.

    Raises:
        BadRequestError: see `match_dimensions`.
    """
    z_a, z_b = _checked(z_a, z_b)
    active_a, active_b = (np.flatnonzero(active_units(z)) for z in (z_a, z_b))
    x, y = (z[:, active] - z[:, active].mean(axis=0) for z, active in ((z_a, active_a), (z_b, active_b)))
    solved = np.linalg.lstsq(x, y, rcond=None)[0]  # (active_a, active_b)
    weights = np.zeros((z_a.shape[1], z_b.shape[1]))
    weights[np.ix_(active_a, active_b)] = solved
    left, whole = np.square(y - x @ solved).sum(axis=0), np.square(y).sum(axis=0)  # (active_b,) each
    shares = np.zeros(z_b.shape[1])
    shares[active_b] = np.clip(1 - left / whole, 0, 1)
    share = float(np.clip(1 - left.sum() / whole.sum(), 0, 1)) if len(active_b) else 0.0
    return LinearFollowing(weights, shares, share)


def _checked(z_a: np.ndarray, z_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As float64: sums of ten thousand float32 lose digits that a perfect match would miss."""
    z_a, z_b = (check_codes(z, what, least=2) for z, what in ((z_a, "The codes of A"), (z_b, "The codes of B")))
    if len(z_a) != len(z_b):
        raise BadRequestError(
            f"{len(z_a)} codes of A and {len(z_b)} of B.", "Compare the codes of the same images, in the same order."
        )
    return z_a.astype(np.float64), z_b.astype(np.float64)


def _standardised(z: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 in each dimension; active ones have a variance."""
    return (z - z.mean(axis=0)) / z.std(axis=0)
