"""A model under training, opened as it was at the last checkpoint."""

import dataclasses
from pathlib import Path

from vae.data import Dataset, load_dataset
from vae.data.dataset import Split
from vae.durable import write_file
from vae.errors import TrainingError
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.folder import PUBLISH_LOCK, RunRequest
from zscope.jobs.runs.listing import Run, find_run
from zscope.library.locks import Lock

__all__ = ["snapshot"]

_AVERAGE = "average/"  # how `Trainer.state` names the weights that are kept
_MARK = "snapshot"  # in the run's folder: the model of its id is its own
_VOTERS = 10_000
_DRAWS, _IMAGES = 10, 100  # of the IWAE bound: a figure at a glance


def snapshot(id: str) -> str:
    """Save the averaged weights of the newest checkpoint of an unfinished run as a model, with figures of few images.

    The model has the run's own id, so that what is looked at now is what the finished model replaces. Loads the
    framework; takes seconds.

    Returns:
        The model's id.

    Raises:
        TrainingError: no such run, no checkpoint yet, or a finished model that is not this run's has the id.
        BundleError: it cannot be saved.
    """
    run = find_run(id)
    lock = Lock.take(run.folder / PUBLISH_LOCK)
    if lock is None:
        raise TrainingError(f"The model of the run {id} is being saved right now.", "Try again in a minute.")
    with lock:
        _save(find_run(id))  # as it is now that nobody else saves it
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
            f"The run {id} is to replace a model that is still there.", "Wait for its end, or stop and keep it."
        )
    checkpoint = CheckpointStore(run.folder / "checkpoints").load()
    if checkpoint is None:
        raise TrainingError(f"The run {id} has no checkpoint yet.", "Try again in a minute.")

    from vae.formats.publish import publish
    from vae.models.vae import VAE

    vae = VAE(request.model)
    vae.assign(
        {name.removeprefix(_AVERAGE): array for name, array in checkpoint.arrays.items() if name.startswith(_AVERAGE)}
    )
    try:
        write_file(mark, b"")
    except OSError as error:
        raise TrainingError(f"The run {id} cannot be written: {error.strerror}.", "Free some space.") from error
    publish(
        vae,
        Path(request.bundle),
        title=_title(request, checkpoint.record.epoch),
        dataset=_fewer(load_dataset(request.training.dataset, request.data_dir, request.download)),
        train_config=request.training,
        history=checkpoint.rest["trainer"]["history"],
        seconds=checkpoint.rest["seconds"],
        command=request.command,
        iwae_samples=_DRAWS,
        iwae_images=_IMAGES,
        report=lambda what, done, total: None,
    )


def _title(request: RunRequest, epoch: int) -> str:
    of = f" … (epoch {epoch} of {request.training.epochs})"
    return request.title[: 80 - len(of)] + of


def _fewer(dataset: Dataset) -> Dataset:
    train = Split(dataset.train.images[:_VOTERS], dataset.train.labels[:_VOTERS])
    return dataclasses.replace(dataset, train=train, complete=dataset.complete and len(train) == len(dataset.train))
