"""Layers written as ONNX: what onnxruntime computes is what Keras computes, for any number of rows."""

from typing import get_args

import numpy as np
import onnx
import onnxruntime
import pytest
from keras import ops

from tests.vae.formats.exporting.layer_cases import BRANCHES, SINGLE, random_network
from vae.errors import BadRequestError
from vae.formats.onnx.means import MEANS
from vae.formats.onnx.nodes import OPSET
from vae.formats.onnx.write import onnx_bytes
from vae.kinds import LIKELIHOODS
from vae.models.likelihoods import UnitPictures
from vae.models.networks.build_graph import graph_weights
from vae.models.networks.layer import ACTIVATIONS

SHAPE = (9, 7, 6)


def compare(input_shape, *layers: dict, seed: int = 0, scale: float = 1.5) -> onnx.ModelProto:
    """The file of layers one after the other where they do not say what they take."""
    named, last = [], "input"
    for number, layer in enumerate(layers):
        named.append({"name": f"layer_{number}", "inputs": (last,)} | layer)
        last = named[-1]["name"]
    graph, network = random_network(input_shape, tuple(named), seed)
    data = onnx_bytes(graph, graph_weights(graph, network), "m", "x", ("y",))
    session = onnxruntime.InferenceSession(data)
    for count in (1, 5):
        x = np.random.default_rng(1).normal(0, scale, (count, *input_shape)).astype(np.float32)
        (found,) = session.run(["y"], {"x": x})
        np.testing.assert_allclose(np.asarray(found), np.asarray(network(x)), rtol=1e-5, atol=4e-5)
    read = onnx.load_from_string(data)
    assert read.opset_import[0].version == OPSET
    return read


@pytest.mark.parametrize("name", sorted(SINGLE))
def test_alone_and_after_a_convolution(name):
    shape, layer = SINGLE[name]
    compare(shape, layer)
    if len(shape) == 3 and layer.get("inputs") is None:  # behind a convolution its channels come first
        compare(shape, {"kind": "Conv2D", "filters": shape[-1], "kernel_size": (3, 3), "padding": "same"}, layer)


def test_branches_meet():
    compare((6,), *BRANCHES)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 2), (2, 3), (3, 1), (3, 2), (4, 1), (4, 2), (5, 3)])
def test_convolutions_and_pooling(kernel, stride, padding):
    settings = {"strides": (stride, stride), "padding": padding}
    window = {"kernel_size": (kernel, kernel)}
    for layer in (
        {"kind": "Conv2D", "filters": 4} | window,
        {"kind": "Conv2DTranspose", "filters": 4} | window,
        {"kind": "DepthwiseConv2D", "depth_multiplier": 2} | window,
        {"kind": "SeparableConv2D", "filters": 4, "depth_multiplier": 2} | window,
        {"kind": "MaxPooling2D", "pool_size": (kernel, kernel)},
        {"kind": "AveragePooling2D", "pool_size": (kernel, kernel)},
    ):
        compare(SHAPE, layer | settings)


@pytest.mark.parametrize("name", get_args(ACTIVATIONS))
def test_activations(name):
    compare(SHAPE, {"kind": "Conv2D", "filters": 4, "kernel_size": (3, 3)}, {"kind": "Activation", "activation": name})
    compare((6,), {"kind": "Dense", "units": 5, "activation": name})


def test_a_dilated_transposed_convolution():
    layer = {"kind": "Conv2DTranspose", "filters": 4, "kernel_size": (3, 2), "padding": "same"}
    graph, network = random_network(SHAPE, ({"name": "only", "inputs": ("input",)} | layer,), 0)
    weights = graph_weights(graph, network)
    spread = np.zeros((5, 3, 4, 6), np.float32)
    spread[::2, ::2] = weights["only/kernel"]
    dilated = graph.model_copy(update={"layers": (graph.layers[0].model_copy(update={"dilation_rate": (2, 2)}),)})
    wide = graph.model_copy(update={"layers": (graph.layers[0].model_copy(update={"kernel_size": (5, 3)}),)})
    x = np.random.default_rng(1).normal(size=(2, *SHAPE)).astype(np.float32)
    found, expected = (
        np.asarray(onnxruntime.InferenceSession(onnx_bytes(one, given, "m", "x", ("y",))).run(["y"], {"x": x})[0])
        for one, given in ((dilated, weights), (wide, weights | {"only/kernel": spread}))
    )
    assert np.ptp(expected) > 0.1
    np.testing.assert_array_equal(found, expected)


