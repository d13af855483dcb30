"""A bundle ready to be explored: everything the live channel serves, in one object."""

from functools import cached_property
from math import prod

import numpy as np

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.inference.class_inference import ClassChoice
from vae.inference.codec import Codec
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.vae import POINT_LOG_VAR

__all__ = ["LoadedModel"]

# What a loaded model takes, as measured on those that ship (24 to 36 MB): compiled functions, weights as read, as the
# framework holds them and as constants of its graphs, and what is between two layers of the largest batch.
_BASE = 15_000_000
_COPIES = 3
_LAYERS = 6
_LARGEST_REPLY = 4_000_000  # pixels that one request decodes at most


class LoadedModel:
    """Decode, encode and measure with one bundle.

    A code is what is decoded: z, followed by the class weights of a conditional model.

    Attributes:
        model_id: the id it was loaded by.
        latent_dim, code_dim, image_shape, device: as of `vae.inference.codec.Codec`.
        classes: how many class weights end a code; 0 where the model is not conditional.
        encodes: whether it has an encoder.
        largest_batch: rows that it is given at once.
        memory_bytes: about as much as it takes, its compiled functions included.
        base: None: it uses no other's networks.
    """

    base = None

    def __init__(self, model_id: str, bundle: Bundle):
        self.model_id = model_id
        self.bundle = bundle
        self.codec = Codec(bundle.vae)
        self.latent_dim = self.codec.latent_dim
        self.code_dim = self.codec.code_dim
        self.classes = bundle.vae.config.classes
        self.encodes = bundle.vae.config.encodes
        self.image_shape = self.codec.image_shape
        self.device = self.codec.device
        reference = sum(part.nbytes for part in vars(bundle.reference).values())
        self.largest_batch = bundle.vae.config.largest_batch
        self.memory_bytes = _BASE + _COPIES * 4 * bundle.card.parameters + reference + _activations(bundle.vae.config)
        self.decode_pixels = self.codec.decode_pixels
        self._class_choice = ClassChoice(bundle.vae) if self.classes else None

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The posterior of each image.

        Args:
            images: `(n, h, w, c)`, uint8 0…255 or floats in [0, 1].

        Returns:
            Mean and log-variance of the code, float32 `(n, code_dim)` each. A conditional model's encoder says nothing
            of the class: the mean then ends in the class under which the image is most likely (`ClassChoice`), one-hot,
            and its log-variance in `vae.models.vae.POINT_LOG_VAR`.

        Raises:
            BadRequestError: see `Codec.encode`; or the model is a decoder alone, and an image none of those it drew.
        """
        if not self.encodes:
            return self._drawn_codes(images)
        z_mean, z_log_var = self.codec.encode(images)
        if self._class_choice is None:
            return z_mean, z_log_var
        weights = self._class_choice.choose(np.asarray(images), z_mean)
        certain = np.full_like(weights, POINT_LOG_VAR)
        return np.concatenate([z_mean, weights], axis=1), np.concatenate([z_log_var, certain], axis=1)

    def _drawn_codes(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of a decoder alone: the codes that these of its own pictures were decoded from."""
        rows = [self._drawn_rows.get(np.ascontiguousarray(image, np.uint8).tobytes()) for image in images]
        if None in rows:
            raise BadRequestError(
                f"{self.model_id} is a decoder alone: it knows the codes of the pictures that it drew, and no others.",
                "Import its encoder, too.",
            )
        z_mean = self.bundle.reference.z_mean[rows]
        return z_mean, np.full_like(z_mean, POINT_LOG_VAR)

    @cached_property
    def _drawn_rows(self) -> dict[bytes, int]:
        images = load_test_split(self.bundle.manifest.dataset).images
        return {image.tobytes(): row for row, image in enumerate(images)}

    @cached_property
    def _distance(self) -> DataDistance:
        reference = self.bundle.reference
        return DataDistance(reference.z_mean, active_units(reference.z_mean), reference.data_distance)

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """The off-data meter, see `DataDistance.measure`: codes `(n, code_dim)`, of which z alone counts."""
        return self._distance.measure(codes[:, : self.latent_dim])

    def place(self, codes: np.ndarray) -> np.ndarray:
        """See `zscope.library.maps.loaded_map.LoadedMap`, which has a map."""
        raise BadRequestError(f"{self.model_id} was opened without a map.", "Open it with a map's settings.")

    def invert(self, places: np.ndarray) -> np.ndarray:
        """See `zscope.library.maps.loaded_map.LoadedMap`, which has a map."""
        raise BadRequestError(f"{self.model_id} was opened without a map.", "Open it with a map's settings.")


def _activations(config: ModelConfig | ImportedConfig) -> int:
    pixels = prod(config.image_shape)
    rows = min(config.largest_batch, max(1, _LARGEST_REPLY // pixels))
    known = config.live_values if isinstance(config, ImportedConfig) else 0
    return 4 * max(known, _LAYERS * rows * pixels)
