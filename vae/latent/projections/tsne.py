"""t-SNE (van der Maaten & Hinton 2008) by openTSNE (Poličar et al. 2024), watched as it forms.

Set as Kobak & Berens (2019) and Belkina et al. (2019) advise: a start from the principal components, early exaggeration
12 for 250 iterations, and a learning rate that grows with the data, n / exaggeration. Neighbours are exact.
"""

from collections.abc import Callable

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_spread
from vae.latent.neighbours import own_neighbours
from vae.latent.projections.start import principal_start
from vae.typed_libraries import tsne_embedding

__all__ = ["EARLY_ITERATIONS", "ITERATIONS", "MIN_PERPLEXITY", "default_perplexity", "fit_tsne", "largest_perplexity"]

EARLY_ITERATIONS, ITERATIONS = 250, 500  # with exaggeration, and after it
MIN_PERPLEXITY = 2.0
_USUAL_PERPLEXITY = 30.0
_EXAGGERATION = 12.0
_START = 1e-4  # standard deviation: small, so that the exaggerated forces rule
# Repulsion by interpolation on a grid takes as long as the map is wide, Barnes and Hut's tree as there are points.
# Measured per iteration: of 70,000 points in the small map of the exaggerated phase 0.1 s against 1.1 s, in the wide
# one after it 1.9 s against 1.1 s; of 10,000 points 29 against 75 ms and 165 against 50 ms.
_GRID_FROM = 4000  # points, in the exaggerated phase


def largest_perplexity(count: int) -> float:
    """The largest perplexity for so many codes: three neighbours are counted for each unit of it."""
    return (count - 1) / 3


def default_perplexity(count: int) -> float:
    """The usual 30, or the largest for so few codes that 30 is too much."""
    return min(_USUAL_PERPLEXITY, largest_perplexity(count))


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

    The same codes and settings give the same map to the bit on one machine, whatever `jobs`; with another build of
    NumPy or openTSNE or on another processor rounding differs, and with it the places of points, not of clusters.
    Equal codes are drawn side by side.

    Args:
        codes: float `(n, d)`, not all the same.
        perplexity: effective neighbours of a point, from `MIN_PERPLEXITY` to `largest_perplexity(n)`;
            `default_perplexity(n)` when None.
        seed: of the start's jitter.
        early_iterations, iterations: steps with `early_exaggeration` and then with `exaggeration`.
        early_exaggeration, exaggeration: how much stronger points attract each other; of very large sets, 4 to the end
            keeps clusters together (Kobak & Berens 2019).
        on_frame: called with the iterations done, of all, and float32 `(n, 2)`: at the start (0), every `every`
            iterations and at the end. What it raises ends the fit.
        should_stop: asked as often, and while neighbours are searched.
        jobs: threads.

    Returns:
        Coordinates float32 `(n, 2)`, centred; when stopped, as they were by then.

    Raises:
        BadRequestError: codes that are no map's (shape, NaN, all the same), too few for the perplexity, or settings
            out of range.
    """
    codes = check_codes(codes, least=2)
    check_spread(codes)
    perplexity = default_perplexity(len(codes)) if perplexity is None else perplexity
    _check_settings(len(codes), perplexity, early_iterations + iterations, every)

    start = principal_start(codes, _START, seed)
    on_frame(0, start.astype(np.float32))
    found = own_neighbours(codes, int(3 * perplexity), should_stop)
    if found is None:
        return start.astype(np.float32)

    embedding = tsne_embedding(start, *found, perplexity, jobs)
    frames = _Frames(early_iterations + iterations, on_frame, should_stop)
    early = "bh" if len(codes) < _GRID_FROM else "fft"
    for steps, stronger, method in ((early_iterations, early_exaggeration, early), (iterations, exaggeration, "bh")):
        if not frames.stopped:
            embedding = embedding.optimize(
                steps,
                exaggeration=stronger,
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
    """openTSNE's callback: true ends the optimisation, which then gives what there is."""

    def __init__(self, total: int, on_frame: Callable[[int, np.ndarray], None], should_stop: Callable[[], bool]):
        self._on_frame, self._should_stop = on_frame, should_stop
        self.total = total
        self.before = 0  # iterations of the phases that are over
        self.stopped = False

    def __call__(self, iteration: int, error: float, embedding: np.ndarray) -> bool:
        self.stopped = self._should_stop()
        # It is called before a step is taken: the last frame is another one.
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
            f"{count} codes are too few for a t-SNE map: it takes {int(3 * MIN_PERPLEXITY) + 1}.", "Choose more images."
        )
    if not MIN_PERPLEXITY <= perplexity <= most:
        raise BadRequestError(
            f"Perplexity {perplexity:g} does not suit {count} codes: it needs three times as many others.",
            f"Set it from {MIN_PERPLEXITY:g} to {int(most)}.",
        )
    if steps < 1 or every < 1:
        raise BadRequestError(f"{steps} iterations with a frame every {every}.", "Both are at least 1.")
