"""Figures as text."""

import dataclasses

import pytest

from vae.evaluation.figures import meaning_of_nats, show
from vae.formats.bundle.schema import Figure
from vae.kinds import LIKELIHOODS
from vae.models.config import ModelConfig

FIGURE = Figure(value=-95.8279, standard_error=0.2414)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"digits": 1}, "-95.8"),
        ({"digits": 3, "unit": "nats"}, "-95.828 nats"),
        ({"digits": 2, "unit": "nats", "error": True}, "-95.83 ± 0.24 nats"),
    ],
)
def test_value_error_and_unit(settings, text):
    assert show(FIGURE, **settings) == text


def test_shares_are_shown_in_percent():
    assert show(Figure(value=0.9768, standard_error=0.0015), 2, "%", error=True) == "97.68 ± 0.15 %"


def test_no_figure_is_a_dash_without_a_unit():
    assert show(None, 2, "nats", error=True) == "–"


def test_every_likelihood_has_a_meaning():
    assert LIKELIHOODS and all(meaning_of_nats(ModelConfig(likelihood=key)) for key in LIKELIHOODS)


def test_grey_and_binary_cross_entropy_have_different_meanings():
    grey, binary = (meaning_of_nats(ModelConfig(binarize=binarize)) for binarize in (False, True))
    assert "not a likelihood" in grey
    assert "log probability" in binary
    assert "dynamic" in binary


def test_a_plain_autoencoder_has_no_nats():
    plain = dataclasses.replace(ModelConfig(), variational=False)
    assert "no bound" in meaning_of_nats(plain)
