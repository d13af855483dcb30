"""Two model cards in one table: figures and their difference, each with its error, and what is not comparable."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae.errors import BadRequestError
from vae.evaluation.figures import meaning_of_nats
from vae.formats.bundle.schema import Card, Figure, Manifest, Metrics

__all__ = ["FigureLine", "PerImage", "compare_figures", "paired_difference"]

_CLEAR = 2.0  # standard errors that a difference must exceed to be called one
PerImage = dict[str, tuple[np.ndarray, np.ndarray]]  # "mse", "elbo" → both models' values of each test image


@dataclass(frozen=True)
class FigureLine:
    """One figure of both models.

    Attributes:
        name: as the field calls it.
        unit, digits: for `vae.evaluation.figures.show`.
        a, b: None where a model has none.
        difference: b - a with its standard error; None where the two must not be compared, or have no error.
        measured: on images, with an error; else it is a count.
        paired: the error is that of the images' own differences, not of two independent measurements.
        better: which model is, where the figure has a better side and |difference| > 2 standard errors.
        note: why they are not compared, else "".
    """

    name: str
    unit: str
    digits: int
    a: Figure | None
    b: Figure | None
    difference: Figure | None = None
    measured: bool = True
    paired: bool = False
    better: Literal["a", "b"] | None = None
    note: str = ""


def paired_difference(a: np.ndarray, b: np.ndarray) -> Figure:
    """Mean of b - a over the same images, and its standard error.

    What makes an image hard makes it hard for both models: taken in pairs, that falls out.

    Args:
        a, b: float `(n,)`.

    Raises:
        BadRequestError: other shapes, or no images.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise BadRequestError(f"Values of shapes {a.shape} and {b.shape}.", "Compare one value per image, of both.")
    gap = b - a
    return Figure(value=float(gap.mean()), standard_error=float(gap.std() / math.sqrt(len(gap))))


def compare_figures(
    a: tuple[Manifest, Card], b: tuple[Manifest, Card], per_image: PerImage | None = None
) -> list[FigureLine]:
    """All figures of two cards.

    Where the images' own values are given the error of the difference is theirs. Else both measurements count as
    independent and their errors add in quadrature: too wide rather than too narrow, as both are of the same images.

    Args:
        a, b: manifest and card.
        per_image: what is at hand of "mse" and "elbo" of each test image.
    """
    (manifest_a, card_a), (manifest_b, card_b) = a, b
    other_data = "" if manifest_a.dataset == manifest_b.dataset else "of other test images"
    lines = []
    for name, key, unit, digits, upward, note in _measured(manifest_a, manifest_b, card_a.metrics, card_b.metrics):
        figures = [_find(card.metrics, key) for card in (card_a, card_b)]
        lines.append(_line(name, unit, digits, figures, upward, other_data or note, (per_image or {}).get(key)))
    counts = (
        ("active units", [card.metrics.active_units for card in (card_a, card_b)]),
        ("latent dimensions", [manifest.model.latent_dim for manifest in (manifest_a, manifest_b)]),
        ("weights", [card.parameters for card in (card_a, card_b)]),
    )
    lines += [
        FigureLine(name, "", 0, *(Figure(value=value) for value in both), measured=False) for name, both in counts
    ]
    return [line for line in lines if line.a or line.b]


def _measured(a: Manifest, b: Manifest, of_a: Metrics, of_b: Metrics) -> Iterator[tuple]:
    """Name, place in the card, unit, digits, whether more is better (1), less (-1) or neither (0), and what forbids to
    compare."""
    bounds = _unlike_bounds(a, b)
    yield "ELBO", "elbo", "nats", 2, 1, bounds
    yield "log p(x|z)", "reconstruction", "nats", 2, 0, bounds
    yield "KL", "kl", "nats", 2, 0, ""
    draws = [(metrics.iwae_samples, metrics.iwae_images) for metrics in (of_a, of_b)]
    unlike = "" if draws[0] == draws[1] else "by other numbers of draws or images"
    yield "IWAE", "iwae", "nats", 2, 1, bounds or unlike
    classes = [manifest.model.classes for manifest in (a, b)]
    told = "" if classes[0] == classes[1] else "one decoder is told the class"
    yield "MSE per pixel", "mse", "", 5, -1, told
    voters = [(metrics.knn_neighbours, metrics.knn_reference) for metrics in (of_a, of_b)]
    yield "kNN accuracy", "knn_accuracy", "%", 2, 1, told or ("" if voters[0] == voters[1] else "by other voters")
    sizes = [metrics.samples.images if metrics.samples else 0 for metrics in (of_a, of_b)]
    for name, upward in (("precision", 1), ("recall", 1), ("density", 0), ("coverage", 1)):
        yield f"{name} of samples", name, "", 3, upward, "" if sizes[0] == sizes[1] else "of other numbers of samples"


def _unlike_bounds(a: Manifest, b: Manifest) -> str:
    """Why two bounds on log p(x) are not of the same thing, or ""."""
    meanings = [meaning_of_nats(manifest.model) for manifest in (a, b)]
    if meanings[0] != meanings[1]:
        return f"not of the same thing. A: {meanings[0]}. B: {meanings[1]}"
    if bool(a.model.classes) != bool(b.model.classes):
        return "not of the same thing: one is a bound on log p(x), the other on log p(x | y), the class being told"
    return ""


def _find(metrics: Metrics, key: str) -> Figure | None:
    return getattr(metrics.samples if key in ("precision", "recall", "density", "coverage") else metrics, key, None)


def _line(name, unit, digits, figures: list[Figure | None], upward: int, note: str, images) -> FigureLine:
    a, b = figures
    if a is None or b is None:
        note = ""
    if a is None or b is None or note:
        return FigureLine(name, unit, digits, a, b, note=note)
    gap = b.value - a.value
    error = math.hypot(a.standard_error, b.standard_error)
    if images is not None:
        error = paired_difference(*images).standard_error
    better = None
    if upward and error > 0 and abs(gap) > _CLEAR * error:
        better = "b" if gap * upward > 0 else "a"
    difference = Figure(value=gap, standard_error=error)
    return FigureLine(name, unit, digits, a, b, difference, paired=images is not None, better=better)
