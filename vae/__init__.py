"""Variational autoencoders: data, models, training, evaluation, latent operations, file formats.

Importing `vae` loads no deep-learning framework. The names in `__all__` are imported on first access.
"""

import importlib
import os

# Hides TensorFlow's informational messages, not its errors. TensorFlow reads it at its first import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_MODULES = {
    "CATALOG": "vae.data",
    "Codec": "vae.inference.codec",
    "ModelConfig": "vae.models.config",
    "TrainConfig": "vae.models.config",
    "ZscopeError": "vae.errors",
    "VAE": "vae.models.vae",
    "evaluate": "vae.evaluation.measure",
    "load_bundle": "vae.formats.bundle",
    "load_dataset": "vae.data",
    "save_bundle": "vae.formats.bundle",
    "train": "vae.training.fit",
}

__all__ = sorted(_MODULES)


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module 'vae' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
