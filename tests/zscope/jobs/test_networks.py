"""The processes that run imported networks: their results, and that no network harms anything but itself."""

import gc
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.vae.formats.importing.harmful_networks import DIVISIONS, dividing, endless, harmless, opened, row_dependent
from tests.vae.formats.importing.imported_bundles import save_onnx
from tests.zscope.jobs.test_process import is_alive, until
from vae.errors import BundleError, ModelStoppedError
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.inference.network_host import open_networks, set_host
from vae.inference.onnx_model import OnnxModel
from zscope.jobs.networks.child import Limits
from zscope.jobs.networks.host import ProcessHost

_SMALL = Limits(memory=300_000_000, seconds=1)
_ZERO = np.zeros((1, 2), np.float32)


@pytest.fixture(scope="module")
def host():
    return ProcessHost(_SMALL)


@pytest.fixture(scope="module")
def other(host):
    """A model that must go on whatever others do."""
    return host.open(opened(harmless()))["decoder"]


def _here(data: bytes, x: np.ndarray) -> np.ndarray:
    return open_networks(opened(data))["decoder"](x)[0]


def test_results_are_those_of_this_process(host):
    session, rng = host.open(opened(harmless(3)))["decoder"], np.random.default_rng(0)
    for rows in (1, 2, 16, 300):
        x = rng.standard_normal((rows, 2), np.float32)
        (pictures,) = session(x)
        assert (pictures.shape, pictures.dtype) == ((rows, 1, 8, 8), np.float32)
        np.testing.assert_array_equal(pictures, _here(harmless(3), x))


def test_requests_of_several_threads_get_their_own_answers(other):
    codes = np.random.default_rng(1).standard_normal((40, 1, 2), np.float32)
    with ThreadPoolExecutor(6) as threads:
        for x, (pictures,) in zip(codes, threads.map(other, codes), strict=True):
            np.testing.assert_array_equal(pictures, _here(harmless(), x))


def test_a_whole_model_runs_in_one_process(tmp_path):
    bundle = load_bundle(save_onnx(tmp_path / "onnx"))
    codes = np.random.default_rng(0).standard_normal((21, 2), np.float32)
    expected = Codec(OnnxModel(bundle.manifest.model, bundle.weights, bundle.onnx)).decode_pixels(codes)
    set_host(ProcessHost())
    try:
        model = OnnxModel(bundle.manifest.model, bundle.weights, bundle.onnx)
        np.testing.assert_array_equal(Codec(model).decode_pixels(codes), expected)
        same = OnnxModel(bundle.manifest.model, bundle.weights, bundle.onnx)
        assert same._foreign["decoder"].process is model._foreign["decoder"].process
        pid = model._foreign["decoder"].process.pid
        assert is_alive(pid) and pid != os.getpid()
    finally:
        set_host(None)
    del model, same
    gc.collect()
    until(lambda: not is_alive(pid))


@pytest.mark.parametrize(("operator", "integers", "divisor"), DIVISIONS)
def test_no_division_of_integers_harms_anything_else(host, other, operator, integers, divisor):
    session = host.open(opened(dividing(operator, integers, divisor)))["decoder"]
    for _ in range(2):
        try:
            (pictures,) = session(_ZERO)
        except ModelStoppedError as error:
            assert str(error).startswith("This model stopped working: it crashed (SIGFPE).")
        except BundleError as error:  # some versions of ONNX Runtime check for 0
            assert divisor == 0 and "by zero" in str(error)
        else:
            assert pictures.shape == (1, 1, 8, 8)
        assert other(_ZERO)[0].shape == (1, 1, 8, 8)


