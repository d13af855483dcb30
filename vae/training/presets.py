"""Presets: good settings for a data set, as a quick, a standard and a best model.

A preset fixes the amount of computation, not the number of epochs: 2,000 photographs take as long as 60,000 digits.
`zscope.jobs.runs.estimate` measures how long that is on a machine.
"""

from dataclasses import dataclass

from vae.data.catalog import DatasetInfo
from vae.message import N_, message
from vae.models.config import MOST_SIDE, ModelConfig, TrainConfig
from vae.models.networks.plan import multiply_adds

__all__ = ["PRESETS", "Preset", "why_not"]

_COARSEST = 8  # side below which an image is not halved further
_PATIENCE = 10  # epochs without a lower validation loss until the training ends
_EPOCHS = (4, 120)  # fewest and most; more would overfit small data sets


@dataclass(frozen=True)
class Preset:
    """One choice on the Train page.

    Attributes:
        width: channels after the first halving; each further halving doubles them, up to 128.
        work: multiply-adds of all forward passes of a run.
    """

    id: str
    title: str
    summary: str
    width: int
    dense_units: int
    latent_dim: int
    prior: str
    work: float

    def configs(self, info: DatasetInfo, images: int, seed: int = 0) -> tuple[ModelConfig, TrainConfig]:
        """Return the settings for a data set with a number of training images."""
        model = ModelConfig(
            image_shape=info.image_shape,
            latent_dim=self.latent_dim,
            widths=_widths(self.width, min(info.image_shape[:2])),
            dense_units=self.dense_units,
            activation="silu",
            likelihood="gaussian-optimal",
            prior=self.prior,
        )
        least, most = _EPOCHS
        epochs = round(self.work / (multiply_adds(model) * max(1, images)))
        # Few images need smaller batches, or there would be too few steps.
        batch_size = 128 if images >= 5000 else 32
        training = TrainConfig(
            dataset=info.id,
            epochs=min(most, max(least, epochs)),
            batch_size=batch_size,
            learning_rate=2e-3,
            weight_decay=0.1,
            shift=min(info.image_shape[:2]) // 28,
            patience=_PATIENCE,
            seed=seed,
        )
        return model, training


def why_not(image_shape: tuple[int, int, int]) -> str:
    """Return in a sentence why no preset suits images of that shape; "" if all do."""
    sides = image_shape[:2]
    if max(sides) > MOST_SIDE:
        return message("Training supports images of at most {most_side} pixels a side.", most_side=MOST_SIDE)
    if any(side % 2 for side in sides):
        return N_("Networks halve images, so both sides need an even number of pixels.")
    return ""


def _widths(first: int, side: int) -> tuple[int, ...]:
    widths = []
    while side % 2 == 0 and (side > _COARSEST or not widths) and len(widths) < 4:
        widths.append(min(128, first * 2 ** len(widths)))
        side //= 2
    return tuple(widths)


# On MNIST and two CPU cores: two minutes, a quarter of an hour, an hour and a half.
PRESETS = {
    preset.id: preset
    for preset in (
        Preset("quick", "Quick", "For a quick try: small network, 16 dimensions.", 16, 256, 16, "normal", 9e11),
        Preset("standard", "Standard", "A network twice as wide, trained for longer.", 32, 256, 16, "normal", 1.2e13),
        Preset(
            "best", "Best", "Trained until gains level off; a flow prior, for better samples.",
            32, 256, 16, "realnvp", 6e13,
        ),
    )
}  # fmt: skip
