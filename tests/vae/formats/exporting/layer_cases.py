"""Layers with which every writer of networks is tested, and Keras models of them."""

from typing import get_args

import keras
import numpy as np

from vae.models.networks.build_graph import build_graph
from vae.models.networks.graph import Graph
from vae.models.networks.layer import ACTIVATIONS

__all__ = ["BRANCHES", "SINGLE", "VECTOR", "random_network"]

IMAGE = (7, 6, 4)
DENSE = {"kind": "Dense", "units": 5}
CONV = {"kind": "Conv2D", "filters": 6, "kernel_size": (3, 2)}
DEPTHWISE = {"kind": "DepthwiseConv2D", "kernel_size": (3, 2)}
SEPARABLE = {"kind": "SeparableConv2D", "filters": 5, "kernel_size": (3, 3)}
TRANSPOSE = {"kind": "Conv2DTranspose", "filters": 5, "kernel_size": (3, 4)}
POOL = {"pool_size": (3, 2), "strides": (2, 3)}
SAME, TWO, WIDE = {"padding": "same"}, {"strides": (2, 2)}, {"dilation_rate": (2, 3)}

# What is tried: one layer each, on a vector or on an image.
VECTOR = {
    "dense": DENSE,
    "dense without bias": DENSE | {"use_bias": False, "units": 1},
    "dense with softmax": DENSE | {"activation": "softmax"},
    "batch normalization of a vector": {"kind": "BatchNormalization"},
    "group normalization of a vector": {"kind": "GroupNormalization", "groups": 3},
    "reshape": {"kind": "Reshape", "target_shape": (2, 3, 2)},
    **{name: {"kind": "Activation", "activation": name} for name in get_args(ACTIVATIONS)},
}
PICTURE = {
    "dense of each pixel": DENSE,
    "softmax of each pixel": {"kind": "Activation", "activation": "softmax"},
    "conv": CONV,
    "conv same": CONV | SAME | {"activation": "relu"},
    "conv strided": CONV | SAME | {"strides": (2, 3), "use_bias": False},
    "conv dilated": CONV | SAME | WIDE,
    "conv dilated valid": CONV | WIDE,
    "conv in groups": CONV | SAME | {"groups": 2, "filters": 10},
    "depthwise": DEPTHWISE | {"depth_multiplier": 3, "activation": "tanh"},
    "depthwise same": DEPTHWISE | SAME | TWO,
    "depthwise dilated": DEPTHWISE | SAME | {"dilation_rate": (2, 2), "use_bias": False},
    "separable": SEPARABLE | {"depth_multiplier": 2, "activation": "silu"},
    "separable same": SEPARABLE | SAME | TWO,
    "transpose": TRANSPOSE,
    "transpose same": TRANSPOSE | SAME,
    "transpose strided": TRANSPOSE | {"strides": (2, 3), "activation": "silu"},
    "transpose same strided": TRANSPOSE | SAME | {"strides": (2, 3), "use_bias": False},
    "transpose stride beyond the kernel": TRANSPOSE | {"strides": (5, 5)},
    "transpose same stride beyond the kernel": TRANSPOSE | SAME | {"strides": (5, 5)},
    "transpose same, output padding": TRANSPOSE | SAME | TWO | {"kernel_size": (3, 3), "output_padding": (1, 1)},
    "transpose same, other output padding": TRANSPOSE | SAME | TWO | {"kernel_size": (5, 3), "output_padding": (0, 1)},
    "transpose valid, output padding": TRANSPOSE | {"strides": (2, 3), "output_padding": (1, 2)},
    "batch normalization": {"kind": "BatchNormalization", "epsilon": 0.02},
    "batch normalization bare": {"kind": "BatchNormalization", "center": False, "scale": False},
    "layer normalization": {"kind": "LayerNormalization", "center": False},
    "group normalization": {"kind": "GroupNormalization", "groups": 2, "epsilon": 0.1},
    "instance normalization": {"kind": "GroupNormalization", "groups": -1, "scale": False},
    "flatten": {"kind": "Flatten"},
    "permute": {"kind": "Permute", "dims": (3, 1, 2)},
    "relu": {"kind": "ReLU"},
    "relu of all kinds": {"kind": "ReLU", "max_value": 1.2, "negative_slope": 0.3, "threshold": 0.4},
    "leaky relu": {"kind": "LeakyReLU"},
    "elu": {"kind": "ELU", "alpha": 1.7},
    "prelu": {"kind": "PReLU"},
    "prelu shared": {"kind": "PReLU", "shared_axes": (1, 2)},
    "prelu of rows": {"kind": "PReLU", "shared_axes": (2,)},
    "rescaling": {"kind": "Rescaling", "scale": 0.5, "offset": 0.25},
    "rescaling of channels": {"kind": "Rescaling", "scale": (0.5, -2.0, 3.0, 1.0), "offset": (0.25, 0.0, 1.0, 2.0)},
    "clip": {"kind": "Clip", "x_min": -1.2, "x_max": 0.4},
    "upsampling": {"kind": "UpSampling2D", "size": (2, 3)},
    "upsampling bilinear": {"kind": "UpSampling2D", "size": (2, 3), "interpolation": "bilinear"},
    "padding": {"kind": "ZeroPadding2D", "padding": ((1, 2), (0, 3))},
    "cropping": {"kind": "Cropping2D", "cropping": ((1, 2), (0, 3))},
    "max pooling": {"kind": "MaxPooling2D"} | POOL,
    "max pooling same": {"kind": "MaxPooling2D"} | POOL | SAME,
    "average pooling": {"kind": "AveragePooling2D"} | POOL,
    "average pooling same": {"kind": "AveragePooling2D"} | POOL | SAME,
    "global max": {"kind": "GlobalMaxPooling2D"},
    "global average": {"kind": "GlobalAveragePooling2D", "keepdims": True},
    "add": {"kind": "Add", "inputs": ("input", "input", "input")},
    "multiply": {"kind": "Multiply", "inputs": ("input", "input")},
    "concatenate": {"kind": "Concatenate", "inputs": ("input", "input")},
}  # fmt: skip
SINGLE = {name: ((12,), layer) for name, layer in VECTOR.items()} | {
    name: (IMAGE, layer) for name, layer in PICTURE.items()
}

