"""Finds the nearest codes by two distances.

*Euclidean*: between posterior means. Maps and the off-data meter use it.

*Posterior-aware*: the Bhattacharyya distance between the posteriors of two images (Bhattacharyya 1943), which is minus
the logarithm of their overlap ∫√(q₁q₂). For diagonal Gaussians (Kailath 1967, section III)

    D = ¼ Σ (μ₁ - μ₂)² / (σ₁² + σ₂²) + ½ Σ ln((σ₁² + σ₂²) / (2 σ₁ σ₂)).

It bounds the error of a classifier that distinguishes the two images by their codes. A difference of means has more
weight in dimensions with narrow posteriors, and none in collapsed dimensions. The distance is symmetric, finite and
independent of the units of z. Each alternative lacks one of these properties: the 2-Wasserstein distance does not
weight differences of means by the widths; the symmetrised KL diverges if one posterior is a point; the Mahalanobis
distance is not symmetric.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Callable
from typing import overload

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.message import message
from vae.typed_libraries import exact_finder

__all__ = ["CodeFinder", "all_nearest_neighbours", "dot_products", "nearest_codes", "nearest_posteriors"]

_CHUNK = 512  # queries that are processed together: their distances to all codes are in memory
_STOP_EVERY = 4096  # queries between two calls to `should_stop`
_FEW = 4  # batches of more queries use BLAS
_WITHOUT_LIBRARY = 20_000  # codes: scikit-learn takes as long then, and its import takes a second and 120 MB


class CodeFinder:
    """Finds the exact k nearest codes of queries; one query among 70,000 codes takes half a millisecond.

    It compares a query with all codes: in ten or more dimensions, a search tree would visit most of its leaves.

    Args:
        codes: float `(n, d)`.

    Raises:
        BadRequestError: wrong shape, or not finite.
    """

    def __init__(self, codes: np.ndarray):
        self._codes = check_codes(codes)
        # Far from 0 the expanded square below loses small distances, so codes are centred. The median is used, since a
        # single outlier moves the mean away from all other codes.
        self._middle = np.median(self._codes, axis=0)  # (d,)
        self._centred = self._codes - self._middle  # (n, d)
        self._norms = np.einsum("nd,nd->n", self._centred, self._centred)  # (n,)
        self._largest = float(self._norms.max())
        self._rounding = 4 * self._codes.shape[1] * np.finfo(np.float32).eps

    def __len__(self) -> int:
        return len(self._codes)

    def nearest(self, queries: np.ndarray, k: int, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k nearest codes of each query.

        Args:
            queries: float `(m, d)`.
            k: at least 1, at most the number of codes, or one less if `without` is given.
            without: int `(m,)`, a row to leave out for each query, such as the query itself.

        Returns:
            Rows int64 `(m, k)`, nearest first, ties by row; and their Euclidean distances float32 `(m, k)`.

        Raises:
            BadRequestError: k is out of range, or the queries have another dimension or are not finite.
        """
        queries = check_codes(queries, "The queries", least=0, dim=self._codes.shape[1])
        most = len(self._codes) - (without is not None)
        if not 1 <= k <= most:
            raise BadRequestError(
                message("Can't find {k} neighbours among {most} codes.", k=k, most=most),
                message("Use 1 to {most}.", most=most),
            )
        rows, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        for start in range(0, len(queries), _CHUNK):
            chunk = queries[start : start + _CHUNK]
            centred = chunk - self._middle
            norms = np.einsum("md,md->m", centred, centred)  # (m,)
            # Sorted by ‖x‖² - 2⟨x, q⟩, codes have the same order as by distance.
            orders = self._norms - 2 * dot_products(self._centred, centred)  # (m, n)
            if without is not None:
                orders[np.arange(len(chunk)), without[start : start + _CHUNK]] = np.inf
            margins = self._rounding * (norms + self._largest)  # (m,), bounds of the rounding errors
            for at, (query, order, margin) in enumerate(zip(chunk, orders, margins, strict=True), start):
                rows[at], distances[at] = self._exact(query, order, margin, k)
        return rows, distances

    def _exact(self, query: np.ndarray, order: np.ndarray, margin: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Measure all candidates directly and return the rows and distances of the k nearest."""
        limit = np.partition(order, k - 1)[k - 1] + margin
        candidates = np.flatnonzero(order <= limit)  # ascending
        distances = np.linalg.norm(self._codes[candidates] - query, axis=1)
        first = np.argsort(distances, kind="stable")[:k]
        return candidates[first], distances[first]


def dot_products(codes: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return ⟨x, q⟩ for all codes x, float32 `(n, d)`, and queries q, float32 `(m, d)`: float32 `(m, n)`."""
    if len(queries) > _FEW:
        return queries @ codes.T
    # Without BLAS, whose threads wait for each other: on busy cores, it takes 8 ms instead of 0.5 ms.
    return np.array([np.einsum("nd,d->n", codes, query) for query in queries]).reshape(len(queries), len(codes))


def nearest_codes(codes: np.ndarray, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the k codes nearest to one by Euclidean distance.

    Args:
        codes: float `(n, d)`.
        query: float `(d,)`.
        k: 1…n.

    Returns:
        Rows int64 `(k,)`, nearest first, ties by row; and distances float32 `(k,)`.

    Raises:
        BadRequestError: wrong shapes, not finite, or more neighbours than codes.
    """
    rows, distances = CodeFinder(codes).nearest(np.atleast_2d(query), k)
    return rows[0], distances[0]


def nearest_posteriors(
    z_mean: np.ndarray, z_log_var: np.ndarray, mean: np.ndarray, log_var: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the k posteriors nearest to one by Bhattacharyya distance, which are those that overlap most with it.

    Args:
        z_mean, z_log_var: float `(n, d)`.
        mean, log_var: float `(d,)`, the query's posterior. For a code without an image, use the posterior of its
            decoded picture.
        k: 1…n.

    Returns:
        Rows int64 `(k,)`, nearest first, ties by row; and distances float32 `(k,)`, at least 0. The overlap of two
        posteriors is e^-distance, 0…1.

    Raises:
        BadRequestError: wrong shapes, not finite, or more neighbours than codes.
    """
    z_mean = check_codes(z_mean)
    z_log_var = check_codes(z_log_var, "The log-variances", dim=z_mean.shape[1])
    query = check_codes(np.atleast_2d(mean), "The query", dim=z_mean.shape[1])
    query_log_var = check_codes(np.atleast_2d(log_var), "The query's log-variance", dim=z_mean.shape[1])
    if len(z_log_var) != len(z_mean) or len(query) != 1 or len(query_log_var) != 1:
        raise BadRequestError(
            message(
                "Got {n} means with {n2} log-variances, and {n3} query means with {n4} log-variances.",
                n=len(z_mean),
                n2=len(z_log_var),
                n3=len(query),
                n4=len(query_log_var),
            ),
            "Use as many log-variances as means, and one query.",
        )
    if not 1 <= k <= len(z_mean):
        raise BadRequestError(
            message("Can't find {k} neighbours among {n} codes.", k=k, n=len(z_mean)),
            message("Use 1 to {n}.", n=len(z_mean)),
        )
    # ln((σ₁² + σ₂²) / 2σ₁σ₂) = ln cosh of half the difference of the log-variances; in this form nothing overflows.
    half = np.abs(z_log_var - query_log_var) / 2  # (n, d)
    widths = half + np.log1p(np.exp(-2 * half)) - np.log(2)
    total = np.logaddexp(z_log_var, query_log_var)  # (n, d), ln(σ₁² + σ₂²)
    distances = (np.square(z_mean - query) * np.exp(-total)).sum(axis=1) / 4 + widths.sum(axis=1) / 2  # (n,)
    rows = np.argsort(distances, kind="stable")[:k]
    return rows, np.maximum(distances[rows], 0).astype(np.float32)


@overload
def all_nearest_neighbours(codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]: ...


@overload
def all_nearest_neighbours(
    codes: np.ndarray, k: int, should_stop: Callable[[], bool]
) -> tuple[np.ndarray, np.ndarray] | None: ...


def all_nearest_neighbours(
    codes: np.ndarray, k: int, should_stop: Callable[[], bool] = lambda: False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find the exact k nearest other codes of every code of a data set.

    Args:
        codes: float `(n, d)`, n > k.
        k: 1 or more.
        should_stop: called every few thousand codes.

    Returns:
        Rows int64 `(n, k)`, nearest first, ties in any order; and distances float64 `(n, k)`. None after a stop.

    Raises:
        BadRequestError: wrong shape, not finite, or too few codes.
    """
    codes = check_codes(codes, least=k + 1)
    search = _search_others(codes, k)
    rows, distances = np.empty((len(codes), k), np.int64), np.empty((len(codes), k))
    for start in range(0, len(codes), _STOP_EVERY):
        if should_stop():
            return None
        own = np.arange(start, min(start + _STOP_EVERY, len(codes)))
        rows[own], distances[own] = search(own)
    return rows, distances


def _search_others(codes: np.ndarray, k: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return a function of rows `(m,)`: the k nearest other codes of each, and their distances, `(m, k)` each."""
    if len(codes) <= _WITHOUT_LIBRARY:
        small = CodeFinder(codes)
        return lambda own: small.nearest(codes[own], k, own)
    large = exact_finder(codes, k + 1)

    def search(own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        far, found = large.kneighbors(codes[own])  # (m, k + 1) each
        others = found != own[:, None]
        # A code with more than k copies may be missing from its own result; then the last copy is dropped.
        others[others.all(axis=1), -1] = False
        return found[others].reshape(-1, k), far[others].reshape(-1, k)

    return search
