"""Fits t-SNE maps (van der Maaten & Hinton 2008) with openTSNE (Poličar et al. 2024) and reports intermediate frames.

The settings follow Kobak & Berens (2019) and Belkina et al. (2019): initial positions from principal components, early
exaggeration 12 for 250 iterations, learning rate n / exaggeration. Neighbours are exact.
"""

from collections.abc import Callable

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread
from vae.latent.neighbours import all_nearest_neighbours
from vae.latent.projections.start import principal_start
from vae.message import message
from vae.typed_libraries import tsne_embedding

__all__ = ["EARLY_ITERATIONS", "ITERATIONS", "MIN_PERPLEXITY", "default_perplexity", "fit_tsne", "largest_perplexity"]

EARLY_ITERATIONS, ITERATIONS = 250, 500  # with exaggeration, and after it
MIN_PERPLEXITY = 2.0
_DEFAULT_PERPLEXITY = 30.0
_EXAGGERATION = 12.0
_START = 1e-4  # standard deviation of the initial positions: small, so that the exaggerated forces dominate
# openTSNE computes repulsion by interpolation on a grid ("fft"), whose time grows with the width of the map, or by a
# Barnes-Hut tree ("bh"), whose time grows with the number of points. Measured per iteration, grid and tree: 70,000
# points 0.1 s and 1.1 s in the small map of the exaggerated phase, 1.9 s and 1.1 s in the wide map after it; 10,000
# points 29 ms and 75 ms, then 165 ms and 50 ms.
_GRID_FROM = 4000  # points from which the grid is used in the exaggerated phase


def largest_perplexity(count: int) -> float:
    """Return the largest perplexity for `count` codes: t-SNE uses 3 · perplexity neighbours."""
    return (count - 1) / 3


def default_perplexity(count: int) -> float:
    """Return the default perplexity for `count` codes: 30, or the largest possible if that is less."""
    return min(_DEFAULT_PERPLEXITY, largest_perplexity(count))


def fit_tsne(
    codes: np.ndarray,
    perplexity: float | None = None,
    seed: int = 0,
    *,
    early_iterations: int = EARLY_ITERATIONS,
    iterations: int = ITERATIONS,
    early_exaggeration: float = _EXAGGERATION,
    exaggeration: float = 1.0,
    on_frame: Callable[[int, np.ndarray], None] = lambda iteration, coordinates: None,
    should_stop: Callable[[], bool] = lambda: False,
    every: int = 10,
    jobs: int = 2,
) -> np.ndarray:
    """Fit a t-SNE map.

    On one machine, the same codes and settings give the same map bit for bit, for any `jobs`. Another processor, or
    another build of NumPy or openTSNE, rounds differently: then the positions of points differ, but not those of
    clusters.

    Args:
        codes: float `(n, d)`, not all equal.
        perplexity: effective number of neighbours, from `MIN_PERPLEXITY` to `largest_perplexity(n)`;
            `default_perplexity(n)` when None.
        seed: for the jitter of the initial positions.
        early_iterations, iterations: iterations with `early_exaggeration`, and then with `exaggeration`.
        early_exaggeration, exaggeration: factors of the attraction. For very large data sets, an exaggeration of 4 in
            the second phase keeps clusters together (Kobak & Berens 2019).
        on_frame: called with the number of iterations so far and coordinates float32 `(n, 2)`: at the start (0), every
            `every` iterations and at the end. An exception that it raises ends the fit.
        should_stop: called as often, and during the search for neighbours.
        jobs: number of threads.

    Returns:
        Coordinates float32 `(n, 2)`, centred; after a stop, the current ones.

    Raises:
        BadRequestError: codes have a wrong shape, are not finite, all equal or too few for the perplexity; or settings
            are out of range.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    perplexity = default_perplexity(len(codes)) if perplexity is None else perplexity
    _check_settings(len(codes), perplexity, early_iterations + iterations, every)

    start = principal_start(codes, _START, seed)
    on_frame(0, start.astype(np.float32))
    found = all_nearest_neighbours(codes, int(3 * perplexity), should_stop)
    if found is None:
        return start.astype(np.float32)

    embedding = tsne_embedding(start, *found, perplexity, jobs)
    frames = _Frames(early_iterations + iterations, on_frame, should_stop)
    early = "bh" if len(codes) < _GRID_FROM else "fft"
    for steps, factor, method in ((early_iterations, early_exaggeration, early), (iterations, exaggeration, "bh")):
        if not frames.stopped:
            embedding = embedding.optimize(
                steps,
                exaggeration=factor,
                learning_rate="auto",  # n / exaggeration, at least 200
                momentum=0.8,
                negative_gradient_method=method,
                callbacks=frames,
                callbacks_every_iters=every,
            )
            frames.before += steps
    coordinates = _centred(np.asarray(embedding))
    if not frames.stopped:
        on_frame(frames.total, coordinates)
    return coordinates


class _Frames:
    """A callback of openTSNE. If it returns True, the optimisation ends and returns the current embedding."""

    def __init__(self, total: int, on_frame: Callable[[int, np.ndarray], None], should_stop: Callable[[], bool]):
        self._on_frame, self._should_stop = on_frame, should_stop
        self.total = total
        self.before = 0  # iterations of completed phases
        self.stopped = False

    def __call__(self, iteration: int, error: float, embedding: np.ndarray) -> bool:
        self.stopped = self._should_stop()
        # It is called before an iteration, so the last frame is reported separately.
        if not self.stopped and self.before + iteration < self.total:
            self._on_frame(self.before + iteration, _centred(embedding))
        return self.stopped


def _centred(embedding: np.ndarray) -> np.ndarray:
    xy = np.asarray(embedding)
    return (xy - xy.mean(axis=0)).astype(np.float32)


def _check_settings(count: int, perplexity: float, steps: int, every: int) -> None:
    most = largest_perplexity(count)
    if most < MIN_PERPLEXITY:
        raise BadRequestError(
            message(
                "{count} codes are too few for a t-SNE map; at least {min_perplexity} are needed.",
                count=count,
                min_perplexity=int(3 * MIN_PERPLEXITY) + 1,
            ),
            "Choose more images.",
        )
    if not MIN_PERPLEXITY <= perplexity <= most:
        raise BadRequestError(
            message(
                "Perplexity {perplexity} is out of range for {count} codes.", perplexity=f"{perplexity:g}", count=count
            ),
            message(
                "Use a perplexity from {min_perplexity} to {most}.",
                min_perplexity=f"{MIN_PERPLEXITY:g}",
                most=int(most),
            ),
        )
    if steps < 1 or every < 1:
        raise BadRequestError(
            message(
                "Can't fit a map in {steps} iterations with a frame every {every} iterations.", steps=steps, every=every
            ),
            "Both must be at least 1.",
        )
