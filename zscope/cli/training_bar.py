"""A Keras callback that shows a training run in the terminal."""

import time

import keras
from rich.console import Console
from rich.progress import Progress

__all__ = ["TrainingBar"]


class TrainingBar(keras.callbacks.Callback):
    """Shows a bar of steps and prints figures after each epoch; the bar of a resumed run starts at its step."""

    def __init__(self, bars: Progress, console: Console):
        super().__init__()
        self._bars = bars
        self._console = console

    def on_train_begin(self, logs=None):
        total = self.params["epochs"] * self.params["steps"]
        self._task = self._bars.add_task("train", total=total)

    def on_train_batch_end(self, batch, logs=None):
        self._bars.update(self._task, completed=self._epoch * self.params["steps"] + batch + 1)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        parts = f"reconstruction {logs['reconstruction']:.2f}, KL {logs['kl']:.2f}"
        self._console.print(
            f"epoch {epoch + 1}: loss {logs['loss']:.2f} ({parts}), validation {logs['val_loss']:.2f}, "
            f"{time.monotonic() - self._start:.1f} s"
        )
