"""Checks of codes and rows: what is refused, and that valid arguments are unchanged."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.checks import check_codes, check_rows, check_spread


def test_codes_are_returned_as_float32():
    codes = np.arange(6.0).reshape(3, 2)
    found = check_codes(codes)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, codes)
    assert check_codes(np.asfortranarray(codes)).flags.c_contiguous
    assert check_codes([[1, 2]]).shape == (1, 2)


@pytest.mark.parametrize(
    ("codes", "settings", "message"),
    [
        (np.zeros(4), {}, r"The codes have shape \(4,\)"),
        (np.zeros((4, 0)), {}, "one code per row"),
        (np.zeros((4, 2)), {"dim": 3}, "have 2 dimensions, expected 3"),
        (np.zeros((4, 2)), {"least": 5}, "have 4 rows; at least 5 are needed"),
        (np.zeros((0, 2)), {}, "have 0 rows; at least 1"),
        (np.array([[1, np.nan], [1, 1], [-np.inf, 1]]), {}, "NaN or infinity in 2 of 3 rows"),
        (np.array([[1e300, 1]]), {}, "NaN or infinity"),
        (np.zeros(4), {"what": "The anchor"}, "^The anchor have|^The anchor"),
    ],
)
def test_invalid_codes_are_refused(codes, settings, message):
    with pytest.raises(BadRequestError, match=message), np.errstate(over="ignore"):
        check_codes(codes, **settings)


def test_equal_codes_are_refused():
    check_spread(np.array([[1e6, 1], [1e6, 1.0001]], np.float32))
    # Their variance is 1e-15: the mean of equal numbers is not always that number.
    with pytest.raises(BadRequestError, match="All 1003 codes are the same"):
        check_spread(np.tile(np.array([[0.1, 0.7]], np.float32), (1003, 1)))


def test_rows_are_sorted_without_repetitions():
    assert check_rows([5, 2, 5, 0], 6).tolist() == [0, 2, 5]
    assert check_rows(np.array([False, True, True]), 3).tolist() == [1, 2]
    assert check_rows(np.array([1], np.uint8), 3).dtype == np.int64


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "is empty"),
        (np.zeros(3, bool), "is empty"),
        ([-1], "has row -1, but there are only 3 rows"),
        ([0, 3], "has row 3, but there are only 3 rows"),
        ([0.5], "expected a list of row numbers"),
        ([[0, 1]], "expected a list of row numbers"),
        (np.ones(2, bool), "expected a list of row numbers"),
    ],
)
def test_invalid_rows_are_refused(rows, message):
    with pytest.raises(BadRequestError, match=message):
        check_rows(rows, 3)
