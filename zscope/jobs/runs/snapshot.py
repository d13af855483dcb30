"""Saves the last checkpoint of an unfinished run as a model."""

import dataclasses
from pathlib import Path

from vae.data import Dataset, load_dataset
from vae.data.dataset import Split
from vae.durable import write_file
from vae.errors import TrainingError
from vae.message import message
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.folder import PUBLISH_LOCK, RunRequest
from zscope.jobs.runs.listing import Run, find_run
from zscope.library.locks import Lock

__all__ = ["snapshot"]

_AVERAGE = "average/"  # prefix of the averaged weights in `Trainer.state`
_MARK = "snapshot"  # a file in the run's folder: the existing model of its id is a snapshot of this run
_VOTERS = 10_000
_SAMPLES, _IMAGES = 10, 100  # for a rough IWAE bound


def snapshot(id: str) -> str:
    """Save the averaged weights of an unfinished run's newest checkpoint as a model, with figures of few images.

    The model has the id of the run, whose finished model replaces it later. Loads the framework and takes seconds.

    Returns:
        The model's id.

    Raises:
        TrainingError: there is no such run or no checkpoint yet, or another model has the id.
        BundleError: the model cannot be saved.
    """
    run = find_run(id)
    lock = Lock.take(run.folder / PUBLISH_LOCK)
    if lock is None:
        raise TrainingError(
            message("The model of the run {id} is being saved right now.", id=id), "Try again in a minute."
        )
    with lock:
        _save(find_run(id))  # read again under the lock
    return id


def _save(run: Run) -> None:
    request, id = run.request, run.id
    if request is None:
        raise TrainingError(run.fault)
    if run.progress.state == "finished":
        return
    mark = run.folder / _MARK
    if request.bundle.exists() and not mark.exists():
        raise TrainingError(
            message("The run {id} will replace a model that still exists.", id=id),
            "Wait for its end, or stop it and save its model.",
        )
    checkpoint = CheckpointStore(run.folder / "checkpoints").load()
    if checkpoint is None:
        raise TrainingError(message("The run {id} has no checkpoint yet.", id=id), "Try again in a minute.")

    from vae.formats.publish import publish
    from vae.models.vae import VAE

    vae = VAE(request.model)
    vae.assign(
        {name.removeprefix(_AVERAGE): array for name, array in checkpoint.arrays.items() if name.startswith(_AVERAGE)}
    )
    try:
        write_file(mark, b"")
    except OSError as error:
        raise TrainingError(
            message("Can't write to the run {id}: {strerror}.", id=id, strerror=error.strerror), "Free some space."
        ) from error
    publish(
        vae,
        Path(request.bundle),
        title=_title(request, checkpoint.record.epoch),
        dataset=_fewer(load_dataset(request.training.dataset, request.data_dir, request.download)),
        train_config=request.training,
        history=checkpoint.rest["trainer"]["history"],
        seconds=checkpoint.rest["seconds"],
        command=request.command,
        iwae_samples=_SAMPLES,
        iwae_images=_IMAGES,
        report=lambda what, done, total: None,
    )


def _title(request: RunRequest, epoch: int) -> str:
    of = f" … (epoch {epoch} of {request.training.epochs})"
    return request.title[: 80 - len(of)] + of


def _fewer(dataset: Dataset) -> Dataset:
    train = Split(dataset.train.images[:_VOTERS], dataset.train.labels[:_VOTERS])
    return dataclasses.replace(dataset, train=train, complete=dataset.complete and len(train) == len(dataset.train))
