"""Matches the dimensions of two models by their codes of the same images.

Order and sign of a model's dimensions are arbitrary, and depend on the seed of the training. Dimensions match if
they are correlated over the same images.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.profile import active_units
from vae.message import message

__all__ = ["LinearFollowing", "Matching", "follow_linearly", "match_dimensions"]


@dataclass(frozen=True)
class Matching:
    """The p pairs of dimensions, by decreasing absolute correlation. p is the smaller number of active dimensions.

    Attributes:
        a, b: int64 `(p,)`, each dimension at most once.
        correlation: float64 `(p,)`, Pearson correlation over the images, -1…1.
        slope: float64 `(p,)`, change of b when a changes by one: correlation · σ_b / σ_a, as in a regression.
            σ_b / σ_a, from equal quantiles, would make a weak match look strong: images two σ apart in a are on average
            only correlation · two σ apart in b.
        only_a, only_b: int64, active dimensions without a partner.
    """

    a: np.ndarray
    b: np.ndarray
    correlation: np.ndarray
    slope: np.ndarray
    only_a: np.ndarray
    only_b: np.ndarray


def match_dimensions(z_a: np.ndarray, z_b: np.ndarray) -> Matching:
    """Pair the active dimensions of two models so that the sum of absolute correlations is largest.

    Args:
        z_a, z_b: float `(n, d_a)` and `(n, d_b)`, codes of the same n images, in the same order.

    Raises:
        BadRequestError: the numbers of images differ, there are fewer than 2, or codes have a wrong shape or are not
            finite.
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
        shares: float64 `(d_b,)`, explained share of the variance of each dimension of b, 0…1; 0 for a collapsed one.
        share: the same for all active dimensions of b together.
    """

    weights: np.ndarray
    shares: np.ndarray
    share: float


def follow_linearly(z_a: np.ndarray, z_b: np.ndarray) -> LinearFollowing:
    """Fit all dimensions of b as linear functions of a, which includes rotated and mixed dimensions.

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
    """Check the codes, and convert them to float64: float32 sums of many codes are too inexact for a perfect match."""
    z_a, z_b = (check_codes(z, what, least=2) for z, what in ((z_a, "The codes of A"), (z_b, "The codes of B")))
    if len(z_a) != len(z_b):
        raise BadRequestError(
            message("There are {n} codes of A and {n2} of B.", n=len(z_a), n2=len(z_b)),
            "Compare the codes of the same images, in the same order.",
        )
    return z_a.astype(np.float64), z_b.astype(np.float64)


def _standardised(z: np.ndarray) -> np.ndarray:
    """Scale each dimension to mean 0 and variance 1; active dimensions have a variance above 0."""
    return (z - z.mean(axis=0)) / z.std(axis=0)
