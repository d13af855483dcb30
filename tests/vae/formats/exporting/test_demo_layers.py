"""Every layer of the stand-alone page computes what Keras computes."""

from typing import get_args

import numpy as np
import pytest

from tests.vae.formats.exporting.layer_cases import BRANCHES, SINGLE, VECTOR, random_network
from tests.vae.formats.exporting.node_decoding import decode_in_node, packed_weights
from vae.formats.exporting.demo import graph_data
from vae.kinds import LIKELIHOODS
from vae.models.networks.build_graph import graph_weights
from vae.models.networks.layer import ACTIVATIONS
from vae.models.networks.layers import LAYERS


def make_case(input_shape, layers, seed: int) -> dict:
    """Return inputs and random weights with the outputs that Keras computes."""
    graph, network = random_network(input_shape, layers, seed)
    rng = np.random.default_rng(seed)
    inputs = rng.normal(0, 1.5, (3, *input_shape)).astype(np.float32)
    return {
        "graph": graph_data(graph),
        "weights": packed_weights(graph_weights(graph, network)),
        "mean": "none",
        "inputs": inputs,
        "expected": np.asarray(network(inputs)).reshape(3, -1),
    }


@pytest.fixture(scope="module")
def results():
    cases = {
        name: make_case(shape, ({"name": "only", "inputs": ("input",)} | layer,), seed)
        for seed, (name, (shape, layer)) in enumerate(SINGLE.items())
    }
    cases["branches"] = make_case((6,), BRANCHES, 99)
    asked = [{name: value for name, value in case.items() if name != "expected"} for case in cases.values()]
    found = decode_in_node(asked)
    return {name: (case["expected"], got) for (name, case), got in zip(cases.items(), found, strict=True)}


@pytest.mark.parametrize("name", [*SINGLE, "branches"])
def test_as_keras(results, name):
    expected, found = results[name]
    assert found.shape == expected.shape
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


def test_the_mean_of_every_likelihood_as_its_keras_layer():
    graph, _ = random_network((400,), ({"name": "a", "kind": "Rescaling", "inputs": ("input",), "scale": 1.0},), 0)
    logits = np.concatenate([np.linspace(-30, 30, 200), np.linspace(-0.2, 0.2, 200)]).astype(np.float32)[None]
    case = {"graph": graph_data(graph), "weights": packed_weights({}), "inputs": logits}
    kinds = [kind for kind in LIKELIHOODS.values() if kind.mean_form]
    for kind, found in zip(kinds, decode_in_node([case | {"mean": kind.mean_form} for kind in kinds]), strict=True):
        np.testing.assert_allclose(found, np.asarray(kind.make().mean(logits)), atol=2e-6, err_msg=kind.key)


def test_every_layer_and_activation_is_tried():
    kinds = {layer.model_fields["kind"].annotation for layer in get_args(LAYERS)}
    tried = {layer["kind"] for layer in (*(layer for _, layer in SINGLE.values()), *BRANCHES)}
    assert tried == {get_args(kind)[0] for kind in kinds}
    assert set(get_args(ACTIVATIONS)) <= set(VECTOR)
