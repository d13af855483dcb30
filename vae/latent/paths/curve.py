"""A path through given codes."""

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.paths.straight import check_times

__all__ = ["Curve"]


class Curve:
    """A smooth curve through codes, which never swings beyond two neighbours (Fritsch & Butland 1984, PCHIP).

    Args:
        knots: float `(k, d)`, k ≥ 2; those that equal the one before are passed over.
        times: float `(k,)`, rising from 0 to 1: when it is at each; by the length of the way when None.

    Raises:
        BadRequestError: other shapes, or not finite.
    """

    def __init__(self, knots: np.ndarray, times: np.ndarray | None = None):
        knots = check_codes(knots, "The path's codes", least=2).astype(np.float64)
        self._ends = knots[0].copy(), knots[-1].copy()
        if times is None:
            way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
            kept = np.concatenate([[True], np.diff(way) > 0])
            knots, way = knots[kept], way[kept]
            times = way / way[-1] if len(way) > 1 else way
        times = np.asarray(times, np.float64)
        if times.shape != (len(knots),) or (np.diff(times) <= 0).any():
            raise BadRequestError(f"{len(knots)} codes with times of shape {times.shape}, expected one each, rising.")
        self._still = len(knots) == 1  # A is B
        if not self._still:
            from scipy.interpolate import PchipInterpolator

            self._spline = PchipInterpolator(times, knots, axis=0)
            slopes = self._spline.derivative()
            self._slopes = slopes(0.0), slopes(1.0)

    def at(self, t: np.ndarray) -> np.ndarray:
        """As `LinearPath.at`; beyond the ends straight on."""
        t = check_times(t)
        if self._still:
            return np.repeat(self._ends[0][None], len(t), axis=0).astype(np.float32)
        codes = self._spline(np.clip(t, 0, 1))
        codes += np.minimum(t, 0)[:, None] * self._slopes[0] + np.maximum(t - 1, 0)[:, None] * self._slopes[1]
        codes = codes.astype(np.float32)
        codes[t == 0], codes[t == 1] = self._ends  # to the bit
        return codes
