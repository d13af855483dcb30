"""Small autoencoders of the digits that were trained on standardised pixels, as ONNX files."""

from itertools import pairwise

import numpy as np
from onnx import TensorProto, helper

from tests.vae.formats.importing.onnx_files import constant, node
from vae.data import load_test_split

__all__ = ["Trained", "trained"]

_D, _HIDDEN = 6, 32


class Trained:
    """An autoencoder and what it computes.

    Attributes:
        files: name and content of `encoder.onnx` and `decoder.onnx`.
        x: images of the digits, float32 `(n, h, w, c)` in [0, 1].
        z: their codes, float32 `(n, 6)`.
        pictures: decoded from z, in [0, 1] where the network keeps to its range.
    """

    def __init__(self, files: list[tuple[str, bytes]], x: np.ndarray, z: np.ndarray, pictures: np.ndarray):
        self.files, self.x, self.z, self.pictures = files, x, z, pictures


def trained(mean: list[float], deviation: list[float], steps: int = 600) -> Trained:
    """Train an autoencoder on (p − mean) / deviation, in pixels and in channels as `transforms.Normalize` does.

    With three means, the digits are coloured: each channel has its own brightness and background.
    """
    images = load_test_split("digits").images.astype(np.float32) / np.float32(255)
    if len(mean) == 3:
        images = np.clip(images * np.float32([0.9, 0.5, 0.3]) + np.float32([0.05, 0.2, 0.4]), 0, 1)
    channels = len(mean)
    # Channels first, as in PyTorch.
    p = images.transpose(0, 3, 1, 2)
    centre, width = (np.reshape(np.float32(numbers), (1, channels, 1, 1)) for numbers in (mean, deviation))
    x = ((p - centre) / width).reshape(len(p), -1)  # (n, c · h · w)
    rng = np.random.default_rng(0)
    sizes = (x.shape[1], _HIDDEN, _D, _HIDDEN, x.shape[1])
    weights = [rng.normal(0, a**-0.5, (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    biases = [np.zeros(b, np.float32) for b in sizes[1:]]
    _fit(weights, biases, x, rng, steps)
    _, z, _, y = _forward(weights, biases, x)
    shape = (channels, *images.shape[1:3])
    files = [
        _network("encoder", shape, (_D,), weights[:2], biases[:2]),
        _network("decoder", (_D,), shape, weights[2:], biases[2:]),
    ]
    pictures = (y.reshape(len(y), *shape) * width + centre).transpose(0, 2, 3, 1)
    return Trained(files, images, z, pictures)


def _forward(weights, biases, x) -> tuple[np.ndarray, ...]:
    h = np.tanh(x @ weights[0] + biases[0])
    z = h @ weights[1] + biases[1]
    g = np.tanh(z @ weights[2] + biases[2])
    return h, z, g, g @ weights[3] + biases[3]


def _fit(weights, biases, x, rng, steps: int) -> None:
    """Minimise the squared error with Adam."""
    parameters = [*weights, *biases]
    first, second = ([np.zeros_like(one) for one in parameters] for _ in range(2))
    for step in range(1, steps + 1):
        batch = x[rng.integers(0, len(x), 128)]
        h, z, g, y = _forward(weights, biases, batch)
        dy = 2 * (y - batch) / len(batch)
        dg = (dy @ weights[3].T) * (1 - g**2)
        dz = dg @ weights[2].T
        dh = (dz @ weights[1].T) * (1 - h**2)
        pairs = ((batch, dh), (h, dz), (z, dg), (g, dy))
        gradients = [taken.T @ given for taken, given in pairs] + [given.sum(0) for _, given in pairs]
        for one, m, v, gradient in zip(parameters, first, second, gradients, strict=True):
            m += 0.1 * (gradient - m)
            v += 0.001 * (gradient**2 - v)
            one -= np.float32(0.003) * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)


def _network(name: str, taken: tuple, given: tuple, weights, biases) -> tuple[str, bytes]:
    operators = [
        node("Flatten", ["x"], ["flat"]),
        node("Gemm", ["flat", "w0", "b0"], ["h"]),
        node("Tanh", ["h"], ["a"]),
        node("Gemm", ["a", "w1", "b1"], ["row"]),
        node("Reshape", ["row", "shape"], ["y"]),
    ]
    constants = {"w0": weights[0], "w1": weights[1], "b0": biases[0], "b1": biases[1]}
    graph = helper.make_graph(
        operators,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *taken])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", *given])],
        [constant(key, value) for key, value in (constants | {"shape": np.array([-1, *given], np.int64)}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return f"{name}.onnx", model.SerializeToString()
