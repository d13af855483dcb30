"""Typed wrappers of functions of SciPy, scikit-learn, openTSNE and umap-learn, which have no type annotations.

The libraries are imported when a function is called.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

__all__ = [
    "Finder",
    "Spline",
    "Tree",
    "TsneEmbedding",
    "connected_components",
    "exact_finder",
    "gaussian_filter",
    "minimize_lbfgs",
    "pchip",
    "plane_tree",
    "shortest_path_predecessors",
    "tsne_embedding",
    "umap_descend",
    "umap_graph",
]


class Finder(Protocol):
    """A fitted `sklearn.neighbors.NearestNeighbors`."""

    def kneighbors(self, X: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return distances, float `(m, k)`, and rows, int64 `(m, k)`; without X, those of each point to the others."""
        ...


def exact_finder(points: np.ndarray, k: int) -> Finder:
    """Return a brute-force search for the k nearest of `points`, float `(n, d)`."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)


class Tree(Protocol):
    """`scipy.spatial.cKDTree`."""

    def query(self, x: np.ndarray, k: int | list[int] | range) -> tuple[np.ndarray, np.ndarray]:
        """Return distances, float64, and rows, int64, of the k nearest points; of the k-th nearest if k is a list."""
        ...


def plane_tree(points: np.ndarray) -> Tree:
    """Return a search tree of points, float `(n, 2)`."""
    # SciPy has no stubs, so type checkers do not see this compiled class.
    from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

    return cKDTree(points)


def gaussian_filter(values: np.ndarray, sigma: float, truncate: float) -> np.ndarray:
    """Smooth `values` by a Gaussian that is cut off at `truncate` σ; values beyond the borders are 0."""
    from scipy import ndimage

    return ndimage.gaussian_filter(values, sigma, mode="constant", truncate=truncate)


class Spline(Protocol):
    """`scipy.interpolate.PchipInterpolator`."""

    def __call__(self, x: np.ndarray | float) -> np.ndarray: ...
    def derivative(self) -> "Spline": ...


def pchip(times: np.ndarray, knots: np.ndarray) -> Spline:
    """Return a monotone cubic spline through knots, float `(k, d)`, at increasing times `(k,)`."""
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(times, knots, axis=0)


def minimize_lbfgs(
    objective: Callable[[np.ndarray], tuple[float, np.ndarray]],
    start: np.ndarray,
    on_step: Callable[[np.ndarray], None],
    iterations: int,
    corrections: int,
) -> np.ndarray:
    """Minimise a function by L-BFGS; return the best point, float64 `(n,)`.

    Args:
        objective: point → value and gradient.
        start: the first point, float64 `(n,)`.
        on_step: called with the point after each iteration; an exception that it raises ends the search.
        iterations: the most iterations.
        corrections: number of corrections that the approximate Hessian is made of.
    """
    from scipy.optimize import minimize

    options = {"maxiter": iterations, "maxcor": corrections}
    return minimize(objective, start, jac=True, method="L-BFGS-B", callback=on_step, options=options).x


def connected_components(origin: np.ndarray, target: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    """Find the connected components of an undirected graph of `count` nodes.

    Args:
        origin, target: int `(e,)`, the ends of its edges.

    Returns:
        The number of components, and the component of each node, int32 `(count,)`.
    """
    from scipy.sparse import coo_matrix, csgraph

    graph = coo_matrix((np.ones(len(origin)), (origin, target)), (count, count))
    return csgraph.connected_components(graph, directed=False)


def shortest_path_predecessors(
    origin: np.ndarray, target: np.ndarray, lengths: np.ndarray, count: int, start: int
) -> np.ndarray:
    """Return the predecessor of each node on the shortest path from `start`, int32 `(count,)` (Dijkstra's algorithm).

    Args:
        origin, target: int `(e,)`, the ends of the edges of an undirected graph of `count` nodes.
        lengths: float `(e,)`, above 0. Of the edges i → j and j → i, the shorter one is used.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    graph = coo_matrix((lengths, (origin, target)), (count, count)).tocsr()
    return dijkstra(graph, directed=False, indices=start, return_predecessors=True)[1]


class TsneEmbedding(Protocol):
    """An `openTSNE.TSNEEmbedding`: an array `(n, 2)` that can be optimised."""

    def __array__(self) -> np.ndarray: ...

    def optimize(
        self,
        n_iter: int,
        *,
        exaggeration: float,
        learning_rate: str,
        momentum: float,
        negative_gradient_method: str,
        callbacks: Callable[[int, float, np.ndarray], bool],
        callbacks_every_iters: int,
    ) -> "TsneEmbedding": ...


def tsne_embedding(
    start: np.ndarray, rows: np.ndarray, distances: np.ndarray, perplexity: float, jobs: int
) -> TsneEmbedding:
    """Return an embedding before its first iteration.

    Args:
        start: float `(n, 2)`, the initial positions.
        rows, distances: int and float `(n, k)`, the nearest other points of each point.
        perplexity: effective number of neighbours.
        jobs: number of threads.
    """
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    neighbours: Any = PrecomputedNeighbors(rows, distances)
    settings: dict[str, Any] = {"perplexity": perplexity, "n_jobs": jobs}
    return TSNEEmbedding(start, PerplexityBasedNN(knn_index=neighbours, **settings), n_jobs=jobs)


class _CooMatrix(Protocol):
    row: np.ndarray
    col: np.ndarray
    data: np.ndarray

    def eliminate_zeros(self) -> None: ...
    def sum_duplicates(self) -> None: ...


def umap_graph(codes: np.ndarray, rows: np.ndarray, distances: np.ndarray, random: np.random.RandomState) -> _CooMatrix:
    """Return UMAP's fuzzy graph of memberships, a symmetric COO matrix `(n, n)`.

    Args:
        codes: float `(n, d)`.
        rows, distances: int32 and float32 `(n, k)`, the nearest points of each point; the point itself is the first.
    """
    from umap.umap_ import fuzzy_simplicial_set

    found: Any = fuzzy_simplicial_set(codes, rows.shape[1], random, "euclidean", knn_indices=rows, knn_dists=distances)
    return found[0].tocoo()


def umap_descend(
    xy: np.ndarray,
    graph: _CooMatrix,
    epochs: int,
    spread: float,
    min_dist: float,
    random_state: np.ndarray,
    progress: Mapping[str, object],
) -> None:
    """Optimise UMAP's layout by stochastic gradient descent; changes the positions in place.

    Args:
        xy: float32 `(n, k)`, the positions.
        graph: memberships, from `umap_graph`.
        spread, min_dist: define the curve of attraction.
        random_state: int64 `(3,)`.
        progress: settings of the library's progress bar.
    """
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import find_ab_params, make_epochs_per_sample

    optimize: Any = optimize_layout_euclidean
    a, b = find_ab_params(spread, min_dist)
    schedule = make_epochs_per_sample(graph.data, epochs)
    optimize(
        xy, xy, graph.row, graph.col, epochs, len(xy), schedule, a, b, random_state, tqdm_kwds=progress, move_other=True
    )
