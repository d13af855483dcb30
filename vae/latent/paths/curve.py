"""A smooth path through given codes."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.paths.straight import check_times
from vae.message import message
from vae.typed_libraries import pchip

__all__ = ["Curve"]


class Curve:
    """A smooth curve through codes that does not overshoot between two of them (PCHIP, Fritsch & Butland 1984).

    Args:
        knots: float `(k, d)`, k ≥ 2; without `times`, repetitions of the preceding knot are skipped.
        times: float `(k,)`, the times of the knots, increasing from 0 to 1; proportional to arc length when None.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """

    def __init__(self, knots: np.ndarray, times: np.ndarray | None = None):
        knots = check_codes(knots, "The path's codes", least=2).astype(np.float64)
        self._ends = knots[0].copy(), knots[-1].copy()
        if times is None:
            lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
            kept = np.concatenate([[True], np.diff(lengths) > 0])
            knots, lengths = knots[kept], lengths[kept]
            times = lengths / lengths[-1] if len(lengths) > 1 else lengths
        times = np.asarray(times, np.float64)
        if times.shape != (len(knots),) or (np.diff(times) <= 0).any():
            raise BadRequestError(
                message("Got {n} codes with times of shape {shape}.", n=len(knots), shape=times.shape),
                "Use one time for each code, increasing.",
            )
        self._constant = len(knots) == 1  # A is B
        if not self._constant:
            self._spline = pchip(times, knots)
            slopes = self._spline.derivative()
            self._slopes = slopes(0.0), slopes(1.0)

    def at(self, t: np.ndarray) -> np.ndarray:
        """See `LatentPath.at`; beyond the ends the path is straight."""
        t = check_times(t)
        if self._constant:
            return np.repeat(self._ends[0][None], len(t), axis=0).astype(np.float32)
        codes = self._spline(np.clip(t, 0, 1))
        codes += np.minimum(t, 0)[:, None] * self._slopes[0] + np.maximum(t - 1, 0)[:, None] * self._slopes[1]
        codes = codes.astype(np.float32)
        codes[t == 0], codes[t == 1] = self._ends  # exact
        return codes
