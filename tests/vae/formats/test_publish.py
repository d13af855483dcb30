"""A trained model is published as a bundle whose card describes the model and its training."""

import datetime

import numpy as np
import pytest

from vae.evaluation.measure import evaluate
from vae.formats.bundle import BUNDLE_FILES, load_bundle
from vae.models.networks.plan import parameter_count
from vae.pictures.preparation import derive_input_style


@pytest.fixture(scope="module")
def bundle(published):
    return load_bundle(published)


def test_the_folder_is_a_bundle_of_that_id(bundle, published):
    assert {entry.name for entry in published.iterdir()} == set(BUNDLE_FILES)
    assert (bundle.manifest.id, bundle.manifest.title, bundle.manifest.dataset) == (
        "digits-6",
        "Digits, 6 dimensions",
        "digits",
    )


def test_the_manifest_has_the_input_style_of_the_data(bundle, digits):
    assert bundle.manifest.preprocessing == derive_input_style(digits.train.images)


def test_the_weights_are_the_model_s(bundle, trained):
    for name, weight in trained.vae.named_weights().items():
        np.testing.assert_array_equal(bundle.weights[name], weight.numpy())


def test_the_card_has_the_measured_figures(bundle, trained, digits):
    assert bundle.card.metrics == evaluate(trained.vae, digits, iwae_samples=10, iwae_images=100)


def test_the_card_records_the_training(bundle, trained):
    card, training = bundle.card, bundle.card.training
    assert card.parameters == parameter_count(trained.model_config)
    assert training.config == trained.train_config
    assert (training.train_images, training.validation_images) == (1250, 250)
    assert training.data_origin == "scikit-learn"
    assert "CC BY 4.0" in card.licence
    assert "Keras 3" in training.backend
    finished = datetime.datetime.fromisoformat(training.finished)
    assert finished.utcoffset() == datetime.timedelta(0)
    for name, values in trained.history.items():
        np.testing.assert_allclose(training.history[name], values, atol=1e-4)


def test_row_i_of_the_reference_is_test_image_i(bundle, trained, digits):
    z_mean, _ = trained.vae.encoder(digits.test.images / np.float32(255))
    np.testing.assert_allclose(bundle.reference.z_mean, z_mean, atol=1e-4)
    np.testing.assert_array_equal(bundle.reference.labels, digits.test.labels)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_model_whose_every_unit_died_is_published_too(digits, tmp_path, likelihood):
    """A run with too large a β collapses. Its model is saved, and the card shows it."""
    from vae.formats.publish import publish
    from vae.models.config import ModelConfig, TrainConfig
    from vae.models.vae import VAE

    vae = VAE(ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(4,), dense_units=8, likelihood=likelihood))
    for name in ("z_mean", "z_log_var"):
        layer = vae.encoder.get_layer(name)
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    card = publish(
        vae,
        tmp_path / "dead",
        title="Dead",
        dataset=digits,
        train_config=TrainConfig(dataset="digits"),
        history={"loss": [1.0]},
        seconds=0.0,
        command="none",
        iwae_samples=10,
        iwae_images=5,
        report=lambda *_: None,
    )
    assert card.metrics.kl and (card.metrics.active_units, card.metrics.kl.value) == (0, 0.0)
    assert load_bundle(tmp_path / "dead").card == card
