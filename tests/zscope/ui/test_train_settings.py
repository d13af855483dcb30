"""Rounded durations, and the form generated from the configurations."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from vae.models.config import ModelConfig, TrainConfig
from zscope.ui.train import settings
from zscope.ui.train.settings import duration

UNITS = {"s": 1, "min": 60, "h": 3600}


def seconds_of(text: str) -> int:
    """Parse a duration."""
    words = text.split()
    return sum(int(number) * UNITS[unit] for number, unit in zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),  # never nothing at all
        (0.2, "1 s"),
        (7.4, "7 s"),
        (38, "40 s"),
        (54.9, "50 s"),
        (55, "1 min"),
        (125, "2 min"),
        (59 * 60, "59 min"),
        (59.7 * 60, "1 h"),  # not "60 min", nor "1 h 0 min"
        (80 * 60, "1 h 20 min"),
        (83 * 60, "1 h 23 min"),
        (2 * 3600 + 27 * 60, "2 h 30 min"),  # a guess of hours is not one of minutes
        (2 * 3600 + 57 * 60, "3 h"),
        (26 * 3600, "26 h"),
    ],
)
def test_durations_are_rounded(seconds, words):
    assert duration(seconds) == words


@given(st.floats(0, 1e7))
def test_a_duration_in_words_is_close_to_the_seconds(seconds):
    assert abs(seconds_of(duration(seconds)) - seconds) <= max(1, 0.34 * seconds)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_a_longer_duration_is_not_shown_as_shorter(one, other):
    shorter, longer = sorted((one, other))
    assert seconds_of(duration(shorter)) <= seconds_of(duration(longer))


@given(st.floats(0, 1e7))
def test_no_unit_overflows(seconds):
    words = duration(seconds).split()
    numbers = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    assert numbers.get("s", 1) < 60 and numbers.get("min", 1) < 60
    assert all(number > 0 for number in numbers.values())


def _form():
    import streamlit as st

    from vae.data import dataset_info
    from zscope.ui.errors import shown_errors
    from zscope.ui.train.all_settings import all_settings

    with shown_errors():
        st.session_state["made"] = all_settings(*st.session_state["base"], dataset_info("digits"), "key")


@pytest.fixture
def form():
    """`form(model, training)` → the page with the widgets, after its first run."""

    def show(model: ModelConfig, training: TrainConfig) -> AppTest:
        page = AppTest.from_function(_form)
        page.session_state["base"] = (model, training)
        return run(page)

    def run(page: AppTest) -> AppTest:
        page.run(timeout=60)
        assert not page.exception
        return page

    return show


def labels(page: AppTest) -> set[str]:
    return {widget.label for kind in ("selectbox", "number_input", "toggle", "text_input") for widget in page.get(kind)}


DIGITS = {"image_shape": (8, 8, 1)}


@pytest.mark.parametrize(
    ("model", "training"),
    [
        ({}, {}),
        ({"network": "residual", "blocks": 3, "likelihood": "laplace", "prior": "realnvp", "prior_blocks": 4}, {}),
        ({"variational": False, "binarize": True}, {"ema": 0.5, "keep": "last", "mirror": True}),
        ({"classes": 10, "widths": (4, 6)}, {"importance_samples": 7, "start_from": "mnist-2d"}),
        ({}, {"free_bits": 0.25, "beta": 4.0, "learning_rate": 1e-3, "shift": 2, "seed": 9, "clip_norm": 2.0}),
    ],
)
def test_the_untouched_form_returns_its_initial_values(form, model, training):
    base = ModelConfig(**DIGITS | model), TrainConfig(dataset="digits", **training)
    assert form(*base).session_state["made"] == base


@pytest.mark.full
def test_settings_without_effect_are_hidden_and_reset(form):
    page = form(ModelConfig(**DIGITS, binarize=True), TrainConfig(dataset="digits", beta=3.0, free_bits=0.5))
    assert {"β", "Prior", "Free bits", "Binary pixels", "Conditional"} <= labels(page)
    assert not {"Samples k", "Blocks at each size"} & labels(page)
    boxes = {box.label: box for box in page.selectbox}
    boxes["Objective"].select("autoencoder")
    boxes["Likelihood of pixels"].select("gaussian")
    boxes["Network"].select("residual")
    page.run(timeout=60)
    assert not page.exception
    assert not {"β", "Prior", "Free bits", "Binary pixels"} & labels(page)
    assert "Blocks at each size" in labels(page)
    model, training = page.session_state["made"]
    assert (model.variational, model.binarize, model.network) == (False, False, "residual")
    assert (training.beta, training.free_bits) == (1.0, 0.0)


def test_the_importance_weighted_bound_begins_with_five_samples(form):
    page = form(ModelConfig(**DIGITS), TrainConfig(dataset="digits"))
    next(box for box in page.selectbox if box.label == "Objective").select("importance-weighted")
    page.run(timeout=60)
    assert page.session_state["made"][1] == TrainConfig(dataset="digits", importance_samples=5)


@pytest.mark.full
def test_a_faulty_setting_is_an_error_that_names_it(form):
    page = form(ModelConfig(**DIGITS), TrainConfig(dataset="digits"))
    page.text_input[0].set_value("4, x")
    page.run(timeout=60)
    assert "widths" in page.error[0].value


@pytest.mark.parametrize(
    ("speeds", "measured", "state"),
    [
        ({"quick": 10.0, "best": 20.0}, (), ""),
        ({"quick": 10.0}, ("best",), "measuring"),
        ({"quick": 10.0}, (), "failed"),  # the page asks again later
    ],
)
def test_the_page_waits_for_speeds_and_asks_again_after_a_failure(monkeypatch, speeds, measured, state):
    known = SimpleNamespace(
        images_per_second=lambda model, training: speeds.get(model),
        is_measuring=lambda model, training: model in measured,
    )
    monkeypatch.setattr(settings, "estimates", lambda: known)
    assert settings._unmeasured({name: (name, None) for name in ("quick", "best")}) == state
