"""Measures how fast this machine trains a model, with a few steps on random images."""

import sys
import time

import numpy as np

from vae.data.catalog import DatasetInfo
from vae.data.dataset import Dataset, Split
from vae.models.config import ModelConfig, TrainConfig, config_from_json
from vae.training.trainer import Trainer

__all__ = ["images_per_second"]

_WARM_UP = 3  # steps; the first one compiles
_SECONDS = 2.0


def images_per_second(model_config: ModelConfig, train_config: TrainConfig) -> float:
    """Return the training speed, measured on random images for about two seconds after compilation."""
    rng = np.random.default_rng(0)
    count = 2 * train_config.batch_size
    split = Split(
        rng.integers(0, 256, (count, *model_config.image_shape), np.uint8),
        rng.integers(0, max(1, model_config.classes), count),
    )
    classes = tuple(str(index) for index in range(model_config.classes))
    info = DatasetInfo("noise", "Noise", model_config.image_shape, classes, None, "", "")
    trainer = Trainer(Dataset(info, split, split, split, "random numbers", True), model_config, train_config)
    for _ in range(_WARM_UP):
        trainer.advance()
    trainer.running_means()  # waits for the device
    start, first = time.perf_counter(), trainer.step
    while time.perf_counter() - start < _SECONDS:
        trainer.advance()
    trainer.running_means()
    return (trainer.step - first) * trainer.batch_size / (time.perf_counter() - start)


if __name__ == "__main__":
    print(images_per_second(config_from_json(ModelConfig, sys.argv[1]), config_from_json(TrainConfig, sys.argv[2])))
