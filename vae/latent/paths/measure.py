"""What a path is like on the pictures."""

from collections.abc import Callable

import numpy as np

from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.straight import check_times

__all__ = ["constant_speed", "pixel_length", "pixel_speed"]

_SAMPLES = 65  # codes of a path that its speed is measured on


def pixel_speed(pictures: np.ndarray) -> np.ndarray:
    """How fast the picture changes: float64 `(n - 1,)`, the Euclidean distance between neighbours over all pixels,
    times n - 1: pixel units for the whole way at that speed.

    Args:
        pictures: float `(n, h, w, c)` in [0, 1], n ≥ 2, evenly spaced along the path.
    """
    flat = np.asarray(pictures, np.float64).reshape(len(pictures), -1)
    return np.linalg.norm(np.diff(flat, axis=0), axis=1) * (len(flat) - 1)


def pixel_length(pictures: np.ndarray) -> float:
    """The length of the path of pictures, in pixel units; that of the path of codes under the pull-back metric of the
    decoder's mean (Arvanitidis et al. 2018, equation 4), as the number of pictures grows."""
    return float(pixel_speed(pictures).mean()) if len(pictures) > 1 else 0.0


class _Paced:
    def __init__(self, path: LatentPath, times: np.ndarray, way: np.ndarray):
        self._path, self._times, self._way = path, times, way

    def at(self, t: np.ndarray) -> np.ndarray:
        t = check_times(t)
        inside = np.interp(np.clip(t, 0, 1), self._way, self._times)
        return self._path.at(inside + np.minimum(t, 0) + np.maximum(t - 1, 0))


def constant_speed(path: LatentPath, decode: Callable[[np.ndarray], np.ndarray]) -> LatentPath:
    """The same path, walked so that the picture changes evenly.

    Args:
        path: with `at`.
        decode: codes float32 `(n, d)` → pictures `(n, h, w, c)` in [0, 1].

    Returns:
        A path: `at` goes the same way. A path along which no picture changes is returned as it is.
    """
    times = np.linspace(0, 1, _SAMPLES)
    way = np.concatenate([[0.0], np.cumsum(pixel_speed(decode(path.at(times))))])
    if not way[-1] > 0:
        return path
    # Where nothing changes there is still a moment: the way must rise to be walked back.
    way = way / way[-1] + 1e-9 * np.arange(_SAMPLES)
    return _Paced(path, times, way / way[-1])
