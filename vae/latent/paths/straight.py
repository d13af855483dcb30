"""Linear and spherical paths, which depend on their two ends alone."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.message import message

__all__ = ["LinearPath", "SlerpPath", "check_ends", "check_times"]

_LAST = 1.5  # the largest time; the smallest is 1 - _LAST
_NEARLY = 1e-6  # radians; for smaller angles sin(ω) loses precision, and arc and chord are equal


class LinearPath:
    """The straight path a + t (b - a).

    Args:
        a, b: float `(d,)`, finite.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray):
        self.a, self.b = check_ends(a, b)

    def at(self, t: np.ndarray) -> np.ndarray:
        """See `LatentPath.at`."""
        t = check_times(t)[:, None]
        return ((1 - t) * self.a + t * self.b).astype(np.float32)  # exact at both ends


class SlerpPath:
    """The spherical path: slerp of the directions, linear interpolation of the radius.

    Codes of a normal prior lie near a sphere around 0, and the straight line passes through its inside. Source:
    Shoemake 1985; for latent codes White 2016, section 2. Two cases are not defined by slerp. A code at 0 has no
    direction: the path is the straight line. For two opposite codes all great circles are equally long: the path turns
    towards the coordinate axis along which they have the smallest component.

    Args:
        a, b: float `(d,)`, finite.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray):
        self.a, self.b = check_ends(a, b)
        self._radii = np.linalg.norm(self.a), np.linalg.norm(self.b)
        self._straight = not all(self._radii) or len(self.a) == 1
        if self._straight:
            return
        self._from, to = self.a / self._radii[0], self.b / self._radii[1]
        # By half-angles, since arccos of the product is imprecise for small and for nearly opposite angles.
        self._angle = 2 * np.arctan2(np.linalg.norm(self._from - to), np.linalg.norm(self._from + to))
        normal = to - (to @ self._from) * self._from
        if np.pi - self._angle < _NEARLY:
            axis = np.eye(len(self.a))[np.abs(self._from).argmin()]
            normal = axis - (axis @ self._from) * self._from
        length = np.linalg.norm(normal)
        self._normal = normal / length if length else np.zeros_like(normal)  # perpendicular to `_from`, towards b

    def at(self, t: np.ndarray) -> np.ndarray:
        """See `LatentPath.at`. Beyond the ends, the rotation continues and the radius changes linearly, down to 0."""
        t = check_times(t)
        if self._straight or self._angle < _NEARLY:
            return LinearPath(self.a, self.b).at(t)
        angle = t[:, None] * self._angle
        radius = np.maximum((1 - t) * self._radii[0] + t * self._radii[1], 0)[:, None]
        codes = (radius * (np.cos(angle) * self._from + np.sin(angle) * self._normal)).astype(np.float32)
        codes[t == 0], codes[t == 1] = self.a, self.b  # exact
        return codes


def check_ends(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check the ends of a path and return them as float64 `(d,)`, rounded to float32 values.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """
    one = check_codes(np.atleast_2d(a), "The first end")
    other = check_codes(np.atleast_2d(b), "The second end", dim=one.shape[1])
    if len(one) != 1 or len(other) != 1:
        raise BadRequestError(
            message("A path has one code at each end, but got {n} and {n2}.", n=len(one), n2=len(other))
        )
    return one[0].astype(np.float64), other[0].astype(np.float64)


def check_times(t: np.ndarray) -> np.ndarray:
    """Check the times of a path and return them as float64 `(n,)`.

    Raises:
        BadRequestError: not a list of numbers from -0.5 to 1.5.
    """
    t = np.asarray(t, np.float64)
    if t.ndim != 1 or not np.isfinite(t).all() or ((t < 1 - _LAST) | (t > _LAST)).any():
        raise BadRequestError(
            "The times of a path must be a list of numbers; 0 is A and 1 is B.",
            message("Use {last} to {last2}.", last=f"{1 - _LAST:g}", last2=f"{_LAST:g}"),
        )
    return t
