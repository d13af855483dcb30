"""The off-data meter: how far a code lies from the codes of real images.

The distance is the Euclidean one to the k-th nearest reference code (Loftsgaarden & Quesenberry 1965), over active
dimensions only: a dead dimension carries noise the decoder ignores. It is read as a percentile among the reference
images' own distances, each measured with itself left out, so that "closer than 66 % of the images" means what it says
in any number of dimensions.
"""

import numpy as np

from vae.errors import BadRequestError
from vae.typed_libraries import exact_finder

__all__ = ["NEIGHBOURS", "DataDistance", "own_distances"]

NEIGHBOURS = 10  # k: one stray image does not make a region; of fewer codes, all others count


class DataDistance:
    """Distances to one set of reference codes.

    Args:
        codes: float `(n, latent_dim)`, the reference images' z_mean; n ≥ 1.
        active: bool `(latent_dim,)`, the dimensions that count.
        own: float `(n,)`, the reference codes' own distances (`own_distances`), computed when None.

    Raises:
        BadRequestError: there are no codes.
    """

    def __init__(self, codes: np.ndarray, active: np.ndarray, own: np.ndarray | None = None):
        self._active = np.asarray(active, bool)
        self._neighbours = _neighbours_among(len(codes))
        self._codes = np.ascontiguousarray(codes[:, self._active], np.float32)  # (n, active)
        self._norms = np.einsum("nd,nd->n", self._codes, self._codes)  # (n,)
        self.own = own_distances(codes, active) if own is None else np.asarray(own, np.float32)
        self._sorted = np.sort(self.own)

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Measure codes.

        Args:
            codes: float `(m, latent_dim)`, finite.

        Returns:
            float32 `(m, 3)`: percentile (0…100, the share of reference images that lie closer to the data than the
            code does), distance in latent units, index of the nearest reference code.
        """
        z = np.asarray(codes, np.float32)[:, self._active]  # (m, active)
        squared = self._norms - 2 * z @ self._codes.T + np.einsum("md,md->m", z, z)[:, None]  # (m, n)
        nearest = np.argpartition(squared, self._neighbours - 1, axis=1)[:, : self._neighbours]
        rows = np.arange(len(z))[:, None]
        # The expanded square cancels for close points: the few that matter are measured again, directly.
        exact = np.linalg.norm(self._codes[nearest] - z[:, None], axis=2)  # (m, k)
        distance: np.ndarray = exact.max(axis=1)
        percentile = 100 * np.searchsorted(self._sorted, distance) / len(self._sorted)
        index = nearest[rows[:, 0], exact.argmin(axis=1)]
        return np.stack([percentile, distance, index], axis=1).astype(np.float32)


def own_distances(codes: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Each code's distance to its k-th nearest other code, float32 `(n,)`; 0 of a single code.

    Raises:
        BadRequestError: there are no codes.
    """
    neighbours = _neighbours_among(len(codes))
    points = np.ascontiguousarray(codes[:, np.asarray(active, bool)], np.float32)
    # A collapsed model: every code is as good as any other. A single code has no other.
    if not points.shape[1] or len(points) == 1:
        return np.zeros(len(points), np.float32)
    distances, _ = exact_finder(points, neighbours).kneighbors()  # without X, a point is not its own neighbour
    return distances[:, -1].astype(np.float32)


def _neighbours_among(count: int) -> int:
    """k among so many codes, of which the one that is measured may be one itself."""
    if not count:
        raise BadRequestError("There are no codes to measure a distance to.", "Use a data set with test images.")
    return max(1, min(NEIGHBOURS, count - 1))
