"""Keras models built from graphs compute the layers of the graph."""

import numpy as np

from tests.vae.models.networks.test_graph import graph
from vae.models.networks.build_graph import build_graph, graph_weights


def test_weights_have_the_names_of_the_graph_and_are_used():
    known = graph(
        {"kind": "Dense", "units": 4, "name": "first", "activation": "relu"},
        {"kind": "Dense", "units": 2, "name": "one"},
        {"kind": "Dense", "units": 3, "name": "two", "inputs": ("first",), "use_bias": False},
        shape=(5,),
        outputs=("two", "one"),
    )
    model = build_graph(known, "network")
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in known.weight_shapes().items()}
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(weights[f"{layer.name}/{variable.name}"])
    found = graph_weights(known, model)
    assert found.keys() == weights.keys()
    assert all(np.array_equal(found[name], weights[name]) for name in weights)
    x = rng.normal(size=(6, 5)).astype(np.float32)
    h = np.maximum(x @ weights["first/kernel"] + weights["first/bias"], 0)
    two, one = (np.asarray(output) for output in model(x))
    np.testing.assert_allclose(two, h @ weights["two/kernel"], atol=1e-5)
    np.testing.assert_allclose(one, h @ weights["one/kernel"] + weights["one/bias"], atol=1e-5)


def test_layers_can_have_several_inputs_and_users():
    known = graph(
        {"kind": "Rescaling", "scale": 2.0, "offset": 1.0, "name": "twice"},
        {"kind": "Add", "inputs": ("input", "twice", "twice"), "name": "sum"},
        {"kind": "Concatenate", "inputs": ("sum", "input")},
        shape=(2,),
    )
    x = np.array([[1, 2], [3, -1]], np.float32)
    np.testing.assert_allclose(np.asarray(build_graph(known, "n")(x)), np.hstack([x + 2 * (2 * x + 1), x]))


def test_operations_have_the_names_of_the_graph():
    """Keras would name them `log` and `log_1`, which can be names of imported layers."""
    known = graph(
        {"kind": "Flatten", "name": "log"},
        {"kind": "Clip", "name": "clip_1", "x_min": 0.5, "x_max": 2.0},
        {"kind": "Log", "name": "clip"},
        {"kind": "Rescaling", "scale": 2.0, "name": "log_1"},
        shape=(3,),
    )
    model = build_graph(known, "n")
    assert {"log", "clip_1", "clip", "log_1"} <= {operation.name for operation in model.operations}
    x = np.array([[0.1, 1.5, 7]], np.float32)
    np.testing.assert_allclose(np.asarray(model(x)), [2 * np.log([0.5, 1.5, 2])], atol=1e-6)
