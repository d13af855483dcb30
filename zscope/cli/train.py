"""`train`: trains a model and saves it as a bundle, with progress in the terminal."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from vae.data.catalog import dataset_info
from vae.errors import BadRequestError
from vae.models.config import ModelConfig, TrainConfig, make_config
from zscope.cli.foreground import show_run
from zscope.cli.options import DataDir, Download, IwaeImages, IwaeSamples
from zscope.cli.settings_options import values_of, with_settings
from zscope.jobs.runs.folder import check_id, new_request
from zscope.jobs.runs.launch import create, start

__all__ = ["train"]


@with_settings(ModelConfig, TrainConfig)
def train(
    name: Annotated[str, typer.Argument(help="Id of the new model: lower-case letters, digits and dashes.")],
    title: Annotated[str, typer.Option(help="Name of the model. Default: its id.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a model or a paused run with this id.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the bundle. Default: `ZSCOPE_MODELS` or ~/.zscope/models.")
    ] = None,
    data_dir: DataDir = None,
    download: Download = True,
    iwae_samples: IwaeSamples = 100,
    iwae_images: IwaeImages = 1000,
    background: Annotated[bool, typer.Option("--background", help="Train in the background and return.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Start at once, without queueing.")] = False,
    checkpoint_seconds: Annotated[float, typer.Option(help="Seconds between checkpoints.")] = 60.0,
    **settings,
):
    """Train a VAE and save it as a bundle, which the app lists.

    A sixth of the training images (MNIST: the last 10,000) is used for validation. The test split is used only to
    measure the finished model. The same settings and seed on the same machine give the same model.

    Ctrl-C pauses. `zscope resume NAME` continues, with the same result, bit for bit. docs/zoo.md explains the settings.
    """
    if len(title) > 80:
        raise BadRequestError(f"The title has {len(title)} characters.", "Use at most 80.")
    check_id(name)
    info = dataset_info(settings["dataset"])
    if settings["classes"] and len(info.class_names) < 2:
        raise BadRequestError(f"The images of {info.title} have no classes.", "Leave --conditional out.")
    settings["classes"] = len(info.class_names) if settings["classes"] else 0
    model_config = make_config(ModelConfig, image_shape=info.image_shape, **values_of(ModelConfig, settings))
    train_config = make_config(TrainConfig, **values_of(TrainConfig, settings))
    request = new_request(
        name,
        title,
        model_config,
        train_config,
        command=_command(),
        data_dir=data_dir,
        models=out,
        download=download,
        iwae_samples=iwae_samples,
        iwae_images=iwae_images,
        checkpoint_seconds=checkpoint_seconds,
    )
    if background:
        start(request, replace, now)
        print(f"Training {name} in the background. See: zscope runs")
        return
    show_run(request, create(request, replace), now, listed=out is None)


def _command() -> str:
    """Return the command that was typed, with placeholders instead of paths on this computer."""
    typed, words = ["zscope"], iter(sys.argv[1:])
    for word in words:
        option, is_whole, _ = word.partition("=")
        if option not in ("--out", "--data-dir"):
            typed.append(word)
            continue
        typed += [option, option.strip("-").upper()]
        if not is_whole:
            next(words, None)  # the path is the next word
    return shlex.join(typed)
