"""Training one VAE: data and two configs in, a model and its history out. It reports through Keras callbacks alone."""

import itertools
import math
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from vae.config import ModelConfig, TrainConfig
from vae.data.dataset import Dataset, Split
from vae.errors import TrainingError
from vae.model import VAE

__all__ = ["shuffled_batches", "train"]


def train(
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[VAE, dict[str, list[float]]]:
    """Train on `dataset.train`, watch `dataset.validation`, never touch `dataset.test`.

    Args:
        dataset: images of `model_config.image_shape`.
        callbacks: progress bars, stops, checkpoints.

    Returns:
        The model with its averaged weights, and per epoch the means over the images, in nats: `loss`, `reconstruction`
        and `kl`, each with its `val_` twin. The loss weighs the KL by β; the twins use the weight at the end.

    Raises:
        TrainingError: the images do not fit the model, or the loss stopped being a number.
    """
    if dataset.info.image_shape != model_config.image_shape:
        raise TrainingError(
            f"{dataset.info.title} has images of {dataset.info.image_shape}, "
            f"the model expects {model_config.image_shape}.",
            "Set the model's image_shape to the data's.",
        )
    batch_size = min(train_config.batch_size, len(dataset.train))
    steps_per_epoch = len(dataset.train) // batch_size
    steps = steps_per_epoch * train_config.epochs
    vae = VAE(
        model_config,
        seed=train_config.seed,
        beta=train_config.beta,
        kl_warmup_steps=round(train_config.kl_warmup * steps),
    )
    vae.set_output_bias(float(dataset.train.images.mean() / 255))
    vae.compile(optimizer=_optimizer(train_config, steps))
    # A generator, not a PyDataset: Keras shuffles the latter's batches once more, unseeded.
    history = vae.fit(
        shuffled_batches(dataset.train, batch_size, train_config.seed),
        epochs=train_config.epochs,
        steps_per_epoch=steps_per_epoch,
        validation_data=(dataset.validation.images,),
        validation_batch_size=512,
        shuffle=False,  # the generator has shuffled
        callbacks=[*callbacks, _StopOnNaN()],
        verbose=0,
    )
    return vae, {name: [float(value) for value in values] for name, values in history.history.items()}


def _optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    warmup = max(1, round(config.learning_rate_warmup * steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 100,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, steps - warmup),
        alpha=config.final_learning_rate / config.learning_rate,
    )
    # The average must forget the initial weights: its memory is at most a twentieth of the run.
    momentum = min(config.ema, max(0.0, 1 - 20 / steps))
    return keras.optimizers.Adam(
        schedule, global_clipnorm=config.clip_norm, use_ema=momentum > 0, ema_momentum=momentum or 0.99
    )


def shuffled_batches(split: Split, batch_size: int, seed: int, first_epoch: int = 0) -> Iterator[tuple[np.ndarray]]:
    """Batches for ever, each epoch in an order that depends on (seed, epoch) alone, so that a resumed run repeats them.

    Only whole batches, one compiled shape; the few images left over are others in each epoch. Pixels stay uint8, a
    quarter of the bytes: the model scales them itself.
    """
    if batch_size > len(split):  # not one whole batch: the search for it would not end
        raise TrainingError(f"{len(split)} images do not fill a batch of {batch_size}.", "Use smaller batches.")
    for epoch in itertools.count(first_epoch):
        order = np.random.default_rng((seed, epoch)).permutation(len(split))
        for start in range(0, len(split) - batch_size + 1, batch_size):
            # Sorted within the batch: reading memory in order is faster, and a gradient does not care.
            yield (split.images[np.sort(order[start : start + batch_size])],)


class _StopOnNaN(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if not math.isfinite(logs["loss"]):
            raise TrainingError(
                f"The loss stopped being a number in epoch {epoch + 1}.",
                "Use a lower learning rate or a longer warm-up.",
            )
