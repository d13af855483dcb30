"""The small models of the Learn page: what each one is trained with."""

from dataclasses import dataclass, field
from typing import Any

from vae.models.config import ModelConfig, TrainConfig

__all__ = ["RECIPES", "Recipe"]

EPOCHS = 12


@dataclass(frozen=True)
class Recipe:
    """One model.

    Attributes:
        key: its name in `assets/learn`.
        model, training: settings that differ from those of all small models.
        decoder: whether the page decodes with it, so that its weights are written.
    """

    key: str
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    decoder: bool = True

    @property
    def model_config(self) -> ModelConfig:
        return ModelConfig(**{"latent_dim": 2, "network": "dense", "widths": (64, 64)} | self.model)

    @property
    def train_config(self) -> TrainConfig:
        return TrainConfig(**{"epochs": EPOCHS, "kl_warmup": 0.0, "ema": 0.99, "keep": "last"} | self.training)


RECIPES = [
    Recipe("vae"),
    Recipe("autoencoder", {"variational": False}),
    Recipe("beta-0", training={"beta": 0.0}),
    Recipe("beta-0.25", training={"beta": 0.25}),
    Recipe("beta-4", training={"beta": 4.0}),
    Recipe("beta-20", training={"beta": 20.0}),
    Recipe("gaussian", {"likelihood": "gaussian-optimal"}),
    Recipe("laplace", {"likelihood": "laplace"}),
    Recipe("mean-over-pixels", training={"objective": "mean-over-pixels"}),
    Recipe("kl-over-pixels", training={"objective": "kl-over-pixels"}),
    Recipe("mse-alone", training={"objective": "mse-alone"}),
    Recipe("one-head", training={"objective": "one-head"}),
    Recipe("variance-as-sigma", training={"objective": "variance-as-sigma"}),
    Recipe("sigma-in-kl", training={"objective": "sigma-in-kl"}),
    Recipe("without-mean", training={"objective": "without-mean"}, decoder=False),
    Recipe("eight", {"latent_dim": 8}, decoder=False),
    Recipe("eight-beta-4", {"latent_dim": 8}, {"beta": 4.0}, decoder=False),
    Recipe("eight-beta-10", {"latent_dim": 8}, {"beta": 10.0}, decoder=False),
    Recipe("eight-free-bits", {"latent_dim": 8}, {"beta": 10.0, "free_bits": 0.5}, decoder=False),
]
