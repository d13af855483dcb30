"""Builds the model of a bundle."""

import numpy as np

from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.imported_model import ImportedVAE
from vae.models.vae import VAE

__all__ = ["make_model"]


def make_model(config: ModelConfig | ImportedConfig, weights: dict[str, np.ndarray], onnx: dict[str, bytes]) -> VAE:
    """Build the model of a bundle whose parts have been checked.

    Args:
        weights: float32 arrays by name.
        onnx: the ONNX files of an imported model, by part.

    Raises:
        BundleError: an ONNX file cannot be opened.
    """
    if isinstance(config, ImportedConfig):
        return ImportedVAE(config, weights, onnx)
    vae = VAE(config)
    vae.assign(weights)
    return vae
