"""The off-data meter: measures how far a code lies from the codes of real images.

The distance is the Euclidean distance to the k-th nearest reference code (Loftsgaarden & Quesenberry 1965), over active
dimensions only: the others contain noise that the decoder ignores. It is reported as a percentile among the reference
codes' distances to each other, so that "closer than 66 % of the images" has the same meaning in any number of
dimensions.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.latent.neighbours import dot_products
from vae.typed_libraries import exact_finder

__all__ = ["NEIGHBOURS", "DataDistance", "leave_one_out_distances"]

NEIGHBOURS = 10  # k, so that a single outlier does not count as data; with fewer codes, all others are used


class DataDistance:
    """Measures distances to a set of reference codes.

    Args:
        codes: float `(n, latent_dim)`, z_mean of the reference images; n ≥ 1.
        active: bool `(latent_dim,)`, the dimensions to use.
        distances: float `(n,)`, the `leave_one_out_distances` of the reference codes; computed when None.

    Attributes:
        distances: float32 `(n,)`, the `leave_one_out_distances` of the reference codes.

    Raises:
        BadRequestError: there are no codes.
    """

    def __init__(self, codes: np.ndarray, active: np.ndarray, distances: np.ndarray | None = None):
        self._active = np.asarray(active, bool)
        self._neighbours = _neighbour_count(len(codes))
        self._codes = np.ascontiguousarray(codes[:, self._active], np.float32)  # (n, active)
        self._norms = np.einsum("nd,nd->n", self._codes, self._codes)  # (n,)
        if distances is None:
            distances = leave_one_out_distances(codes, active)
        self.distances = np.asarray(distances, np.float32)
        self._sorted = np.sort(self.distances)

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Measure codes.

        Args:
            codes: float `(m, latent_dim)`, finite.

        Returns:
            float32 `(m, 3)`: percentile (0…100, the percentage of reference images that lie closer to the data than
            the code), distance in latent units, index of the nearest reference code.
        """
        z = np.asarray(codes, np.float32)[:, self._active]  # (m, active)
        squared = self._norms - 2 * dot_products(self._codes, z) + np.einsum("md,md->m", z, z)[:, None]  # (m, n)
        nearest = np.argpartition(squared, self._neighbours - 1, axis=1)[:, : self._neighbours]
        rows = np.arange(len(z))[:, None]
        # The expanded square loses precision for close points, so the nearest ones are measured again directly.
        exact = np.linalg.norm(self._codes[nearest] - z[:, None], axis=2)  # (m, k)
        distance: np.ndarray = exact.max(axis=1)
        percentile = 100 * np.searchsorted(self._sorted, distance) / len(self._sorted)
        index = nearest[rows[:, 0], exact.argmin(axis=1)]
        return np.stack([percentile, distance, index], axis=1).astype(np.float32)


def leave_one_out_distances(codes: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Return the distance of each code to its k-th nearest other code, float32 `(n,)`; 0 for a single code.

    Args:
        codes: float `(n, latent_dim)`, n ≥ 1.
        active: bool `(latent_dim,)`, the dimensions to use.

    Raises:
        BadRequestError: there are no codes.
    """
    neighbours = _neighbour_count(len(codes))
    points = np.ascontiguousarray(codes[:, np.asarray(active, bool)], np.float32)
    # Without active dimensions (a collapsed model) all codes are equal; a single code has no neighbours.
    if not points.shape[1] or len(points) == 1:
        return np.zeros(len(points), np.float32)
    distances, _ = exact_finder(points, neighbours).kneighbors()  # without X, points are not neighbours of themselves
    return distances[:, -1].astype(np.float32)


def _neighbour_count(count: int) -> int:
    """Return k for a number of codes, one of which may be the measured code itself."""
    if not count:
        raise BadRequestError("There are no codes to measure a distance to.", "Use a data set with test images.")
    return max(1, min(NEIGHBOURS, count - 1))
