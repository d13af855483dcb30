"""AdamW with a warm-up and a cosine, and the memory of the weights' moving average."""

import keras

from vae.models.config import TrainConfig

__all__ = ["average_momentum", "make_optimizer"]


def make_optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    """Adam (Kingma & Ba 2015), with decoupled weight decay where asked for (Loshchilov & Hutter 2019).

    Args:
        steps: of the whole run, over which the learning rate rises and falls (Loshchilov & Hutter 2017, "SGDR").
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
        return keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay, global_clipnorm=config.clip_norm)
    return keras.optimizers.Adam(schedule, global_clipnorm=config.clip_norm)


def average_momentum(config: TrainConfig, steps: int) -> float:
    """Of the weights' moving average, per step. It must forget the initial weights: its memory is at most a twentieth
    of the run."""
    return min(config.ema, max(0.0, 1 - 20 / steps))
