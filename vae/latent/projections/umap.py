"""Fits UMAP maps (McInnes et al. 2018) with umap-learn and reports intermediate frames.

It uses the library's functions: the fuzzy graph of the nearest neighbours, then stochastic gradient descent on its
edges. It differs from `umap.UMAP` in three ways:

- Neighbours are exact.
- Initial positions are principal components instead of the spectrum of the graph: they are fast to compute and also
  work for a disconnected graph. Any informative initialisation is sufficient (Kobak & Linderman 2021).
- The fit reports frames and can be stopped.
"""

import sys
import threading
from collections.abc import Callable
from types import ModuleType

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread
from vae.latent.neighbours import all_nearest_neighbours
from vae.latent.projections.start import principal_start
from vae.message import message
from vae.typed_libraries import umap_descend, umap_graph

__all__ = ["MIN_NEIGHBOURS", "default_epochs", "default_neighbours", "fit_umap"]

MIN_NEIGHBOURS = 2
_SPREAD = 1.0  # of the curve of attraction; the default of the library
_START = 2.5  # standard deviation of the initial positions: those of the library span 10
# numba ends the process if two threads run its parallel functions at once, so one graph is built at a time.
_graph_lock = threading.Lock()


def default_epochs(count: int) -> int:
    """Return the library's default number of epochs: 500 for up to 10,000 codes, else 200."""
    return 500 if count <= 10_000 else 200


def default_neighbours(count: int) -> int:
    """Return the library's default number of neighbours, 15, or `count` if that is less."""
    return min(15, count)


def fit_umap(
    codes: np.ndarray,
    neighbours: int | None = None,
    min_dist: float = 0.1,
    seed: int = 0,
    components: int = 2,
    *,
    epochs: int | None = None,
    on_frame: Callable[[int, np.ndarray], None] = lambda epoch, coordinates: None,
    should_stop: Callable[[], bool] = lambda: False,
    every: int = 10,
) -> np.ndarray:
    """Fit a UMAP map.

    On one machine, the same codes, settings and seed give the same map bit for bit, since the descent runs in one
    thread. It holds the interpreter lock during an epoch, so maps of many codes should be fitted in a separate process.

    Args:
        codes: float `(n, d)`, not all equal.
        neighbours: neighbours of a point in the graph, including itself, from `MIN_NEIGHBOURS` to n;
            `default_neighbours(n)` when None.
        min_dist: least distance of points on the map, 0…1 in its units.
        seed: for the jitter of the initial positions and for the descent.
        components: of the map, 2 or 3.
        epochs: `default_epochs(n)` when None.
        on_frame: called with the number of epochs so far and coordinates float32 `(n, components)`: at the start (0),
            every `every` epochs and at the end. An exception that it raises ends the fit.
        should_stop: called as often, and during the search for neighbours.

    Returns:
        Coordinates float32 `(n, components)`, centred; after a stop, the current ones.

    Raises:
        BadRequestError: codes have a wrong shape, are not finite, all equal or too few for the neighbours; or settings
            are out of range.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    neighbours = default_neighbours(len(codes)) if neighbours is None else neighbours
    epochs = default_epochs(len(codes)) if epochs is None else epochs
    _check_settings(len(codes), neighbours, min_dist, epochs, every)

    start = principal_start(codes, _START, seed, components)
    on_frame(0, start.astype(np.float32))
    found = all_nearest_neighbours(codes, neighbours - 1, should_stop)
    if found is None:
        return start.astype(np.float32)

    _skip_tensorflow()
    random = np.random.RandomState(seed)
    with _graph_lock:
        graph = umap_graph(codes, *_with_point_itself(*found), random)
    graph.sum_duplicates()
    graph.data[graph.data < graph.data.max() / epochs] = 0  # edges too weak to be sampled once
    graph.eliminate_zeros()
    xy = np.ascontiguousarray(start, np.float32)
    frames = _Frames(xy, epochs, on_frame, should_stop)
    try:
        bar = {"disable": False, "file": frames, "mininterval": 0, "miniters": every, "bar_format": "{n}"}
        state = random.randint(-(2**31), 2**31 - 1, 3).astype(np.int64)
        umap_descend(xy, graph, epochs, _SPREAD, min_dist, state, bar)
    except _StoppedError:
        return _centred(xy)
    on_frame(epochs, _centred(xy))
    return _centred(xy)


class _StoppedError(Exception):
    """Ends the library's loop."""


class _Frames:
    """The output file of the library's progress bar, which is all that the library calls between two epochs.

    The bar writes the number of epochs at its start, at regular intervals and when it is closed.
    """

    def __init__(
        self, xy: np.ndarray, epochs: int, on_frame: Callable[[int, np.ndarray], None], should_stop: Callable[[], bool]
    ):
        self._xy, self._total, self._on_frame, self._should_stop = xy, epochs, on_frame, should_stop
        self._seen = 0

    def write(self, line: str) -> None:
        done = line.strip()
        if not done.isdigit() or not self._seen < int(done) < self._total:
            return
        self._seen = int(done)  # set before an exception: on closing, the bar writes the same number again
        if self._should_stop():
            raise _StoppedError
        self._on_frame(self._seen, _centred(self._xy))

    def flush(self) -> None:
        """Do nothing; the progress bar expects the method."""


def _with_point_itself(rows: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prepend each point to its neighbours, `(n, k - 1)` → `(n, k)`: the library expects it as the first one."""
    rows = np.concatenate([np.arange(len(rows))[:, None], rows], axis=1).astype(np.int32)
    return rows, np.pad(distances, ((0, 0), (1, 0))).astype(np.float32)


def _skip_tensorflow() -> None:
    """Prevent `import umap` from importing TensorFlow for its parametric UMAP, which takes ten seconds and 700 MB.

    An empty module in its place has the effect of a missing TensorFlow.
    """
    if "umap" not in sys.modules:
        sys.modules.setdefault("umap.parametric_umap", ModuleType("umap.parametric_umap"))


def _centred(xy: np.ndarray) -> np.ndarray:
    return (xy - xy.mean(axis=0)).astype(np.float32)


def _check_settings(count: int, neighbours: int, min_dist: float, epochs: int, every: int) -> None:
    if not MIN_NEIGHBOURS <= neighbours <= count:
        raise BadRequestError(
            message("{neighbours} neighbours are out of range for {count} codes.", neighbours=neighbours, count=count),
            message("Use {min_neighbours} to {count}.", min_neighbours=MIN_NEIGHBOURS, count=count),
        )
    if not 0 <= min_dist <= _SPREAD:
        raise BadRequestError(
            message("The least distance {min_dist} is out of range.", min_dist=f"{min_dist:g}"),
            "Use a distance from 0 to 1.",
        )
    if epochs < 1 or every < 1:
        raise BadRequestError(
            message(
                "Can't fit a map in {epochs} epochs with a frame every {every} epochs.", epochs=epochs, every=every
            ),
            "Both must be at least 1.",
        )
