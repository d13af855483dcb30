"""From one code of a model to another, by any of the four paths."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from vae.bundle import Bundle
from vae.errors import BadRequestError
from vae.latent.paths import DataGraph, LinearPath, SlerpPath, constant_speed, fit_geodesic
from vae.pullback import PullBack

__all__ = ["KINDS", "MAX_STEPS", "Interpolator", "PathKind"]

PathKind = Literal["linear", "slerp", "graph", "geodesic"]
KINDS: tuple[PathKind, ...] = get_args(PathKind)
MAX_STEPS = 3600


class Interpolator:
    """The paths of one model; what they share is made once, when it is first needed.

    Args:
        bundle: the model, with the test images' codes that the data graph is made of.
        rest: float `(code_dim - latent_dim,)`, the class weights of a conditional model, the same along the way.
    """

    def __init__(self, bundle: Bundle, rest: np.ndarray | None = None):
        self._codes = bundle.reference.z_mean
        self._pull_back = PullBack(bundle.vae, rest)
        self._graph: DataGraph | None = None

    def path(
        self,
        kind: PathKind,
        a: np.ndarray,
        b: np.ndarray,
        even: bool = False,
        on_step: Callable = lambda curve: None,
        should_stop: Callable[[], bool] = lambda: False,
    ):
        """A path from a to b, with `at` (see `vae.latent.paths`).

        Args:
            kind: one of `KINDS`.
            a, b: float `(latent_dim,)`.
            even: walk it so that the picture changes evenly.
            on_step, should_stop: of the geodesic, see `fit_geodesic`.

        Raises:
            BadRequestError: codes of another model, or not finite; another kind.
        """
        if kind == "linear":
            found = LinearPath(a, b)
        elif kind == "slerp":
            found = SlerpPath(a, b)
        elif kind == "graph":
            found = self.graph.path(a, b)
        elif kind == "geodesic":
            energy, length = self._pull_back.energy, self._pull_back.length
            found = fit_geodesic(energy, length, a, b, on_step=on_step, should_stop=should_stop)
        else:
            raise BadRequestError(f"There is no path {str(kind)[:40]!r}.", f"There are: {', '.join(KINDS)}.")
        return constant_speed(found, self._pull_back.pictures) if even else found

    def pictures(self, path, t: np.ndarray) -> np.ndarray:
        """A path's pictures, float32 `(n, h, w, c)` in [0, 1], at t `(n,)`."""
        return self._pull_back.pictures(path.at(t))

    def length(self, path, samples: int = 97) -> float:
        """How long a path is by its pictures, in pixel units."""
        return self._pull_back.length(path.at(np.linspace(0, 1, samples)))

    @property
    def graph(self) -> DataGraph:
        """The neighbours' graph of the reference codes; the first asking takes a second or two for 10,000."""
        if self._graph is None:
            self._graph = DataGraph(self._codes)
        return self._graph
