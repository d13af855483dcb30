"""All networks by key. Importing this module registers those of Zscope."""

from vae.models.networks.convolutional import CONV, RESIDUAL
from vae.models.networks.dense import DENSE
from vae.models.networks.network import NETWORKS

__all__ = ["CONV", "DENSE", "NETWORKS", "RESIDUAL"]
