"""Maps that are a plane through latent space: the principal components, any two dimensions as they are, or the plane
of a direction.

Placing and inverting are exact: a straight projection onto two orthonormal axes and its transpose.
"""

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread

__all__ = ["LinearMap", "dimension_map", "direction_map", "pca_map"]


@dataclass(frozen=True)
class LinearMap:
    """A plane with its coordinates.

    Attributes:
        origin: float64 `(d,)`, the code at (0, 0).
        axes: float64 `(2, d)`, orthonormal; the second is zeros where d is 1, and the map a line.
        mean: float64 `(d,)`, the data's mean code.
        shares: float32 `(2,)`, the share of the data's variance along each of the map's axes, 0…1.
        all_shares: float32 `(d,)`, of every principal component, falling, or of every dimension in its order.
    """

    origin: np.ndarray
    axes: np.ndarray
    mean: np.ndarray
    shares: np.ndarray
    all_shares: np.ndarray

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Where codes `(m, d)` lie on the map, float32 `(m, 2)`, exactly.

        Raises:
            BadRequestError: codes of another dimension, or not finite.
        """
        codes = check_codes(codes, least=0, dim=len(self.origin))
        return ((codes - self.origin) @ self.axes.T).astype(np.float32)

    def invert(self, xy: np.ndarray, anchor: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The codes at positions of the map, of those that lie there the nearest to the anchor.

        Args:
            xy: float `(m, 2)`.
            anchor: float `(d,)` or `(m, d)`, the codes whose other components are kept; the data's mean when None.

        Returns:
            The anchor moved within the plane, float32 `(m, d)`: `place` gives xy back. And float32 `(m,)`, by how much
            it does not, in latent units: zeros, but for a line, which has nothing beside it.

        Raises:
            BadRequestError: another shape, or not finite.
        """
        xy = check_codes(xy, "The positions", least=0, dim=2).astype(np.float64)
        anchor = np.atleast_2d(self.mean if anchor is None else anchor)
        anchor = check_codes(anchor, "The anchor", least=0, dim=len(self.mean)).astype(np.float64)
        start = (anchor - self.origin) @ self.axes.T  # (1 or m, 2)
        codes = anchor + (xy - start) @ self.axes  # (m, d)
        beside = self.axes.any(axis=1) < 1  # (2,), an axis that is none
        return codes.astype(np.float32), np.abs(xy[:, beside]).sum(axis=1).astype(np.float32)


def pca_map(codes: np.ndarray, first: int = 0, second: int = 1) -> LinearMap:
    """The plane of two principal components; of the first two, the one along which the codes vary most (Pearson 1901;
    Jolliffe 2002, section 1.1).

    From the eigenvectors of the covariance, which are the right singular vectors of the centred codes: d × d whatever
    n is. Each axis points to where its largest component is positive, so that maps of one model are not mirrored.

    Args:
        codes: float `(n, d)`, n ≥ 2.
        first, second: components, 0 being the widest; of x and of y. Of one dimension there is (0, 1) alone, a line.

    Raises:
        BadRequestError: too few, not finite, or all the same; or no such components.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    codes = codes.astype(np.float64)
    mean = codes.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.atleast_2d(np.cov(codes, rowvar=False)))  # ascending; columns
    components, shares = vectors.T[::-1], _shares(variances[::-1])  # (d, d), (d,)
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)  # (d, 1)
    components = components * np.sign(largest)
    most = max(2, codes.shape[1])
    if not (0 <= first < most and 0 <= second < most and first != second):
        raise BadRequestError(
            f"Principal components {first} and {second} make no map.",
            f"Choose two different ones from 0 to {most - 1}.",
        )
    axes, explained = np.zeros((most, codes.shape[1])), np.zeros(most, np.float32)
    axes[: len(components)], explained[: len(components)] = components, shares
    chosen = [first, second]
    return LinearMap(mean, axes[chosen], mean, explained[chosen], shares)


def dimension_map(codes: np.ndarray, first: int, second: int) -> LinearMap:
    """Two dimensions of the codes as they are.

    Args:
        codes: float `(n, d)`, n ≥ 2; for the mean and the shares of variance.
        first, second: dimensions, two different ones from 0 to d - 1; of x and of y.

    Raises:
        BadRequestError: no such dimensions, or codes that are too few, not finite or all the same.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    codes = codes.astype(np.float64)
    dim: int = codes.shape[1]
    if dim < 2:
        raise BadRequestError("A model of one dimension has no second one to draw.", "Choose PCA: it draws a line.")
    if not (0 <= first < dim and 0 <= second < dim and first != second):
        raise BadRequestError(
            f"Dimensions {first} and {second} make no map.", f"Choose two different ones from 0 to {dim - 1}."
        )
    shares = _shares(codes.var(axis=0))
    return LinearMap(np.zeros(dim), np.eye(dim)[[first, second]], codes.mean(axis=0), shares[[first, second]], shares)


def direction_map(codes: np.ndarray, vector: np.ndarray, start: np.ndarray) -> LinearMap:
    """A direction across, and up the widest direction of what is perpendicular to it.

    Args:
        codes: float `(n, d)`, n ≥ 2.
        vector: float `(d,)`, such as `AttributeDirection.vector`.
        start: float `(d,)`, the code at x = 0.

    Returns:
        A map in latent units: start + vector lies at x = ‖vector‖. `all_shares` are those of its two axes.

    Raises:
        BadRequestError: another dimension, no direction, or codes that are too few, not finite or all the same.
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
        raise BadRequestError("There is no plane along this direction.", "Choose PCA.")
    across = vector / length
    mean = codes.mean(axis=0)
    rest = codes - mean
    total = np.square(rest).sum()
    rest = rest - np.outer(rest @ across, across)
    up = np.linalg.eigh(rest.T @ rest)[1][:, -1]
    up = up - (up @ across) * across  # also where nothing varies beside the direction
    if np.linalg.norm(up) < 0.5:
        up = np.linalg.svd(across[None])[2][1]
    up *= np.sign(up[np.abs(up).argmax()]) / np.linalg.norm(up)
    axes = np.stack([across, up])
    shares = (np.square((codes - mean) @ axes.T).sum(axis=0) / total).astype(np.float32)
    return LinearMap(start, axes, mean, shares, shares)


def _shares(variances: np.ndarray) -> np.ndarray:
    variances = np.maximum(variances, 0)  # rounding leaves -1e-17 for a component without variance
    return (variances / variances.sum()).astype(np.float32)
