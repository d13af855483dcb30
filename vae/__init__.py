"""Variational autoencoders: data, models, training, evaluation, latent operations, files of models.

Importing `vae` loads no deep-learning framework; what needs one is loaded when first named.
"""

import importlib
import os

# TensorFlow's greeting is three screens of hints; its errors still come through. Read when it is first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_HOMES = {
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
    "train": "vae.training",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'vae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
