"""The density of a map's points, and a stratified sample of them."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.message import message
from vae.typed_libraries import gaussian_filter

__all__ = ["DensityGrid", "density_grid", "stratified"]

_REACH = 4.0  # σ at which the kernel is cut off


@dataclass(frozen=True)
class DensityGrid:
    """A density on a grid of square cells.

    Attributes:
        values: float64 `(rows, columns)`, points per unit of area, from the lowest y upwards. Their sum times a cell's
            area is the number of points.
        x, y: float64 `(columns,)` and `(rows,)`, the centres of the cells.
        extent: left, right, bottom and top of the grid.
    """

    values: np.ndarray
    x: np.ndarray
    y: np.ndarray
    extent: tuple[float, float, float, float]

    def shares(self) -> np.ndarray:
        """Return for each cell the share of points in cells at least as dense, float32 `(rows, columns)`, 0…1.

        A contour at 0.9 encloses the smallest region that contains 90 % of the points (Hyndman 1996).
        """
        flat = self.values.ravel()
        order = np.argsort(-flat, kind="stable")
        shares = np.empty(len(flat))
        shares[order] = np.cumsum(flat[order]) / flat.sum()
        return shares.reshape(self.values.shape).astype(np.float32)


def density_grid(coordinates: np.ndarray, cells: int = 160, bandwidth: float = 0.012) -> DensityGrid:
    """Estimate the density of a map's points: a histogram smoothed by a Gaussian (Silverman 1986, section 4.2).

    Args:
        coordinates: float `(n, 2)`, n ≥ 1.
        cells: number of cells along the longer side of the map, 8…2000.
        bandwidth: σ of the Gaussian, as a share of that side. It is fixed, because the usual rules assume one cluster
            and would smooth many clusters into one.

    Raises:
        BadRequestError: wrong shape, not finite, or settings out of range.
    """
    xy = check_codes(coordinates, "The coordinates", dim=2).astype(np.float64)
    if not 8 <= cells <= 2000 or not 0 < bandwidth <= 1:
        raise BadRequestError(
            message(
                "Can't estimate a density with {cells} cells and a bandwidth of {bandwidth}.",
                cells=cells,
                bandwidth=f"{bandwidth:g}",
            ),
            "Use 8 to 2000 cells and a bandwidth above 0, at most 1.",
        )
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = float((high - low).max()) or 1.0
    sigma = bandwidth * side
    cell = side * (1 + 2 * _REACH * bandwidth) / cells
    # The grid contains the whole Gaussian of every point.
    shape = np.ceil((high - low + 2 * _REACH * sigma) / cell - 1e-9).astype(int)  # columns, rows
    left, bottom = (low + high - shape * cell) / 2
    x_edges: np.ndarray = left + cell * np.arange(int(shape[0]) + 1)
    y_edges: np.ndarray = bottom + cell * np.arange(int(shape[1]) + 1)
    counts = np.histogram2d(xy[:, 1], xy[:, 0], (y_edges, x_edges))[0]  # (rows, columns)
    values = gaussian_filter(counts, sigma / cell, truncate=_REACH) / cell**2
    return DensityGrid(
        values=values,  # float32 would overflow for a map of almost zero width
        x=(x_edges[:-1] + x_edges[1:]) / 2,
        y=(y_edges[:-1] + y_edges[1:]) / 2,
        extent=(float(left), float(x_edges[-1]), float(bottom), float(y_edges[-1])),
    )


def stratified(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draw a random sample with the class shares of the whole; return its rows, int64 ascending.

    Shares are rounded by the largest remainder method. Every class gets at least one row if `count` allows it.

    Args:
        labels: int `(n,)`.
        count: size of the sample; if there are no more rows than that, all are returned.
        seed: for the choice within each class.

    Raises:
        BadRequestError: `count` is below 1, or `labels` is not a list.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or count < 1:
        raise BadRequestError(
            message(
                "Can't draw a sample of {count} rows from labels of shape {shape}.", count=count, shape=labels.shape
            ),
            "Use a list of labels and at least one row.",
        )
    if count >= len(labels):
        return np.arange(len(labels))
    _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    exact = sizes * count / len(labels)
    quotas = np.floor(exact).astype(int)
    if count >= len(sizes):
        quotas = np.maximum(quotas, 1)
    while quotas.sum() != count:
        gap = exact - quotas
        if quotas.sum() < count:
            quotas[gap.argmax()] += 1
        else:
            quotas[np.where(quotas > 1, gap, np.inf).argmin()] -= 1
    random = np.random.default_rng(seed)
    chosen = [random.choice(np.flatnonzero(classes == c), quota, replace=False) for c, quota in enumerate(quotas)]
    return np.sort(np.concatenate(chosen)).astype(np.int64)
