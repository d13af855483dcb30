"""The film of a training: the decoded plane and the codes of the same images after chosen steps."""

import io
from typing import Any

import numpy as np
from PIL import Image

from docs.learn_models.recipes import Recipe
from vae.array_ops import ops
from vae.batching import map_batches
from vae.data import Dataset
from vae.evaluation.bounds import Elbo
from vae.models.config import TrainConfig
from vae.models.formulas import unit_range
from vae.training.trainer import Trainer

__all__ = ["film"]

FRAMES = 60
EPOCHS = 5
GRID = 10  # pictures along each side of the plane
HALF = 3.0  # the plane shows −3 … 3
COLUMNS = 8  # frames in a row of the sheet
_IMAGES = 400  # whose codes are shown
_MEASURED = 1000  # validation images of the measured ELBO


def film(dataset: Dataset, recipe: Recipe) -> tuple[bytes, dict[str, np.ndarray], dict[str, Any]]:
    """Train a model and record it.

    Returns:
        The frames as one WebP picture; `codes` `(frames, n, 2)` and `labels` `(n,)`; and the steps and their figures.
    """
    config = TrainConfig(epochs=EPOCHS, kl_warmup=0.0, ema=0.0, keep="last")
    trainer = Trainer(dataset, recipe.model_config, config)
    vae, held_out = trainer.vae, dataset.validation
    steps = _steps(trainer.steps)
    encode = vae.compiled(lambda x: vae.encode(unit_range(x)), "encoder")
    decode = vae.compiled(
        lambda z: (ops.cast(ops.round(255.0 * vae.likelihood.mean(vae.decoder(z))), "uint8"),), "decoder", "likelihood"
    )
    elbo = Elbo(vae)
    frames, codes, figures = [], [], {"step": [], "elbo": [], "reconstruction": [], "kl": []}
    for step in steps:
        while trainer.step < step:
            trainer.advance()
        (pictures,) = map_batches(decode, _grid())
        frames.append(pictures[..., 0].reshape(GRID, GRID, 28, 28).swapaxes(1, 2).reshape(GRID * 28, GRID * 28))
        codes.append(map_batches(encode, held_out.images[:_IMAGES])[0])
        parts = elbo(held_out.images[:_MEASURED], held_out.labels[:_MEASURED], np.random.default_rng(0))
        reconstruction, kl = float(parts.reconstruction.mean()), float(parts.kl.mean())
        for name, value in zip(figures, (step, reconstruction - kl, reconstruction, kl), strict=True):
            figures[name].append(round(value, 3))
    rows = -(-len(frames) // COLUMNS)
    side = GRID * 28
    sheet = np.zeros((rows * side, COLUMNS * side), np.uint8)
    for index, frame in enumerate(frames):
        row, column = divmod(index, COLUMNS)
        sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = frame
    written = io.BytesIO()
    Image.fromarray(sheet).save(written, "WEBP", quality=40, method=6)
    arrays = {"codes": np.stack(codes), "labels": held_out.labels[:_IMAGES].astype(np.uint8)}
    return written.getvalue(), arrays, {"grid": GRID, "half": HALF, "columns": COLUMNS, "images": _MEASURED} | figures


def _steps(last: int) -> list[int]:
    """Return increasing steps from 0, close together at the start, where most changes."""
    found = np.unique(np.round(np.geomspace(1, last, FRAMES + 18)).astype(int))
    kept = np.unique(np.linspace(0, len(found) - 1, FRAMES - 1).round().astype(int))
    return [0, *found[kept].tolist()]


def _grid() -> np.ndarray:
    centres = (np.arange(GRID) + 0.5) / GRID * 2 * HALF - HALF
    across, up = np.meshgrid(centres, -centres)
    return np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)
