"""The shares of the classes in a selection on the map."""

import pytest

from zscope.ui.map import selection


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [
        (1, 900, "<1%"),
        (9, 1000, "<1%"),
        (1, 100, "1%"),
        (50, 100, "50%"),
        (999, 1000, ">99%"),
        (7, 7, "100%"),
        (0, 7, "0%"),
    ],
)
def test_a_few_of_many_are_neither_none_nor_all(count, total, expected):
    assert selection._share(count, total) == expected
