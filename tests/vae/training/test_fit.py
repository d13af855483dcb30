"""The training loop: the calls of callbacks, their order, and how callbacks stop it."""

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest

from vae.errors import TrainingError
from vae.models.config import ModelConfig, TrainConfig
from vae.training.fit import fit, train
from vae.training.trainer import Trainer

SMALL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(8,))
RUN = TrainConfig(dataset="digits", epochs=2, batch_size=100, learning_rate=5e-3)  # two steps an epoch

EPOCH = ["epoch {0} begins", "step 0", "step 1", "epoch {0} ends"]


class Listener(keras.callbacks.Callback):
    """Records its calls, and stops after a number of steps."""

    def __init__(self, trainer=None, stop_after=None):
        super().__init__()
        self.calls, self.figures, self._trainer, self._left = [], [], trainer, stop_after

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} begins")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"step {batch}")
        if self._left is not None:
            self._left -= 1
            model: Any = self.model  # Keras infers None
            model.stop_training = self._left == 0

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} ends")
        self.figures.append(dict(logs or {}))
        if self._trainer:
            assert {name: values[-1] for name, values in self._trainer.history.items()} == logs
            assert len(self._trainer.history["loss"]) == epoch + 1 == self._trainer.epoch

    def on_train_end(self, logs=None):
        self.calls.append("end")


def _epochs(*numbers) -> list[str]:
    return [line.format(number) for number in numbers for line in EPOCH]


@pytest.fixture
def trainer(few_digits):
    return Trainer(few_digits, SMALL, RUN)


def test_callbacks_are_called_in_order(trainer):
    listener = Listener(trainer)
    assert fit(trainer, [listener]) is True
    assert listener.calls == ["begin", *_epochs(0, 1), "end"]
    assert listener.params == {"epochs": 2, "steps": 2}
    assert [figures["val_loss"] for figures in listener.figures] == trainer.history["val_loss"]


def test_all_callbacks_get_the_same_calls(trainer):
    listeners = [Listener(), Listener()]
    fit(trainer, listeners)
    assert listeners[0].calls == listeners[1].calls == ["begin", *_epochs(0, 1), "end"]


def test_it_trains_without_callbacks(trainer):
    assert fit(trainer)
    assert trainer.step == trainer.steps == 4


@pytest.mark.parametrize(
    ("steps", "calls"),
    [
        (1, ["begin", *_epochs(0)[:2], "end"]),
        (2, ["begin", *_epochs(0), "end"]),
        (3, ["begin", *_epochs(0), *_epochs(1)[:2], "end"]),
    ],
)
def test_a_callback_stops_it_after_the_current_step(trainer, steps, calls):
    listener = Listener(trainer, stop_after=steps)
    assert fit(trainer, [listener]) is False
    assert listener.calls == calls
    assert trainer.step == steps
    assert len(trainer.history.get("loss", [])) == steps // 2


def test_a_run_stopped_in_the_last_step_is_finished(trainer):
    assert fit(trainer, [Listener(trainer, stop_after=4)]) is True
    assert len(trainer.history["loss"]) == 2


@pytest.mark.full
def test_it_continues_from_the_step_where_it_stopped(trainer, few_digits, weights_of):
    fit(trainer, [Listener(stop_after=3)])
    listener = Listener(trainer)
    assert fit(trainer, [listener]) is True
    assert listener.calls == ["begin", "epoch 1 begins", "step 1", "epoch 1 ends", "end"]
    whole, history = train(few_digits, SMALL, RUN)
    for name, weight in weights_of(whole).items():
        np.testing.assert_array_equal(weight, weights_of(trainer.average)[name])
    assert history == trainer.history


@pytest.mark.full
def test_a_finished_run_trains_no_more(trainer):
    fit(trainer)
    listener = Listener()
    assert fit(trainer, [listener]) is True
    assert listener.calls == ["begin", "end"]
    assert len(trainer.history["loss"]) == 2


def test_divergence_raises_and_finishes_no_epoch(trainer):
    class Poison(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            trainer.vae.decoder.get_layer("logits").bias.assign(np.full(64, np.nan))

    listener = Listener()
    with pytest.raises(TrainingError, match="diverged in epoch 1"):
        fit(trainer, [Poison(), listener])
    assert "epoch 0 ends" not in listener.calls
    assert trainer.history == {}


@pytest.mark.full
def test_train_returns_the_average_and_the_history(few_digits, weights_of):
    config = dataclasses.replace(RUN, epochs=15)  # 30 steps, so that the average differs from the last weights
    vae, history = train(few_digits, SMALL, config)
    trainer = Trainer(few_digits, SMALL, config)
    fit(trainer)
    assert history == trainer.history
    last = weights_of(trainer.vae)
    for name, weight in weights_of(vae).items():
        np.testing.assert_array_equal(weight, weights_of(trainer.average)[name])
    assert any((weight != last[name]).any() for name, weight in weights_of(vae).items())
