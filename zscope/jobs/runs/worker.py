"""The process of a run: waits for a slot, trains from the last checkpoint on, publishes the model."""

import os
import time
import zlib
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from pydantic import ValidationError

from vae.data import Dataset, load_dataset
from vae.data.dataset import Split
from vae.errors import TrainingError, ZscopeError
from vae.formats.bundle import Card
from vae.formats.bundle.schema import TrainingRecord
from vae.message import N_, message
from vae.validation import first_fault
from zscope.jobs.control import Control, clear_request
from zscope.jobs.queue import wait_for_slot
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.folder import PUBLISH_LOCK, RunRequest, read_request, run_folder, runs_folder
from zscope.jobs.runs.progress import ProgressLog
from zscope.jobs.runs.warm_start import first_weights
from zscope.library.locks import Lock

if TYPE_CHECKING:
    from keras.callbacks import Callback

__all__ = ["Watcher", "work"]

_SNAPSHOT_PATIENCE = 600.0  # seconds


class Watcher:
    """Callbacks for the progress of a run; a terminal overrides those that it shows."""

    def queued(self, position: int) -> None:
        """The run waits for a slot."""

    def loading(self) -> None:
        """The framework is about to be loaded."""

    def loaded(self, dataset: Dataset) -> None:
        """The images are loaded."""

    def resumed(self, step: int, steps: int, fallback: str) -> None:
        """Training resumes from a checkpoint."""

    def measured_baseline(self, pca_mse: float | None) -> None:
        """The error of principal component analysis is known; None if there is none."""

    def callbacks(self) -> Sequence["Callback"]:
        """Return further Keras callbacks for the training."""
        return ()

    def report(self, what: str, done: int, total: int) -> None:
        """See `vae.evaluation.measure.evaluate`."""


class _Paused(Exception):
    """The run was paused."""


def work(id: str, lock: Lock, watcher: Watcher, now: bool = False) -> Card | None:
    """Train the run `id` until it ends or is paused.

    Args:
        lock: of the run; released at the end.
        now: start without waiting in the queue.

    Returns:
        The finished model's card; None after a pause.

    Raises:
        ZscopeError: the run failed. The log contains the error too, and the last checkpoint is kept.
    """
    folder = run_folder(id)
    log = ProgressLog(folder)
    with lock, Control(folder) as control:
        try:
            log.write("starting", pid=os.getpid())
            return _work(read_request(folder), log, control, watcher, now)
        except _Paused:
            return None
        except KeyboardInterrupt:
            raise
        except ZscopeError as error:
            _note_failure(log, error.message, error.hint)
            raise
        except OSError as error:
            failure = TrainingError(
                message("The run {id} failed: {error}.", id=id, error=error),
                "The last checkpoint is kept: correct the cause, then resume the run.",
            )
            _note_failure(log, failure.message, failure.hint)
            raise failure from error
        except Exception as error:
            _note_failure(
                log,
                f"{type(error).__name__}: {str(error)[:300]}",
                N_("This is a defect of Zscope; output.log has the trace."),
            )
            raise


def _note_failure(log: ProgressLog, message: str, hint: str) -> None:
    try:
        log.write("failed", message=message, mend=hint)
    except OSError:  # a full disk: the output and the exit status still show the failure
        print(f"Can't write the run's progress. {message} {hint}", flush=True)


def _work(request: RunRequest, log: ProgressLog, control: Control, watcher: Watcher, now: bool) -> Card | None:
    slot = None
    if not now:

        def queued(position: int) -> None:
            log.write("queued", position=position)
            watcher.queued(position)

        slot = wait_for_slot(runs_folder(), request.id, queued, lambda: _should_leave(request, control))
        if slot is None:
            newest = _store(request).newest()
            _pause(request, log, newest.step if newest else 0, stopped=control.action() == "stop")
    try:
        return _train_and_publish(request, log, control, watcher)
    finally:
        if slot:
            slot.release()


def _should_leave(request: RunRequest, control: Control) -> bool:
    """Return whether to leave the queue. A run with a checkpoint that is stopped waits for a slot, to publish."""
    action = control.action()
    if action != "stop":
        return action == "pause"
    newest = _store(request).newest()
    return newest is None or newest.step == 0


