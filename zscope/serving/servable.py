"""What the live channel needs of a model, and nothing else.

Our own bundles fit this shape through `vae`; a remote one (a serving cluster) may fit it later. The engine calls a
servable from one thread only, and pads `decode_pixels` and `encode` to bucket sizes, so a servable that compiles once
per batch size compiles a handful of times in its life.
"""

from typing import Protocol

import numpy as np

__all__ = ["Servable"]


class Servable(Protocol):
    """A model that decodes, encodes and measures batches. h, w, c: `image_shape`; n: rows of the batch."""

    model_id: str  # the id a client asks for
    code_dim: int  # width of a code: z, followed by the class weights of a class-conditional model
    classes: int  # how many of them are class weights; 0 where the model is not conditional
    encodes: bool  # whether it has an encoder; a decoder alone raises a BadRequestError for pictures it does not know
    image_shape: tuple[int, int, int]  # height, width, channels
    largest_batch: int  # rows that it is given at once, a power of two up to 256: fewer of large networks
    memory_bytes: int  # about as much as it takes while it is loaded, without what its base takes
    device: str  # "CPU", "GPU", or any other name

    @property
    def base(self) -> "Servable | None":
        """Another one whose networks it uses, else None."""
        ...

    def decode_pixels(self, codes: np.ndarray) -> np.ndarray:
        """Codes, float32 (n, code_dim) → pixels, uint8 (n, h, w, c)."""
        ...

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images, uint8 (n, h, w, c) → mean and log-variance, float32 (n, code_dim) each."""
        ...

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Codes, float32 (n, code_dim) → the off-data meter, float32 (n, 3).

        Columns: percentile 0..100 of the distance among the reference codes' own, that distance (see
        `vae.latent.distance`), and the index of the nearest reference image.
        """
        ...

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Codes, float32 (n, code_dim) → where they lie on the map, float32 (n, 2).

        Raises:
            BadRequestError: it was opened without a map.
        """
        ...

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Places on the map → codes, float32 (n, code_dim + 4).

        Args:
            places: float32 (n, 2 + code_dim): x, y, and a code, from which comes what the map leaves open.

        Returns:
            Columns: the code; the radius in latent units that holds the true one in nine of ten cases (0: exact); how
            far it is to be believed, 0 to 1; x and y of where the encoder puts the code's picture.

        Raises:
            BadRequestError: it was opened without a map.
        """
        ...
