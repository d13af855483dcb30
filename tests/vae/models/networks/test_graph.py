"""Graphs: computed shapes and weights match Keras, and their size and work are limited."""

import numpy as np
import pytest
from pydantic import ValidationError

from vae.batching import LARGEST_BATCH
from vae.models.imported_config import ImportedConfig
from vae.models.networks.build_graph import build_graph
from vae.models.networks.graph import MOST_IN_ALL, MOST_STEPS, MOST_VALUES, Graph

IMAGE = (9, 8, 4)


def graph(*layers: dict, shape=IMAGE, outputs=None) -> Graph:
    """Make a graph; a layer without `inputs` takes the previous one."""
    made, last = [], "input"
    for number, one in enumerate(layers):
        name = one.get("name", f"layer_{number}")
        made.append({"inputs": (last,), **one, "name": name})
        last = name
    return Graph.model_validate({"input_shape": shape, "layers": tuple(made), "outputs": outputs or (last,)})


PAIR = ("input", "input")
_LAYERS = [
    {"kind": "Dense", "units": 5, "use_bias": False, "activation": "relu"},
    {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 2), "strides": (2, 1), "padding": "same"},
    {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 3), "dilation_rate": (2, 1), "groups": 2},
    {"kind": "DepthwiseConv2D", "kernel_size": (3, 3), "depth_multiplier": 2, "strides": (2, 2)},
    {"kind": "SeparableConv2D", "filters": 5, "kernel_size": (2, 3), "depth_multiplier": 3, "padding": "same"},
    *(
        {"kind": "Conv2DTranspose", "filters": 3, "kernel_size": kernel, "strides": strides, "padding": padding}
        for kernel in ((3, 3), (4, 2), (2, 5))
        for strides in ((1, 1), (2, 3))
        for padding in ("same", "valid")
    ),
    *(
        {"kind": "Conv2DTranspose", "filters": 2, "kernel_size": (3, 4), "strides": (2, 2), "padding": padding,
         "output_padding": (1, 1)}
        for padding in ("same", "valid")
    ),
    {"kind": "BatchNormalization", "scale": False},
    {"kind": "LayerNormalization", "center": False},
    {"kind": "GroupNormalization", "groups": 2},
    {"kind": "GroupNormalization", "groups": -1},
    {"kind": "Flatten"},
    {"kind": "Reshape", "target_shape": (36, 8)},
    {"kind": "Permute", "dims": (3, 1, 2)},
    {"kind": "Activation", "activation": "gelu"},
    {"kind": "ReLU", "max_value": 1.0},
    {"kind": "LeakyReLU"},
    {"kind": "ELU"},
    {"kind": "PReLU"},
    {"kind": "PReLU", "shared_axes": (1, 2)},
    {"kind": "Rescaling", "scale": 2.0},
    {"kind": "Rescaling", "scale": (2.0, 3.0, 4.0, 0.5), "offset": (0.5, 0.0, -1.0, 2.0)},
    {"kind": "Clip", "x_min": -1.0, "x_max": 2.0},
    {"kind": "Log"},
    {"kind": "UpSampling2D", "size": (2, 3), "interpolation": "bilinear"},
    {"kind": "ZeroPadding2D", "padding": ((1, 2), (0, 3))},
    {"kind": "Cropping2D", "cropping": ((1, 2), (0, 3))},
    *(
        {"kind": kind, "pool_size": (3, 2), "strides": (2, 2), "padding": padding}
        for kind in ("MaxPooling2D", "AveragePooling2D")
        for padding in ("same", "valid")
    ),
    {"kind": "GlobalAveragePooling2D"},
    {"kind": "GlobalMaxPooling2D", "keepdims": True},
    {"kind": "Add", "inputs": PAIR},
    {"kind": "Multiply", "inputs": PAIR},
    {"kind": "Concatenate", "inputs": PAIR},
]  # fmt: skip


