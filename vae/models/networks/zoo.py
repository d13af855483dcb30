"""All networks by key: those that come with Zscope are registered when this is imported."""

from vae.models.networks.convolutional import CONV, RESIDUAL
from vae.models.networks.dense import DENSE
from vae.models.networks.network import NETWORKS

__all__ = ["CONV", "DENSE", "NETWORKS", "RESIDUAL"]