def test_pictures_are_turned_once_on_the_way_in_and_out():
    read = compare(
        SHAPE,
        {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 3), "activation": "silu"},
        {"kind": "GroupNormalization", "groups": 3},
        {"kind": "Conv2DTranspose", "filters": 2, "kernel_size": (3, 3)},
    )
    assert [node.op_type for node in read.graph.node].count("Transpose") == 2


def test_pictures_that_two_layers_take_are_turned_once():
    conv = {"kind": "Conv2D", "filters": 2, "kernel_size": (3, 3), "inputs": ("input",)}
    read = compare(SHAPE, conv, conv, {"kind": "Add", "inputs": ("layer_0", "layer_1")})
    assert [node.op_type for node in read.graph.node].count("Transpose") == 2


@pytest.mark.parametrize(
    ("likelihood", "mean"),
    [
        *((kind.make(), kind.mean_form) for kind in LIKELIHOODS.values() if kind.mean_form),
        (UnitPictures(), "none"),
    ],
    ids=[*(key for key, kind in LIKELIHOODS.items() if kind.mean_form), "none"],
)
def test_means(likelihood, mean):
    layers = ({"name": "a", "kind": "Rescaling", "inputs": ("input",), "scale": 1.0},)
    graph, _ = random_network((1, 400, 1), layers, 0)
    file = onnx_bytes(graph, {}, "m", "x", ("pictures",), mean)
    x = np.concatenate([np.linspace(-30, 30, 200), np.linspace(-0.2, 0.2, 200)]).astype(np.float32)
    x = x.reshape(1, 1, 400, 1)
    found = np.asarray(onnxruntime.InferenceSession(file).run(["pictures"], {"x": x})[0])
    assert found.min() < 0.05 and found.max() > 0.95
    np.testing.assert_allclose(found, np.asarray(likelihood.mean(ops.convert_to_tensor(x))), atol=2e-6)


def test_every_mean_is_tried():
    assert set(MEANS) == {kind.mean_form for kind in LIKELIHOODS.values() if kind.mean_form} | {"none"}


@pytest.mark.parametrize(
    ("layer", "change", "said"),
    [
        ({"kind": "Flatten"}, {"kind": "Fold"}, r"layer only \(Fold\)"),
        ({"kind": "Activation", "activation": "relu"}, {"activation": "sparsemax"}, "activation sparsemax"),
    ],
)
def test_rejects_an_unsupported_part_and_names_it(layer, change, said):
    graph, _ = random_network((4,), ({"name": "only", "inputs": ("input",)} | layer,), 0)
    graph = graph.model_copy(update={"layers": (graph.layers[0].model_copy(update=change),)})
    with pytest.raises(BadRequestError, match=said) as refusal:
        onnx_bytes(graph, {}, "m", "x", ("y",))
    assert refusal.value.hint


def test_an_unknown_mean_is_refused():
    graph, _ = random_network((4,), ({"name": "only", "inputs": ("input",), "kind": "Flatten"},), 0)
    with pytest.raises(BadRequestError, match="mean 'softmax' is not supported in ONNX exports"):
        onnx_bytes(graph, {}, "m", "x", ("y",), "softmax")


def test_files_are_written_without_keras(make_bundle, run_python, tmp_path):
    for name in ("residual", "conditional-flow"):
        code = f"""
import sys
from pathlib import Path
from vae.formats.bundle import load_bundle
from vae.formats.exporting.formats import FORMATS
folder = Path({str(tmp_path / name)!r})
folder.mkdir()
FORMATS["onnx"].write(load_bundle({str(make_bundle(name))!r}), folder, folder)
assert {{"encoder.onnx", "decoder.onnx"}} <= {{file.name for file in folder.iterdir()}}
loaded = sorted({{"keras", "tensorflow", "jax", "torch"}} & sys.modules.keys())
sys.exit("loaded " + ", ".join(loaded) if loaded else 0)
"""
        done = run_python("-c", code)
        assert (done.returncode, done.stderr) == (0, "")
