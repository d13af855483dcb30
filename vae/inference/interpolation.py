"""From one code of a model to another, by any of the registered paths."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.inference.pullback import PullBack, Uncertainty
from vae.latent.distance import DataDistance
from vae.latent.neighbours import CodeFinder
from vae.latent.paths import PATHS, DataGraph, PathTools, constant_speed, pixel_length, pixel_speed
from vae.latent.paths.latent_path import LatentPath
from vae.latent.profile import active_units

__all__ = ["TIMES", "Interpolator", "PathReport"]

TIMES = np.linspace(-0.5, 1.5, 81)  # places of a path that a report has codes of
_WITHIN = slice(20, 61)  # those from A to B
_VOTES = 10  # neighbours
_FINE = 97  # codes that a path's length is measured on
_MOST = 64  # reports that are kept


@dataclass(frozen=True)
class PathReport:
    """What a path is like, from A to B at 41 even places (`TIMES` without the overshoot).

    Attributes:
        codes: float32 `(81, code_dim)`, at `TIMES`.
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

    Codes are whole ones, float `(code_dim,)`: of a conditional model z and the class weights, which go evenly from
    a's to b's along any path of z.

    Args:
        bundle: the model, with the test images' codes that the data graph is made of.
    """

    def __init__(self, bundle: Bundle):
        reference = bundle.reference
        self._code_dim = bundle.manifest.model.code_dim
        self._codes, self._labels = reference.z_mean, reference.labels
        active = active_units(self._codes)
        self._graph: DataGraph | None = None
        self._making = threading.Lock()  # two who ask at once make one
        self._finder = CodeFinder(self._codes)
        self._meter = DataDistance(self._codes, active, reference.data_distance)
        self._pull_back = PullBack(bundle.vae, Uncertainty(self._codes, active))
        self._reports: OrderedDict[tuple, PathReport] = OrderedDict()
        self._keeping = threading.Lock()

    def find(
        self,
        kind: str,
        a: np.ndarray,
        b: np.ndarray,
        on_step: Callable[[LatentPath], None] = lambda path: None,
        on_found: Callable[[LatentPath], None] = lambda path: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> PathReport | None:
        """The report of a path from a to b; the last 64 are kept, for those who open the same link or come back.

        Args:
            kind: a key of `vae.latent.paths.PATHS`.
            a, b: float32 `(code_dim,)`.
            on_step: is given a path that converges as it is so far; not called when the report is kept.
            on_found: is given the path before it is measured; not called when the report is kept.
            should_stop: asked between steps of a path that converges.

        Returns:
            None when it was stopped.

        Raises:
            BadRequestError: see `path`.
        """
        key = kind, a.tobytes(), b.tobytes()
        with self._keeping:
            if key in self._reports:
                self._reports.move_to_end(key)
                return self._reports[key]
        path = self.path(kind, a, b, on_step=on_step, should_stop=should_stop)
        if should_stop():
            return None
        on_found(path)
        report = self.report(path)
        with self._keeping:
            self._reports[key] = report
            while len(self._reports) > _MOST:
                self._reports.popitem(last=False)
        return report

    def path(
        self,
        kind: str,
        a: np.ndarray,
        b: np.ndarray,
        even: bool = False,
        on_step: Callable[[LatentPath], None] = lambda path: None,
        should_stop: Callable[[], bool] = lambda: False,
    ):
        """A path from a to b, with `at` (see `vae.latent.paths`), of whole codes.

        Args:
            kind: a key of `vae.latent.paths.PATHS`.
            a, b: float `(code_dim,)`.
            even: walk it so that the picture changes evenly.
            on_step, should_stop: of a path that converges, see `PathTools`.

        Raises:
            BadRequestError: codes of another model, or not finite; another kind.
        """
        z = self._codes.shape[1]
        a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
        if a.shape != (self._code_dim,) or b.shape != (self._code_dim,):
            raise BadRequestError(
                f"Codes of shapes {a.shape} and {b.shape}, this model's have {self._code_dim} numbers."
            )
        weights = a[z:], b[z:]
        found = PATHS[kind].find(a[:z], b[:z], self._tools(weights, on_step, should_stop))
        whole = _Whole(found, *weights)
        return constant_speed(whole, self._pull_back.pictures) if even else whole

    def pixels(self, codes: np.ndarray) -> np.ndarray:
        """Codes float32 `(n, code_dim)` → pictures uint8 `(n, h, w, c)`."""
        return np.round(255 * self._pull_back.pictures(codes)).astype(np.uint8)

    def length(self, path, samples: int = _FINE) -> float:
        """How long a path is by its pictures, in pixel units."""
        return pixel_length(self._pull_back.pictures(path.at(np.linspace(0, 1, samples))))

    def measure(self, path, samples: int = _FINE) -> float:
        """How long a path is by the measure that the geodesic is shortest by (`vae.inference.pullback`)."""
        return self._pull_back.length(path.at(np.linspace(0, 1, samples)))

    def report(self, path) -> PathReport:
        """Measure a path."""
        codes = path.at(TIMES)
        within = codes[_WITHIN]
        z = within[:, : self._codes.shape[1]]
        speed = pixel_speed(self._pull_back.pictures(within))
        way = np.concatenate([[0.0], np.cumsum(speed)])
        near = self._labels[self._finder.nearest(z, min(_VOTES, len(self._codes)))[0]]
        return PathReport(
            codes=codes,
            length=float(speed.mean()),
            way=(way / way[-1] if way[-1] > 0 else np.linspace(0, 1, len(way))).astype(np.float32),
            speed=speed.astype(np.float32),
            off=self._meter.measure(z)[:, 0],
            votes=np.array([np.bincount(row).argmax() for row in near]),
            jumps=getattr(path, "jumps", 0),
        )

    @property
    def graph(self) -> DataGraph:
        """The neighbours' graph of the reference codes; the first asking takes a second or two for 10,000."""
        with self._making:
            if self._graph is None:
                self._graph = DataGraph(self._codes)
        return self._graph

    def _tools(self, weights, on_step: Callable, should_stop: Callable[[], bool]) -> PathTools:
        """For paths of z; the class weights go evenly along them."""
        z = self._codes.shape[1]

        def whole(codes: np.ndarray) -> np.ndarray:
            """Of codes evenly spaced along the whole path."""
            return np.concatenate([codes, _weights(np.linspace(0, 1, len(codes)), *weights)], axis=1)

        def energy(codes: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = self._pull_back.energy(whole(codes))
            return value, gradient[:, :z]

        return PathTools(
            graph=lambda: self.graph,
            energy=energy,
            length=lambda codes: self._pull_back.length(whole(codes)),
            on_step=lambda path: on_step(_Whole(path, *weights)),
            should_stop=should_stop,
        )


class _Whole:
    """A path of z with the class weights that belong to it."""

    def __init__(self, path, a: np.ndarray, b: np.ndarray):
        self._path, self._a, self._b = path, a, b
        self.jumps = getattr(path, "jumps", 0)

    def at(self, t: np.ndarray) -> np.ndarray:
        return np.concatenate([self._path.at(t), _weights(t, self._a, self._b)], axis=1)


def _weights(t: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Class weights, float32 `(n, classes)`: evenly from a's to b's; beyond either end they stay, being shares."""
    t = np.clip(np.asarray(t, np.float64), 0, 1)[:, None]
    return ((1 - t) * a + t * b).astype(np.float32)
