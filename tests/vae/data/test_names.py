"""Labels are one visible line, and ids are valid, for any text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.data.generated import is_generated
from vae.data.names import DATA_ID, clean_label, make_id


@pytest.mark.parametrize(
    ("given_name", "label"),
    [
        ("cats", "cats"),
        ("  two   words\t\n", "two words"),
        ("bell\x07 null\x00 esc\x1b[31m", "bell null esc[31m"),
        ("right\u202eto left", "rightto left"),
        ("caf\u0065\u0301", "café"),
        ("日本語 🐈", "日本語 🐈"),
        ("not\udcffutf-8", "notutf-8"),
        ("zero\u200bwidth", "zerowidth"),
        ("hard\u00a0space", "hard space"),
        ("\x00\u202e", ""),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 60, "x" * 60),
        ("<b>&amp;</b> [/red]", "<b>&amp;</b> [/red]"),
    ],
)
def test_a_label_is_one_visible_line(given_name, label):
    assert clean_label(given_name) == label


def test_the_length_of_a_label_can_be_chosen():
    assert clean_label("abcdef", 4) == "abc…"


@given(st.text())
def test_any_label_can_be_stored_and_shown(text):
    label = clean_label(text)
    assert len(label) <= 60
    assert label.encode("utf-8").decode() == clean_label(label)
    assert label.isprintable()


@pytest.mark.parametrize(
    ("title", "id"),
    [
        ("Café, 2026", "cafe-2026"),
        ("../../etc", "etc"),
        ("日本語", "images"),
        ("", "images"),
        ("---", "images"),
        ("A" * 100, "a" * 48),
        ("Drawn mnist 16", "images-drawn-mnist-16"),
        ("drawn", "images-drawn"),
        ("Drawn " + "a" * 60, "images-drawn-" + "a" * 35),
        ("Drawnings", "drawnings"),
    ],
)
def test_an_id_is_made_from_the_title(title, id):
    assert make_id(title, lambda name: False) == id


def test_a_taken_id_gets_a_number():
    taken = {"cats", "cats-2"}
    assert make_id("Cats", taken.__contains__) == "cats-3"
    assert make_id("Drawn", {"drawn", "images-drawn"}.__contains__) == "images-drawn-2"


@given(st.text(), st.integers(0, 3))
def test_any_title_gives_a_valid_id(title, others):
    names = iter([True] * others + [False])
    assert re.fullmatch(DATA_ID, make_id(title, lambda name: next(names)))


@given(st.text("drawn-_ D", max_size=12), st.integers(0, 2))
def test_no_title_gives_the_id_of_generated_data(title, others):
    names = iter([True] * others + [False])
    assert not is_generated(make_id(title, lambda name: next(names)))
