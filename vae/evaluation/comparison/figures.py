"""Two model cards in one table: the figures, their differences with errors, and what is not comparable."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae.errors import BadRequestError
from vae.evaluation.figures import meaning_of_nats
from vae.formats.bundle.schema import Card, Figure, Manifest, Metrics
from vae.message import N_, message

__all__ = ["FigureLine", "PerImage", "compare_figures", "paired_difference"]

_CLEAR = 2.0  # standard errors that a clear difference must exceed
PerImage = dict[str, tuple[np.ndarray, np.ndarray]]  # "mse", "elbo" → the values of both models for each test image


@dataclass(frozen=True)
class FigureLine:
    """One figure of both models.

    Attributes:
        name: name of the figure.
        unit, digits: arguments of `vae.evaluation.figures.show`.
        a, b: the figures; None if a model has none.
        difference: b - a with its standard error; None if they cannot be compared, or for a count.
        measured: True for a figure measured on images, with an error; False for a count.
        paired: whether the error is that of the differences of each image, not of two independent measurements.
        better: the better model, if the figure has a better side and |difference| > 2 standard errors.
        note: why they are not compared; "" if they are.
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
    """Return the mean of b - a over the same images, and its standard error.

    Hard images are hard for both models. Pairs remove this common variation.

    Args:
        a, b: float `(n,)`.

    Raises:
        BadRequestError: the shapes differ, or there are no images.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise BadRequestError(
            message("Values of shapes {shape} and {shape2} cannot be paired.", shape=a.shape, shape2=b.shape),
            "Pass one value per image.",
        )
    gap = b - a
    return Figure(value=float(gap.mean()), standard_error=float(gap.std() / math.sqrt(len(gap))))


def compare_figures(
    a: tuple[Manifest, Card], b: tuple[Manifest, Card], per_image: PerImage | None = None
) -> list[FigureLine]:
    """Compare all figures of two cards.

    With values for each image, errors of differences come from pairs. Otherwise, the measurements count as independent,
    and their errors add in quadrature. That error is too large rather than too small, because the images are the same.

    Args:
        a, b: manifest and card.
        per_image: available values of "mse" and "elbo" for each test image.
    """
    (manifest_a, card_a), (manifest_b, card_b) = a, b
    other_data = "" if manifest_a.dataset == manifest_b.dataset else N_("on different test images")
    lines = []
    for name, key, unit, digits, upward, note in _measured(manifest_a, manifest_b, card_a.metrics, card_b.metrics):
        figures = [_find(card.metrics, key) for card in (card_a, card_b)]
        lines.append(_line(name, unit, digits, figures, upward, other_data or note, (per_image or {}).get(key)))
    counts = (
        (N_("active units"), [card.metrics.active_units for card in (card_a, card_b)]),
        (N_("latent dimensions"), [manifest.model.latent_dim for manifest in (manifest_a, manifest_b)]),
        (N_("weights"), [card.parameters for card in (card_a, card_b)]),
    )
    lines += [
        FigureLine(name, "", 0, *(Figure(value=value) for value in both), measured=False) for name, both in counts
    ]
    return [line for line in lines if line.a or line.b]


def _measured(a: Manifest, b: Manifest, of_a: Metrics, of_b: Metrics) -> Iterator[tuple]:
    """Yield name, field of the card, unit, digits, the better direction (1: more, -1: less, 0: none), and why
    the figures cannot be compared, or "".
    """
    bounds = _unlike_bounds(a, b)
    yield "ELBO", "elbo", "nats", 2, 1, bounds
    yield N_("log p(x|z)"), "reconstruction", "nats", 2, 0, bounds
    yield "KL", "kl", "nats", 2, 0, ""
    draws = [(metrics.iwae_samples, metrics.iwae_images) for metrics in (of_a, of_b)]
    unlike = "" if draws[0] == draws[1] else N_("with different numbers of samples or images")
    yield "IWAE", "iwae", "nats", 2, 1, bounds or unlike
    classes = [manifest.model.classes for manifest in (a, b)]
    class_note = "" if classes[0] == classes[1] else N_("only one decoder takes the class")
    yield N_("MSE per pixel"), "mse", "", 5, -1, class_note
    voters = [(metrics.knn_neighbours, metrics.knn_reference) for metrics in (of_a, of_b)]
    voter_note = "" if voters[0] == voters[1] else N_("with different numbers of neighbours")
    yield N_("kNN accuracy"), "knn_accuracy", "%", 2, 1, class_note or voter_note
    sizes = [metrics.samples.images if metrics.samples else 0 for metrics in (of_a, of_b)]
    size_note = "" if sizes[0] == sizes[1] else N_("of different numbers of samples")
    for name, upward in (("precision", 1), ("recall", 1), ("density", 0), ("coverage", 1)):
        yield message("{name} of samples", name=name), name, "", 3, upward, size_note


def _unlike_bounds(a: Manifest, b: Manifest) -> str:
    """Return why two bounds on log p(x) measure different things, or ""."""
    meanings = [meaning_of_nats(manifest.model) for manifest in (a, b)]
    if meanings[0] != meanings[1]:
        return message("different meanings. A: {meanings}. B: {meanings2}", meanings=meanings[0], meanings2=meanings[1])
    if bool(a.model.classes) != bool(b.model.classes):
        return N_("different meanings: one bounds log p(x), the other log p(x | y), given the class")
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