@pytest.mark.parametrize("layer", _LAYERS, ids=str)
def test_shapes_are_those_of_keras(layer):
    known = graph(layer)
    model = build_graph(known, "network")
    assert model.output_shape[1:] == known.shapes()["layer_0"]
    made = np.asarray(model(np.zeros((2, *IMAGE), np.float32)))
    assert made.shape[1:] == known.shapes()["layer_0"]
    found = {f"{one.name}/{weight.name}": weight.shape for one in model.layers for weight in one.weights}
    assert found == known.weight_shapes()


def test_steps_are_multiplications():
    dense = graph({"kind": "Dense", "units": 7}, shape=(5,))
    assert dense.steps() == 35
    conv = graph({"kind": "Conv2D", "filters": 6, "kernel_size": (3, 3), "padding": "same"})
    assert conv.steps() == 9 * 8 * 9 * 4 * 6
    back = graph({"kind": "Conv2DTranspose", "filters": 6, "kernel_size": (4, 4), "strides": (2, 2), "padding": "same"})
    assert back.steps() == 9 * 8 * 16 * 4 * 6
    pool = graph({"kind": "MaxPooling2D", "pool_size": (3, 3), "strides": (1, 1), "padding": "same"})
    assert pool.steps() == 9 * 8 * 4 * 9


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([{"kind": "Lambda"}], "Lambda"),
        ([{"kind": "Dense", "units": 5, "module": "os"}], "Extra inputs"),
        ([{"kind": "Dense", "units": 5, "activation": "exec"}], "activation"),
        ([{"kind": "Dense", "units": 500_000_000}], "units"),
        ([{"kind": "Dense", "units": 5, "name": "../x"}], "name"),
        ([{"kind": "Dense", "units": 5, "name": "a/../b"}], "name"),
        ([{"kind": "Dense", "units": 5, "name": "input"}], "two layers are called input"),
        ([{"kind": "Flatten", "name": "a/b"}, {"kind": "ReLU", "name": "a_b"}], "two layers are called a_b"),
        ([{"kind": "Flatten", "inputs": ("later",)}, {"kind": "Flatten", "name": "later"}], "not a previous layer"),
        ([{"kind": "Flatten"}, {"kind": "ReLU", "inputs": ("input",)}], "is not used"),
        ([{"kind": "Flatten"}, {"kind": "Flatten"}, {"kind": "UpSampling2D"}], "an input of 3 axes"),
        ([{"kind": "Reshape", "target_shape": (7, 7)}], "cannot reshape"),
        ([{"kind": "Cropping2D", "cropping": ((9, 0), (0, 0))}], "is empty"),
        ([{"kind": "Cropping2D", "cropping": ((1,), (0, 0))}], "not \\(\\(top, bottom\\)"),
        ([{"kind": "GroupNormalization", "groups": 3}], "into 3 groups"),
        (
            [{"kind": "Conv2DTranspose", "filters": 2, "kernel_size": (3, 4), "strides": (2, 2), "padding": "same",
              "output_padding": (1, 0)}],
            "output padding of the layer .* does not fit",
        ),
        ([{"kind": "Conv2D", "filters": 6, "kernel_size": (3, 3), "groups": 3}], "into 3 groups"),
        ([{"kind": "Permute", "dims": (1, 2, 2)}], "cannot permute"),
        ([{"kind": "Add"}], "inputs of one shape"),
        ([{"kind": "Log", "inputs": PAIR}], "takes one input"),
        ([{"kind": "Clip", "x_min": 0.0}], "x_max"),
        ([{"kind": "UpSampling2D", "size": (64, 64)}, {"kind": "UpSampling2D", "size": (64, 64)}], "outputs .* values"),
        ([{"kind": "ReLU", "negative_slope": float("nan")}], "finite number"),
        ([{"kind": "ReLU"}] * 401, "at most 400"),
    ],
)  # fmt: skip
def test_wrong_layers_are_refused(layers, reason):
    with pytest.raises(ValidationError, match=reason):
        graph(*layers)


