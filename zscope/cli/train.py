"""`train`: trains a model and saves it as a bundle, with progress in the terminal."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from vae.data import load_dataset
from vae.data.catalog import DatasetInfo, dataset_info
from vae.errors import BadRequestError
from vae.models.config import ModelConfig, TrainConfig, make_config
from vae.training.presets import PRESETS, why_not
from zscope.cli.foreground import show_run
from zscope.cli.options import DataDir, Download, IwaeImages, IwaeSamples
from zscope.cli.settings_options import values_of, with_settings
from zscope.jobs.runs.folder import check_id, new_request
from zscope.jobs.runs.launch import create, start

__all__ = ["train"]


@with_settings(ModelConfig, TrainConfig)
def train(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Id of the new model: lower-case letters, digits and dashes.")],
    preset: Annotated[
        str,
        typer.Option(
            help=f"Start from a preset of the Train page: {', '.join(PRESETS)}. Options that are given replace its "
            "settings. Without a preset, settings have the defaults that are shown here."
        ),
    ] = "",
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
    model_values, train_values = values_of(ModelConfig, settings), values_of(TrainConfig, settings)
    if preset:
        given = {one for one in settings if _is_given(context, one)}
        model, training = _preset_configs(preset, info, data_dir, download)
        model_values = _changed(model, model_values, given)
        train_values = _changed(training, train_values, given)
    model_config = make_config(ModelConfig, image_shape=info.image_shape, **model_values)
    train_config = make_config(TrainConfig, **train_values)
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


def _is_given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _preset_configs(
    id: str, info: DatasetInfo, data_dir: Path | None, download: bool
) -> tuple[ModelConfig, TrainConfig]:
    """Return the settings of a preset for a data set, as on the Train page."""
    if id not in PRESETS:
        raise BadRequestError(f"There is no preset called {id!r}.", f"Use one of {', '.join(PRESETS)}.")
    if reason := why_not(info.image_shape):
        raise BadRequestError(str(reason), "Leave --preset out, and give the settings of a dense network.")
    return PRESETS[id].configs(info, len(load_dataset(info.id, data_dir, download).train))


def _changed(config: ModelConfig | TrainConfig, values: dict[str, object], given: set[str]) -> dict[str, object]:
    """Return the values of a configuration, with those of the given options in their place."""
    return {name: value if name in given else getattr(config, name) for name, value in values.items()}


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
