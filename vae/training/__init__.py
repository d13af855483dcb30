"""Training: `objective` (loss), `batches` (order of images), `trainer` (a run in memory), `fit` (training loop)."""

from vae.training.batches import shuffled_batches
from vae.training.fit import fit, train
from vae.training.trainer import Trainer

__all__ = ["Trainer", "fit", "shuffled_batches", "train"]
