"""Latent operations: pure functions of codes; NumPy arrays in, NumPy arrays out."""

from typing import TYPE_CHECKING

from vae.latent.profile import LatentProfile, profile

if TYPE_CHECKING:
    from vae.latent.distance import DataDistance

__all__ = ["DataDistance", "LatentProfile", "profile"]


def __getattr__(name: str):
    if name == "DataDistance":  # on first access: importing scikit-learn takes seconds
        from vae.latent.distance import DataDistance

        return DataDistance
    raise AttributeError(f"module 'vae.latent' has no attribute {name!r}")
