"""Publishes a trained model as a bundle: evaluates it, encodes the reference images, writes the card and saves."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import keras

from vae.backend import device_name
from vae.data.dataset import Dataset
from vae.data.sources import published_test_split
from vae.evaluation.measure import Report, encode_reference, evaluate
from vae.formats.bundle import Card, save_bundle
from vae.formats.bundle.schema import TrainingRecord
from vae.inference.codec import Codec
from vae.kinds import PRIORS
from vae.message import message
from vae.models.config import ModelConfig, TrainConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.plan import parameter_count
from vae.models.networks.zoo import NETWORKS
from vae.models.vae import VAE
from vae.pictures.preparation import derive_input_style

__all__ = ["publish"]


def publish(
    vae: VAE,
    folder: Path,
    *,
    title: str,
    dataset: Dataset,
    train_config: TrainConfig,
    history: dict[str, list[float]],
    seconds: float,
    command: str,
    iwae_samples: int,
    iwae_images: int,
    report: Report,
    began_with: TrainingRecord | None = None,
) -> Card:
    """Evaluate `vae` on the test split and save it as the bundle `folder`, whose name is the model's id.

    Args:
        seconds: duration of the training.
        command: the shell command that repeats the training.
        report: see `vae.evaluation.measure.evaluate`.
        began_with: record of the model whose weights the training started from.

    Raises:
        BundleError: the bundle cannot be written; an older one in `folder` is unchanged.
    """
    config = vae.config
    metrics = evaluate(vae, dataset, iwae_samples, iwae_images, report=report)
    card = Card(
        summary=_summary(config, dataset.info.title),
        licence=f"Weights: Apache-2.0. Data: {dataset.info.licence} ({dataset.info.source}).",
        parameters=parameter_count(config),
        training=TrainingRecord(
            command=command,
            config=train_config,
            data_origin=dataset.origin,
            train_images=len(dataset.train),
            validation_images=len(dataset.validation),
            seconds=round(seconds, 1),
            backend=_backend(),
            device=f"{device_name()}, {platform.machine()}",
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            history={name: [float(f"{value:.6g}") for value in values] for name, values in history.items()},
            began_with=began_with,
        ),
        metrics=metrics,
    )
    save_bundle(
        folder,
        id=folder.name,
        title=title,
        dataset=dataset.info.id,
        dataset_version=dataset.info.version,
        config=config,
        preprocessing=derive_input_style(dataset.train.images),
        weights={name: weight.numpy() for name, weight in vae.named_weights().items()},
        card=card,
        # The published test split: index i is the same image on every machine.
        reference=encode_reference(Codec(vae), published_test_split(dataset)),
    )
    return card


def _summary(config: ModelConfig | ImportedConfig, data: str) -> str:
    network = NETWORKS[config.network].title
    kind = ("conditional " if config.classes else "") + ("VAE" if config.variational else "autoencoder")
    likelihood = message(
        "{likelihood} likelihood{value}",
        likelihood=config.likelihood,
        value=" of binarised pixels" if config.binarize else "",
    )
    prior = f", {PRIORS[config.prior].summary}" if PRIORS[config.prior].summary else ""
    return f"{network} {kind} of {data}: {config.latent_dim} dimensions, {likelihood}{prior}."


def _backend() -> str:
    name = keras.backend.backend()
    return f"{name} {version(name)}, Keras {keras.version()}"
