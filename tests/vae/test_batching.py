"""Batches of a few sizes process any number of rows, in order, without loss, and without padding in the results."""

import numpy as np
import pytest

from vae.batching import BUCKETS, LARGEST_BATCH, bucket_size, map_batches, pad_rows


def test_buckets_are_powers_of_two_up_to_the_largest():
    assert [bucket_size(n) for n in (0, 1, 2, 3, 4, 5, 128, 129, 256, 257, 10_000)] == [
        1, 1, 2, 4, 4, 8, 128, 256, 256, 256, 256,
    ]  # fmt: skip
    assert {bucket_size(n) for n in range(1000)} == set(BUCKETS) == {2**k for k in range(9)}
    assert BUCKETS[-1] == LARGEST_BATCH == 256


def test_padding_is_zeros_after_the_rows():
    array = np.arange(6, dtype=np.uint8).reshape(3, 2) + 1
    padded = pad_rows([array], 8)
    assert padded.shape == (8, 2)
    assert padded.dtype == np.uint8
    np.testing.assert_array_equal(padded[:3], array)
    assert not padded[3:].any()
    assert pad_rows([array], 3) is array


def test_pieces_are_stacked_in_their_order():
    pieces = [np.full((rows, 2), value, np.float32) for rows, value in ((2, 1), (0, 9), (3, 2))]
    np.testing.assert_array_equal(pad_rows(pieces, 8)[:, 0], [1, 1, 2, 2, 2, 0, 0, 0])
    np.testing.assert_array_equal(pad_rows(pieces, 5)[:, 1], [1, 1, 2, 2, 2])


@pytest.mark.parametrize("rows", [0, 1, 3, 255, 256, 257, 600])
def test_all_rows_are_returned_once_and_in_order(rows):
    sizes, reported = [], []

    def function(a, b):
        sizes.append((len(a), len(b)))
        return a * 2 + b[:, :1], b.sum(axis=1)

    a = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    b = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    first, second = map_batches(function, a, b, report=reported.append)
    np.testing.assert_array_equal(first, a * 2 + b[:, :1])
    np.testing.assert_array_equal(second, b.sum(axis=1))
    assert all(one == other == bucket_size(one) for one, other in sizes)
    assert sum(reported) == rows


def test_results_do_not_contain_padding():
    (found,) = map_batches(lambda a: (np.exp(a),), np.full((5, 1), -np.inf, np.float32))
    assert found.shape == (5, 1)
    assert not found.any()
