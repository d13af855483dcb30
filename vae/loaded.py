"""A bundle ready to be explored: everything the live channel serves, in one object."""

from functools import cached_property

import numpy as np

from vae.bundle import Bundle
from vae.codec import Codec
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.registry import open_model

__all__ = ["LoadedModel", "load_model"]


class LoadedModel:
    """Decode, encode and measure with one bundle.

    Attributes:
        model_id: the id it was loaded by.
        latent_dim, image_shape, device: as of `vae.codec.Codec`.
    """

    def __init__(self, model_id: str, bundle: Bundle):
        self.model_id = model_id
        self.bundle = bundle
        self.codec = Codec(bundle.vae)
        self.latent_dim = self.codec.latent_dim
        self.image_shape = self.codec.image_shape
        self.device = self.codec.device
        self.decode_pixels = self.codec.decode_pixels
        self.encode = self.codec.encode

    @cached_property
    def _distance(self) -> DataDistance:
        reference = self.bundle.reference
        return DataDistance(reference.z_mean, active_units(reference.z_mean), reference.data_distance)

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """The off-data meter, see `DataDistance.measure`."""
        return self._distance.measure(codes)


def load_model(model_id: str) -> LoadedModel:
    """Load a listed model.

    Raises:
        ModelNotFoundError: there is none of that id.
        BundleError: its bundle is broken.
    """
    return LoadedModel(model_id, open_model(model_id))
