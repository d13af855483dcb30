"""The nearest codes, by two distances.

*Euclidean*, between means: what the maps and the off-data meter go by.

*Posterior-aware*: the Bhattacharyya distance between two images' posteriors (Bhattacharyya 1943), minus the logarithm
of how much the two overlap, ∫√(q₁q₂). For diagonal Gaussians (Kailath 1967, section III)

    D = ¼ Σ (μ₁ - μ₂)² / (σ₁² + σ₂²) + ½ Σ ln((σ₁² + σ₂²) / (2 σ₁ σ₂)).

It bounds how well the two images can be told apart by their codes, so a difference counts for as much as the model is
sure of it: much where posteriors are narrow, nothing in a dead dimension. It is symmetric, finite and the same in any
units of z, which the alternatives are not all: the 2-Wasserstein distance adds the widths' difference to the Euclidean
distance and weighs nothing by them; the symmetrised KL runs away where one posterior is a point; a Mahalanobis distance
under one posterior depends on whose it is.
"""

from collections.abc import Callable
from typing import overload

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.typed_libraries import exact_finder

__all__ = ["CodeFinder", "nearest_codes", "nearest_posteriors", "own_neighbours"]

_CHUNK = 512  # queries at once: distances to all codes are held in memory
_STOP_EVERY = 4096  # queries between two looks at `should_stop`
_FEW = 4  # queries that are one hand's, not a batch