# Several layers, whose memory is used again while others still read from theirs.
BRANCHES = (
    DENSE | {"name": "a", "inputs": ("input",), "units": 48, "activation": "silu"},
    {"kind": "Reshape", "name": "b", "inputs": ("a",), "target_shape": (4, 4, 3)},
    CONV | SAME | {"name": "c", "inputs": ("b",), "filters": 3},
    CONV | SAME | {"name": "d", "inputs": ("c",), "filters": 3, "activation": "tanh"},
    CONV | SAME | {"name": "e", "inputs": ("d",), "filters": 3},
    {"kind": "Add", "name": "f", "inputs": ("b", "e")},
    {"kind": "Concatenate", "name": "g", "inputs": ("f", "c", "d")},
    {"kind": "Multiply", "name": "h", "inputs": ("f", "e", "b")},
    TRANSPOSE | SAME | TWO | {"name": "i", "inputs": ("g",)},
    {"kind": "UpSampling2D", "name": "j", "inputs": ("h",)},
    {"kind": "Concatenate", "name": "k", "inputs": ("i", "j")},
    CONV | {"name": "l", "inputs": ("k",), "activation": "sigmoid"},
    {"kind": "Clip", "name": "m", "inputs": ("l",), "x_min": 0.3, "x_max": 0.9},
    {"kind": "Log", "name": "n", "inputs": ("m",)},
)


def random_network(input_shape, layers, seed: int) -> tuple[Graph, keras.Model]:
    """A graph, and the Keras model of it with random weights."""
    rng = np.random.default_rng(seed)
    graph = Graph.model_validate({"input_shape": input_shape, "layers": layers, "outputs": (layers[-1]["name"],)})
    network = build_graph(graph, "network")
    for layer in network.layers:
        for weight in layer.weights:
            positive = weight.name == "moving_variance"
            weight.assign(rng.uniform(0.2, 2, weight.shape) if positive else rng.normal(0, 0.5, weight.shape))
    return graph, network
