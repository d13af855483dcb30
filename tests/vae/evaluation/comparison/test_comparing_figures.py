"""The table of two cards: differences have the right errors, and incomparable figures are not compared."""

import math

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.evaluation.comparison import compare_figures, paired_difference, what_is_common
from vae.formats.bundle import load_bundle, save_bundle
from vae.formats.bundle.schema import Figure
from vae.models.config import ModelConfig
from zscope.library.registry import find_model

SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "widths": (4, 6), "dense_units": 10}


@pytest.fixture
def made(tmp_path, make_content):
    """`made("a", metrics={"mse": …}, likelihood=…)` → manifest and card."""

    def make(id: str, metrics: dict | None = None, **settings):
        content = make_content(ModelConfig(**SMALL | settings))
        card = content["card"]
        changed = card.model_copy(update={"metrics": card.metrics.model_copy(update=metrics or {})})
        bundle = load_bundle(save_bundle(tmp_path / id, **content | {"id": id, "card": changed}))
        return bundle.manifest, bundle.card

    return make


def lines_of(a, b, **images):
    return {line.name: line for line in compare_figures(a, b, images)}


def test_independent_errors_add_in_quadrature_and_two_of_them_decide(made):
    def of(id, mse, mse_error, accuracy):
        figures = {"mse": Figure(value=mse, standard_error=mse_error)}
        return made(id, figures | {"knn_accuracy": Figure(value=accuracy, standard_error=0.01)})

    # Sixteenths: 3, 4 and 5 make a right angle without rounding.
    a, b = of("a", 1.0, 3 / 16, 0.90), of("b", 6 / 16, 4 / 16, 0.92)
    lines = lines_of(a, b)
    mse = lines["MSE per pixel"]
    assert mse.difference == Figure(value=-10 / 16, standard_error=5 / 16)
    assert mse.better is None and not mse.paired  # exactly two standard errors are not more than two
    assert lines["kNN accuracy"].better is None  # 0.02 against 2 × 0.0141
    c = of("c", 5 / 16, 4 / 16, 0.95)
    for lines, better in ((lines_of(a, c), "b"), (lines_of(c, a), "a")):
        assert lines["MSE per pixel"].better == lines["kNN accuracy"].better == better


def test_pairs_show_a_difference_smaller_than_the_spread_over_images(made):
    rng = np.random.default_rng(0)
    hard = rng.uniform(0.005, 0.1, 400)
    errors = (hard, hard + 0.0005 + rng.normal(0, 0.001, 400))
    a, b = (
        made(id, {"mse": Figure(value=float(one.mean()), standard_error=float(one.std() / 20))})
        for id, one in zip("ab", errors, strict=True)
    )
    assert lines_of(a, b)["MSE per pixel"].better is None
    line = lines_of(a, b, mse=errors)["MSE per pixel"]
    assert line.paired and line.better == "a" and line.difference
    assert line.difference.standard_error == pytest.approx((errors[1] - errors[0]).std() / 20)
    assert line.difference.value == pytest.approx(b[1].metrics.mse.value - a[1].metrics.mse.value)


def test_paired_difference_is_the_mean_of_differences():
    gap = paired_difference(np.array([1, 2, 3, 4]), np.array([2, 2, 5, 5]))
    assert gap.value == 1 and gap.standard_error == pytest.approx(math.sqrt(0.5 / 4))
    with pytest.raises(BadRequestError, match="one value per image"):
        paired_difference(np.array([1, 2]), np.array([1]))


@pytest.mark.parametrize(
    ("other", "names", "reason"),
    [
        ({"binarize": True}, {"ELBO", "log p(x|z)", "IWAE"}, "dynamic binarisation"),
        ({"likelihood": "gaussian"}, {"ELBO", "log p(x|z)", "IWAE"}, "A: cross-entropy with grey levels"),
        ({"classes": 10}, {"ELBO", "log p(x|z)", "IWAE", "MSE per pixel", "kNN accuracy"}, "class"),
    ],
)
def test_bounds_with_different_meanings_are_not_compared(made, other, names, reason):
    lines = lines_of(made("a"), made("b", **other))
    refused = {name for name, line in lines.items() if line.note}
    assert refused == names
    assert any(reason in lines[name].note for name in names)
    assert all(line.difference is None and line.better is None for line in lines.values() if line.note)
    assert lines["KL"].difference is not None and lines["KL"].better is None


def test_bounds_with_the_same_meaning_are_compared(made):
    lines = lines_of(made("a"), made("b", {"elbo": Figure(value=3.0, standard_error=0.25)}))
    assert lines["ELBO"].better == "b" and not lines["ELBO"].note
    assert lines["log p(x|z)"].better is None  # one part of a whole has no better side


def test_different_measurements_have_a_note(made):
    lines = lines_of(made("a"), made("b", {"iwae_samples": 100, "knn_reference": 60_000}))
    assert lines["IWAE"].note and lines["kNN accuracy"].note and not lines["ELBO"].note


def test_missing_figures_have_a_dash_or_no_line(made):
    plain = made("a", {"elbo": None, "reconstruction": None, "kl": None, "iwae": None}, variational=False)
    lines = lines_of(plain, made("b"))
    assert lines["ELBO"].a is None and lines["ELBO"].b and lines["ELBO"].difference is None and not lines["ELBO"].note
    assert "coverage of samples" not in lines  # neither has it
    assert lines["latent dimensions"].a == Figure(value=3) and not lines["latent dimensions"].measured


def test_figures_on_different_data_are_not_compared():
    a, b = (find_model(id) for id in ("mnist-16", "fashion-16"))
    lines = compare_figures((a.manifest, a.card), (b.manifest, b.card))
    assert all(line.note == "on different test images" for line in lines if line.measured)
    assert not any(line.difference for line in lines)


def test_what_is_common(made):
    mnist, binary, fashion = (find_model(id).manifest for id in ("mnist-16", "mnist-binary-32", "fashion-16"))
    assert what_is_common(mnist, binary) == "data" and what_is_common(mnist, fashion) == "shape"
    with pytest.raises(BadRequestError, match="Both models are mnist-16"):
        what_is_common(mnist, mnist)
    small, _ = made("small")
    with pytest.raises(BadRequestError, match="mnist-16 takes images of 28 × 28 × 1, small of 8 × 8 × 1") as refused:
        what_is_common(mnist, small)
    assert "another model of 28 × 28 × 1 images" in refused.value.hint