def _train_and_publish(request: RunRequest, log: ProgressLog, control: Control, watcher: Watcher) -> Card:
    # The framework is loaded here, so that a waiting run takes little memory.
    watcher.loading()
    import keras

    from vae.backend import device_name
    from vae.formats.publish import publish
    from vae.training.fit import fit
    from vae.training.trainer import Trainer
    from zscope.jobs.runs.film import Film
    from zscope.jobs.runs.reporting import CheckpointKeeper, EpochReporter, StepReporter, StopOnRequest, writing
    from zscope.jobs.runs.tensorboard import TensorBoardLog

    folder = run_folder(request.id)
    dataset = load_dataset(request.training.dataset, request.data_dir, request.download)
    watcher.loaded(dataset)
    store, data = _store(request), _data_fingerprint(dataset)
    checkpoint = store.load()
    weights, before = (None, None) if checkpoint else first_weights(request)
    trainer = Trainer(dataset, request.model, request.training, weights)
    seconds_before, fallback, resumed = 0.0, "", False
    if checkpoint:
        if checkpoint.rest["data"] != data:
            raise TrainingError(
                message(
                    "The images of {title} ({origin}) have changed since this run started.",
                    title=dataset.info.title,
                    origin=dataset.origin,
                ),
                "Restore the images, or start a new run.",
            )
        trainer.restore(checkpoint.arrays, checkpoint.rest["trainer"])
        seconds_before, fallback, resumed = checkpoint.rest["seconds"], checkpoint.fallback, True
        if record := checkpoint.rest.get("began_with"):
            before = _record_from(record)
        watcher.resumed(trainer.step, trainer.steps, fallback)
    log.write(
        "started",
        device=device_name(),
        backend=keras.backend.backend(),
        images=len(dataset.train),
        step=trainer.step,
        steps=trainer.steps,
        epoch=trainer.epoch,
        epochs=request.training.epochs,
        resumed=resumed,
        fallback=fallback,
    )

    baseline = _pca_mse(dataset, request.model.latent_dim)
    log.write("baseline", pca_mse=baseline)
    watcher.measured_baseline(baseline)
    film = Film(folder / "film", trainer.average, dataset.validation, request.training.seed, request.training.epochs)
    film.cut(trainer.epoch)
    board = TensorBoardLog(folder / "tensorboard", trainer.step)
    start = time.monotonic()

    def seconds_trained() -> float:
        return seconds_before + time.monotonic() - start

    keeper = CheckpointKeeper(
        trainer,
        store,
        log,
        seconds=request.checkpoint_seconds,
        steps=request.checkpoint_steps,
        seconds_trained=seconds_trained,
        extra={"data": data, "began_with": before and before.model_dump_json()},
    )
    try:
        if not control.action():
            fit(
                trainer,
                [
                    StepReporter(trainer, log, request.report_seconds),
                    EpochReporter(trainer, log, film, board),
                    keeper,
                    *watcher.callbacks(),
                    StopOnRequest(control),
                ],
            )
        keeper.save()
    finally:
        with suppress(OSError):  # all entries are flushed already
            board.close()
    seconds = seconds_trained()
    if control.action() == "pause" or trainer.step == 0:  # stopped before its first step
        _pause(request, log, trainer.step, stopped=control.action() == "stop")

    kept = trainer.kept()
    kept_film = Film(folder / "film", kept, dataset.validation, request.training.seed, request.training.epochs)
    with writing("film"):
        kept_film.end(trainer.kept_epoch)

    reported = [0.0]

    def report(what: str, done: int, total: int) -> None:
        if control.action() == "pause":
            _pause(request, log, trainer.step)
        if time.monotonic() - reported[0] >= request.report_seconds or done == total:
            log.write("publishing", what=what, done=done, total=total)
            reported[0] = time.monotonic()
        watcher.report(what, done, total)

    log.write("publishing", what="", done=0, total=0)
    # Waits for a snapshot that is being saved, which would replace the finished model.
    with Lock.take(folder / PUBLISH_LOCK, _SNAPSHOT_PATIENCE) or nullcontext():
        card = publish(
            kept,
            request.bundle,
            title=request.title,
            dataset=dataset,
            train_config=request.training,
            history=trainer.history,
            seconds=seconds,
            command=request.command,
            iwae_samples=request.iwae_samples,
            iwae_images=request.iwae_images,
            report=report,
            began_with=before,
        )
        patience = request.training.patience if trainer.stopped_early else 0
        log.write("finished", step=trainer.step, stopped=not trainer.done, seconds=seconds, patience=patience)
    clear_request(folder)
    return card


def _pca_mse(dataset: Dataset, dimensions: int) -> float | None:
    """Return the error that principal component analysis has on the images that `val_mse` is measured on."""
    from vae.evaluation.pca import pca_errors
    from vae.training.validation import MSE_IMAGES

    some, split = slice(MSE_IMAGES), dataset.validation
    errors = pca_errors(dataset, dimensions, Split(split.images[some], split.labels[some]))
    return float(errors.mean()) if errors is not None and len(errors) else None


def _store(request: RunRequest) -> CheckpointStore:
    return CheckpointStore(run_folder(request.id) / "checkpoints")


def _pause(request: RunRequest, log: ProgressLog, step: int, stopped: bool = False) -> NoReturn:
    """Log the pause and raise `_Paused`.

    Args:
        stopped: whether a stop was requested before there was a model to save.
    """
    reason = {"message": N_("It was stopped before its first step, so there was no model to save."),
              "mend": N_("Resume it, or remove it.")} if stopped else {}  # fmt: skip
    log.write("paused", step=step, **reason)
    clear_request(run_folder(request.id))
    raise _Paused


def _record_from(text: str) -> TrainingRecord:
    """Parse the training record of the model that a run started from."""
    try:
        return TrainingRecord.model_validate_json(text)
    except ValidationError as error:
        raise TrainingError(
            message(
                "The checkpoint's training record is of another version: {first_fault}.", first_fault=first_fault(error)
            ),
            "Start a new run.",
        ) from None


def _data_fingerprint(dataset: Dataset) -> list[int]:
    """Return the number of training images and a checksum of some of them, to detect changed images."""
    images = dataset.train.images
    some = np.ascontiguousarray(images[:: max(1, len(images) // 2000)])
    return [len(images), zlib.crc32(some.tobytes())]
