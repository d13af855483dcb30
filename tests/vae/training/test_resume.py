"""An interrupted run ends with the same weights and history as an uninterrupted one, bit by bit."""

import dataclasses
import io
import json

import numpy as np
import pytest

from vae.errors import TrainingError
from vae.models.config import ModelConfig, TrainConfig
from vae.training.trainer import Trainer

SMALL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(8,))
CONV = {"network": "conv", "widths": (4,), "dense_units": 8}
# 32 steps, so that the average differs from the last weights.
RUN = TrainConfig(dataset="digits", epochs=4, batch_size=32, learning_rate=5e-3)

MEMBERS = {
    "plain": ({}, {}),
    "binary pixels, dropout": (CONV | {"binarize": True}, {"dropout": 0.3, "free_bits": 0.2, "beta": 2.0}),
    "residual, optimal σ": (
        CONV | {"network": "residual", "likelihood": "gaussian-optimal"},
        {"weight_decay": 0.01, "ema": 0.9, "dropout": 0.2},
    ),
    "flow, many draws, classes": (
        {"prior": "realnvp", "prior_blocks": 2, "prior_units": 4, "likelihood": "laplace", "classes": 10},
        {"importance_samples": 3},
    ),
    "plain autoencoder": (
        {"variational": False, "likelihood": "continuous-bernoulli"},
        {"ema": 0.0},
    ),
}


def _advance(trainer: Trainer, steps: int) -> None:
    for _ in range(steps):
        trainer.advance()
        if trainer.step % trainer.steps_per_epoch == 0:
            trainer.finish_epoch()


def _through_files(state):
    """Return a state as a checkpoint restores it: arrays from bytes, the rest from JSON."""
    arrays, rest = state
    buffer = io.BytesIO()
    np.savez(buffer, **{str(index): array for index, array in enumerate(arrays.values())})
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as archive:
        arrays = {name: archive[str(index)] for index, name in enumerate(arrays)}
    return arrays, json.loads(json.dumps(rest))


def _same(one, other) -> None:
    arrays, rest = one
    others, other_rest = other
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
    assert rest == other_rest


QUICK = ("plain", "binary pixels, dropout")


@pytest.mark.parametrize(
    "member", [pytest.param(name, marks=() if name in QUICK else pytest.mark.full) for name in MEMBERS]
)
def test_an_interrupted_run_ends_like_an_uninterrupted_one(few_digits, member):
    model, training = MEMBERS[member]
    model, training = dataclasses.replace(SMALL, **model), dataclasses.replace(RUN, **training)

    first = Trainer(few_digits, model, training)
    _advance(first, 16)  # two epochs
    between = _through_files(first.state())
    _advance(first, 5)  # in the middle of the third
    middle = _through_files(first.state())
    assert (between[1]["step"], middle[1]["step"]) == (16, 21)
    _advance(first, 11)
    whole = first.state()
    if member == "plain":  # reading the state does not change the run
        undisturbed = Trainer(few_digits, model, training)
        _advance(undisturbed, 32)
        _same(undisturbed.state(), whole)

    second = Trainer(few_digits, model, training)
    for state in (between, middle):
        second.restore(*state)
        _same(second.state(), state)
        _advance(second, 32 - state[1]["step"])
        _same(second.state(), whole)
        assert second.history == first.history
        assert len(second.history["loss"]) == 4
        np.testing.assert_array_equal(second.kl_per_dimension, first.kl_per_dimension)


@pytest.fixture(scope="module")
def trainer(few_digits):
    trainer = Trainer(few_digits, SMALL, RUN)
    _advance(trainer, 3)
    return trainer


class TestState:
    def test_it_holds_weights_average_optimizer_and_noise(self, trainer):
        arrays, rest = trainer.state()
        assert {name.split("/")[0] for name in arrays} == {"weights", "average", "optimizer", "noise"}
        for name, weight in trainer.vae.named_weights().items():
            np.testing.assert_array_equal(arrays[f"weights/{name}"], weight.numpy())
            np.testing.assert_array_equal(arrays[f"average/{name}"], trainer.average.named_weights()[name].numpy())
        assert {array.dtype.name for array in arrays.values()} <= {"float32", "uint32", "int32", "int64"}
        assert rest["step"] == 3
        json.dumps(rest, allow_nan=False)

    def test_further_steps_do_not_change_a_state(self, few_digits):
        trainer = Trainer(few_digits, SMALL, RUN)
        _advance(trainer, 9)
        arrays, rest = trainer.state()
        kept = {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(rest))
        _advance(trainer, 9)
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, kept[0][name])
        assert rest == kept[1]

    def test_a_run_has_a_state_before_its_first_step(self, few_digits):
        fresh = Trainer(few_digits, SMALL, RUN)
        arrays, rest = _through_files(fresh.state())
        other = Trainer(few_digits, SMALL, dataclasses.replace(RUN, seed=9))
        other.restore(arrays, rest)
        _same(other.state(), fresh.state())


class TestStateOfAnotherRun:
    @pytest.mark.parametrize(
        "settings",
        [
            {"widths": (9,)},
            {"widths": (8, 8)},
            {"network": "conv"},
            {"likelihood": "laplace"},
            {"prior": "realnvp"},
            {"classes": 10},
        ],
        ids=str,
    )
    def test_another_architecture_is_refused_and_changes_nothing(self, few_digits, trainer, settings):
        other = Trainer(few_digits, dataclasses.replace(SMALL, **settings), RUN)
        before = other.state()
        with pytest.raises(TrainingError, match="another architecture"):
            other.restore(*trainer.state())
        _same(other.state(), before)

    @pytest.mark.parametrize("settings", [{"dropout": 0.5}, {"weight_decay": 0.1, "dropout": 0.1}], ids=str)
    def test_other_settings_with_other_state_are_refused(self, few_digits, trainer, settings):
        other = Trainer(few_digits, SMALL, dataclasses.replace(RUN, **settings))
        with pytest.raises(TrainingError, match="another architecture"):
            other.restore(*trainer.state())

    @pytest.mark.parametrize("step", [-1, 33])
    def test_a_step_beyond_the_run_is_refused(self, few_digits, trainer, step):
        arrays, rest = trainer.state()
        with pytest.raises(TrainingError):
            Trainer(few_digits, SMALL, RUN).restore(arrays, rest | {"step": step})
