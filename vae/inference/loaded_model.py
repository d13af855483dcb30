"""An opened model: the operations that the live channel serves, in one object."""

from functools import cached_property

import numpy as np

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.inference.class_inference import ClassChoice
from vae.inference.codec import Codec
from vae.inference.network_host import current_host
from vae.inference.pool import POOL
from vae.inference.runtime import open_runtime
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.message import message
from vae.models.formulas import POINT_LOG_VAR

__all__ = ["LoadedModel"]

_REFERENCES = 3  # copies of the reference codes: as read, and as the meter and the search of neighbours need them


class LoadedModel:
    """Encodes, decodes and measures with one bundle.

    A code is z, followed by the class weights of a conditional model.

    Attributes:
        model_id: the id by which it was opened.
        model: its networks, likelihood and prior (`vae.inference.runtime`).
        latent_dim, code_dim, image_shape, device, runtime: see `vae.inference.codec.Codec`.
        classes: number of class weights of a code; 0 if the model is not conditional.
        encodes: whether it has an encoder.
        largest_batch: the most rows of one batch.
        in_flight: batches that are computed at the same time: one, since it uses all cores or the whole GPU.
        components: coordinates of a place on its map, if it had one: two.
        may_wait: whether a call may wait longer than it computes, since another process computes it.
        base: the opened model whose networks it uses; None, since it has its networks itself.
    """

    base = None
    components = 2
    in_flight = 1

    def __init__(self, model_id: str, bundle: Bundle):
        self.model_id = model_id
        self.bundle = bundle
        config = bundle.manifest.model
        self.model = open_runtime(bundle)
        self.codec = Codec(self.model)
        self.latent_dim = self.codec.latent_dim
        self.code_dim = self.codec.code_dim
        self.classes = config.classes
        self.encodes = config.encodes
        self.image_shape = self.codec.image_shape
        self.device = self.codec.device
        self.runtime = self.codec.runtime
        with POOL.reserve(_REFERENCES * sum(part.nbytes for part in vars(bundle.reference).values()), model_id) as keep:
            keep(self)
        self.largest_batch = config.largest_batch
        self.may_wait = bool(bundle.onnx) and current_host() is not None
        self.decode_pixels = self.codec.decode_pixels
        self._class_choice = ClassChoice(self.model) if self.classes else None

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the posterior of each image.

        Args:
            images: `(n, h, w, c)`, uint8 0…255 or floats in [0, 1].

        Returns:
            Mean and log-variance of the code, float32 `(n, code_dim)` each. The encoder of a conditional model does not
            infer the class. So the mean ends with the class under which the image is most likely (`ClassChoice`),
            one-hot, and the log-variance with `vae.models.formulas.POINT_LOG_VAR`.

        Raises:
            BadRequestError: see `Codec.encode`; or the model has no encoder and an image is not in its generated data.
        """
        if not self.encodes:
            return self._generated_codes(images)
        z_mean, z_log_var = self.codec.encode(images)
        if self._class_choice is None:
            return z_mean, z_log_var
        weights = self._class_choice.choose(np.asarray(images), z_mean)
        certain = np.full_like(weights, POINT_LOG_VAR)
        return np.concatenate([z_mean, weights], axis=1), np.concatenate([z_log_var, certain], axis=1)

    def _generated_codes(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Look up the codes of generated pictures, for a decoder without an encoder."""
        found = (self._generated_rows.get(np.ascontiguousarray(image, np.uint8).tobytes()) for image in images)
        rows = [row for row in found if row is not None]
        if len(rows) < len(images):
            raise BadRequestError(
                message(
                    "{model_id} has no encoder: only the pictures of its generated data have codes.",
                    model_id=self.model_id,
                ),
                "Import its encoder too.",
            )
        z_mean = self.bundle.reference.z_mean[rows]
        return z_mean, np.full_like(z_mean, POINT_LOG_VAR)

    @cached_property
    def _generated_rows(self) -> dict[bytes, int]:
        images = load_test_split(self.bundle.manifest.dataset).images
        return {image.tobytes(): row for row, image in enumerate(images)}

    @cached_property
    def _distance(self) -> DataDistance:
        reference = self.bundle.reference
        return DataDistance(reference.z_mean, active_units(reference.z_mean), reference.data_distance)

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Measure the distance of codes `(n, code_dim)` from the data by z alone; see `DataDistance.measure`."""
        return self._distance.measure(codes[:, : self.latent_dim])

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Raise an error: only `zscope.library.maps.loaded_map.LoadedMap` has a map."""
        raise BadRequestError(
            message("{model_id} was opened without a map.", model_id=self.model_id), "Open it with a map's settings."
        )

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Raise an error: only `zscope.library.maps.loaded_map.LoadedMap` has a map."""
        raise BadRequestError(
            message("{model_id} was opened without a map.", model_id=self.model_id), "Open it with a map's settings."
        )
