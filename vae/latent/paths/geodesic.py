"""Fits geodesics: shortest paths under the pull-back metric of a decoder.

Under the pull-back metric of a decoder g (Arvanitidis et al. 2018; Chen et al. 2018), the length of a curve is that of
the path of its pictures. The shortest curve minimises the energy of the discretised curve (Shao et al. 2018,
algorithm 1)

    E = ½ Σ ‖g(z_{i+1}) - g(z_i)‖² / Δt,

whose gradient is computed with Jacobian-vector products of the decoder. L-BFGS (Liu & Nocedal 1989) starts from the
straight line. The functions for energy and length are arguments (see `vae.inference.pullback`).
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from vae.latent.paths.curve import Curve
from vae.latent.paths.straight import LinearPath, check_ends
from vae.typed_libraries import minimize_lbfgs

__all__ = ["fit_geodesic"]

_KNOTS = 25  # codes of the curve, including its ends
_ITERATIONS = 60
_FINE = 4  # factor for the number of codes when lengths are compared; the energy ignores the curve between two knots


class _Stopped(Exception):
    pass


def fit_geodesic(
    energy: Callable[[np.ndarray], tuple[float, np.ndarray]],
    length: Callable[[np.ndarray], float],
    a: np.ndarray,
    b: np.ndarray,
    knots: int = _KNOTS,
    iterations: int = _ITERATIONS,
    on_step: Callable[[Curve], None] = lambda curve: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Curve:
    """Fit a short path, which is never longer than the straight line.

    Args:
        energy: codes float32 `(n, d)` of a curve → E, and its gradient with respect to the codes, `(n, d)`.
        length: codes float32 `(n, d)` of a curve → its length under the same metric.
        a, b: float `(d,)`, the ends, finite.
        knots: number of codes of the curve, 3 or more.
        iterations: the most iterations.
        on_step: called with the curve after each iteration.
        should_stop: called after each iteration; after a stop the current curve is used.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """
    a, b = check_ends(a, b)
    times = np.linspace(0, 1, knots)
    fine = np.linspace(0, 1, _FINE * (knots - 1) + 1)
    straight = Curve(LinearPath(a, b).at(times))
    if np.array_equal(a, b):
        return straight
    inner = LinearPath(a, b).at(times)[1:-1]
    latest = inner

    def curve_of(inner: np.ndarray) -> np.ndarray:
        return np.concatenate([a[None], inner.reshape(-1, len(a)), b[None]]).astype(np.float32)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = energy(curve_of(flat))
        return value, np.asarray(gradient, np.float64)[1:-1].ravel()

    def step(flat: np.ndarray) -> None:
        nonlocal latest
        latest = flat.copy()
        on_step(Curve(curve_of(latest)))
        if should_stop():
            raise _Stopped

    with suppress(_Stopped):
        latest = minimize_lbfgs(objective, inner.ravel().astype(np.float64), step, iterations, corrections=20)
    found = Curve(curve_of(latest))
    return found if length(found.at(fine)) < length(straight.at(fine)) else straight
