"""Keras callbacks that write each step and each epoch into the folder of a run.

Their order matters: the line, pictures and figures of an epoch are written before its checkpoint, so that a run that
resumes from the checkpoint has them all.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras

from vae.errors import TrainingError
from vae.message import message
from vae.training.trainer import Trainer, kept_epoch
from zscope.jobs.control import Control
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.film import Film
from zscope.jobs.runs.progress import ProgressLog
from zscope.jobs.runs.tensorboard import TensorBoardLog

__all__ = ["CheckpointKeeper", "EpochReporter", "StepReporter", "StopOnRequest", "writing"]


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn an `OSError` into a `TrainingError` with a hint."""
    try:
        yield
    except OSError as error:
        raise TrainingError(
            message("Can't write the run's {what}: {value}.", what=what, value=error.strerror or error),
            "The last checkpoint is kept: free some space, then resume the run.",
        ) from error


class StepReporter(keras.callbacks.Callback):
    """Writes a line of progress about once a second."""

    def __init__(self, trainer: Trainer, log: ProgressLog, interval: float):
        super().__init__()
        self._trainer, self._log, self._interval = trainer, log, interval

    def on_train_begin(self, logs=None):
        self._time, self._step = time.monotonic(), self._trainer.step
        self._compiled = False  # by the first step, whose time is not representative

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        compiled = self._compiled
        self._compiled = True
        if compiled and now - self._time < self._interval:
            return
        trainer = self._trainer
        # At an epoch's end the running sums have just been reset.
        loss = trainer.running_means()["loss"] if batch + 1 < trainer.steps_per_epoch else trainer.history["loss"][-1]
        speed = (trainer.step - self._step) * trainer.batch_size / max(now - self._time, 1e-9) if compiled else None
        with writing("progress"):
            self._log.write("step", step=trainer.step, epoch=trainer.epoch, loss=loss, images_per_second=speed)
        self._time, self._step = now, trainer.step


class EpochReporter(keras.callbacks.Callback):
    """Writes an epoch's line of progress, frame of the film and entry of the TensorBoard log."""

    def __init__(self, trainer: Trainer, log: ProgressLog, film: Film, board: TensorBoardLog):
        super().__init__()
        self._trainer, self._log, self._film, self._board = trainer, log, film, board

    def on_train_begin(self, logs=None):
        if self._trainer.step == 0 and self._film.wants(0):
            self._shoot(0, {}, None)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = self._trained = time.monotonic()
        self._step, self._waited = self._trainer.step, self._trainer.seconds_waited

    def on_train_batch_end(self, batch, logs=None):
        if batch + 2 == self._trainer.steps_per_epoch:  # the end of the last step is called after the validation
            self._trained = time.monotonic()
            self._steps_timed = self._trainer.step - self._step

    def on_epoch_end(self, epoch, logs=None):
        trainer, figures, seconds = self._trainer, dict(logs or {}), time.monotonic() - self._start
        timed = self._trained - self._start
        steps, timed = (self._steps_timed, timed) if timed > 0 else (trainer.step - self._step, seconds)
        speed = steps * trainer.batch_size / max(timed, 1e-9)
        with writing("progress"):
            self._log.write(
                "epoch",
                epoch=trainer.epoch,
                step=trainer.step,
                figures=figures,
                kl_per_dimension=trainer.kl_per_dimension.tolist(),
                seconds=seconds,
                images_per_second=speed,
                input_wait=trainer.seconds_waited - self._waited,
                best=kept_epoch(trainer.history),
            )
        scalars = {
            f"{name.removeprefix('val_')}/{'validation' if name.startswith('val_') else 'train'}": value
            for name, value in figures.items()
        }
        self._shoot(trainer.epoch, scalars | {"speed/images_per_second": speed}, trainer.kl_per_dimension)

    def _shoot(self, epoch, scalars, kl_per_dimension):
        pictures = {}
        if self._film.wants(epoch):
            with writing("film"):
                pictures = self._film.shoot(epoch)
        with writing("TensorBoard log"):
            self._board.log(self._trainer.step, scalars, kl_per_dimension, pictures)


class CheckpointKeeper(keras.callbacks.Callback):
    """Saves a checkpoint at the end of each epoch, and within long epochs after an interval.

    Args:
        seconds, steps: longest interval between two checkpoints. Epochs shorter than a tenth of it do not each get one.
        seconds_trained: returns the training time of the whole run so far.
    """

    def __init__(
        self,
        trainer: Trainer,
        store: CheckpointStore,
        log: ProgressLog,
        *,
        seconds: float,
        steps: int | None,
        seconds_trained: Callable[[], float],
        extra: dict[str, object],
    ):
        super().__init__()
        self._trainer, self._store, self._log = trainer, store, log
        self._seconds, self._steps, self._seconds_trained, self._extra = seconds, steps, seconds_trained, extra
        self._saved_step = trainer.step if trainer.step else -1
        self._saved_time = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        # Not at the end of an epoch, since the epoch's line must be written before the checkpoint: see `on_epoch_end`.
        if batch + 1 < self._trainer.steps_per_epoch and self._due(1.0):
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        if self._due(0.1) or self._trainer.done:
            self.save()

    def _due(self, share: float) -> bool:
        steps = self._trainer.step - max(0, self._saved_step)
        return (self._steps is not None and steps >= self._steps) or (
            time.monotonic() - self._saved_time >= share * self._seconds
        )

    def save(self) -> None:
        """Save the trainer's state, unless it is saved already."""
        trainer = self._trainer
        if trainer.step == self._saved_step:
            return
        arrays, state = trainer.state()
        rest = {"trainer": state, "seconds": self._seconds_trained()} | self._extra
        self._store.save(arrays, rest, trainer.step, trainer.epoch)
        self._saved_step, self._saved_time = trainer.step, time.monotonic()
        with writing("progress"):
            self._log.write("checkpoint", step=trainer.step, epoch=trainer.epoch)


class StopOnRequest(keras.callbacks.Callback):
    """Stops after the current step if requested."""

    def __init__(self, control: Control):
        super().__init__()
        self._control = control

    def on_train_batch_end(self, batch, logs=None):
        if self.model and self._control.action():
            self.model.stop_training = True
