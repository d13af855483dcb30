"""Durations as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zscope.ui.train.settings import duration

UNITS = {"s": 1, "min": 60, "h": 3600}


def said(text: str) -> int:
    """The seconds that the words mean."""
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
def test_as_people_say_it(seconds, words):
    assert duration(seconds) == words


@given(st.floats(0, 1e7))
def test_it_is_never_far_from_the_truth(seconds):
    assert abs(said(duration(seconds)) - seconds) <= max(1, 0.34 * seconds)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_what_takes_longer_is_not_said_to_be_shorter(one, other):
    shorter, longer = sorted((one, other))
    assert said(duration(shorter)) <= said(duration(longer))


@given(st.floats(0, 1e7))
def test_no_unit_overflows(seconds):
    words = duration(seconds).split()
    numbers = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    assert numbers.get("s", 1) < 60 and numbers.get("min", 1) < 60
    assert all(number > 0 for number in numbers.values())
