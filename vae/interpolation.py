"""From one code of a model to another, by any of the four paths."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from vae.bundle import Bundle
from vae.errors import BadRequestError
from vae.latent.distance import DataDistance
from vae.latent.neighbours import CodeFinder
from vae.latent.paths import DataGraph, LinearPath, SlerpPath, constant_speed, fit_geodesic, pixel_speed
from vae.latent.profile import active_units
from vae.pullback import PullBack
from vae.registry import fingerprint, open_model

__all__ = ["KINDS", "TIMES", "Interpolator", "PathKind", "PathReport", "interpolator"]

PathKind = Literal["linear", "slerp", "graph", "geodesic"]
KINDS: tuple[PathKind, ...] = get_args(PathKind)
TIMES = np.linspace(-0.5, 1.5, 81)  # places of a path that a report has codes of
_WITHIN = slice(20, 61)  # those from A to B
_VOTES = 10  # neighbours


@dataclass(frozen=True)
class PathReport:
    """What a path is like, from A to B at 41 even places (`TIMES` without the overshoot).

    Attributes:
        codes: float32 `(81, latent_dim)`, at `TIMES`.
        length: in pixel units.
        way: float32 `(41,)`, the share of the length that lies behind, 0…1.
        speed: float32 `(40,)`, of the picture between two places, in pixel units for the whole way.
        off: float32 `(41,)`, distance from the data as a percentile (`DataDistance`).
        votes: int64 `(41,)`, the class that the ten nearest images' codes vote for.
        jumps: of the data graph's path, see `GraphPath`; 0 for others.
    """

    codes: np.ndarray
    length: float
    way: np.ndarray
    speed: np.ndarray
    off: np.ndarray
    votes: np.ndarray
    jumps: int


class Interpolator:
    """The paths of one model; what they share is made once, when it is first needed.

    Args:
        bundle: the model, with the test images' codes that the data graph is made of.
        rest: float `(code_dim - latent_dim,)`, the class weights of a conditional model, the same along the way.
    """

    def __init__(self, bundle: Bundle, rest: np.ndarray | None = None):
        reference = bundle.reference
        self._codes, self._labels = reference.z_mean, reference.labels
        self._finder = CodeFinder(self._codes)
        self._meter = DataDistance(self._codes, active_units(self._codes), reference.data_distance)
        self._pull_back = PullBack(bundle.vae, rest)
        self._graph: list[DataGraph] = []  # one, when it is made; shared with those of other class weights

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

    def with_rest(self, rest: np.ndarray) -> "Interpolator":
        """The same model's, with other class weights."""
        other = copy.copy(self)
        other._pull_back = self._pull_back.with_rest(rest)
        return other

    def report(self, path) -> PathReport:
        """Measure a path."""
        codes = path.at(TIMES)
        within = codes[_WITHIN]
        speed = pixel_speed(self._pull_back.pictures(within))
        way = np.concatenate([[0.0], np.cumsum(speed)])
        near = self._labels[self._finder.nearest(within, min(_VOTES, len(self._codes)))[0]]
        return PathReport(
            codes=codes,
            length=float(speed.mean()),
            way=(way / way[-1] if way[-1] > 0 else np.linspace(0, 1, len(way))).astype(np.float32),
            speed=speed.astype(np.float32),
            off=self._meter.measure(within)[:, 0],
            votes=np.array([np.bincount(row).argmax() for row in near]),
            jumps=getattr(path, "jumps", 0),
        )

    @property
    def graph(self) -> DataGraph:
        """The neighbours' graph of the reference codes; the first asking takes a second or two for 10,000."""
        if not self._graph:
            self._graph.append(DataGraph(self._codes))
        return self._graph[0]


def interpolator(model_id: str) -> Interpolator:
    """A listed model's, kept for the next asking; another one when the model is trained anew.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    return _kept(model_id, fingerprint(model_id))


@lru_cache(maxsize=4)
def _kept(model_id: str, weights: str) -> Interpolator:
    return Interpolator(open_model(model_id))
