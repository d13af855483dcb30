"""Small models of every kind, for the browser: made once, in a folder that the app is started with."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vae.config import ModelConfig, TrainConfig
from vae.data import load_dataset
from vae.data.intake import prepare
from vae.publish import publish
from vae.training import train

__all__ = ["DIGITS", "SHAPES", "make_shapes", "make_zoo"]

DIGITS = {  # settings that differ from a plain VAE of the digits
    "conditional-6": {"latent_dim": 6, "classes": 10},
    "conditional-2d": {"latent_dim": 2, "classes": 10},
    "plain-6": {"latent_dim": 6, "variational": False},
    "flow-6": {"latent_dim": 6, "prior": "realnvp", "prior_blocks": 4, "prior_units": 32},
}
SHAPES = {"shapes-8": {"latent_dim": 8}, "shapes-2d": {"latent_dim": 2}}


def make_zoo(models: Path, only: tuple[str, ...] = ()) -> None:
    """Train and publish the models of `DIGITS` and `SHAPES`, or those of these ids; `ZSCOPE_OWN_DATA` must be set."""
    for id, settings in DIGITS.items():
        if not only or id in only:
            config = ModelConfig(image_shape=(8, 8, 1), widths=(16, 32), dense_units=64, **settings)
            _train(models / id, "digits", config, epochs=12)
    wanted = [id for id in SHAPES if not only or id in only]
    if wanted:
        name = make_shapes(models.parent / "pictures")
        for id in wanted:
            config = ModelConfig(image_shape=(32, 32, 3), widths=(8, 16), dense_units=32, **SHAPES[id])
            _train(models / id, name, config, epochs=15)


def make_shapes(folder: Path, count: int = 400, side: int = 32) -> str:
    """An own data set of coloured discs and squares without classes; its id."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        picture = Image.new("RGB", (side, side), tuple(rng.integers(0, 90, 3).tolist()))
        x, y, r = (side * rng.uniform([0.3, 0.3, 0.12], [0.7, 0.7, 0.28])).tolist()
        draw = ImageDraw.Draw(picture)
        shape = draw.ellipse if number % 2 else draw.rectangle
        shape((x - r, y - r, x + r, y + r), fill=tuple(rng.integers(120, 256, 3).tolist()))
        picture.save(folder / f"{number}.png")
    with prepare(folder, side, 3) as prepared:
        return prepared.save("Shapes").id


def _train(folder: Path, name: str, config: ModelConfig, epochs: int) -> None:
    dataset = load_dataset(name)
    settings = TrainConfig(dataset=name, epochs=epochs, batch_size=64, learning_rate=5e-3)
    vae, history = train(dataset, config, settings)
    publish(
        vae,
        folder,
        title=folder.name.replace("-", " ").capitalize(),
        dataset=dataset,
        train_config=settings,
        history=history,
        seconds=1.0,
        command="none",
        iwae_samples=10,
        iwae_images=50,
        report=lambda what, done, total: None,
    )
