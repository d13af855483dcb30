"""The process that computes gradients: its results, its end, and its errors."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vae.errors import ZscopeError
from vae.inference.keras_gradients import KerasGradients
from zscope.jobs.gradients.client import GradientProcess, ProcessGradients
from zscope.jobs.gradients.messages import pack, unpack
from zscope.library.registry import find_model, open_model

MODEL = "mnist-2d"


@pytest.fixture(scope="module")
def process():
    process = GradientProcess()
    yield process
    process.close()


@pytest.fixture
def gradients(process):
    return ProcessGradients(process, find_model(MODEL).path, open_model(MODEL))


@pytest.fixture(scope="module")
def codes():
    ends = open_model(MODEL).reference.z_mean[:2]
    return np.linspace(*ends, 9).astype(np.float32)


@given(
    st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**53), 2**53))),
    st.lists(arrays.arrays(st.sampled_from([np.float32, np.float64]), arrays.array_shapes(min_dims=0, min_side=0))),
)
def test_a_message_is_read_as_it_was_written(head, sent):
    found, received = unpack(pack(head, sent))
    assert found == head
    assert [(array.dtype, array.shape) for array in received] == [(array.dtype, array.shape) for array in sent]
    for before, after in zip(sent, received, strict=True):
        np.testing.assert_array_equal(before, after)


def test_results_are_those_of_keras_in_one_process(gradients, codes):
    expected = KerasGradients(open_model(MODEL))
    energy, slope = gradients.curve_energy(codes)
    assert isinstance(energy, float) and slope.shape == codes.shape and np.abs(slope).max() > 0
    np.testing.assert_allclose(energy, expected.curve_energy(codes)[0], rtol=1e-5)
    np.testing.assert_allclose(slope, expected.curve_energy(codes)[1], rtol=1e-4, atol=1e-4)
    assert gradients.curve_length(codes) == pytest.approx(expected.curve_length(codes), rel=1e-5)
    for pool in (1, 2):
        target = np.full((28 // pool, 28 // pool, 1), 0.5, np.float32)
        weights = np.linspace(0, 20, target.size, dtype=np.float32).reshape(target.shape)
        losses, slopes = gradients.misfit(codes, target, weights)
        assert losses.dtype == np.float64 and losses.shape == (9,) and slopes.shape == codes.shape
        wanted = expected.misfit(codes, target, weights)
        np.testing.assert_allclose(losses, wanted[0], rtol=1e-5)
        np.testing.assert_allclose(slopes, wanted[1], rtol=1e-4, atol=1e-3)


def test_requests_of_several_threads_get_their_own_answers(gradients, codes):
    curves = [codes * scale for scale in np.linspace(0.5, 1.5, 12)]
    alone = [gradients.curve_length(curve) for curve in curves]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(gradients.curve_length, curves)) == alone


def test_a_replaced_model_is_refused_and_others_go_on(process, gradients, codes):
    replaced = ProcessGradients(process, find_model(MODEL).path, open_model(MODEL))
    replaced._head["networks"] = "0" * 64
    with pytest.raises(ZscopeError, match=r"The model was replaced. Reload the page."):
        replaced.curve_length(codes)
    assert gradients.curve_length(codes) > 0


def test_an_internal_error_is_reported_and_others_go_on(gradients, codes):
    with pytest.raises(ZscopeError, match="internal error"):
        gradients.curve_energy(codes[:, :1])
    assert gradients.curve_length(codes) > 0


def test_a_killed_process_fails_its_requests_and_the_next_request_starts_another(codes):
    process = GradientProcess()
    gradients = ProcessGradients(process, find_model(MODEL).path, open_model(MODEL))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(gradients.curve_length, codes)
        while process.pid is None:
            time.sleep(0.01)
        assert not process.is_ready
        first = process.pid
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ZscopeError, match="The process that computes gradients ended"):
            waiting.result(60)
    assert gradients.curve_length(codes) > 0
    assert process.is_ready and process.pid not in (None, first)
    process.close()
    assert process.pid is None and not process.is_ready


@pytest.mark.full
def test_an_idle_process_ends(codes):
    process = GradientProcess(idle=0.05)
    gradients = ProcessGradients(process, find_model(MODEL).path, open_model(MODEL))
    assert gradients.curve_length(codes) > 0
    deadline = time.monotonic() + 60
    while process.pid is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.pid is None
