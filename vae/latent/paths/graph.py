"""The path through the data: from image to near image, never far from any.

The shortest path on the graph of each code's nearest neighbours (as Isomap's, Tenenbaum et al. 2000), with squared
distances as lengths: one long step costs more than several short ones, so that the path keeps to where the data are
thick (Bijral et al. 2011, section 4). It is then smoothed.
"""

from dataclasses import dataclass

import numpy as np

from vae.latent.checks import check_codes
from vae.latent.neighbours import CodeFinder, own_neighbours
from vae.latent.paths.curve import Curve
from vae.latent.paths.straight import check_ends
from vae.typed_libraries import connected_components, shortest_path_predecessors

__all__ = ["DataGraph", "GraphPath"]

_NEIGHBOURS = 10
_SMOOTHINGS = 2  # passes of ¼ ½ ¼ over the codes on the way
_SAMPLE = 400  # codes of a component that are looked at for the shortest way out of it


@dataclass(frozen=True)
class GraphPath:
    """A way through the data.

    Attributes:
        curve: the smoothed path.
        rows: int64, the codes that it goes by, in order, without its ends; it only passes near them.
        jumps: how often it must leap from one island of the data to another, where the graph hangs together no more.
    """

    curve: Curve
    rows: np.ndarray
    jumps: int

    def at(self, t: np.ndarray) -> np.ndarray:
        """As `LinearPath.at`."""
        return self.curve.at(t)


class DataGraph:
    """The neighbours' graph of encoded images, made once for many paths.

    Args:
        codes: float `(n, d)`, n ≥ 2.
        neighbours: k, fewer where there are not so many codes.

    Raises:
        BadRequestError: wrong shape, too few, or not finite.
    """

    def __init__(self, codes: np.ndarray, neighbours: int = _NEIGHBOURS):

        self._codes = check_codes(codes, least=2)
        self._finder = CodeFinder(self._codes)
        n = len(self._codes)
        self._k = min(neighbours, n - 1)
        rows, distances = own_neighbours(self._codes, self._k)
        origin, target = np.repeat(np.arange(n), self._k), rows.ravel()
        lengths = np.square(distances.ravel())
        islands, self._island = connected_components(origin, target, n)
        bridges, gaps = self._bridges(islands, self._island)
        self._from = np.concatenate([origin, bridges[:, 0]])
        self._to = np.concatenate([target, bridges[:, 1]])
        # Equal codes are no distance apart, which a sparse matrix would take for no edge.
        self._lengths = np.maximum(np.concatenate([lengths, gaps]), 1e-12)

    def path(self, a: np.ndarray, b: np.ndarray) -> GraphPath:
        """From one code to another, which need not be any of the data's.

        Args:
            a, b: float `(d,)`, finite.

        Raises:
            BadRequestError: other shapes, or not finite.
        """

        a, b = check_ends(a, b)
        n, k = len(self._codes), min(self._k, len(self._codes))
        near, distances = self._finder.nearest(np.stack([a, b]), k)
        origin = np.concatenate([self._from, np.full(k, n), near[1]])
        target = np.concatenate([self._to, near[0], np.full(k, n + 1)])
        lengths = np.concatenate([self._lengths, np.maximum(np.square(distances.ravel()), 1e-12)])
        # Of doubled edges, i to j and j to i, the undirected search takes the shorter; equal ones would be added up.
        before = shortest_path_predecessors(origin, target, lengths, n + 2, n)
        way: list[int] = []
        at = int(before[n + 1])
        while at != n:
            way.append(at)
            at = int(before[at])
        rows = np.array(way[::-1], np.int64)
        jumps = int((np.diff(self._island[rows]) != 0).sum())
        return GraphPath(Curve(_smoothed(np.concatenate([a[None], self._codes[rows], b[None]]))), rows, jumps)

    def _bridges(self, count: int, island: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Edges that join the islands to the largest, int `(count - 1, 2)`, and their squared lengths."""
        bridges, gaps = np.empty((count - 1, 2), np.int64), np.empty(count - 1)
        joined = island == np.bincount(island).argmax()
        left = set(range(count)) - {int(island[joined][0])}
        for number in range(count - 1):
            candidates: list[tuple[float, int, int, int]] = []
            finder, rows = CodeFinder(self._codes[joined]), np.flatnonzero(joined)
            for one in left:
                own = np.flatnonzero(island == one)[:_SAMPLE]
                nearest, far = finder.nearest(self._codes[own], 1)
                closest = int(far[:, 0].argmin())
                candidates.append((float(far[closest, 0]), int(own[closest]), int(rows[nearest[closest, 0]]), one))
            gap, start, end, one = min(candidates, key=lambda candidate: candidate[0])
            bridges[number], gaps[number] = (start, end), gap**2
            joined |= island == one
            left.remove(one)
        return bridges, gaps


def _smoothed(codes: np.ndarray) -> np.ndarray:
    """Codes `(k, d)` with each drawn towards its neighbours; the ends stay."""
    for _ in range(_SMOOTHINGS):
        codes = np.concatenate([codes[:1], 0.25 * codes[:-2] + 0.5 * codes[1:-1] + 0.25 * codes[2:], codes[-1:]])
    return codes