def test_a_crashed_process_starts_again_until_the_model_is_disabled(other):
    data = dividing("Div", "int64", -1)
    host = ProcessHost(_SMALL)
    session, fine = host.open(opened(data))["decoder"], np.ones((1, 2), np.float32)
    first = session(fine)[0]
    with pytest.raises(ModelStoppedError, match=r"stopped working: it crashed \(SIGFPE\)\. It starts again"):
        session(_ZERO)
    np.testing.assert_array_equal(session(fine)[0], first)
    with pytest.raises(ModelStoppedError, match="starts again"):
        session(_ZERO)
    with pytest.raises(ModelStoppedError, match=r"stopped working 3 times and is disabled until the server restarts"):
        session(_ZERO)
    pid = session.process.pid
    assert pid is None
    with pytest.raises(ModelStoppedError, match="is disabled until the server restarts"):
        session(fine)
    del session
    gc.collect()
    with pytest.raises(ModelStoppedError, match="is disabled"):  # also for who opens it again
        host.open(opened(data))["decoder"](fine)
    assert other(_ZERO)[0].shape == (1, 1, 8, 8)


def test_crashes_that_are_far_apart_disable_nothing(monkeypatch):
    now = time.monotonic()
    session = ProcessHost(_SMALL).open(opened(harmless()))["decoder"]
    for hour in range(4):
        monkeypatch.setattr("zscope.jobs.networks.host.time.monotonic", lambda hour=hour: now + 3600 * hour)
        error = session.process._crashes.add("it crashed")
        assert "starts again" in str(error)


def test_memory_that_depends_on_the_rows_is_refused_and_the_model_goes_on(host, other):
    session = host.open(opened(row_dependent(40_000_000)))["decoder"]
    assert session(_ZERO)[0].shape == (1, 1, 8, 8)
    pid = session.process.pid
    with pytest.raises((BundleError, ModelStoppedError)):
        session(np.zeros((8, 2), np.float32))  # 9 GB
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmPeak"))
    assert int(peak.split()[1]) < 1_500_000
    assert session(np.zeros((16, 2), np.float32))[0].shape == (16, 1, 8, 8)
    assert other(_ZERO)[0].shape == (1, 1, 8, 8)


def test_a_request_that_computes_too_long_is_ended(host, other):
    session = host.open(opened(endless()))["decoder"]
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(session, np.ones((1, 2), np.float32))
        assert other(_ZERO)[0].shape == (1, 1, 8, 8)
        with pytest.raises(ModelStoppedError, match="it computed for more than 1 seconds"):
            waiting.result(60)


def test_a_process_without_an_answer_is_ended():
    session = ProcessHost(Limits(wall=0.5)).open(opened(harmless()))["decoder"]
    session.process._limits = Limits()
    session(_ZERO)
    child = session.process._child
    child._limits = Limits(wall=0.5)
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(ModelStoppedError, match=r"it gave no answer for 0\.5 seconds"):
        session(_ZERO)
    assert not is_alive(child.pid)


def test_a_killed_process_is_replaced(host):
    session = host.open(opened(harmless(5)))["decoder"]
    session(_ZERO)
    first = session.process.pid
    os.kill(first, signal.SIGKILL)
    with pytest.raises(ModelStoppedError, match="the operating system ended it"):
        session(_ZERO)
    session(_ZERO)
    assert session.process.pid not in (None, first)


def test_a_file_that_cannot_be_opened_is_an_error_and_not_a_crash(host):
    session = host.open(opened(b"\x08\x01"))["decoder"]
    for _ in range(4):
        with pytest.raises(BundleError, match="ONNX Runtime cannot open the decoder"):
            session(_ZERO)


def test_an_idle_process_ends_and_the_next_request_starts_another():
    session = ProcessHost(idle=0.2).open(opened(harmless()))["decoder"]
    session(_ZERO)
    until(lambda: session.process.pid is None)
    assert session(_ZERO)[0].shape == (1, 1, 8, 8)


def test_the_process_has_no_descriptors_left(other):
    other(_ZERO)
    pid = other.process.pid
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max open files            0                    0" in limits
    assert "Max file size             0                    0" in limits
    kinds = {str(link.readlink()).partition(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir()}
    assert kinds <= {"pipe", "/dev/null"}
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
    assert {line.partition("=")[0] for line in environment.split("\0") if line} == {
        "PATH", "LANG", "MALLOC_ARENA_MAX", "ORT_DISABLE_TELEMETRY",
    }  # fmt: skip
