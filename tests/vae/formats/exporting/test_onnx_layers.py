"""Layers written as ONNX: what onnxruntime computes is what Keras computes, for any number of rows."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from keras import layers, ops

from vae.errors import BadRequestError
from vae.formats.exporting.onnx_graph import OPSET
from vae.formats.exporting.onnx_model import onnx_bytes

SHAPE = (9, 7, 6)


def build(*stack, shape=SHAPE) -> keras.Model:
    """A model of layers one after the other, of random weights."""
    x = hidden = keras.Input(shape, name="x")
    for layer in stack:
        hidden = layer(hidden)
    return randomized(keras.Model(x, hidden, name="m"))


def randomized(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    for weight in model.weights:
        positive = "variance" in weight.name
        weight.assign(rng.uniform(0.2, 1, weight.shape) if positive else rng.normal(0, 0.3, weight.shape))
    return model


def compare(model: keras.Model, rows: int = 5, scale: float = 1.5) -> onnx.ModelProto:
    names = tuple(f"out_{index}" for index in range(len(model.outputs)))
    data = onnx_bytes(model, names)
    session = onnxruntime.InferenceSession(data)
    for count in (1, rows):
        x = np.random.default_rng(1).normal(0, scale, (count, *model.input_shape[1:])).astype(np.float32)
        expected = model(x)
        for found, wanted in zip(
            session.run(list(names), {"x": x}), expected if isinstance(expected, list) else [expected], strict=True
        ):
            np.testing.assert_allclose(found, ops.convert_to_numpy(wanted), rtol=1e-5, atol=4e-5)
    read = onnx.load_from_string(data)
    assert read.opset_import[0].version == OPSET
    return read


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 2), (2, 3), (3, 1), (3, 2), (4, 1), (4, 2), (5, 3)])
def test_what_slides(kernel, stride, padding):
    for make in (
        lambda **more: layers.Conv2D(4, kernel, **more),
        lambda **more: layers.Conv2DTranspose(4, kernel, **more),
        lambda **more: layers.DepthwiseConv2D(kernel, depth_multiplier=2, **more),
        lambda **more: layers.SeparableConv2D(4, kernel, depth_multiplier=2, **more),
        lambda **more: layers.MaxPooling2D(kernel, **more),
        lambda **more: layers.AveragePooling2D(kernel, **more),
    ):
        compare(build(make(strides=stride, padding=padding)))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, (3, 2), dilation_rate=2, groups=2, padding="same", use_bias=False, activation="relu"),
        layers.Conv2DTranspose(4, 3, padding="same", use_bias=False),
        layers.Conv2DTranspose(4, (3, 4), strides=2, padding="valid", output_padding=1),
        layers.Dense(5),
        layers.GroupNormalization(3),
        layers.GroupNormalization(-1, epsilon=0.5),
        layers.GroupNormalization(2, scale=False, center=False),
        layers.BatchNormalization(),
        layers.BatchNormalization(scale=False, center=False),
        layers.LayerNormalization(),
        layers.UpSampling2D((2, 3)),
        layers.UpSampling2D(2, interpolation="bilinear"),
        layers.ZeroPadding2D(((1, 2), (3, 0))),
        layers.Cropping2D(((1, 2), (3, 0))),
        layers.GlobalAveragePooling2D(),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Flatten(),
        layers.Permute((2, 3, 1)),
        layers.Reshape((7, 54)),
        layers.ReLU(max_value=1.0, negative_slope=0.1),
        layers.LeakyReLU(),
        layers.ELU(0.5),
        layers.PReLU(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.Rescaling(2, -1),
        layers.Rescaling([2, 0.5, 1, 3, -1, 4], [-1, 0, 1, 2, 3, 0.5]),
        layers.Dropout(0.5),
    ],
    ids=lambda layer: layer.name,
)
def test_alone_and_after_a_convolution(layer):
    compare(build(type(layer).from_config(layer.get_config())))
    # There its channels come first.
    compare(build(layers.Conv2D(6, 3, padding="same"), type(layer).from_config(layer.get_config())))


ACTIVATIONS = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "hard_sigmoid",
    "hard_silu", "log_sigmoid", "tanh", "hard_tanh", "softplus", "softsign", "exponential", "softmax",
]  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    compare(build(layers.Conv2D(4, 3), layers.Activation(name)))
    compare(build(layers.Dense(5, activation=name), shape=(6,)))


def test_branches_meet():
    x = keras.Input(SHAPE, name="x")
    turned = layers.Conv2D(6, 3, padding="same", activation="tanh")(x)
    met = [layer([x, turned]) for layer in (layers.Add(), layers.Multiply(), layers.Subtract())]
    met += [layers.Maximum()([turned, x]), layers.Minimum()([turned, turned]), layers.Concatenate()([turned, turned])]
    compare(randomized(keras.Model(x, [layers.Concatenate()(met), turned], name="m")))


def test_a_layer_used_twice_is_kept_once():
    x = keras.Input((6,), name="x")
    shared = layers.Dense(6, activation="tanh")
    read = compare(randomized(keras.Model(x, shared(shared(x)), name="m")))
    assert len(read.graph.initializer) == 2


def test_pictures_are_turned_once_on_the_way_in_and_out():
    stack = [layers.Conv2D(6, 3, activation="silu"), layers.GroupNormalization(3), layers.Conv2DTranspose(2, 3)]
    read = compare(build(*stack))
    assert [node.op_type for node in read.graph.node].count("Transpose") == 2


def test_pictures_that_two_layers_take_are_turned_once():
    x = keras.Input(SHAPE, name="x")
    read = compare(randomized(keras.Model(x, layers.Add()([layers.Conv2D(2, 3)(x), layers.Conv2D(2, 3)(x)]), name="m")))
    assert [node.op_type for node in read.graph.node].count("Transpose") == 2


class Foreign(layers.Layer):
    def call(self, x):
        return x


Dense = type("Dense", (Foreign,), {})  # by a known name


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Foreign(name="odd"), r"layer odd \(Foreign\)"),
        (Dense(name="odd"), r"layer odd \(Dense\)"),
        (layers.GaussianNoise(0.1, name="odd"), "odd"),
        (layers.Dense(3, activation=lambda x: x * 2), "activation <lambda>"),
        (layers.Dense(3, activation="sparsemax"), "activation sparsemax"),
        (layers.ReLU(threshold=0.5, name="odd"), "odd is a ReLU with a threshold"),
        (layers.BatchNormalization(axis=1, name="odd"), "odd normalises along the axis 1"),
        (layers.LayerNormalization(axis=(1, 2, 3), name="odd"), "odd normalises along the axis"),
    ],
)
def test_what_is_not_known_is_refused_by_name(layer, said):
    with pytest.raises(BadRequestError, match=said) as refusal:
        onnx_bytes(build(layer), ("y",))
    assert refusal.value.hint
