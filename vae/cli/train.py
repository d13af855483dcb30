"""`train`: data in, a bundle out."""

import re
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from vae.bundle import check_writable
from vae.bundle.schema import MODEL_ID
from vae.cli.framework import load_framework
from vae.cli.options import DataDir, Download, IwaeImages, IwaeSamples
from vae.cli.progress import console, progress, reporter
from vae.config import ModelConfig, TrainConfig, config_from_json
from vae.data import load_dataset
from vae.errors import BadRequestError
from vae.registry import is_shipped, models_folder

__all__ = ["train"]

MODEL, TRAINING = ModelConfig(), TrainConfig()  # the defaults shown by --help


def train(
    name: Annotated[str, typer.Argument(help="Id of the new model: lower-case letters, digits and dashes.")],
    dataset: Annotated[str, typer.Option(help="mnist, fashion-mnist or digits.")] = TRAINING.dataset,
    latent_dim: Annotated[int, typer.Option(help="Dimensions of z.")] = MODEL.latent_dim,
    likelihood: Annotated[str, typer.Option(help="bernoulli, or gaussian (σ is learned).")] = MODEL.likelihood,
    widths: Annotated[str, typer.Option(help="Channels after each halving of the image, with commas.")] = "32,64",
    dense_units: Annotated[int, typer.Option(help="Width of the dense layers around z.")] = MODEL.dense_units,
    activation: Annotated[str, typer.Option(help="relu, silu or gelu.")] = MODEL.activation,
    epochs: Annotated[int, typer.Option(help="Passes over the training images.")] = TRAINING.epochs,
    batch_size: Annotated[int, typer.Option(help="Images per step.")] = TRAINING.batch_size,
    learning_rate: Annotated[float, typer.Option(help="Peak of the cosine schedule.")] = TRAINING.learning_rate,
    beta: Annotated[float, typer.Option(help="Weight of the KL term.")] = TRAINING.beta,
    kl_warmup: Annotated[float, typer.Option(help="Share of the steps in which beta rises from 0.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of weights, batches and noise.")] = TRAINING.seed,
    title: Annotated[str, typer.Option(help="The name people see; the id when left out.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a model of that id.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to put the bundle in; `ZSCOPE_MODELS` or ~/.zscope/models.")
    ] = None,
    data_dir: DataDir = None,
    download: Download = True,
    iwae_samples: IwaeSamples = 100,
    iwae_images: IwaeImages = 1000,
):
    """Train a VAE and save it as a bundle that the app shows at once.

    The last sixth of the training images (MNIST: 10,000) is held back for validation; the test split is only measured
    on, at the end. The same settings and seed on the same machine give the same model.
    """
    if len(title) > 80:
        raise BadRequestError(f"The title has {len(title)} characters, at most 80 are kept.", "Shorten it.")
    folder = _target(name, out, replace)
    data = load_dataset(dataset, data_dir, download)
    console.print(f"Data: {data.info.title}, {len(data.train):,} images to train on, from {data.origin}.")
    model_config = _checked(
        ModelConfig,
        image_shape=data.info.image_shape,
        latent_dim=latent_dim,
        widths=_numbers(widths),
        dense_units=dense_units,
        activation=activation,
        likelihood=likelihood,
    )
    train_config = _checked(
        TrainConfig,
        dataset=dataset,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        beta=beta,
        kl_warmup=kl_warmup,
        seed=seed,
    )

    # Only now a framework: a wrong setting is answered at once.
    load_framework()
    from vae.cli.training_bar import TrainingBar
    from vae.publish import publish
    from vae.training import train as fit

    with progress() as bars:
        start = time.monotonic()
        vae, history = fit(data, model_config, train_config, [TrainingBar(bars, console)])
        seconds = time.monotonic() - start
        card = publish(
            vae,
            folder,
            title=title or name,
            dataset=data,
            train_config=train_config,
            history=history,
            seconds=seconds,
            command=_command(),
            iwae_samples=iwae_samples,
            iwae_images=iwae_images,
            report=reporter(bars),
        )
    metrics = card.metrics
    print(
        f"{name}: {seconds:.0f} s, ELBO {metrics.elbo.value:.2f} nats, MSE {metrics.mse.value:.5f}, "
        f"kNN {100 * metrics.knn_accuracy.value:.2f} %, {metrics.active_units} of {latent_dim} units active."
    )
    if out:
        print(f"Saved in {folder}. Next: python -m vae evaluate {shlex.quote(str(folder))}")
    else:
        print(f"Saved in {folder}. The app lists it when its page is reloaded. Next: python -m vae evaluate {name}")


def _target(name: str, out: Path | None, replace: bool) -> Path:
    """Where the bundle goes; everything that could keep it from going there is found before the training."""
    if not re.fullmatch(MODEL_ID, name):
        raise BadRequestError(f"{name[:80]!r} cannot be an id.", "Use lower-case letters, digits and dashes.")
    if out is None and is_shipped(name):
        raise BadRequestError(f"A model called {name} ships with the project.", "Choose another id, or name --out.")
    folder = (out or models_folder()) / name
    if folder.exists() and not replace:
        raise BadRequestError(f"There is a model in {folder} already.", "Choose another id, or add --replace.")
    check_writable(folder.parent)
    return folder


def _checked(kind, **settings):
    """A config whose faults are one line, the same as when it is read from a file."""
    from pydantic import TypeAdapter

    return config_from_json(kind, TypeAdapter(dict).dump_json(settings))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadRequestError(f"--widths {text!r} is not a list of numbers.", "Write it like 16,32.") from None


def _command() -> str:
    """What was typed, with names for where things lie on this machine."""
    typed, words = ["python", "-m", "vae"], iter(sys.argv[1:])
    for word in words:
        option, is_whole, _ = word.partition("=")
        if option not in ("--out", "--data-dir"):
            typed.append(word)
            continue
        typed += [option, option.strip("-").upper()]
        if not is_whole:
            next(words, None)  # the place is the next word
    return shlex.join(typed)
