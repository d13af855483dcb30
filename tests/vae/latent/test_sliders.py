"""What sliders are told: in their order, as JSON has it, at the codes' own scale."""

import json

import numpy as np
import pytest

from vae.latent.profile import profile
from vae.latent.sliders import slider_data, slider_unit


@pytest.fixture(scope="module")
def told():
    """Of dimensions of spread 3, 0 and 4; the last carries most."""
    codes = np.random.default_rng(0).normal(size=(4000, 3)) * [3, 0, 4] + [0, 0, 100]
    return profile(codes.astype(np.float32), np.array([1.0, 0.0, 2.0]))


def test_dimensions_come_in_slider_order_as_json(told):
    data = json.loads(json.dumps(slider_data(told)))
    assert [(one["index"], one["active"]) for one in data] == [(2, True), (0, True), (1, False)]
    assert [one["kl"] for one in data] == [2, 1, 0]
    first = data[0]
    assert first["low"] < 92 < first["median"] < 108 < first["high"]
    assert first["spread"] == pytest.approx(4, abs=0.2)
    assert len(first["histogram"]) == 48 and max(first["histogram"]) == 1
    assert (data[2]["low"], data[2]["high"]) == (-3, 3), "a dead one has the prior's range"


def test_the_unit_is_the_active_codes_own_scale_unless_the_prior_sees_to_it(told):
    assert slider_unit(told, "normal") == 1
    expected = np.sqrt((3**2 + 4**2) / 2)
    assert slider_unit(told, "realnvp") == slider_unit(told, None) == pytest.approx(expected, abs=0.1)
    dead = profile(np.zeros((50, 2), np.float32), np.zeros(2))
    assert slider_unit(dead, "realnvp") == 1
