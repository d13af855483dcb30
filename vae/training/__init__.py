"""Training: `objective` (the loss), `batches` (the images' order), `trainer` (one run in memory), `fit` (the loop)."""

from vae.training.batches import shuffled_batches
from vae.training.fit import fit, train
from vae.training.trainer import Trainer

__all__ = ["Trainer", "fit", "shuffled_batches", "train"]
