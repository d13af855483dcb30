"""The picture that a page gets before its live channel is open."""

import threading

import numpy as np
import pytest
from linear_servable import LinearServable, codes_for, decoded

from vae.errors import BundleError
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


def test_a_model_is_loaded_for_it(hub):
    np.testing.assert_array_equal(decode_at_once(hub, "a", Z, patience=10), decoded(3)[0])


def test_it_does_not_wait_for_a_model_that_loads_slowly_or_fails(model):
    allowed = threading.Event()

    def load(id: str):
        if id == "broken":
            raise BundleError("It is broken.", "Export it again.")
        allowed.wait(60)
        return model

    hub = Hub(load)
    assert decode_at_once(hub, "broken", Z, patience=10) is None
    assert decode_at_once(hub, "a", Z, patience=0.01) is None
    allowed.set()
    assert hub.engine("a").servable is model, "the page's live channel gets the model that is loading"
    hub.close()
    assert decode_at_once(hub, "a", Z) is None


def test_a_model_that_takes_long_or_fails_or_has_other_codes_gives_none(hub, model):
    hub.engine("a")
    assert decode_at_once(hub, "a", Z[1:]) is None
    model.fails = RuntimeError("broken")
    assert decode_at_once(hub, "a", Z, patience=10) is None
    model.fails = None
    with model.held():
        assert decode_at_once(hub, "a", Z, patience=0.01) is None


def test_an_older_model_of_the_same_id_is_not_used(model):
    versions = iter("12")
    loaded = []
    hub = Hub(lambda id: loaded.append(id) or model, fingerprint=lambda id: next(versions))
    hub.engine("a")
    assert decode_at_once(hub, "a", Z, patience=10) is not None
    assert loaded == ["a", "a"], "the engine has the fingerprint 1, the model 2"
    hub.close()
