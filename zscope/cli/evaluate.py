"""`evaluate`: measures a model on the test split."""

from collections.abc import Iterator
from typing import Annotated

import typer

from vae.data import load_dataset
from vae.evaluation.figures import FEW_IMAGES, meaning_of_nats, show
from vae.formats.bundle.schema import Metrics
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from zscope.cli.framework import load_framework
from zscope.cli.options import DataDir, Download, IwaeImages, IwaeSamples, Model, open_bundle
from zscope.cli.progress import console, progress, reporter

__all__ = ["evaluate"]


def evaluate(
    model: Model,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    data_dir: DataDir = None,
    download: Download = True,
    iwae_samples: IwaeSamples = 100,
    iwae_images: IwaeImages = 1000,
):
    """Measure a model on the test split of its data set: ELBO and its parts, IWAE bound, MSE, kNN accuracy, active
    units, and precision, recall, density and coverage of samples from the prior.

    kNN accuracy needs codes of the training images; without the full train split the bundled sample is used, with a
    note.
    """
    bundle = open_bundle(model)
    data = load_dataset(bundle.manifest.dataset, data_dir, download)

    load_framework()
    from vae.evaluation.measure import evaluate as measure

    with progress() as bars:
        metrics = measure(bundle.vae, data, iwae_samples, iwae_images, report=reporter(bars))
    if as_json:
        print(metrics.model_dump_json(indent=1))
        return
    if not data.complete:
        console.print(
            f"Training images: {data.origin}. kNN accuracy and sample figures use fewer images than the model's card."
        )
    config = bundle.manifest.model
    for name, value in _lines(metrics, config):
        print(f"{name:14}{value}")
    print(f"on {metrics.images:,} test images; {config.likelihood} likelihood: {meaning_of_nats(config)}")
    if metrics.images < FEW_IMAGES:
        print("These are few test images, so the figures are uncertain.")


def _lines(metrics: Metrics, config: ModelConfig | ImportedConfig) -> Iterator[tuple[str, str]]:
    """Name and value of every available figure."""
    if metrics.elbo:
        yield "ELBO", show(metrics.elbo, 3, "nats", error=True)
        yield "  log p(x|z)", show(metrics.reconstruction, 3, "nats", error=True)
        yield "  KL", show(metrics.kl, 3, "nats", error=True)
        bound = show(metrics.iwae, 3, "nats", error=True)
        yield f"IWAE k={metrics.iwae_samples}", f"{bound} on {metrics.iwae_images:,} images"
    yield "MSE", show(metrics.mse, 5, "per pixel", error=True)
    if metrics.pca_mse:
        yield "MSE of PCA", show(metrics.pca_mse, 5, "per pixel", error=True)
    if metrics.knn_accuracy:
        accuracy = show(metrics.knn_accuracy, 2, "%", error=True)
        yield f"kNN k={metrics.knn_neighbours}", f"{accuracy} by {metrics.knn_reference:,} codes"
    yield "active units", f"{metrics.active_units} of {config.latent_dim}"
    if metrics.samples:
        yield "samples", f"{metrics.samples.images:,} samples from the prior (in brackets: as many training images)"
        for name in ("precision", "recall", "density", "coverage"):
            drawn, real = (getattr(of, name) for of in (metrics.samples, metrics.samples.ceiling))
            yield f"  {name}", f"{show(drawn, 3, error=True)} ({show(real, 3)})"
