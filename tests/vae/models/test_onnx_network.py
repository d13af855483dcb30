"""A network that onnxruntime runs takes the place of a Keras model."""

import json
import pathlib
from typing import Any

import numpy as np
import onnx
import onnx.reference
import pytest

from tests.vae.formats.importing.imported_bundles import save_onnx
from vae.errors import BadRequestError, BundleError
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.inference.network_host import foreign_part, open_networks
from vae.models.imported_config import OnnxPart
from vae.models.onnx_network import OnnxNetwork


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return load_bundle(save_onnx(tmp_path_factory.mktemp("onnx") / "onnx"))


def _reference(data: bytes, z: np.ndarray) -> np.ndarray:
    """Compute the network with another implementation of the operators."""
    outputs: Any = onnx.reference.ReferenceEvaluator(onnx.ModelProto.FromString(data)).run(None, {"input": z})
    return outputs[0]


def _part(**change) -> OnnxPart:
    return OnnxPart(**{"input_shape": (2,), "output_shapes": ((8, 8, 1),), "parameters": 0} | change)


def _network(data: bytes, part: OnnxPart) -> OnnxNetwork:
    return OnnxNetwork(open_networks({"decoder": foreign_part(data, part, "decoder")})["decoder"], part)


def test_it_decodes_as_the_onnx_reference(bundle):
    z = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    expected = _reference(bundle.onnx["decoder"], z)
    assert expected.std() > 0.1
    np.testing.assert_allclose(np.asarray(bundle.vae.decoder(z)), expected, atol=1e-6)
    codec = Codec(bundle.vae)
    np.testing.assert_allclose(codec.decode_pixels(z), np.rint(255 * expected), atol=1)


def test_one_row_at_a_time_gives_the_same(bundle):
    z = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    together, single = (_network(bundle.onnx["decoder"], _part(batch=batch)) for batch in (None, 1))
    np.testing.assert_allclose(single.run(z)[0], together.run(z)[0], atol=1e-6)


def test_its_batches_have_the_sizes_that_an_import_tests(bundle, monkeypatch):
    network, given = _network(bundle.onnx["decoder"], _part()), []
    run = network._session
    monkeypatch.setattr(network, "_session", lambda x: given.append(len(x)) or run(x))
    for rows in (0, 1, 3, 21, 40):
        assert network.run(np.zeros((rows, 2), np.float32))[0].shape == (rows, 8, 8, 1)
    assert given == [1, 1, 4, 16, 8, 16, 16, 8]


def test_a_model_without_an_encoder_does_not_encode(bundle):
    with pytest.raises(BadRequestError, match="has no encoder"):
        bundle.vae.encode(np.zeros((1, 8, 8, 1), np.float32))


def test_a_damaged_or_wrong_file_is_refused(bundle):
    with pytest.raises(BundleError, match="cannot open the decoder"):
        _network(b"\x08\x01", _part())
    wrong = _network(bundle.onnx["decoder"], _part(output_shapes=((8, 9, 1),)))
    with pytest.raises(BundleError, match=r"returned \(4, 8, 8, 1\) for 4 rows"):
        wrong.run(np.zeros((3, 2), np.float32))
    with pytest.raises(BundleError, match="The decoder fails"):
        wrong.run(np.zeros((3, 5), np.float32))


@pytest.mark.full
def test_it_runs_with_jax(bundle, tmp_path, run_python):
    folder = save_onnx(tmp_path / "onnx")
    z = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    np.save(tmp_path / "z.npy", z)
    program = (
        "import json, sys, numpy as np; from pathlib import Path; from vae.formats.bundle import load_bundle\n"
        "from vae.inference.codec import Codec\n"
        f"z = np.load({str(tmp_path / 'z.npy')!r})\n"
        f"print(json.dumps(Codec(load_bundle(Path({str(folder)!r})).vae).decode_pixels(z).tolist()))"
    )
    done = run_python("-c", program, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr[-2000:]
    found = np.array(json.loads(done.stdout.splitlines()[-1]))
    data = (pathlib.Path(folder) / "decoder.onnx").read_bytes()
    np.testing.assert_allclose(found, np.rint(255 * _reference(data, z)), atol=1)
