"""Both ways through a map that only exists at its points, as t-SNE's and UMAP's do.

*Placing* a code: its nearest codes say where. Their mean would lie in the void between two clusters when they are split
between them; the marker goes where their weighted density on the map is highest: from the neighbour with the most
weight near it, by mean shift (Comaniciu & Meer 2002, eq. 20). Weights are inverse distances to a power (Shepard 1968),
so that a code of the map lands on its own point.

*Inverting* a position: local linear regression (Cleveland & Devlin 1988) of the codes on the positions of the nearest
points, with a little ridge. Its error is the radius that holds the true code of nine in ten unseen images placed there:
the neighbours' own spread about the fit, scaled by a factor from split conformal prediction with normalised scores (Lei
et al. 2018, section 5.2). It is calibrated on codes that the map was not fitted to; where there are none, on the map's
own points, each left out, placed and inverted by the others (as in Barber et al. 2021), with a correction: a point
that took part in the fit has drawn its neighbours together, and is missed by less than an unseen one.
"""

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.neighbours import CodeFinder
from vae.typed_libraries import plane_tree

__all__ = ["COVERAGE", "NeighbourMap"]

COVERAGE = 0.9  # of held-out codes within the stated error
_LATENT_NEIGHBOURS = 15  # place a code
_POWER = 4.0  # of the inverse distance: in ten dimensions distances hardly differ, their powers do
_WIDTH = 2.0  # of the mean shift's kernel, in spacings of the map's points there
_STEPS = 20  # of mean shift; it has long converged
_MAP_NEIGHBOURS = 40  # carry the regression
_BANDWIDTH_NEIGHBOUR = 10  # its distance is the regression's bandwidth
_EVENNESS = 0.85  # power of the spread: as it is it overstates how much surer one place is than another
# Unseen codes are missed by more than points left out are: at the 90th percentile by 7 to 23 % where the codes have
# one to five intrinsic dimensions, 2 to 8 % at seven, nothing at twelve (t-SNE and UMAP of 2,500 to 8,000 codes, of
# the models that ship and of seven mixtures of Gaussians). With this, 87 to 94 % of unseen codes were within the error
# on all.
_OPTIMISM, _MOST_OPTIMISM = 0.4, 0.16  # 1 + 0.4 / dimension, at most 1.16
_RIDGE = 0.1  # on slopes, in squared bandwidths: far outside the map the fit becomes the neighbours' mean
_CALIBRATED = 2000  # points: the 90 % are then known to ± 1.3 %
_TRUST_NEIGHBOUR = 5
_TRUST_END = 3.0  # times the reach within which 95 % of the points have their neighbours
_CHUNK = 1024  # rows at once


