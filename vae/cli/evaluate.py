"""`evaluate`: what a model reaches on the test split."""

from typing import Annotated

import typer

from vae.cli.framework import load_framework
from vae.cli.options import DataDir, Download, IwaeImages, IwaeSamples, Model, open_bundle
from vae.cli.progress import console, progress, reporter
from vae.data import load_dataset

__all__ = ["evaluate"]


def evaluate(
    model: Model,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    data_dir: DataDir = None,
    download: Download = True,
    iwae_samples: IwaeSamples = 100,
    iwae_images: IwaeImages = 1000,
):
    """Measure a model on the test split of its data: ELBO and its parts, IWAE bound, MSE, kNN accuracy, active units.

    The kNN vote needs codes of the training images; without the full train split it uses the bundled sample and says
    so.
    """
    bundle = open_bundle(model)
    data = load_dataset(bundle.manifest.dataset, data_dir, download)

    load_framework()
    from vae.evaluation import evaluate as measure

    with progress() as bars:
        metrics = measure(bundle.vae, data, iwae_samples, iwae_images, report=reporter(bars))
    if as_json:
        print(metrics.model_dump_json(indent=1))
        return
    if not data.complete:
        console.print(f"Training images: {data.origin}; the kNN accuracy is that of fewer voters than the card's.")
    for name, value in (
        ("ELBO", f"{metrics.elbo.value:.3f} ± {metrics.elbo.standard_error:.3f} nats"),
        ("  log p(x|z)", f"{metrics.reconstruction.value:.3f} ± {metrics.reconstruction.standard_error:.3f} nats"),
        ("  KL", f"{metrics.kl.value:.3f} ± {metrics.kl.standard_error:.3f} nats"),
        (
            f"IWAE k={metrics.iwae_samples}",
            f"{metrics.iwae.value:.3f} ± {metrics.iwae.standard_error:.3f} nats on {metrics.iwae_images:,} images",
        ),
        ("MSE", f"{metrics.mse.value:.5f} ± {metrics.mse.standard_error:.5f} per pixel"),
        (
            f"kNN k={metrics.knn_neighbours}",
            f"{100 * metrics.knn_accuracy.value:.2f} ± {100 * metrics.knn_accuracy.standard_error:.2f} % "
            f"by {metrics.knn_reference:,} codes",
        ),
        ("active units", f"{metrics.active_units} of {bundle.manifest.model.latent_dim}"),
    ):
        print(f"{name:14}{value}")
    print(f"on {metrics.images:,} test images, {bundle.manifest.model.likelihood} likelihood, grey levels")
