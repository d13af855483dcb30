"""The training loop, which reports to Keras callbacks only."""

from collections.abc import Sequence

import keras

from vae.data.dataset import Dataset
from vae.models.config import ModelConfig, TrainConfig
from vae.models.vae import VAE
from vae.training.trainer import Trainer

__all__ = ["fit", "train"]


class _StopSwitch:
    """The `model` of the callbacks: it has only the attribute that stops the loop."""

    def __init__(self):
        self.stop_training = False


def fit(trainer: Trainer, callbacks: Sequence[keras.callbacks.Callback] = ()) -> bool:
    """Train from the trainer's current step to its last epoch, or until its patience ends (`TrainConfig.patience`).

    As in Keras' `fit`, callbacks get `on_train_begin`, `on_epoch_begin(epoch)`, `on_train_batch_end(step of the
    epoch)`, `on_epoch_end(epoch, figures)` and `on_train_end`. Their `params` are the number of `epochs`, and of
    `steps` in each. A callback that sets `self.model.stop_training = True` ends the loop after the current step.

    Returns:
        Whether the training is finished, and was not stopped by a callback.

    Raises:
        TrainingError: training diverged.
    """
    switch = _StopSwitch()
    for callback in callbacks:
        callback.set_params({"epochs": trainer.train_config.epochs, "steps": trainer.steps_per_epoch})
        callback.set_model(switch)
        callback.on_train_begin()
    while not trainer.done and not switch.stop_training:
        epoch, done = divmod(trainer.step, trainer.steps_per_epoch)
        for callback in callbacks:
            callback.on_epoch_begin(epoch)
        while done < trainer.steps_per_epoch and not switch.stop_training:
            trainer.advance()
            done += 1
            last = done == trainer.steps_per_epoch
            figures = trainer.finish_epoch() if last else {}
            for callback in callbacks:
                callback.on_train_batch_end(done - 1)
            if last:
                for callback in callbacks:
                    callback.on_epoch_end(epoch, figures)
    for callback in callbacks:
        callback.on_train_end()
    return trainer.done


def train(
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[VAE, dict[str, list[float]]]:
    """Train a model from start to end, with `Trainer` and `fit`.

    Returns:
        `Trainer.kept()` and `Trainer.history`.

    Raises:
        TrainingError, BadRequestError: see `Trainer`.
    """
    trainer = Trainer(dataset, model_config, train_config)
    fit(trainer, callbacks)
    return trainer.kept(), trainer.history
