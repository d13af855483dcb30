"""`train`: data in, a bundle out; a run like those the app starts, shown in this terminal."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from vae.data.catalog import CATALOG, dataset_info
from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS
from vae.models.config import ModelConfig, TrainConfig, make_config
from vae.registry import Registry
from zscope.cli.foreground import show_run
from zscope.cli.options import DataDir, Download, IwaeImages, IwaeSamples
from zscope.jobs.runs.folder import check_id, new_request
from zscope.jobs.runs.launch import create, start

__all__ = ["train"]

MODEL, TRAINING = ModelConfig(), TrainConfig()  # the defaults shown by --help


def _keys(registry: Registry) -> str:
    return ", ".join(registry)


def train(
    name: Annotated[str, typer.Argument(help="Id of the new model: lower-case letters, digits and dashes.")],
    dataset: Annotated[str, typer.Option(help=f"{_keys(CATALOG)}, or one of your own.")] = TRAINING.dataset,
    latent_dim: Annotated[int, typer.Option(help="Dimensions of z.")] = MODEL.latent_dim,
    network: Annotated[str, typer.Option(help="dense, conv or residual.")] = MODEL.network,
    widths: Annotated[str, typer.Option(help="Channels after each halving (dense: units), with commas.")] = "32,64",
    blocks: Annotated[int, typer.Option(help="residual: blocks at each size of the image.")] = MODEL.blocks,
    dense_units: Annotated[int, typer.Option(help="Width of the dense layers around z.")] = MODEL.dense_units,
    activation: Annotated[str, typer.Option(help="relu, silu or gelu.")] = MODEL.activation,
    likelihood: Annotated[str, typer.Option(help=f"{_keys(LIKELIHOODS)}.")] = MODEL.likelihood,
    binarize: Annotated[bool, typer.Option("--binarize", help="bernoulli: draw the pixels anew each time.")] = False,
    autoencoder: Annotated[bool, typer.Option("--autoencoder", help="A plain autoencoder: no noise, no KL.")] = False,
    prior: Annotated[str, typer.Option(help=f"{_keys(PRIORS)}.")] = MODEL.prior,
    prior_blocks: Annotated[int, typer.Option(help="realnvp: coupling layers.")] = MODEL.prior_blocks,
    prior_units: Annotated[int, typer.Option(help="realnvp: width of their hidden layers.")] = MODEL.prior_units,
    conditional: Annotated[bool, typer.Option("--conditional", help="Tell the decoder the class.")] = False,
    start_from: Annotated[
        str, typer.Option(help="Begin with the weights of this model, of the same architecture.")
    ] = TRAINING.start_from,
    epochs: Annotated[int, typer.Option(help="Passes over the training images.")] = TRAINING.epochs,
    batch_size: Annotated[int, typer.Option(help="Images per step.")] = TRAINING.batch_size,
    learning_rate: Annotated[float, typer.Option(help="Peak of the cosine schedule.")] = TRAINING.learning_rate,
    final_learning_rate: Annotated[float, typer.Option(help="Its end.")] = TRAINING.final_learning_rate,
    learning_rate_warmup: Annotated[
        float, typer.Option(help="Share of the steps in which it rises.")
    ] = TRAINING.learning_rate_warmup,
    weight_decay: Annotated[float, typer.Option(help="Decoupled, of AdamW.")] = TRAINING.weight_decay,
    dropout: Annotated[float, typer.Option(help="Share of the encoder's last features.")] = TRAINING.dropout,
    shift: Annotated[int, typer.Option(help="Pixels that pictures are moved by at most; fades.")] = TRAINING.shift,
    mirror: Annotated[bool, typer.Option("--mirror", help="Exchange left and right every other time.")] = False,
    beta: Annotated[float, typer.Option(help="Weight of the KL term.")] = TRAINING.beta,
    kl_warmup: Annotated[
        float, typer.Option(help="Share of the steps in which beta rises from 0.")
    ] = TRAINING.kl_warmup,
    free_bits: Annotated[float, typer.Option(help="Nats per dimension that cost nothing.")] = TRAINING.free_bits,
    importance_samples: Annotated[
        int, typer.Option(help="k of the importance-weighted bound; 1 is the ELBO.")
    ] = TRAINING.importance_samples,
    objective: Annotated[
        str,
        typer.Option(help=f"{_keys(OBJECTIVES)}; when left out, what --autoencoder and --importance-samples choose."),
    ] = TRAINING.objective,
    clip_norm: Annotated[float, typer.Option(help="Largest norm of the gradient.")] = TRAINING.clip_norm,
    ema: Annotated[float, typer.Option(help="Memory of the weights' moving average; 0: none.")] = TRAINING.ema,
    keep: Annotated[str, typer.Option(help="best (by validation loss) or last epoch.")] = TRAINING.keep,
    seed: Annotated[int, typer.Option(help="Of weights, batches and noise.")] = TRAINING.seed,
    title: Annotated[str, typer.Option(help="The name people see; the id when left out.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a model or a paused run of that id.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to put the bundle in; `ZSCOPE_MODELS` or ~/.zscope/models.")
    ] = None,
    data_dir: DataDir = None,
    download: Download = True,
    iwae_samples: IwaeSamples = 100,
    iwae_images: IwaeImages = 1000,
    background: Annotated[bool, typer.Option("--background", help="Do not wait: the run goes on by itself.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Do not queue behind other runs.")] = False,
    checkpoint_seconds: Annotated[float, typer.Option(help="The most that a crash may cost.")] = 60.0,
):
    """Train a VAE and save it as a bundle that the app shows at once.

    A sixth of the training images (MNIST: the last 10,000) is held back for validation; the test split is only measured
    on, at the end. The same settings and seed on the same machine give the same model.

    Ctrl-C pauses: `zscope resume NAME` goes on, to the same bits. docs/zoo.md says what the settings are for.
    """
    if len(title) > 80:
        raise BadRequestError(f"The title has {len(title)} characters, at most 80 are kept.", "Shorten it.")
    check_id(name)
    info = dataset_info(dataset)
    if conditional and len(info.class_names) < 2:
        raise BadRequestError(f"The images of {info.title} have no classes.", "Leave --conditional out.")
    model_config = make_config(
        ModelConfig,
        image_shape=info.image_shape,
        latent_dim=latent_dim,
        network=network,
        widths=_numbers(widths),
        blocks=blocks,
        dense_units=dense_units,
        activation=activation,
        likelihood=likelihood,
        binarize=binarize,
        variational=not autoencoder,
        prior=prior,
        prior_blocks=prior_blocks,
        prior_units=prior_units,
        classes=len(info.class_names) if conditional else 0,
    )
    train_config = make_config(
        TrainConfig,
        dataset=dataset,
        start_from=start_from,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        final_learning_rate=final_learning_rate,
        learning_rate_warmup=learning_rate_warmup,
        weight_decay=weight_decay,
        dropout=dropout,
        shift=shift,
        mirror=mirror,
        beta=beta,
        kl_warmup=kl_warmup,
        free_bits=free_bits,
        importance_samples=importance_samples,
        objective=objective,
        clip_norm=clip_norm,
        ema=ema,
        keep=keep,
        seed=seed,
    )
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
        print(f"{name} trains in the background. See: zscope runs")
        return
    show_run(request, create(request, replace), now, listed=out is None)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadRequestError(f"--widths {text!r} is not a list of numbers.", "Write it like 16,32.") from None


def _command() -> str:
    """What was typed, with names for where things lie on this machine."""
    typed, words = ["zscope"], iter(sys.argv[1:])
    for word in words:
        option, is_whole, _ = word.partition("=")
        if option not in ("--out", "--data-dir"):
            typed.append(word)
            continue
        typed += [option, option.strip("-").upper()]
        if not is_whole:
            next(words, None)  # the place is the next word
    return shlex.join(typed)
