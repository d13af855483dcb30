"""A model that ends its process answers with an error; the server and its other models go on."""

import threading
from weakref import WeakValueDictionary

import numpy as np
import onnx
import pytest

from tests.vae.formats.importing.harmful_networks import dividing
from tests.vae.formats.importing.imported_bundles import save_onnx
from tests.vae.formats.importing.onnx_files import constant, node
from tests.zscope.serving.linear_servable import LinearServable
from vae.errors import ModelStoppedError
from vae.formats.bundle import load_bundle
from vae.inference.loaded_model import LoadedModel
from vae.inference.network_host import set_host
from zscope.jobs.networks.host import ProcessHost
from zscope.serving.engine import Engine
from zscope.serving.http_errors import describe_fault, status_of
from zscope.serving.protocol import Header, Operation
from zscope.serving.scheduler import Reply, Request


@pytest.fixture
def harmful(tmp_path, monkeypatch):
    """An opened model that crashes for a code of zeros, as if no check had found that."""
    model = onnx.ModelProto.FromString(dividing("Div", "int64", -1))
    model.graph.node.insert(0, node("Identity", ["input"], ["z"]))
    model.graph.node.append(node("Reshape", ["pictures", "picture"], ["output_0"]))
    model.graph.initializer.append(constant("picture", np.array([-1, 8, 8, 1])))
    model.graph.input[0].name, model.graph.output[0].name = "input", "output_0"
    for dim, side in zip(model.graph.output[0].type.tensor_type.shape.dim[1:], (8, 8, 1), strict=True):
        dim.dim_value = side
    bundle = load_bundle(save_onnx(tmp_path / "onnx"))
    bundle.onnx["decoder"] = model.SerializeToString()
    monkeypatch.setattr("vae.inference.runtime._open", WeakValueDictionary())  # else the disabled one of another test
    set_host(ProcessHost())
    yield LoadedModel("harmful", bundle)
    set_host(None)


def _asked(engine: Engine, number: float) -> Reply:
    """Return the reply for a code of that number; no event loop computes it."""
    replies, done = [], threading.Event()
    codes = np.full((1, engine.servable.code_dim), number, np.float32)

    def deliver(got):
        replies.extend(got)
        done.set()

    engine.submit(Request("me", Header(Operation.DECODE, 0, 1, 1), codes, deliver=deliver), soon=lambda call: call())
    assert done.wait(60)
    return replies[0]


def test_its_requests_fail_and_other_models_go_on(harmful, caplog):
    engine, other = Engine(harmful), Engine(LinearServable())
    try:
        threads = []
        decode = harmful.decode_pixels
        harmful.decode_pixels = lambda codes: threads.append(threading.current_thread()) or decode(codes)
        for _ in range(30):  # so often that its mean time is far below that of a batch for the event loop
            first = _asked(engine, 1).result
            assert isinstance(first, np.ndarray)
        assert threading.current_thread() not in threads
        for crash in range(3):
            fault = _asked(engine, 0).result
            assert isinstance(fault, ModelStoppedError)
            assert isinstance(_asked(other, 0).result, np.ndarray)
            assert ("is disabled until the server restarts" in str(fault)) == (crash == 2)
        assert status_of(fault) == 503
        assert describe_fault(fault)["message"].startswith("This model stopped working 3 times")
        assert describe_fault(fault)["parts"]["values"]["reason"]["values"] == {"name": "SIGFPE"}
        assert isinstance(_asked(engine, 1).result, ModelStoppedError)
        assert not [record for record in caplog.records if record.exc_info], "the log has no trace of each request"
    finally:
        engine.close()
        other.close()


def test_the_warm_up_does_not_disable_it(harmful):
    engine = Engine(harmful)
    try:
        engine.warm_up()  # of zeros, which crash it
        assert isinstance(_asked(engine, 1).result, np.ndarray)
    finally:
        engine.close()
