"""A Keras callback that shows a training run in the terminal."""

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import Progress

__all__ = ["TrainingBar"]


class TrainingBar(keras.callbacks.Callback):
    """Shows a bar of steps and prints figures after each epoch; the bar of a resumed run starts at its step.

    Args:
        pca_mse: error of principal component analysis on the validation images, if it was measured.
    """

    def __init__(self, bars: Progress, console: Console, pca_mse: float | None = None):
        super().__init__()
        self._bars = bars
        self._console = console
        self._baseline = "" if pca_mse is None else f" (PCA {pca_mse:.5f})"

        self._steps = 0  # of an epoch

    def on_train_begin(self, logs=None):
        params: dict[str, Any] = self.params or {}  # set before training begins
        self._steps = params["steps"]
        self._task = self._bars.add_task("train", total=params["epochs"] * self._steps)

    def on_train_batch_end(self, batch, logs=None):
        self._bars.update(self._task, completed=self._epoch * self._steps + batch + 1)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        figures: dict[str, float] = logs or {}  # always given
        parts = f"reconstruction {figures['reconstruction']:.2f}, KL {figures['kl']:.2f}"
        self._console.print(
            f"epoch {epoch + 1}: loss {figures['loss']:.2f} ({parts}), validation {figures['val_loss']:.2f}, "
            f"MSE {figures['val_mse']:.5f}{self._baseline}, {time.monotonic() - self._start:.1f} s"
        )
