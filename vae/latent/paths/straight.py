"""The two paths that know nothing of data or decoder."""

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes

__all__ = ["LinearPath", "SlerpPath", "check_ends", "check_times"]

_OVERSHOOT = 1.5  # how far beyond either end, in units of the way
_NEARLY = 1e-6  # radians: below it, sin(ω) loses its digits, and the arc is its chord


class LinearPath:
    """a + t (b - a).

    Args:
        a, b: float `(d,)`, finite.

    Raises:
        BadRequestError: other shapes, or not finite.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray):
        self.a, self.b = check_ends(a, b)

    def at(self, t: np.ndarray) -> np.ndarray:
        """Codes float32 `(n, d)` at t `(n,)`, 0 being a and 1 b; from -0.5 to 1.5.

        Raises:
            BadRequestError: t is no list of such numbers.
        """
        t = check_times(t)[:, None]
        return ((1 - t) * self.a + t * self.b).astype(np.float32)  # exact at both ends


class SlerpPath:
    """Spherical linear interpolation of the directions (Shoemake 1985; for latent codes White 2016, section 2), with
    the radius interpolated.

    Codes of a normal prior lie near a sphere around 0, inside of which the straight line cuts a corner. What slerp
    leaves open is settled so: a code at 0 has no direction and takes the other's, so that the path is the straight
    line; of two opposite codes no great circle is the shorter, and the one through the axis is taken along which they
    reach least.

    Args:
        a, b: float `(d,)`, finite.

    Raises:
        BadRequestError: other shapes, or not finite.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray):
        self.a, self.b = check_ends(a, b)
        self._radii = np.linalg.norm(self.a), np.linalg.norm(self.b)
        self._straight = not all(self._radii) or len(self.a) == 1
        if self._straight:
            return
        self._from, to = self.a / self._radii[0], self.b / self._radii[1]
        # By half-angles: arccos of the product has no digits left for small and for nearly opposite angles.
        self._angle = 2 * np.arctan2(np.linalg.norm(self._from - to), np.linalg.norm(self._from + to))
        beside = to - (to @ self._from) * self._from
        if np.pi - self._angle < _NEARLY:
            axis = np.eye(len(self.a))[np.abs(self._from).argmin()]
            beside = axis - (axis @ self._from) * self._from
        length = np.linalg.norm(beside)
        self._beside = beside / length if length else np.zeros_like(beside)  # perpendicular to `_from`, towards b

    def at(self, t: np.ndarray) -> np.ndarray:
        """As `LinearPath.at`. Beyond the ends the circle goes on, and the radius grows or falls, to 0 at least."""
        t = check_times(t)
        if self._straight or self._angle < _NEARLY:
            return LinearPath(self.a, self.b).at(t)
        angle = t[:, None] * self._angle
        radius = np.maximum((1 - t) * self._radii[0] + t * self._radii[1], 0)[:, None]
        codes = (radius * (np.cos(angle) * self._from + np.sin(angle) * self._beside)).astype(np.float32)
        codes[t == 0], codes[t == 1] = self.a, self.b  # to the bit
        return codes


def check_ends(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 `(d,)` of float32 values.

    Raises:
        BadRequestError: other shapes, or not finite.
    """
    one = check_codes(np.atleast_2d(a), "The first end")
    other = check_codes(np.atleast_2d(b), "The second end", dim=one.shape[1])
    if len(one) != 1 or len(other) != 1:
        raise BadRequestError(f"A path has one code at each end, these are {len(one)} and {len(other)}.")
    return one[0].astype(np.float64), other[0].astype(np.float64)


def check_times(t: np.ndarray) -> np.ndarray:
    """float64 `(n,)`.

    Raises:
        BadRequestError: no list of numbers from -0.5 to 1.5.
    """
    t = np.asarray(t, np.float64)
    if t.ndim != 1 or not np.isfinite(t).all() or ((t < 1 - _OVERSHOOT) | (t > _OVERSHOOT)).any():
        raise BadRequestError(
            "Places on a path are numbers from 0 (A) to 1 (B), and half the way beyond either.",
            f"Use {1 - _OVERSHOOT:g} to {_OVERSHOOT:g}.",
        )
    return t
