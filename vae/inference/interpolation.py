"""Finds and measures paths between two codes of a model, of any registered kind."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.inference.gradients import Gradients
from vae.inference.runtime import open_codec
from vae.latent.distance import DataDistance
from vae.latent.neighbours import CodeFinder
from vae.latent.paths import PATHS, DataGraph, PathTools, constant_speed, pixel_length, pixel_speed
from vae.latent.paths.latent_path import LatentPath
from vae.latent.profile import active_units
from vae.message import message

__all__ = ["TIMES", "Interpolator", "PathReport"]

TIMES = np.linspace(-0.5, 1.5, 81)  # the times of a report's codes
_WITHIN = slice(20, 61)  # those from A to B
_VOTES = 10  # neighbours
_FINE = 97  # codes at which the length of a path is measured
_MOST = 64  # cached reports


@dataclass(frozen=True)
class PathReport:
    """Measurements of a path from A to B, at 41 evenly spaced times (those of `TIMES` from 0 to 1).

    Attributes:
        codes: float32 `(81, code_dim)`, at `TIMES`.
        length: in pixel units.
        way: float32 `(41,)`, the share of the length up to each time, 0…1.
        speed: float32 `(40,)`, speed of the picture between two times, see `pixel_speed`.
        off: float32 `(41,)`, distance from the data as a percentile (`DataDistance`).
        votes: int64 `(41,)`, the most frequent class of the ten nearest images.
        jumps: for a path through the data graph, see `GraphPath`; 0 for others.
    """

    codes: np.ndarray
    length: float
    way: np.ndarray
    speed: np.ndarray
    off: np.ndarray
    votes: np.ndarray
    jumps: int


class Interpolator:
    """Finds and measures the paths of one model.

    Codes are float `(code_dim,)`: z, followed by the class weights of a conditional model. Along any path of z, class
    weights are interpolated linearly.

    Args:
        bundle: the model, with the codes of the test images.
        gradients: of the model, for geodesics; computed by Keras in this process when None.
    """

    def __init__(self, bundle: Bundle, gradients: Gradients | None = None):
        reference = bundle.reference
        self._code_dim = bundle.manifest.model.code_dim
        self._codes, self._labels = reference.z_mean, reference.labels
        active = active_units(self._codes)
        self._graph: DataGraph | None = None
        self._graph_lock = threading.Lock()  # so that two threads do not both build the graph
        self._finder = CodeFinder(self._codes)
        self._meter = DataDistance(self._codes, active, reference.data_distance)
        self._bundle = bundle
        self._codec = open_codec(bundle)
        self._gradients_lock = threading.Lock()
        self._given_gradients = gradients
        self._reports: OrderedDict[tuple, PathReport] = OrderedDict()
        self._reports_lock = threading.Lock()

    def find(
        self,
        kind: str,
        a: np.ndarray,
        b: np.ndarray,
        on_step: Callable[[LatentPath], None] = lambda path: None,
        on_found: Callable[[LatentPath], None] = lambda path: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> PathReport | None:
        """Return the report of a path from a to b. The last 64 reports are cached.

        Args:
            kind: a key of `vae.latent.paths.PATHS`.
            a, b: float32 `(code_dim,)`.
            on_step: called with the current path after each iteration of a path that converges, unless the report is
                cached.
            on_found: called with the path before it is measured, unless the report is cached.
            should_stop: called between iterations of a path that converges.

        Returns:
            The report; None after a stop.

        Raises:
            BadRequestError: see `path`.
        """
        key = kind, a.tobytes(), b.tobytes()
        with self._reports_lock:
            if key in self._reports:
                self._reports.move_to_end(key)
                return self._reports[key]
        path = self.path(kind, a, b, on_step=on_step, should_stop=should_stop)
        if should_stop():
            return None
        on_found(path)
        report = self.report(path)
        with self._reports_lock:
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
    ) -> LatentPath:
        """Return a path from a to b.

        Args:
            kind: a key of `vae.latent.paths.PATHS`.
            a, b: float `(code_dim,)`.
            even: whether to reparametrise it so that the picture changes at constant speed.
            on_step, should_stop: for a path that converges, see `PathTools`.

        Raises:
            BadRequestError: codes do not fit the model or are not finite; or there is no such kind.
        """
        z = self._codes.shape[1]
        a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
        if a.shape != (self._code_dim,) or b.shape != (self._code_dim,):
            raise BadRequestError(
                message(
                    "Codes of shapes {shape} and {shape2} do not fit a model of {code_dim} dimensions.",
                    shape=a.shape,
                    shape2=b.shape,
                    code_dim=self._code_dim,
                ),
                message("Pass two arrays of shape ({code_dim},).", code_dim=self._code_dim),
            )
        weights = a[z:], b[z:]
        found = PATHS[kind].find(a[:z], b[:z], self._tools(weights, on_step, should_stop))
        path = _WithClassWeights(found, *weights)
        return constant_speed(path, self._codec.decode) if even else path

    def pixels(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes, float32 `(n, code_dim)`, to pictures, uint8 `(n, h, w, c)`."""
        return np.round(255 * self._codec.decode(codes)).astype(np.uint8)

    def length(self, path: LatentPath, samples: int = _FINE) -> float:
        """Return the length of a path's pictures, in pixel units (`pixel_length`)."""
        return pixel_length(self._codec.decode(path.at(np.linspace(0, 1, samples))))

    def measure(self, path: LatentPath, samples: int = _FINE) -> float:
        """Return the length of a path under the metric of the geodesic (`vae.inference.pullback`)."""
        return self._gradients().curve_length(path.at(np.linspace(0, 1, samples)))

    def report(self, path: LatentPath) -> PathReport:
        """Measure a path."""
        codes = path.at(TIMES)
        within = codes[_WITHIN]
        z = within[:, : self._codes.shape[1]]
        speed = pixel_speed(self._codec.decode(within))
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

    def _gradients(self) -> Gradients:
        """The given gradients, or those of Keras, whose first use loads it: some seconds."""
        with self._gradients_lock:
            if self._given_gradients is None:
                from vae.inference.keras_gradients import KerasGradients

                self._given_gradients = KerasGradients(self._bundle)
            return self._given_gradients

    @property
    def graph(self) -> DataGraph:
        """The neighbour graph of the reference codes. It is built on first use: one to two seconds for 10,000 codes."""
        with self._graph_lock:
            if self._graph is None:
                self._graph = DataGraph(self._codes)
        return self._graph

    def _tools(
        self,
        weights: tuple[np.ndarray, np.ndarray],
        on_step: Callable[[LatentPath], None],
        should_stop: Callable[[], bool],
    ) -> PathTools:
        """Return the functions for paths of z, to which they add the class weights of a and b."""
        z = self._codes.shape[1]

        def with_weights(codes: np.ndarray) -> np.ndarray:
            """Add the class weights to z at evenly spaced times of a whole path."""
            return np.concatenate([codes, _weights(np.linspace(0, 1, len(codes)), *weights)], axis=1)

        def energy(codes: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = self._gradients().curve_energy(with_weights(codes))
            return value, gradient[:, :z]

        return PathTools(
            graph=lambda: self.graph,
            energy=energy,
            length=lambda codes: self._gradients().curve_length(with_weights(codes)),
            on_step=lambda path: on_step(_WithClassWeights(path, *weights)),
            should_stop=should_stop,
        )


class _WithClassWeights:
    """A path of z, followed by class weights from those of a to those of b."""

    def __init__(self, path: LatentPath, a: np.ndarray, b: np.ndarray):
        self._path, self._a, self._b = path, a, b
        self.jumps = getattr(path, "jumps", 0)

    def at(self, t: np.ndarray) -> np.ndarray:
        return np.concatenate([self._path.at(t), _weights(t, self._a, self._b)], axis=1)


def _weights(t: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Interpolate class weights linearly, float32 `(n, classes)`. Beyond the ends they are constant, being shares."""
    t = np.clip(np.asarray(t, np.float64), 0, 1)[:, None]
    return ((1 - t) * a + t * b).astype(np.float32)
