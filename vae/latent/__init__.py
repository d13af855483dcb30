"""Latent operations: pure functions of codes, NumPy arrays in and out."""

from vae.latent.distance import DataDistance
from vae.latent.profile import LatentProfile, profile

__all__ = ["DataDistance", "LatentProfile", "profile"]
