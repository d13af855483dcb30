"""Small trained models of every kind, for the browser.

They are committed in `tests/fixtures/zoo`; `make test-all` trains them again.
"""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.tier import TIER
from vae.data import load_dataset
from vae.data.intake import prepare
from vae.formats.publish import publish
from vae.models.config import ModelConfig, TrainConfig
from vae.training import train

__all__ = ["COMMITTED", "add_zoo", "make_shapes", "train_zoo"]

COMMITTED = Path(__file__).resolve().parents[1] / "fixtures" / "zoo"
DIGITS = {  # settings that differ from a plain VAE of the digits
    "conditional-6": {"latent_dim": 6, "classes": 10},
    "conditional-2d": {"latent_dim": 2, "classes": 10},
    "plain-6": {"latent_dim": 6, "variational": False},
    "flow-6": {"latent_dim": 6, "prior": "realnvp", "prior_blocks": 4, "prior_units": 32},
}
SHAPES = {"shapes-8": {"latent_dim": 8}, "shapes-2d": {"latent_dim": 2}}


def add_zoo(models: Path) -> None:
    """Add the models of `DIGITS` and `SHAPES` to a folder of models, and the shapes to the user data sets."""
    if TIER == "quick":
        make_shapes(models.parent / "pictures")
        for id in (*DIGITS, *SHAPES):
            shutil.copytree(COMMITTED / id, models / id)
    else:
        train_zoo(models)


def train_zoo(models: Path) -> None:
    """Train and publish the models; `ZSCOPE_OWN_DATA` must be set."""
    for id, settings in DIGITS.items():
        config = ModelConfig(image_shape=(8, 8, 1), widths=(16, 32), dense_units=64, **settings)
        _train(models / id, "digits", config, epochs=12)
    name = make_shapes(models.parent / "pictures")
    for id, settings in SHAPES.items():
        config = ModelConfig(image_shape=(32, 32, 3), widths=(8, 16), dense_units=32, **settings)
        _train(models / id, name, config, epochs=15)


def make_shapes(folder: Path, count: int = 400, side: int = 32) -> str:
    """Make a user data set of coloured discs and squares without classes; return its id."""
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
