"""Replaced dilated transposed convolutions give the results of their definition."""

import numpy as np
import pytest

from vae.models.imported_config import ImportedConfig
from vae.models.imported_model import ImportedVAE
from vae.models.networks.build_graph import build_graph
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.graph import Graph
from vae.models.networks.plan import weight_shapes

SHAPE = (5, 4, 3)


def _graph(layer: dict) -> Graph:
    layer = {"kind": "Conv2DTranspose", "name": "back", "inputs": ("input",), "filters": 2} | layer
    return Graph.model_validate({"input_shape": SHAPE, "layers": (layer,), "outputs": ("back",)})


def _by_definition(x: np.ndarray, kernel: np.ndarray, rates: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Compute it with stride 1 by adding kernel × input at each dilated position. "same" is the centre of "valid"."""
    reach = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape, rates, strict=False)]
    full = np.zeros((x.shape[0] + reach[0] - 1, x.shape[1] + reach[1] - 1, kernel.shape[2]))
    for row, column, ky, kx in np.ndindex(*x.shape[:2], *kernel.shape[:2]):
        full[row + ky * rates[0], column + kx * rates[1]] += kernel[ky, kx] @ x[row, column]
    top, left = ((full.shape[axis] - shape[axis]) // 2 for axis in (0, 1))
    return full[top : top + shape[0], left : left + shape[1]]


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("rates", [(2, 2), (1, 3), (3, 2)])
@pytest.mark.parametrize("kernel_size", [(3, 3), (2, 4), (1, 2)])
def test_results_match_the_definition(kernel_size, rates, padding):
    graph = _graph({"kernel_size": kernel_size, "dilation_rate": rates, "padding": padding})
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in graph.weight_shapes().items()}
    plain, spread = undilated(graph, weights)
    assert plain.shapes() == graph.shapes()
    assert {name: array.shape for name, array in spread.items()} == plain.weight_shapes()
    model = build_graph(plain, "network")
    for variable in model.layers[-1].weights:
        variable.assign(spread[f"back/{variable.name}"])
    x = rng.normal(size=SHAPE)
    found = np.asarray(model(x[None].astype(np.float32)))[0]
    expected = _by_definition(x, weights["back/kernel"], rates, graph.shapes()["back"]) + weights["back/bias"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_layers_without_dilation_do_not_change():
    graph = _graph({"kernel_size": (3, 2)})
    weights = {name: np.ones(shape, np.float32) for name, shape in graph.weight_shapes().items()}
    plain, same = undilated(graph, weights)
    assert plain == graph
    assert all(same[name] is array for name, array in weights.items())


def test_an_imported_model_decodes():
    layers = (
        {"kind": "Dense", "name": "d", "inputs": ("input",), "units": 32},
        {"kind": "Reshape", "name": "r", "inputs": ("d",), "target_shape": (4, 4, 2)},
        {"kind": "Conv2DTranspose", "name": "back", "inputs": ("r",), "filters": 1, "kernel_size": (3, 3),
         "dilation_rate": (2, 2), "activation": "sigmoid"},
    )  # fmt: skip
    config = ImportedConfig.model_validate(
        {"image_shape": (8, 8, 1), "latent_dim": 3, "variational": False, "encoder": None,
         "decoder": {"kind": "graph", "input_shape": (3,), "layers": layers, "outputs": ("back",)}}
    )  # fmt: skip
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(config).items()}
    z = np.array([[0.5, -1.0, 2.0]], np.float32)
    hidden = (z @ weights["decoder/d/kernel"] + weights["decoder/d/bias"]).reshape(4, 4, 2)
    logits = _by_definition(hidden, weights["decoder/back/kernel"], (2, 2), (8, 8)) + weights["decoder/back/bias"]
    found = np.asarray(ImportedVAE(config, weights, {}).decoder(z))[0]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logits)), atol=1e-5)
