"""Places new codes on a t-SNE or UMAP map and inverts its positions; such a map is defined at its points only.

*Placing* a code: its nearest codes on the map determine the position. It is the maximum of their weighted density,
found by mean shift (Comaniciu & Meer 2002, eq. 20) from the neighbour with the highest density. Their mean would be
wrong: if the neighbours belong to two clusters, it is between them. Weights are powers of the inverse distance (Shepard
1968), so that a code of the map is placed at its point.

*Inverting* a position: local linear regression (Cleveland & Devlin 1988), with a small ridge penalty, of the codes on
the positions of the nearest points. The reported error is the radius that contains the true code for nine in ten unseen
images placed there. It is the spread of the neighbours about the fit, multiplied by a factor from split conformal
prediction with normalised scores (Lei et al. 2018, section 5.2).

The factor is calibrated on held-out codes. Without these, each point of the map is left out, placed and inverted by the
others (as in Barber et al. 2021), and the factor is corrected: errors of left-out points are smaller than those of
unseen codes, since the point took part in the fit and attracted its neighbours.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.neighbours import CodeFinder
from vae.message import message
from vae.typed_libraries import plane_tree

__all__ = ["COVERAGE", "NeighbourMap"]

COVERAGE = 0.9  # share of held-out codes within the reported error
_LATENT_NEIGHBOURS = 15  # for placing a code
_POWER = 4.0  # of the inverse distance: in ten dimensions distances differ little, their powers more
_WIDTH = 2.0  # of the mean shift's kernel, in local spacings of the map's points
_STEPS = 20  # of mean shift, enough to converge
_MAP_NEIGHBOURS = 40  # for the regression
_BANDWIDTH_NEIGHBOUR = 10  # the distance to it is the bandwidth of the regression
_EVENNESS = 0.85  # power of the spread: with 1, the error would differ too much between positions
# Errors of unseen codes are larger than those of left-out points: at the 90th percentile by 7 to 23 % for codes of one
# to five intrinsic dimensions, by 2 to 8 % for seven, by 0 % for twelve (measured on t-SNE and UMAP maps of 2,500 to
# 8,000 codes of the bundled models and of seven mixtures of Gaussians). With this correction, 87 to 94 % of unseen
# codes were within the reported error on each of these maps.
_OPTIMISM, _MOST_OPTIMISM = 0.4, 0.16  # factor 1 + 0.4 / dimension, at most 1.16
_RIDGE = 0.1  # on slopes, in squared bandwidths: far outside the map the fit becomes the mean of the neighbours
_CALIBRATED = 2000  # points for the calibration: the standard error of the 90 % is then below 1.3 %
_TRUST_NEIGHBOUR = 5
_TRUST_END = 3.0  # where trust reaches 0, in units of the distance where it begins to fall
_CHUNK = 1024  # rows at a time


class NeighbourMap:
    """Places codes on a fitted map and inverts its positions.

    Args:
        codes: float `(n, d)`, n ≥ 3, to which the map was fitted.
        coordinates: float `(n, k)`, their positions on the map of k = 2 or 3 dimensions.
        factor: the factor of an earlier calibration; calibrated when None, which takes seconds for 70,000 codes.
        held_out: float `(h, d)`, codes of other images of the same data, for the calibration.
        seed: for the sample of 2,000 points that are used for the calibration.

    Attributes:
        factor: float, the calibrated factor of the error. Saved with a map, it need not be calibrated again.

    Raises:
        BadRequestError: shapes do not match, too few points, or not finite.
    """

    def __init__(
        self,
        codes: np.ndarray,
        coordinates: np.ndarray,
        factor: float | None = None,
        held_out: np.ndarray | None = None,
        seed: int = 0,
    ):
        self._codes = check_codes(codes, least=3)
        self._xy = check_codes(coordinates, "The coordinates").astype(np.float64)
        if self._xy.shape[1] not in (2, 3):
            raise BadRequestError(
                message("The coordinates have {shape} dimensions, expected 2 or 3.", shape=self._xy.shape[1]),
                "Fit the map again.",
            )
        if len(self._xy) != len(self._codes):
            raise BadRequestError(
                message("The map has {n} codes, but {n2} coordinates.", n=len(self._codes), n2=len(self._xy)),
                "Fit the map again.",
            )
        self._finder = CodeFinder(self._codes)
        self._tree = plane_tree(self._xy)
        others = len(self._codes) - 1
        self._latent_neighbours, self._map_neighbours = min(_LATENT_NEIGHBOURS, others), min(_MAP_NEIGHBOURS, others)
        self._bandwidth_at = min(_BANDWIDTH_NEIGHBOUR, others) - 1
        # Many points may coincide; a lower bound for distances avoids divisions by 0.
        self._least = 1e-6 * float(np.ptp(self._xy, axis=0).max()) or 1e-12
        distances = self._tree.query(self._xy, self._bandwidth_at + 2)[0][:, 1:]  # (n, ≤ 10), without the point itself
        self._spacing = np.maximum(distances[:, -1], self._least)  # (n,)
        self._trust_at = min(_TRUST_NEIGHBOUR, others) - 1
        self._reach = max(float(np.quantile(distances[:, self._trust_at], 0.95)), self._least)
        self.factor = self._calibrate(held_out, seed) if factor is None else float(factor)

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Return the positions of codes `(m, d)` on the map, float32 `(m, k)`; a code of the map gets its own position.

        Raises:
            BadRequestError: codes of another dimension, or not finite.
        """
        return self._place(*self._finder.nearest(codes, self._latent_neighbours)).astype(np.float32)

    def invert(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return codes for positions of the map.

        Args:
            xy: float `(m, k)`.

        Returns:
            Codes, float32 `(m, d)`. And an error in latent units, float32 `(m,)`: the radius around the code that
            contains the true code of an unseen image placed there in `COVERAGE` of cases. It is meaningless where no
            images are placed (see `trust`).

        Raises:
            BadRequestError: wrong shape, or not finite.
        """
        codes, scale = self._invert(check_codes(xy, "The positions", least=0, dim=self._xy.shape[1]).astype(np.float64))
        return codes.astype(np.float32), (self.factor * scale**_EVENNESS).astype(np.float32)

    def trust(self, xy: np.ndarray) -> np.ndarray:
        """Return how reliable codes at positions `(m, k)` are, float32 `(m,)`, 0…1.

        It depends on the distance to the fifth nearest point: 1 up to the 95th percentile of that distance among the
        map's points, decreasing to 0 at three times as much. Far from the points there are no data.
        """
        xy = check_codes(xy, "The positions", least=0, dim=self._xy.shape[1])
        distance = self._tree.query(xy, [self._trust_at + 1])[0][:, 0]
        return np.clip((_TRUST_END - distance / self._reach) / (_TRUST_END - 1), 0, 1).astype(np.float32)

    def _place(self, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Return the positions of codes from the rows and distances of their nearest codes, `(m, k)` each."""
        nearest = distances[:, :1]
        ratios = np.divide(nearest, distances, out=np.ones_like(distances), where=distances > 0)  # 1 if both are 0
        weights = (ratios**_POWER).astype(np.float64)
        xy = self._xy[rows]  # (m, k, 2)
        width = _WIDTH * np.median(self._spacing[rows], axis=1)[:, None]  # (m, 1)

        def kernel(centres: np.ndarray) -> np.ndarray:  # (m, 2) → (m, k)
            return weights * np.exp(-0.5 * np.square(xy - centres[:, None]).sum(axis=2) / np.square(width))

        density = np.stack([kernel(xy[:, i]).sum(axis=1) for i in range(xy.shape[1])], axis=1)  # (m, k)
        positions = xy[np.arange(len(xy)), density.argmax(axis=1)]  # (m, 2)
        for _ in range(_STEPS):
            pull = kernel(positions)
            positions = (pull[:, :, None] * xy).sum(axis=1) / pull.sum(axis=1)[:, None]
        return positions

    def _invert(self, xy: np.ndarray, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return codes, and the spread of the neighbours about each; rows `without` are left out, one for each."""
        codes, scale = np.empty((len(xy), self._codes.shape[1])), np.empty(len(xy))
        for start in range(0, len(xy), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            codes[chunk], scale[chunk] = self._fit(xy[chunk], None if without is None else without[chunk])
        return codes, scale

    def _fit(self, xy: np.ndarray, without: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        k = self._map_neighbours
        distances, rows = self._tree.query(xy, range(1, k + 1 + (without is not None)))
        if without is not None:
            others = rows != without[:, None]
            others[others.all(axis=1), -1] = False  # the row is not among them: the farthest is dropped
            distances, rows = distances[others].reshape(-1, k), rows[others].reshape(-1, k)
        bandwidth = np.maximum(distances[:, self._bandwidth_at, None], self._least)  # (m, 1)
        # Relative to the nearest point, since all weights would vanish far outside the map.
        weights = np.exp(-0.5 * (np.square(distances) - np.square(distances[:, :1])) / np.square(bandwidth))
        weights /= weights.sum(axis=1, keepdims=True)  # (m, k)
        offsets = (self._xy[rows] - xy[:, None]) / bandwidth[:, :, None]  # (m, k, 2)
        middle: np.ndarray = np.einsum("mk,mkc->mc", weights, offsets)
        centred = offsets - middle[:, None]
        moments: np.ndarray = np.einsum("mk,mka,mkb->mab", weights, centred, centred) + _RIDGE * np.eye(
            self._xy.shape[1]
        )
        slopes = np.linalg.solve(moments, -middle[:, :, None])[:, :, 0]  # (m, 2)
        smoother = weights * (1 + np.einsum("mkc,mc->mk", centred, slopes))  # rows sum to 1
        near = self._codes[rows].astype(np.float64)  # (m, k, d)
        codes = np.einsum("mk,mkd->md", smoother, near)
        squares = np.square(near - codes[:, None]).sum(axis=2)  # (m, k)
        return codes, np.sqrt(np.einsum("mk,mk->m", weights, squares))

    def _calibrate(self, held_out: np.ndarray | None, seed: int) -> float:
        """Return the factor by which the spread is multiplied to get the radius of the given coverage."""
        leave_one_out = held_out is None
        codes = self._codes
        if held_out is not None:
            codes = check_codes(held_out, "The held-out codes", dim=self._codes.shape[1])
        rows = np.arange(len(codes))
        if len(codes) > _CALIBRATED:
            rows = np.random.default_rng(seed).choice(len(codes), _CALIBRATED, replace=False)
        codes, without = codes[rows], rows if leave_one_out else None
        nearest, distances = self._finder.nearest(codes, self._latent_neighbours, without)
        found, scale = self._invert(self._place(nearest, distances), without)
        errors = np.linalg.norm(found - codes, axis=1)
        # If all neighbours are equal, spread and error are 0.
        scores = np.sort(np.divide(errors, scale**_EVENNESS, out=np.zeros_like(errors), where=scale > 0))
        factor = scores[min(int(np.ceil((len(scores) + 1) * COVERAGE)), len(scores)) - 1]
        if leave_one_out:
            factor *= 1 + min(_OPTIMISM / _intrinsic_dimension(distances), _MOST_OPTIMISM)
        return float(factor)


def _intrinsic_dimension(distances: np.ndarray) -> float:
    """Estimate the intrinsic dimension of codes from the growth of their neighbours' distances.

    Source: Levina & Bickel 2004, equation 8, averaged as MacKay & Ghahramani 2005 recommend.

    Args:
        distances: `(m, k)`, increasing in each row.
    """
    apart = distances[distances[:, 0] > 0].astype(np.float64)
    growth = np.log(apart[:, -1:] / apart[:, :-1])  # (m, k - 1)
    mean = growth.mean() if growth.size else 0.0
    return float(1 / mean) if mean > 0 else float(distances.shape[1])
