"""The path by a decoder's own measure.

Under the pull-back metric of a decoder g (Arvanitidis et al. 2018; Chen et al. 2018), a curve is as long as the path of
its pictures. The shortest one, along which the picture changes least, minimises the energy of the discretised curve
(Shao et al. 2018, algorithm 1)

    E = ½ Σ ‖g(z_{i+1}) - g(z_i)‖² / Δt,

whose gradient is made of the decoder's Jacobian-vector products. It is found by L-BFGS (Liu & Nocedal 1989), from the
straight line. What energy and length are, the caller says (`vae.inference.pullback`).
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from vae.latent.paths.curve import Curve
from vae.latent.paths.straight import LinearPath, check_ends
from vae.typed_libraries import minimize_lbfgs

__all__ = ["fit_geodesic"]

_KNOTS = 25  # codes of the curve, its ends among them
_ITERATIONS = 60
_FINE = 4  # times as many codes where lengths are compared: between two knots a path could cheat


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
    """The shortest path that is found, never longer than the straight line.

    Args:
        energy: codes float32 `(n, d)` of a curve → E, and its gradient by the codes `(n, d)`.
        length: codes float32 `(n, d)` of a curve → its length by the same measure.
        a, b: float `(d,)`, finite.
        knots: 3 or more.
        iterations: at most.
        on_step: told the curve after each iteration.
        should_stop: asked at each; the best so far is returned then.

    Raises:
        BadRequestError: other shapes, or not finite.
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
