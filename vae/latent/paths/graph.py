"""Paths through the data: shortest paths on the graph of nearest neighbours, smoothed.

The graph connects each code with its nearest neighbours (as in Isomap, Tenenbaum et al. 2000). The length of an edge is
the squared distance, so that one long step costs more than several short ones and the path stays in dense regions
(Bijral et al. 2011, section 4).
"""

from dataclasses import dataclass

import numpy as np

from vae.latent.checks import check_codes
from vae.latent.neighbours import CodeFinder, all_nearest_neighbours
from vae.latent.paths.curve import Curve
from vae.latent.paths.straight import check_ends
from vae.typed_libraries import connected_components, shortest_path_predecessors

__all__ = ["DataGraph", "GraphPath"]

_NEIGHBOURS = 10
_SMOOTHINGS = 2  # passes of a filter ¼ ½ ¼ over the codes of a path
_SAMPLE = 400  # codes of a component that are compared with other components


@dataclass(frozen=True)
class GraphPath:
    """A path through the data.

    Attributes:
        curve: the smoothed path.
        rows: int64, the data's codes on the shortest path, in order, without its ends. The smoothed path passes near
            them.
        jumps: number of times that it crosses from one connected component of the neighbour graph to another.
    """

    curve: Curve
    rows: np.ndarray
    jumps: int

    def at(self, t: np.ndarray) -> np.ndarray:
        """See `LatentPath.at`."""
        return self.curve.at(t)


class DataGraph:
    """The graph of nearest neighbours of a set of codes, built once for many paths.

    Args:
        codes: float `(n, d)`, n ≥ 2.
        neighbours: k; at most n - 1 are used.

    Raises:
        BadRequestError: wrong shape, too few codes, or not finite.
    """

    def __init__(self, codes: np.ndarray, neighbours: int = _NEIGHBOURS):
        self._codes = check_codes(codes, least=2)
        self._finder = CodeFinder(self._codes)
        n = len(self._codes)
        self._k = min(neighbours, n - 1)
        rows, distances = all_nearest_neighbours(self._codes, self._k)
        origin, target = np.repeat(np.arange(n), self._k), rows.ravel()
        lengths = np.square(distances.ravel())
        components, self._component = connected_components(origin, target, n)
        bridges, gaps = self._bridges(components, self._component)
        self._from = np.concatenate([origin, bridges[:, 0]])
        self._to = np.concatenate([target, bridges[:, 1]])
        # The distance of equal codes is 0, which in a sparse matrix means no edge.
        self._lengths = np.maximum(np.concatenate([lengths, gaps]), 1e-12)

    def path(self, a: np.ndarray, b: np.ndarray) -> GraphPath:
        """Return the path between two codes, which need not belong to the data.

        Args:
            a, b: float `(d,)`, finite.

        Raises:
            BadRequestError: wrong shapes, or not finite.
        """
        a, b = check_ends(a, b)
        n, k = len(self._codes), min(self._k, len(self._codes))
        near, distances = self._finder.nearest(np.stack([a, b]), k)
        origin = np.concatenate([self._from, np.full(k, n), near[1]])
        target = np.concatenate([self._to, near[0], np.full(k, n + 1)])
        lengths = np.concatenate([self._lengths, np.maximum(np.square(distances.ravel()), 1e-12)])
        # Edges i → j and j → i may both exist: the search uses the shorter one. Equal pairs (i, j) would be summed.
        predecessors = shortest_path_predecessors(origin, target, lengths, n + 2, n)
        reverse: list[int] = []
        row = int(predecessors[n + 1])
        while row != n:
            reverse.append(row)
            row = int(predecessors[row])
        rows = np.array(reverse[::-1], np.int64)
        jumps = int((np.diff(self._component[rows]) != 0).sum())
        return GraphPath(Curve(_smoothed(np.concatenate([a[None], self._codes[rows], b[None]]))), rows, jumps)

    def _bridges(self, count: int, component: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return edges that join all components to the largest one, int `(count - 1, 2)`, and their squared lengths."""
        bridges, gaps = np.empty((count - 1, 2), np.int64), np.empty(count - 1)
        joined = component == np.bincount(component).argmax()
        left = set(range(count)) - {int(component[joined][0])}
        for number in range(count - 1):
            candidates: list[tuple[float, int, int, int]] = []
            finder, rows = CodeFinder(self._codes[joined]), np.flatnonzero(joined)
            for one in left:
                members = np.flatnonzero(component == one)[:_SAMPLE]
                nearest, distances = finder.nearest(self._codes[members], 1)
                closest = int(distances[:, 0].argmin())
                gap, start, end = distances[closest, 0], members[closest], rows[nearest[closest, 0]]
                candidates.append((float(gap), int(start), int(end), one))
            gap, start, end, one = min(candidates, key=lambda candidate: candidate[0])
            bridges[number], gaps[number] = (start, end), gap**2
            joined |= component == one
            left.remove(one)
        return bridges, gaps


def _smoothed(codes: np.ndarray) -> np.ndarray:
    """Smooth codes `(k, d)` along the path; the ends are unchanged."""
    for _ in range(_SMOOTHINGS):
        codes = np.concatenate([codes[:1], 0.25 * codes[:-2] + 0.5 * codes[1:-1] + 0.25 * codes[2:], codes[-1:]])
    return codes
