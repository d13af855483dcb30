"""Measures the speed and length of a path by its decoded pictures."""

from collections.abc import Callable

import numpy as np

from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.straight import check_times

__all__ = ["constant_speed", "pixel_length", "pixel_speed"]

_SAMPLES = 65  # codes at which the speed of a path is measured


def pixel_speed(pictures: np.ndarray) -> np.ndarray:
    """Return how fast the picture changes between neighbours, float64 `(n - 1,)`.

    The speed is the Euclidean distance over all pixels, times n - 1: the length, in pixel units, of a whole path at
    that speed.

    Args:
        pictures: float `(n, h, w, c)` in [0, 1], n ≥ 2, at evenly spaced times of the path.
    """
    flat = np.asarray(pictures, np.float64).reshape(len(pictures), -1)
    return np.linalg.norm(np.diff(flat, axis=0), axis=1) * (len(flat) - 1)


def pixel_length(pictures: np.ndarray) -> float:
    """Return the length of a path of pictures, in pixel units; 0 for a single one.

    As the number of pictures grows, it converges to the length of the path of codes under the pull-back metric of the
    decoder's mean (Arvanitidis et al. 2018, equation 4).
    """
    return float(pixel_speed(pictures).mean()) if len(pictures) > 1 else 0.0


class _Reparametrised:
    """A path whose times are mapped by a piecewise linear function: `at(new[i])` is the path's `at(old[i])`."""

    def __init__(self, path: LatentPath, old: np.ndarray, new: np.ndarray):
        self._path, self._old, self._new = path, old, new

    def at(self, t: np.ndarray) -> np.ndarray:
        t = check_times(t)
        inside = np.interp(np.clip(t, 0, 1), self._new, self._old)
        return self._path.at(inside + np.minimum(t, 0) + np.maximum(t - 1, 0))


def constant_speed(path: LatentPath, decode: Callable[[np.ndarray], np.ndarray]) -> LatentPath:
    """Reparametrise a path so that the picture changes at constant speed.

    Args:
        path: the path.
        decode: codes float32 `(n, d)` → pictures `(n, h, w, c)` in [0, 1].

    Returns:
        A path through the same codes. If the picture does not change at all, the path is returned unchanged.
    """
    times = np.linspace(0, 1, _SAMPLES)
    length = np.concatenate([[0.0], np.cumsum(pixel_speed(decode(path.at(times))))])
    if not length[-1] > 0:
        return path
    # The length must increase strictly to be inverted, also where the picture does not change.
    length = length / length[-1] + 1e-9 * np.arange(_SAMPLES)
    return _Reparametrised(path, times, length / length[-1])