class NeighbourMap:
    """Place codes on a fitted map and invert its positions.

    Attributes:
        factor: float, the calibrated factor of the error: kept with a map's coordinates, it need not be found again.

    Args:
        codes: float `(n, d)`, n ≥ 3, those that the map was fitted to.
        coordinates: float `(n, 2)`, where it has them.
        factor: as kept; found when None, which takes seconds of 70,000 codes.
        held_out: float `(h, d)`, codes of the same kind that the map was not fitted to, to find the factor with.
        seed: which points find it, where there are more than 2,000.

    Raises:
        BadRequestError: shapes that do not belong together, too few points, or not finite.
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
        self._xy = check_codes(coordinates, "The coordinates", dim=2).astype(np.float64)
        if len(self._xy) != len(self._codes):
            raise BadRequestError(f"{len(self._codes)} codes with {len(self._xy)} coordinates.", "Fit the map again.")
        self._finder = CodeFinder(self._codes)
        self._tree = plane_tree(self._xy)
        others = len(self._codes) - 1
        self._latent_neighbours, self._map_neighbours = min(_LATENT_NEIGHBOURS, others), min(_MAP_NEIGHBOURS, others)
        self._bandwidth_at = min(_BANDWIDTH_NEIGHBOUR, others) - 1
        # A map may have all its points in two places: no distance is divided by that is 0.
        self._least = 1e-6 * float(np.ptp(self._xy, axis=0).max()) or 1e-12
        own = self._tree.query(self._xy, self._bandwidth_at + 2)[0][:, 1:]  # (n, ≤ 10), without the point itself
        self._spacing = np.maximum(own[:, -1], self._least)  # (n,)
        self._trust_at = min(_TRUST_NEIGHBOUR, others) - 1
        self._reach = max(float(np.quantile(own[:, self._trust_at], 0.95)), self._least)
        self.factor = self._calibrate(held_out, seed) if factor is None else float(factor)

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Where codes `(m, d)` lie on the map, float32 `(m, 2)`; a code of the map at its own point.

        Raises:
            BadRequestError: codes of another dimension, or not finite.
        """
        return self._among(*self._finder.nearest(codes, self._latent_neighbours)).astype(np.float32)

    def invert(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes for positions of the map.

        Args:
            xy: float `(m, 2)`.

        Returns:
            Codes float32 `(m, d)`, and float32 `(m,)`, the radius about each, in latent units, that holds the true code
            of an unseen image placed there in `COVERAGE` of cases. Where none is placed (`trust`), it means nothing.

        Raises:
            BadRequestError: another shape, or not finite.
        """
        codes, scale = self._invert(check_codes(xy, "The positions", least=0, dim=2).astype(np.float64))
        return codes.astype(np.float32), (self.factor * scale**_EVENNESS).astype(np.float32)

    def trust(self, xy: np.ndarray) -> np.ndarray:
        """How far to believe what is shown at positions `(m, 2)`, float32 `(m,)`.

        1 where the fifth nearest point is as near as it is for 95 % of the map's own points, falling to 0 at three
        times that distance: beside the map there is no data that it could speak of.
        """
        xy = check_codes(xy, "The positions", least=0, dim=2)
        distance = self._tree.query(xy, [self._trust_at + 1])[0][:, 0]
        return np.clip((_TRUST_END - distance / self._reach) / (_TRUST_END - 1), 0, 1).astype(np.float32)

    def _among(self, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Where codes go whose nearest are these, nearest first, `(m, k)` each."""
        nearest = distances[:, :1]
        ratios = np.divide(nearest, distances, out=np.ones_like(distances), where=distances > 0)  # 1 where both are 0
        weights = (ratios**_POWER).astype(np.float64)
        xy = self._xy[rows]  # (m, k, 2)
        width = _WIDTH * np.median(self._spacing[rows], axis=1)[:, None]  # (m, 1)

        def kernel(centres: np.ndarray) -> np.ndarray:  # (m, 2) → (m, k)
            return weights * np.exp(-0.5 * np.square(xy - centres[:, None]).sum(axis=2) / np.square(width))

        density = np.stack([kernel(xy[:, i]).sum(axis=1) for i in range(xy.shape[1])], axis=1)  # (m, k)
        here = xy[np.arange(len(xy)), density.argmax(axis=1)]  # (m, 2)
        for _ in range(_STEPS):
            pull = kernel(here)
            here = (pull[:, :, None] * xy).sum(axis=1) / pull.sum(axis=1)[:, None]
        return here

    def _invert(self, xy: np.ndarray, without: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Codes and the spread about them that the error is in units of."""
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
            others[others.all(axis=1), -1] = False  # it was not among them: the farthest goes
            distances, rows = distances[others].reshape(-1, k), rows[others].reshape(-1, k)
        bandwidth = np.maximum(distances[:, self._bandwidth_at, None], self._least)  # (m, 1)
        # Nearest at weight 1: far outside the map all weights would vanish.
        weights = np.exp(-0.5 * (np.square(distances) - np.square(distances[:, :1])) / np.square(bandwidth))
        weights /= weights.sum(axis=1, keepdims=True)  # (m, k)
        offsets = (self._xy[rows] - xy[:, None]) / bandwidth[:, :, None]  # (m, k, 2)
        middle: np.ndarray = np.einsum("mk,mkc->mc", weights, offsets)
        centred = offsets - middle[:, None]
        moments: np.ndarray = np.einsum("mk,mka,mkb->mab", weights, centred, centred) + _RIDGE * np.eye(2)
        slopes = np.linalg.solve(moments, -middle[:, :, None])[:, :, 0]  # (m, 2)
        smoother = weights * (1 + np.einsum("mkc,mc->mk", centred, slopes))  # rows sum to 1
        near = self._codes[rows].astype(np.float64)  # (m, k, d)
        codes = np.einsum("mk,mkd->md", smoother, near)
        squares = np.square(near - codes[:, None]).sum(axis=2)  # (m, k)
        return codes, np.sqrt(np.einsum("mk,mk->m", weights, squares))

    def _calibrate(self, held_out: np.ndarray | None, seed: int) -> float:
        """The factor that makes the spread the radius that it is to be."""
        own = held_out is None
        codes = self._codes if own else check_codes(held_out, "The held-out codes", dim=self._codes.shape[1])
        rows = np.arange(len(codes))
        if len(codes) > _CALIBRATED:
            rows = np.random.default_rng(seed).choice(len(codes), _CALIBRATED, replace=False)
        codes, without = codes[rows], rows if own else None
        nearest, distances = self._finder.nearest(codes, self._latent_neighbours, without)
        found, scale = self._invert(self._among(nearest, distances), without)
        missed = np.linalg.norm(found - codes, axis=1)
        # Equal codes all around: no spread, and nothing missed.
        scores = np.sort(np.divide(missed, scale**_EVENNESS, out=np.zeros_like(missed), where=scale > 0))
        factor = scores[min(int(np.ceil((len(scores) + 1) * COVERAGE)), len(scores)) - 1]
        if own:
            factor *= 1 + min(_OPTIMISM / _intrinsic_dimension(distances), _MOST_OPTIMISM)
        return float(factor)


def _intrinsic_dimension(distances: np.ndarray) -> float:
    """Of what codes lie on, by how fast their neighbours' distances grow (Levina & Bickel 2004, equation 8, averaged as
    MacKay & Ghahramani 2005 advise).

    Args:
        distances: `(m, k)`, rising.
    """
    apart = distances[distances[:, 0] > 0].astype(np.float64)
    growth = np.log(apart[:, -1:] / apart[:, :-1])  # (m, k - 1)
    mean = growth.mean() if growth.size else 0.0
    return float(1 / mean) if mean > 0 else float(distances.shape[1])
