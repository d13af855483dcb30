"""The facts of registered kinds hold for the code that they refer to."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae.formats.onnx.means import MEANS
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS, objective_of
from vae.models.config import ModelConfig, TrainConfig
from vae.models.untyped_keras import ops
from vae.references import resolve

DECODER = Path(__file__).parents[3] / "assets" / "js" / "demo" / "decoder.js"


@pytest.mark.parametrize("kind", LIKELIHOODS.values(), ids=LIKELIHOODS)
class TestLikelihood:
    def test_its_width_is_its_only_weight(self, kind):
        assert [weight.name for weight in kind.make().weights] == [kind.width] * bool(kind.width)

    def test_its_activation_is_its_mean(self, kind):
        import keras

        if kind.activation is None:
            return  # exports write the operations of its mean
        logits = np.linspace(-9, 9, 50, dtype=np.float32).reshape(-1, 1, 1, 1)
        expected = ops.convert_to_numpy(kind.make().mean(logits))
        found: Any = keras.activations.get(kind.activation)(logits)
        np.testing.assert_allclose(found, expected, atol=1e-6)

    def test_its_mean_has_a_form_in_onnx_and_in_the_page(self, kind):
        (means,) = re.findall(r"const MEANS = \{(.*?)\n\};", DECODER.read_text(encoding="utf-8"), re.DOTALL)
        assert kind.mean_form in MEANS
        assert kind.mean_form in re.findall(r'^  "?([\w-]+)"?:', means, re.MULTILINE)


@pytest.mark.parametrize("kind", PRIORS.values(), ids=PRIORS)
def test_the_layers_of_a_prior_are_those_of_its_graphs(kind):
    config = ModelConfig(prior=kind.key, latent_dim=3, prior_blocks=2, prior_units=4)
    layer = kind.make(config, seed=1)
    graphs = [part.graph for part in kind.parts(config)]
    planned = [
        (layer.name, graph.weight_shapes()[f"{layer.name}/kernel"]) for graph in graphs for layer in graph.layers
    ]
    assert [(part.name, tuple(part.kernel.shape)) for part in getattr(layer, "parts", ())] == planned
    assert layer.name == "prior"


@pytest.mark.parametrize("kind", OBJECTIVES.values(), ids=OBJECTIVES)
def test_the_loss_of_an_objective_exists(kind):
    assert callable(resolve(kind.loss))


@pytest.mark.parametrize(
    ("model", "training", "key"),
    [
        ({}, {}, "elbo"),
        ({"prior": "realnvp"}, {"beta": 4.0}, "elbo"),
        ({}, {"importance_samples": 2}, "importance-weighted"),
        ({"variational": False}, {}, "autoencoder"),
        ({}, {"objective": "importance-weighted"}, "importance-weighted"),
    ],
)
def test_settings_select_the_objective(model, training, key):
    assert objective_of(ModelConfig(**model), TrainConfig(**training)).key == key
