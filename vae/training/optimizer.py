"""Adam or AdamW with warm-up and cosine decay, and the momentum of the weights' moving average."""

import keras

from vae.models.config import TrainConfig
from vae.models.untyped_keras import optimizers

__all__ = ["average_momentum", "make_optimizer"]


def make_optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    """Return Adam (Kingma & Ba 2015), or AdamW with decoupled weight decay (Loshchilov & Hutter 2019).

    The learning rate rises during the warm-up and then falls by a cosine (Loshchilov & Hutter 2017, "SGDR").

    Args:
        steps: number of steps of the whole run.
    """
    warmup = max(1, round(config.learning_rate_warmup * steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 100,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, steps - warmup),
        alpha=config.final_learning_rate / config.learning_rate,
    )
    if config.weight_decay:
        return optimizers.AdamW(schedule, weight_decay=config.weight_decay, global_clipnorm=config.clip_norm)
    return optimizers.Adam(schedule, global_clipnorm=config.clip_norm)


def average_momentum(config: TrainConfig, steps: int) -> float:
    """Return the momentum of the weights' moving average, per step.

    Its time constant is at most a twentieth of the run, so that the initial weights no longer count at the end.
    """
    return min(config.ema, max(0.0, 1 - 20 / steps))
