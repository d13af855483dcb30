"""A run's process: wait for a turn, train from where the last process left off, publish the model."""

import os
import time
import zlib
from collections.abc import Sequence
from contextlib import nullcontext, suppress

import numpy as np

from vae.data import Dataset, load_dataset
from vae.errors import TrainingError, ZscopeError
from vae.formats.bundle import Card
from vae.formats.bundle.schema import TrainingRecord
from zscope.jobs.control import Control, withdraw
from zscope.jobs.queue import wait_for_slot
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.folder import PUBLISH_LOCK, RunRequest, read_request, run_folder, runs_folder
from zscope.jobs.runs.progress import ProgressLog
from zscope.jobs.runs.warm_start import first_weights
from zscope.library.locks import Lock

__all__ = ["Watcher", "work"]

_SNAPSHOT_PATIENCE = 600.0  # seconds


class Watcher:
    """What somebody who looks on is told; a terminal overrides what it wants to show."""

    def queued(self, position: int) -> None:
        """The run waits for its turn."""

    def loading(self) -> None:
        """The framework is about to be loaded."""

    def loaded(self, dataset: Dataset) -> None:
        """The images are there."""

    def resumed(self, step: int, steps: int, fallback: str) -> None:
        """Training goes on from a checkpoint, not from the start."""

    def callbacks(self) -> Sequence:
        """Keras callbacks that hear of the training too."""
        return ()

    def report(self, what: str, done: int, total: int) -> None:
        """See `vae.evaluation.measure.evaluate`."""


class _Paused(Exception):
    """Somebody wished a pause."""


def work(id: str, lock: Lock, watcher: Watcher, now: bool = False) -> Card | None:
    """Do the run `id`, to its end or to a pause.

    Args:
        lock: of the run; freed at the end.
        now: do not queue.

    Returns:
        The finished model's card; None after a pause.

    Raises:
        ZscopeError: it failed; the run's folder says so too, and the last good checkpoint is kept.
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
                f"The run {id} stopped: {error}.", "The last checkpoint is kept: mend that, then resume the run."
            )
            _note_failure(log, failure.message, failure.hint)
            raise failure from error
        except Exception as error:
            _note_failure(
                log, f"{type(error).__name__}: {str(error)[:300]}", "This is a fault of Zscope's; output.log has more."
            )
            raise


def _note_failure(log: ProgressLog, message: str, mend: str) -> None:
    try:
        log.write("failed", message=message, mend=mend)
    except OSError:  # a full disk takes no line either: what is printed and the exit status still tell
        print(f"The run's progress cannot be written. {message} {mend}", flush=True)


def _work(request: RunRequest, log: ProgressLog, control: Control, watcher: Watcher, now: bool) -> Card | None:
    slot = None
    if not now:

        def queued(position: int) -> None:
            log.write("queued", position=position)
            watcher.queued(position)

        slot = wait_for_slot(runs_folder(), request.id, queued, lambda: _wishes_to_leave(request, control))
        if slot is None:
            newest = _store(request).newest()
            _pause(request, log, newest.step if newest else 0, stopped=control.wish() == "stop")
    try:
        return _train_and_publish(request, log, control, watcher)
    finally:
        if slot:
            slot.release()


def _wishes_to_leave(request: RunRequest, control: Control) -> bool:
    """In the queue: a stop that has nothing to keep is a pause; one that has waits for its turn to publish."""
    wish = control.wish()
    if wish != "stop":
        return wish == "pause"
    newest = _store(request).newest()
    return newest is None or newest.step == 0


def _train_and_publish(request: RunRequest, log: ProgressLog, control: Control, watcher: Watcher) -> Card:
    # Only now a framework: who waits takes no memory.
    watcher.loading()
    import keras

    from vae.backend import device_name
    from vae.formats.publish import publish
    from vae.training import Trainer, fit
    from zscope.jobs.runs.film import Film
    from zscope.jobs.runs.reporting import CheckpointKeeper, EpochReporter, Obedience, StepReporter, writing
    from zscope.jobs.runs.tensorboard import TensorBoardLog

    folder = run_folder(request.id)
    dataset = load_dataset(request.training.dataset, request.data_dir, request.download)
    watcher.loaded(dataset)
    store, data = _store(request), _data_mark(dataset)
    checkpoint = store.load()
    weights, before = (None, None) if checkpoint else first_weights(request)
    trainer = Trainer(dataset, request.model, request.training, weights)
    begun, fallback, resumed = 0.0, "", False
    if checkpoint:
        if checkpoint.rest["data"] != data:
            raise TrainingError(
                f"The images of {dataset.info.title} ({dataset.origin}) are not those that this run began with.",
                "Put those back, or start a new run.",
            )
        trainer.restore(checkpoint.arrays, checkpoint.rest["trainer"])
        begun, fallback, resumed = checkpoint.rest["seconds"], checkpoint.fallback, True
        if record := checkpoint.rest.get("began_with"):
            before = TrainingRecord.model_validate_json(record)
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

    film = Film(folder / "film", trainer.average, dataset.validation, request.training.seed, request.training.epochs)
    film.cut(trainer.epoch)
    board = TensorBoardLog(folder / "tensorboard", trainer.step)
    start = time.monotonic()

    def seconds_trained() -> float:
        return begun + time.monotonic() - start

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
        if not control.wish():
            fit(
                trainer,
                [
                    StepReporter(trainer, log, request.report_seconds),
                    EpochReporter(trainer, log, film, board),
                    keeper,
                    *watcher.callbacks(),
                    Obedience(control),
                ],
            )
        keeper.save()
    finally:
        with suppress(OSError):  # what is logged is flushed already
            board.close()
    seconds = seconds_trained()
    if control.wish() == "pause" or trainer.step == 0:  # stopped before it learned anything: nothing to keep
        _pause(request, log, trainer.step, stopped=control.wish() == "stop")

    kept = trainer.kept()
    kept_film = Film(folder / "film", kept, dataset.validation, request.training.seed, request.training.epochs)
    with writing("film"):
        kept_film.end(trainer.kept_epoch)

    said = [0.0]

    def report(what: str, done: int, total: int) -> None:
        if control.wish() == "pause":
            _pause(request, log, trainer.step)
        if time.monotonic() - said[0] >= request.report_seconds or done == total:
            log.write("publishing", what=what, done=done, total=total)
            said[0] = time.monotonic()
        watcher.report(what, done, total)

    log.write("publishing", what="", done=0, total=0)
    # A snapshot that is being saved is waited for: it must not come after the finished model and replace it.
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
        log.write("finished", step=trainer.step, stopped=trainer.step < trainer.steps, seconds=seconds)
    withdraw(folder)
    return card


def _store(request: RunRequest) -> CheckpointStore:
    return CheckpointStore(run_folder(request.id) / "checkpoints")


def _pause(request: RunRequest, log: ProgressLog, step: int, stopped: bool = False) -> None:
    """Leave, to be gone on with.

    Args:
        stopped: to stop and keep was asked for, before there was anything to keep.
    """
    told = {"message": "It was stopped before its first step: there was no model to keep.",
            "mend": "Resume it, or forget it."} if stopped else {}  # fmt: skip
    log.write("paused", step=step, **told)
    withdraw(run_folder(request.id))
    raise _Paused


def _data_mark(dataset: Dataset) -> list[int]:
    """Tells one set of training images from another: their number, and a checksum of some of them."""
    images = dataset.train.images
    some = np.ascontiguousarray(images[:: max(1, len(images) // 2000)])
    return [len(images), zlib.crc32(some.tobytes())]
