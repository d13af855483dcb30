"""A bundle of 8 × 8 digits with random weights, for tests that need a model but no training."""

from pathlib import Path

import numpy as np

from vae.data import load_test_split
from vae.formats.bundle import save_bundle
from vae.formats.bundle.reference import Reference
from vae.models.config import ModelConfig
from vae.models.networks.plan import parameter_count, weight_shapes
from zscope.library.registry import SHIPPED, load_bundle

__all__ = ["save_small", "small_content"]


def save_small(models: Path, id: str, seed: int = 0, **settings) -> None:
    """Save the bundle in a folder of models.

    Args:
        seed: of weights and codes.
        settings: of the `ModelConfig`, where other than 3 latent dimensions are wanted.
    """
    save_bundle(models / id, **small_content(id, seed, **settings))


def small_content(id: str, seed: int = 0, **settings) -> dict:
    """Return the arguments of `save_bundle`."""
    config = ModelConfig(**{"image_shape": (8, 8, 1), "latent_dim": 3, "widths": (4, 6), "dense_units": 10} | settings)
    rng, labels = np.random.default_rng(seed), load_test_split("digits").labels
    codes = rng.normal(size=(len(labels), config.latent_dim)).astype(np.float32)
    card = load_bundle(SHIPPED / "mnist-2d").card
    metrics = {"kl_per_dimension": [0.5] * config.latent_dim, "active_units": config.latent_dim}
    return {
        "id": id,
        "title": id.capitalize(),
        "dataset": "digits",
        "config": config,
        "weights": {
            name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in weight_shapes(config).items()
        },
        "card": card.model_copy(
            update={
                "parameters": parameter_count(config),
                "metrics": card.metrics.model_copy(update=metrics),
            }
        ),
        "reference": Reference(
            z_mean=codes,
            z_log_var=rng.normal(-2, 0.1, codes.shape).astype(np.float32),
            labels=labels,
            data_distance=rng.uniform(0.1, 2, len(labels)).astype(np.float32),
        ),
    }
