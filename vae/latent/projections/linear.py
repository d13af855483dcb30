"""Linear maps, which are planes through latent space: principal components, two dimensions, or along a direction.

Placing and inverting are exact: an orthogonal projection onto orthonormal axes, and its transpose. A map of principal
components may have three axes.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread
from vae.message import message

__all__ = ["LinearMap", "dimension_map", "direction_map", "pca_map"]


@dataclass(frozen=True)
class LinearMap:
    """A plane through latent space with coordinates, or a space of k = 3 dimensions instead of 2.

    Attributes:
        origin: float64 `(d,)`, the code at (0, 0).
        axes: float64 `(k, d)`, orthonormal. If d is 1, the second axis is zeros and the map is a line.
        mean: float64 `(d,)`, the data's mean code.
        shares: float32 `(k,)`, the share of the data's variance along each axis of the map, 0…1.
        all_shares: float32 `(d,)`, that share for all principal components, decreasing, or for all dimensions.
    """

    origin: np.ndarray
    axes: np.ndarray
    mean: np.ndarray
    shares: np.ndarray
    all_shares: np.ndarray

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Return the exact positions of codes `(m, d)` on the map, float32 `(m, k)`.

        Raises:
            BadRequestError: codes of another dimension, or not finite.
        """
        codes = check_codes(codes, least=0, dim=len(self.origin))
        return ((codes - self.origin) @ self.axes.T).astype(np.float32)

    def invert(self, xy: np.ndarray, anchor: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes at positions of the map; of all codes at a position, the one nearest to the anchor.

        Args:
            xy: float `(m, k)`.
            anchor: float `(d,)` or `(m, d)`, the codes whose components outside the plane are kept; the data's mean
                when None.

        Returns:
            The anchor moved parallel to the plane, float32 `(m, d)`, so that `place` returns xy. And the error in
            latent units, float32 `(m,)`: zeros for a plane, the distance from the line if the map is a line.

        Raises:
            BadRequestError: wrong shape, or not finite.
        """
        xy = check_codes(xy, "The positions", least=0, dim=len(self.axes)).astype(np.float64)
        anchor = np.atleast_2d(self.mean if anchor is None else anchor)
        anchor = check_codes(anchor, "The anchor", least=0, dim=len(self.mean)).astype(np.float64)
        start = (anchor - self.origin) @ self.axes.T  # (1 or m, k)
        codes = anchor + (xy - start) @ self.axes  # (m, d)
        missing = self.axes.any(axis=1) < 1  # (k,), the second axis of a line
        return codes.astype(np.float32), np.abs(xy[:, missing]).sum(axis=1).astype(np.float32)


def pca_map(codes: np.ndarray, first: int = 0, second: int = 1, *more: int) -> LinearMap:
    """Return the plane of two principal components, or the space of three (Pearson 1901; Jolliffe 2002, section 1.1).

    The components are the eigenvectors of the covariance matrix, which has d × d entries for any n. The sign of an axis
    makes its largest component positive, so that two maps of one model are not mirror images.

    Args:
        codes: float `(n, d)`, n ≥ 2.
        first, second: components for x and for y, 0 is that of the largest variance. Codes of one dimension have (0, 1)
            only, and the map is a line.
        more: the component for a third axis, if any.

    Raises:
        BadRequestError: codes are too few, not finite or all equal; or there are no such components.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    codes = codes.astype(np.float64)
    mean = codes.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.atleast_2d(np.cov(codes, rowvar=False)))  # ascending; columns
    components, shares = vectors.T[::-1], _shares(variances[::-1])  # (d, d), (d,)
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)  # (d, 1)
    components = components * np.sign(largest)
    count = max(2, codes.shape[1])
    chosen = [first, second, *more]
    if len(set(chosen)) < len(chosen) or not all(0 <= component < count for component in chosen):
        raise BadRequestError(
            message("There is no map of the principal components {map}.", map=" and ".join(map(str, chosen))),
            message("Choose {n} different ones from 0 to {count}.", n=len(chosen), count=count - 1),
        )
    axes, explained = np.zeros((count, codes.shape[1])), np.zeros(count, np.float32)
    axes[: len(components)], explained[: len(components)] = components, shares
    return LinearMap(mean, axes[chosen], mean, explained[chosen], shares)


def dimension_map(codes: np.ndarray, first: int, second: int) -> LinearMap:
    """Return the plane of two latent dimensions.

    Args:
        codes: float `(n, d)`, n ≥ 2; for the mean and the shares of variance.
        first, second: dimensions for x and for y, two different ones from 0 to d - 1.

    Raises:
        BadRequestError: no such dimensions; or codes are too few, not finite or all equal.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    codes = codes.astype(np.float64)
    dim: int = codes.shape[1]
    if dim < 2:
        raise BadRequestError("This model has only one dimension.", "Choose PCA: it draws a line.")
    if not (0 <= first < dim and 0 <= second < dim and first != second):
        raise BadRequestError(
            message("There is no map of the dimensions {first} and {second}.", first=first, second=second),
            message("Choose two different ones from 0 to {dim}.", dim=dim - 1),
        )
    shares = _shares(codes.var(axis=0))
    return LinearMap(np.zeros(dim), np.eye(dim)[[first, second]], codes.mean(axis=0), shares[[first, second]], shares)


def direction_map(codes: np.ndarray, vector: np.ndarray, start: np.ndarray) -> LinearMap:
    """Return the plane of a direction (x) and the perpendicular direction of the largest variance (y).

    Args:
        codes: float `(n, d)`, n ≥ 2.
        vector: float `(d,)`, such as `AttributeDirection.vector`.
        start: float `(d,)`, the code at x = 0.

    Returns:
        A map in latent units: start + vector is at x = ‖vector‖. `all_shares` are those of its two axes.

    Raises:
        BadRequestError: wrong dimension, a zero vector, or codes that are too few, not finite or all equal.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    codes = codes.astype(np.float64)
    dim = codes.shape[1]
    vector, start = (
        check_codes(np.atleast_2d(one), "The direction", dim=dim)[0].astype(np.float64) for one in (vector, start)
    )
    length = np.linalg.norm(vector)
    if dim < 2 or not length:
        raise BadRequestError("There is no map along this direction.", "Choose PCA.")
    across = vector / length
    mean = codes.mean(axis=0)
    rest = codes - mean
    total = np.square(rest).sum()
    rest = rest - np.outer(rest @ across, across)
    up = np.linalg.eigh(rest.T @ rest)[1][:, -1]
    up = up - (up @ across) * across  # also correct if nothing varies perpendicular to the direction
    if np.linalg.norm(up) < 0.5:
        up = np.linalg.svd(across[None])[2][1]
    up *= np.sign(up[np.abs(up).argmax()]) / np.linalg.norm(up)
    axes = np.stack([across, up])
    shares = (np.square((codes - mean) @ axes.T).sum(axis=0) / total).astype(np.float32)
    return LinearMap(start, axes, mean, shares, shares)


def _shares(variances: np.ndarray) -> np.ndarray:
    variances = np.maximum(variances, 0)  # rounding can give -1e-17 for a component without variance
    return (variances / variances.sum()).astype(np.float32)