def test_work_is_limited():
    """The layers have few weights and small outputs, but would take hours."""
    conv = {"kind": "Conv2D", "filters": 2, "kernel_size": (64, 64), "padding": "same"}
    start = [{"kind": "UpSampling2D", "size": (64, 64)}, {"kind": "UpSampling2D", "size": (16, 16)}]
    assert MOST_VALUES > 1024 * 1024 * 2
    with pytest.raises(ValueError, match=f"at most {MOST_STEPS:,} are allowed"):
        graph(*start, *[conv] * 8, {"kind": "GlobalMaxPooling2D"}, shape=(1, 1, 2)).check_work()


def test_the_memory_of_a_gradient_is_limited():
    """There are many layers, none of them large."""
    wide = {"kind": "UpSampling2D", "size": (64, 32)}  # 2,048 × 256 = 524,288 values
    with pytest.raises(ValueError, match=f"at most {MOST_IN_ALL:,} are allowed"):
        graph(wide, *[{"kind": "ReLU"}] * 48, shape=(1, 1, 256)).check_work()
    graph(wide, *[{"kind": "ReLU"}] * 40, shape=(1, 1, 256)).check_work()


def test_an_imported_model_that_takes_too_much_work_is_refused():
    wide = {"kind": "UpSampling2D", "size": (64, 32)}
    image = {"kind": "Reshape", "target_shape": (8, 8, 1)}
    shrunk = [{"kind": "GlobalMaxPooling2D"}, {"kind": "Dense", "units": 64}, image]
    first = {"kind": "Reshape", "target_shape": (1, 1, 256)}
    decoder = graph(first, wide, *[{"kind": "ReLU"}] * 48, *shrunk, shape=(256,))
    with pytest.raises(ValidationError, match="are allowed"):
        ImportedConfig(image_shape=(8, 8, 1), latent_dim=256, variational=True, encoder=None, decoder=decoder)


def test_outputs_are_freed_after_their_last_use():
    dense = {"kind": "Dense", "units": 100}
    assert graph(dense, dense, dense, shape=(5,)).live_values() == 200
    grown = graph({"kind": "Dense", "units": 20}, {"kind": "Dense", "units": 3}, shape=(50,))
    assert grown.live_values() == 70
    # The last layer takes layer_0 too, as in a U-Net.
    skipping = graph(dense, dense, dense, {"kind": "Add", "inputs": ("layer_0", "layer_2")}, shape=(5,))
    assert skipping.live_values() == 300
    both = graph(dense, dense, dense, outputs=("layer_0", "layer_2"), shape=(5,))
    assert both.live_values() == 300


def test_large_networks_have_smaller_batches():
    assert graph({"kind": "Dense", "units": 7}, shape=(5,)).largest_batch() == LARGEST_BATCH
    # 2 × 1,048,576 values in memory: 2²⁶ / 2²¹.
    wide = {"kind": "UpSampling2D", "size": (64, 64)}
    assert graph(wide, {"kind": "ReLU"}, shape=(1, 1, 256)).largest_batch() == 32
    assert graph(wide, {"kind": "ReLU"}, shape=(1, 1, 257)).largest_batch() == 16  # a power of two
    # 64 · 64 · 25 · 256 · 64 = 1.7 · 10⁹ multiplications, of 2 · 10¹⁰ a batch.
    slow = {"kind": "Conv2D", "filters": 64, "kernel_size": (5, 5), "padding": "same"}
    assert graph(wide, slow, shape=(1, 1, 256)).largest_batch() == 8


def test_it_survives_json():
    known = graph({"kind": "Conv2D", "filters": 2, "kernel_size": (3, 3)}, {"kind": "ReLU"}, outputs=("layer_1",))
    assert Graph.model_validate_json(known.model_dump_json()) == known
