"""Learning-rate schedule, weight decay, clipping, and momentum of the average."""

from typing import Any

import keras
import numpy as np
import pytest

from vae.models.config import TrainConfig
from vae.models.untyped_keras import ops
from vae.training.optimizer import average_momentum, make_optimizer


def _rates(steps: int, **settings) -> np.ndarray:
    """Return the learning rate of each step of a run."""
    optimizer: Any = make_optimizer(TrainConfig(**settings), steps)
    weight = keras.Variable(np.float32(0))
    optimizer.build([weight])
    rates = []
    for _ in range(steps):
        rates.append(float(ops.convert_to_numpy(optimizer.learning_rate)))
        optimizer.apply([np.float32(1)], [weight])
    return np.array(rates)


@pytest.mark.full
def test_the_rate_rises_to_its_peak_and_falls_as_a_cosine():
    rates = _rates(200, learning_rate=1e-2, final_learning_rate=1e-4, learning_rate_warmup=0.1)
    np.testing.assert_allclose(rates[0], 1e-4, rtol=1e-3)
    np.testing.assert_allclose(np.diff(rates[:20]), (1e-2 - 1e-4) / 20, rtol=1e-2)
    assert rates.argmax() == 20
    np.testing.assert_allclose(rates[20], 1e-2, rtol=1e-3)
    progress = np.arange(180) / 180
    np.testing.assert_allclose(rates[20:], 1e-4 + (1e-2 - 1e-4) * (1 + np.cos(np.pi * progress)) / 2, rtol=1e-3)
    assert rates[-1] < 1.1e-4


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_of_few_steps_has_rates(steps):
    rates = _rates(steps, learning_rate=1e-2)
    assert np.isfinite(rates).all()
    assert (rates > 0).all()


def _moved(gradients, **settings) -> np.ndarray:
    optimizer: Any = make_optimizer(TrainConfig(learning_rate=0.1, final_learning_rate=0.1, **settings), 1000)
    weights = [keras.Variable(np.float32(2)) for _ in gradients]
    optimizer.build(weights)
    optimizer.iterations.assign(500)
    optimizer.apply([np.float32(gradient) for gradient in gradients], weights)
    return np.array([float(weight.numpy()) for weight in weights]) - 2


def test_weight_decay_is_decoupled_from_the_gradient():
    plain, decayed = _moved([0.0, 0.5], weight_decay=0.0), _moved([0.0, 0.5], weight_decay=0.3)
    np.testing.assert_allclose(plain[0], 0, atol=1e-7)
    np.testing.assert_allclose(decayed - plain, -0.1 * 0.3 * 2, rtol=1e-3)


def test_the_gradient_is_clipped_by_its_global_norm():
    optimizer = make_optimizer(TrainConfig(clip_norm=2.0), 10)
    assert optimizer.global_clipnorm == 2.0
    assert make_optimizer(TrainConfig(clip_norm=3.0, weight_decay=0.1), 10).global_clipnorm == 3.0


@pytest.mark.parametrize(
    ("ema", "steps", "momentum"),
    [(0.999, 10, 0.0), (0.999, 20, 0.0), (0.999, 40, 0.5), (0.999, 100_000, 0.999), (0.9, 400, 0.9), (0.0, 400, 0.0)],
)
def test_the_time_constant_of_the_average_is_at_most_a_twentieth_of_the_run(ema, steps, momentum):
    assert average_momentum(TrainConfig(ema=ema), steps) == pytest.approx(momentum)
