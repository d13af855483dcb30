"""The interface that the live channel needs of a model.

`vae.inference.LoadedModel` implements it for bundles. The engine makes at most `in_flight` calls at the same time, and
pads the batches of `decode_pixels` and `encode` to a few sizes, so a servable that compiles for each size compiles
rarely.
"""

from typing import Protocol

import numpy as np

__all__ = ["Servable"]


class Servable(Protocol):
    """A model that decodes, encodes and measures batches. h, w, c: `image_shape`; n: rows of the batch."""

    model_id: str  # the id that clients request
    code_dim: int  # width of a code: z, followed by the class weights of a class-conditional model
    classes: int  # number of class weights in a code; 0 if the model is not conditional
    encodes: bool  # whether it has an encoder; without one, `encode` raises a BadRequestError for unknown pictures
    image_shape: tuple[int, int, int]  # height, width, channels
    components: int  # coordinates of a place on its map: 2, or 3
    largest_batch: int  # largest number of rows of a call, a power of two up to 256, smaller for large networks
    in_flight: int  # batches that it computes at the same time, 1 or more; above 1 it must be thread-safe
    may_wait: bool  # whether a call may wait for something else, such as a process that starts; never on the event loop
    runtime: str  # what computes the networks, such as "ONNX Runtime"

    @property
    def device(self) -> str:
        """ "CPU", "GPU", "cluster", or any other name. It may change while the model is open."""
        ...

    @property
    def base(self) -> "Servable | None":
        """The servable whose networks this one uses; None if it has its own."""
        ...

    def decode_pixels(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes, float32 (n, code_dim), to pixels, uint8 (n, h, w, c)."""
        ...

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode images, uint8 (n, h, w, c), to mean and log-variance, float32 (n, code_dim) each."""
        ...

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Measure how far codes, float32 (n, code_dim), lie from the data: float32 (n, 3).

        Columns: percentile (0..100) of the distance among the distances of the reference codes; that distance (see
        `vae.latent.distance`); index of the nearest reference image.
        """
        ...

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Place codes, float32 (n, code_dim), on the map: float32 (n, components).

        Raises:
            BadRequestError: the model was opened without a map.
        """
        ...

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Find codes for places on the map: float32 (n, code_dim + 4).

        Args:
            places: float32 (n, 2 + code_dim): x, y, and a code for the components that the map does not determine.

        Returns:
            Columns: the code; the radius in latent units that contains the true code in 90 % of cases (0: exact); the
            trust, 0 to 1; x and y of the place where the encoder puts the code's picture.

        Raises:
            BadRequestError: the model was opened without a map, or with one of three components.
        """
        ...
