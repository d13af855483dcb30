"""Errors and ELBOs of two models on the same test images, from the points of their maps."""

from collections.abc import Callable

import numpy as np

from vae.evaluation.comparison.figures import PerImage
from zscope.library.maps import MapSpec
from zscope.library.maps.making import Watcher, find_map, make_map

__all__ = ["errors_of_images"]

_POINTS = MapSpec(method="pca")  # available as soon as its points are measured


class _Measuring(Watcher):
    """Reports the progress of the measurement."""

    def __init__(self, measure: Callable[[str, int, int], None]):
        self._measure = measure

    def progress(self, what: str, done: int, total: int) -> None:
        self._measure(what, done, total)


def errors_of_images(a: str, b: str, measure: Callable[[str, int, int], None] | None = None) -> PerImage:
    """Return both models' squared errors and, where both have them, ELBOs of the same test images.

    Args:
        a, b: ids of two models of one data set.
        measure: called with progress while missing values are measured and saved; None measures nothing.

    Returns:
        "mse" and perhaps "elbo", a pair of float `(n,)` each; empty if a value is missing.

    Raises:
        ZscopeError: a model cannot be opened.
        OSError: measured values cannot be saved.
    """
    points = []
    for model_id in (a, b):
        parts = find_map(model_id, _POINTS)
        if parts is None and measure:
            make_map(model_id, _POINTS, _Measuring(measure))
            parts = find_map(model_id, _POINTS)
        if parts is None:
            return {}
        points.append(parts.points)
    if not np.array_equal(points[0].row, points[1].row):
        return {}  # samples of more images than a map has
    found = {"mse": tuple(one.error for one in points)}
    bounds = tuple(one.elbo for one in points)
    if all(np.isfinite(one).all() for one in bounds):
        found["elbo"] = bounds
    return found
