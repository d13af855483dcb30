"""UMAP (McInnes et al. 2018) by umap-learn, watched as it forms.

The library's own pieces in its own order: the fuzzy graph of the nearest neighbours, then stochastic descent on its
edges. Apart from `umap.UMAP` it does three things differently: neighbours are exact; the start is the principal
components, not the graph's spectrum (Kobak & Linderman 2021 find that an informative start is what matters), which
takes no time and does not fail on a graph in several pieces; and it can be watched and stopped.
"""

import sys
import threading
from collections.abc import Callable
from types import ModuleType

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread
from vae.latent.neighbours import own_neighbours
from vae.latent.projections.start import principal_start
from vae.typed_libraries import umap_descend, umap_graph

__all__ = ["MIN_NEIGHBOURS", "default_epochs", "default_neighbours", "fit_umap"]

MIN_NEIGHBOURS = 2
_SPREAD = 1.0  # of the curve that `min_dist` belongs to; UMAP's own
_START = 2.5  # standard deviation: UMAP's start spans 10
# numba ends the process when two threads run its parallel functions at once: building graphs goes one by one.
_graph_lock = threading.Lock()


def default_epochs(count: int) -> int:
    """The library's own: 500 up to 10,000 codes, 200 beyond."""
    return 500 if count <= 10_000 else 200


def default_neighbours(count: int) -> int:
    """The library's own 15, or all of fewer codes."""
    return min(15, count)


def fit_umap(
    codes: np.ndarray,
    neighbours: int | None = None,
    min_dist: float = 0.1,
    seed: int = 0,
    *,
    epochs: int | None = None,
    on_frame: Callable[[int, np.ndarray], None] = lambda epoch, coordinates: None,
    should_stop: Callable[[], bool] = lambda: False,
    every: int = 10,
) -> np.ndarray:
    """Fit a UMAP map.

    The same codes, settings and seed give the same map to the bit on one machine: descent runs in one thread. It holds
    the interpreter for an epoch at a time: of many codes, fit in a process of its own.

    Args:
        codes: float `(n, d)`, not all the same.
        neighbours: of a point in the graph, itself included, from `MIN_NEIGHBOURS` to n;
            `default_neighbours(n)` when None.
        min_dist: how close points may lie on the map, 0…1 in its units.
        seed: of the start's jitter and of the descent.
        epochs: `default_epochs` when None.
        on_frame: called with the epochs done and float32 `(n, 2)`: at the start (0), every `every` epochs, at the end.
            What it raises ends the fit.
        should_stop: asked as often, and while neighbours are searched.

    Returns:
        Coordinates float32 `(n, 2)`, centred; when stopped, as they were by then.

    Raises:
        BadRequestError: codes that are no map's (shape, NaN, all the same), too few for the neighbours, or settings
            out of range.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    neighbours = default_neighbours(len(codes)) if neighbours is None else neighbours
    epochs = default_epochs(len(codes)) if epochs is None else epochs
    _check_settings(len(codes), neighbours, min_dist, epochs, every)

    start = principal_start(codes, _START, seed)
    on_frame(0, start.astype(np.float32))
    found = own_neighbours(codes, neighbours - 1, should_stop)
    if found is None:
        return start.astype(np.float32)

    _leave_out_tensorflow()
    random = np.random.RandomState(seed)
    with _graph_lock:
        graph = umap_graph(codes, *_with_themselves(*found), random)
    graph.sum_duplicates()
    graph.data[graph.data < graph.data.max() / epochs] = 0  # edges too weak to be drawn once
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
    """Out of the library's loop."""


class _Frames:
    """A file for the library's progress bar: the only thing that the library calls between two epochs.

    The bar writes the number of epochs done every so often, at its beginning and when it is closed.
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
        self._seen = int(done)  # before what may raise: closing, the bar writes the same number once more
        if self._should_stop():
            raise _StoppedError
        self._on_frame(self._seen, _centred(self._xy))

    def flush(self) -> None:
        """As of a file."""


def _with_themselves(rows: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours `(n, k - 1)` with each point before them, `(n, k)`: the library counts it as its own first one."""
    rows = np.concatenate([np.arange(len(rows))[:, None], rows], axis=1).astype(np.int32)
    return rows, np.pad(distances, ((0, 0), (1, 0))).astype(np.float32)


def _leave_out_tensorflow() -> None:
    """`import umap` would import TensorFlow, if there is one, for a parametric UMAP: ten seconds and 700 MB.

    The library takes an empty module in that place for a machine without it.
    """
    if "umap" not in sys.modules:
        sys.modules.setdefault("umap.parametric_umap", ModuleType("umap.parametric_umap"))


def _centred(xy: np.ndarray) -> np.ndarray:
    return (xy - xy.mean(axis=0)).astype(np.float32)


def _check_settings(count: int, neighbours: int, min_dist: float, epochs: int, every: int) -> None:
    if not MIN_NEIGHBOURS <= neighbours <= count:
        raise BadRequestError(
            f"{neighbours} neighbours do not suit {count} codes.", f"Set them from {MIN_NEIGHBOURS} to {count}."
        )
    if not 0 <= min_dist <= _SPREAD:
        raise BadRequestError(f"The least distance {min_dist:g} is out of range.", "Set it from 0 to 1.")
    if epochs < 1 or every < 1:
        raise BadRequestError(f"{epochs} epochs with a frame every {every}.", "Both are at least 1.")
