"""Models for tests: one with random weights, and one that is trained once per session."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from vae.data import Dataset, load_dataset, load_test_split
from vae.formats.bundle import Card, save_bundle
from vae.formats.bundle.reference import Reference
from vae.formats.bundle.schema import Figure, Metrics, TrainingRecord
from vae.models.config import ModelConfig, TrainConfig
from vae.models.networks.plan import parameter_count, weight_shapes

TINY = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load_dataset("digits")


@pytest.fixture(scope="session")
def make_content():
    """Return random arguments of `save_bundle` for a config, without a framework or training."""

    def make(config: ModelConfig = TINY, seed: int = 0) -> dict:
        rng = np.random.default_rng(seed)
        shapes = weight_shapes(config)
        labels = load_test_split("digits").labels
        rows = len(labels)
        codes = rng.normal(size=(rows, config.latent_dim)).astype(np.float32)
        return {
            "id": "tiny",
            "title": "Tiny, of random weights",
            "dataset": "digits",
            "config": config,
            "weights": {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()},
            "card": _card(config),
            "reference": Reference(
                z_mean=codes,
                z_log_var=rng.normal(-2, 0.1, codes.shape).astype(np.float32),
                labels=labels,
                data_distance=rng.uniform(0.1, 2, rows).astype(np.float32),
            ),
        }

    return make


@pytest.fixture
def bundle_folder(tmp_path, make_content) -> Path:
    """A valid bundle folder of a few kilobytes, to be damaged."""
    return save_bundle(tmp_path / "tiny", **make_content())


@dataclass(frozen=True)
class Trained:
    """A model trained on digits, with its data and configurations."""

    vae: object
    history: dict[str, list[float]]
    model_config: ModelConfig
    train_config: TrainConfig


@pytest.fixture(scope="session")
def trained(digits) -> Trained:
    from vae.training import train

    model_config = ModelConfig(image_shape=(8, 8, 1), latent_dim=6, widths=(16, 32), dense_units=64)
    train_config = TrainConfig(dataset="digits", epochs=30, batch_size=64, learning_rate=5e-3)
    vae, history = train(digits, model_config, train_config)
    return Trained(vae, history, model_config, train_config)


@pytest.fixture(scope="session")
def published(trained, digits, tmp_path_factory) -> Path:
    """The trained model's bundle folder, called `digits-6`."""
    from vae.formats.publish import publish

    folder = tmp_path_factory.mktemp("published") / "digits-6"
    publish(
        trained.vae,
        folder,
        title="Digits, 6 dimensions",
        dataset=digits,
        train_config=trained.train_config,
        history=trained.history,
        seconds=1.0,
        command="python -m vae train digits-6 --dataset digits",
        iwae_samples=10,
        iwae_images=100,
        report=lambda what, done, total: None,
    )
    return folder


def _card(config: ModelConfig) -> Card:
    figure = Figure(value=1.5, standard_error=0.25)
    return Card(
        summary="Random weights.",
        licence="None.",
        parameters=parameter_count(config),
        training=TrainingRecord(
            command="none",
            config=TrainConfig(dataset="digits"),
            data_origin="nowhere",
            train_images=0,
            validation_images=0,
            seconds=0.0,
            backend="none",
            device="none",
            finished="2026-01-01T00:00:00+00:00",
            history={"loss": [3.0, 2.0]},
        ),
        metrics=Metrics(
            images=1,
            elbo=figure,
            reconstruction=figure,
            kl=figure,
            iwae=figure,
            iwae_samples=10,
            iwae_images=1,
            mse=figure,
            knn_accuracy=figure,
            knn_neighbours=10,
            knn_reference=1,
            kl_per_dimension=[0.5] * config.latent_dim,
            active_units=config.latent_dim,
        ),
    )
