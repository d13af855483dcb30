"""The cache of path reports."""

import numpy as np
import pytest

from vae.inference.interpolation import Interpolator
from zscope.library.registry import open_model


@pytest.fixture
def walker():
    return Interpolator(open_model("mnist-2d"))


def _ends(number: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([number, 0], np.float32), np.array([0, 1], np.float32)


def test_the_last_64_reports_are_cached(walker):
    found = []

    def search(number: int):
        return walker.find("linear", *_ends(number), on_found=lambda path: found.append(number))

    reports = [search(number) for number in range(64)]
    assert search(0) is reports[0]  # and is now the most recent one
    search(64)
    assert search(0) is reports[0]
    assert search(1) is not reports[1]
    assert found == [*range(65), 1]


def test_the_kind_is_a_part_of_the_key(walker):
    straight, round_ = (walker.find(kind, *_ends(1)) for kind in ("linear", "slerp"))
    assert np.abs(straight.codes - round_.codes).max() > 0.1


def test_a_stopped_search_is_not_cached(walker):
    assert walker.find("geodesic", *_ends(1), should_stop=lambda: True) is None
    assert walker.find("geodesic", *_ends(1)).length > 0
