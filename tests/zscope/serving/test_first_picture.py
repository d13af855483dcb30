"""The picture that a page gets before its live channel is open."""

import numpy as np
import pytest
from linear_servable import LinearServable, codes_for, decoded

from zscope.serving import Hub
from zscope.serving.first_picture import decode_at_once

Z = codes_for(3)[0]


@pytest.fixture
def model():
    return LinearServable("a")


@pytest.fixture
def hub(model):
    hub = Hub(lambda id: model)
    yield hub
    hub.close()


def test_it_is_what_the_engine_decodes(hub):
    hub.engine("a")
    picture = decode_at_once(hub, "a", Z, patience=10)
    np.testing.assert_array_equal(picture, decoded(3)[0])


def test_a_model_is_not_loaded_for_it(hub):
    assert decode_at_once(hub, "a", Z) is None
    assert hub.loaded() == {}


def test_a_model_that_takes_long_or_fails_or_has_other_codes_gives_none(hub, model):
    hub.engine("a")
    assert decode_at_once(hub, "a", Z[1:]) is None
    model.fails = RuntimeError("broken")
    assert decode_at_once(hub, "a", Z, patience=10) is None
    model.fails = None
    with model.held():
        assert decode_at_once(hub, "a", Z, patience=0.01) is None


def test_an_older_model_of_the_same_id_is_not_used(model):
    versions = iter("1223")
    hub = Hub(lambda id: model, fingerprint=lambda id: next(versions))
    hub.engine("a")
    assert decode_at_once(hub, "a", Z) is None, "the engine has the fingerprint 1, the model 2"
    hub.engine("a")
    assert decode_at_once(hub, "a", Z) is None, "and now 2 and 3"
    hub.close()