class CodeFinder:
    """The k nearest of one set of codes, exact; for one query of 70,000 codes in half a millisecond.

    Brute force: in ten or more dimensions a tree visits most of its leaves anyway.

    Args:
        codes: float `(n, d)`.

    Raises:
        BadRequestError: wrong shape, or not finite.
    """

    def __init__(self, codes: np.ndarray):
        self._codes = check_codes(codes)
        # Far from 0 the expanded square below would lose small distances: measured from the middle it loses little. The
        # median, because a single far code moves the mean away from all the others.
        self._middle = np.median(self._codes, axis=0)  # (d,)
        self._centred = self._codes - self._middle  # (n, d)
        self._norms = np.einsum("nd,nd->n", self._centred, self._centred)  # (n,)
        self._largest = float(self._norms.max())
        self._rounding = 4 * self._codes.shape[1] * np.finfo(np.float32).eps

    def __len__(self) -> int:
        return len(self._codes)

    def nearest(self, queries: np.ndarray, k: int, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest codes of each query.

        Args:
            queries: float `(m, d)`.
            k: from 1 to the number of codes, less one with `without`.
            without: int `(m,)`, of each query the row that does not count: its own.

        Returns:
            Rows int64 `(m, k)`, the nearest first, of equals the lower row; and their Euclidean distances float32.

        Raises:
            BadRequestError: more neighbours than there are, or queries of another dimension or not finite.
        """
        queries = check_codes(queries, "The queries", least=0, dim=self._codes.shape[1])
        most = len(self._codes) - (without is not None)
        if not 1 <= k <= most:
            raise BadRequestError(f"{k} neighbours of {most} codes.", f"Ask for 1 to {most}.")
        rows, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        for start in range(0, len(queries), _CHUNK):
            chunk = queries[start : start + _CHUNK]
            centred = chunk - self._middle
            norms = np.einsum("md,md->m", centred, centred)  # (m,)
            # ‖x‖² - 2⟨x, q⟩ orders as the distance does.
            orders = self._norms - 2 * self._products(centred)  # (m, n)
            if without is not None:
                orders[np.arange(len(chunk)), without[start : start + _CHUNK]] = np.inf
            margins = self._rounding * (norms + self._largest)  # (m,), what rounding may have moved
            for at, (query, order, margin) in enumerate(zip(chunk, orders, margins, strict=True), start):
                rows[at], distances[at] = self._exact(query, order, margin, k)
        return rows, distances

    def _products(self, queries: np.ndarray) -> np.ndarray:
        """⟨x, q⟩ of what is centred, float32 `(m, n)`."""
        if len(queries) > _FEW:
            return queries @ self._centred.T
        # Not by BLAS: its threads wait for each other, 8 ms instead of half a one where the cores are busy.
        return np.stack([np.einsum("nd,d->n", self._centred, query) for query in queries])

    def _exact(self, query: np.ndarray, order: np.ndarray, margin: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Of all that may be among the k nearest, those that are."""
        limit = np.partition(order, k - 1)[k - 1] + margin
        maybe = np.flatnonzero(order <= limit)  # ascending
        distances = np.linalg.norm(self._codes[maybe] - query, axis=1)
        first = np.argsort(distances, kind="stable")[:k]
        return maybe[first], distances[first]


def nearest_codes(codes: np.ndarray, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest codes to one: rows int64 `(k,)`, nearest first, of equals the lower, and Euclidean distances.

    Args:
        codes: float `(n, d)`.
        query: float `(d,)`.
        k: 1…n.

    Raises:
        BadRequestError: wrong shapes, not finite, or more neighbours than codes.
    """
    rows, distances = CodeFinder(codes).nearest(np.atleast_2d(query), k)
    return rows[0], distances[0]


def nearest_posteriors(
    z_mean: np.ndarray, z_log_var: np.ndarray, mean: np.ndarray, log_var: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k posteriors that overlap most with one: rows int64 `(k,)`, nearest first, and Bhattacharyya distances.

    Args:
        z_mean, z_log_var: float `(n, d)`.
        mean, log_var: float `(d,)`, of the query. A code that is no image's has the posterior of its decoded picture.
        k: 1…n.

    Returns:
        Rows, of equals the lower one first; distances float32 `(k,)`, from 0, where e^-distance is the overlap, 0…1.

    Raises:
        BadRequestError: wrong shapes, not finite, or more neighbours than codes.
    """
    z_mean = check_codes(z_mean)
    z_log_var = check_codes(z_log_var, "The log-variances", dim=z_mean.shape[1])
    query = check_codes(np.atleast_2d(mean), "The query", dim=z_mean.shape[1])
    query_log_var = check_codes(np.atleast_2d(log_var), "The query's log-variance", dim=z_mean.shape[1])
    if len(z_log_var) != len(z_mean) or len(query) != 1 or len(query_log_var) != 1:
        raise BadRequestError(f"{len(z_mean)} means with {len(z_log_var)} log-variances, {len(query)} queries of 1.")
    if not 1 <= k <= len(z_mean):
        raise BadRequestError(f"{k} neighbours of {len(z_mean)} codes.", f"Ask for 1 to {len(z_mean)}.")
    # ln((σ₁² + σ₂²) / 2σ₁σ₂) is ln cosh of half the log-variances' difference: neither overflows nor cancels.
    half = np.abs(z_log_var - query_log_var) / 2  # (n, d)
    widths = half + np.log1p(np.exp(-2 * half)) - np.log(2)
    total = np.logaddexp(z_log_var, query_log_var)  # (n, d), ln(σ₁² + σ₂²)
    distances = (np.square(z_mean - query) * np.exp(-total)).sum(axis=1) / 4 + widths.sum(axis=1) / 2  # (n,)
    rows = np.argsort(distances, kind="stable")[:k]
    return rows, np.maximum(distances[rows], 0).astype(np.float32)


@overload
def own_neighbours(codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]: ...


@overload
def own_neighbours(
    codes: np.ndarray, k: int, should_stop: Callable[[], bool]
) -> tuple[np.ndarray, np.ndarray] | None: ...


def own_neighbours(
    codes: np.ndarray, k: int, should_stop: Callable[[], bool] = lambda: False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Each code's k nearest others, exact: rows int64 `(n, k)`, the nearest first, and distances float64.

    For whole data sets at once, where scikit-learn's threads pay; equals come in no promised order.

    Args:
        codes: float `(n, d)`, n > k.
        should_stop: asked every few thousand codes.

    Returns:
        None when stopped.
    """
    codes = check_codes(codes, least=k + 1)
    finder = exact_finder(codes, k + 1)
    rows, distances = np.empty((len(codes), k), np.int64), np.empty((len(codes), k))
    for start in range(0, len(codes), _STOP_EVERY):
        if should_stop():
            return None
        chunk = slice(start, start + _STOP_EVERY)
        far, found = finder.kneighbors(codes[chunk])  # (m, k + 1) each
        others = found != np.arange(len(codes))[chunk, None]
        # Among k + 1 copies of itself a code may be missing: then the last of them goes.
        others[others.all(axis=1), -1] = False
        rows[chunk], distances[chunk] = found[others].reshape(-1, k), far[others].reshape(-1, k)
    return rows, distances
