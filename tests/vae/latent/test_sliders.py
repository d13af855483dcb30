"""The data of sliders: order, JSON types and scale."""

import json

import numpy as np
import pytest

from vae.latent.profile import profile
from vae.latent.sliders import slider_data, slider_unit


@pytest.fixture(scope="module")
def dimensions():
    """Dimensions with σ 3, 0 and 4; the last has the most information."""
    codes = np.random.default_rng(0).normal(size=(4000, 3)) * [3, 0, 4] + [0, 0, 100]
    return profile(codes.astype(np.float32), np.array([1.0, 0.0, 2.0]))


def test_dimensions_come_in_slider_order_as_json(dimensions):
    data = json.loads(json.dumps(slider_data(dimensions)))
    assert [(one["index"], one["active"]) for one in data] == [(2, True), (0, True), (1, False)]
    assert [one["kl"] for one in data] == [2, 1, 0]
    first = data[0]
    assert first["low"] < 92 < first["median"] < 108 < first["high"]
    assert first["spread"] == pytest.approx(4, abs=0.2)
    assert len(first["histogram"]) == 48 and max(first["histogram"]) == 1
    assert (data[2]["low"], data[2]["high"]) == (-3, 3), "a collapsed dimension has the range of the prior"


def test_the_unit_is_1_for_a_standard_prior_else_the_spread_of_the_active_dimensions(dimensions):
    assert slider_unit(dimensions, "normal") == 1
    expected = np.sqrt((3**2 + 4**2) / 2)
    assert slider_unit(dimensions, "realnvp") == slider_unit(dimensions, None) == pytest.approx(expected, abs=0.1)
    collapsed = profile(np.zeros((50, 2), np.float32), np.zeros(2))
    assert slider_unit(collapsed, "realnvp") == 1
