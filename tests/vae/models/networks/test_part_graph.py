"""The graph of a decoder computes the same as the decoder."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.build_graph import build_graph, graph_variables
from vae.models.networks.graph import Graph
from vae.models.networks.plan import part_graph, part_weights
from vae.models.vae import VAE

BUNDLED = sorted(path.parent.name for path in Path("assets/models").glob("*/model.json"))
CONV = ModelConfig(image_shape=(8, 12, 3), latent_dim=3, widths=(5, 6), dense_units=10, classes=4)
KINDS = {
    "conv": CONV,
    "gelu": dataclasses.replace(CONV, activation="gelu", classes=0),
    "dense": dataclasses.replace(CONV, network="dense", widths=(12, 11, 10), activation="silu"),
    "residual": dataclasses.replace(CONV, network="residual", blocks=2, activation="silu"),
    "odd groups": dataclasses.replace(CONV, network="residual", widths=(12, 10)),
}


def built(model, weights):
    """Return the decoder's graph as a Keras model with the weights of a bundle."""
    graph = part_graph(model, "decoder")
    network = build_graph(graph, "decoder")
    named = part_weights(model, "decoder", weights)
    assert {name: array.shape for name, array in named.items()} == graph.weight_shapes()
    for name, variable in graph_variables(graph, network).items():
        variable.assign(named[name])
    return network


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_models(name):
    bundle = load_bundle(f"assets/models/{name}")
    codes = bundle.reference.z_mean[:64]
    expected = np.asarray(bundle.vae.decoder(codes))
    assert np.ptp(expected) > 5
    found = np.asarray(built(bundle.manifest.model, bundle.weights)(codes))
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS)
def test_random_models_of_every_kind(config):
    rng = np.random.default_rng(0)
    vae = VAE(config)
    weights = {name: rng.normal(0, 0.3, variable.shape) for name, variable in vae.named_weights().items()}
    vae.assign(weights)
    codes = rng.normal(size=(7, config.code_dim)).astype(np.float32)
    expected = np.asarray(vae.decoder(codes))
    assert expected.std() > 0.1
    np.testing.assert_allclose(np.asarray(built(config, weights)(codes)), expected, atol=1e-5)


def imported(decoder) -> ImportedConfig:
    return ImportedConfig(image_shape=(8, 8, 1), latent_dim=2, variational=True, encoder=None, decoder=decoder)


def test_the_graph_of_an_imported_decoder_is_the_decoder():
    layers = (
        {"name": "a", "kind": "Dense", "inputs": ("input",), "units": 64, "activation": "sigmoid"},
        {"name": "b", "kind": "Reshape", "inputs": ("a",), "target_shape": (8, 8, 1)},
    )
    config = imported(Graph.model_validate({"input_shape": (2,), "layers": layers, "outputs": ("b",)}))
    assert part_graph(config, "decoder") == config.decoder
    kernel, bias = np.ones((2, 64)), np.zeros(64)
    named = part_weights(
        config, "decoder", {"decoder/a/kernel": kernel, "decoder/a/bias": bias, "encoder/a/kernel": bias}
    )
    assert list(named) == ["a/kernel", "a/bias"]
    assert named["a/kernel"] is kernel and named["a/bias"] is bias


def test_an_onnx_decoder_is_refused_with_advice():
    part = OnnxPart(input_shape=(2,), output_shapes=((8, 8, 1),), parameters=9)
    with pytest.raises(BadRequestError, match=r"ONNX file.*Export it as ONNX"):
        part_graph(imported(part), "decoder")
