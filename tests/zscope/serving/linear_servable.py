"""A servable whose answers can be checked exactly, and which a test can hold up in the middle of a call."""

import contextlib
import threading

import numpy as np

from vae.batching import LARGEST_BATCH
from zscope.serving.servable import Servable

LATENT_DIM = 4
IMAGE_SHAPE = (3, 2, 1)


class LinearServable:
    """Decodes, encodes and measures by small integer matrices; the same row gives the same answer in any batch.

    Args:
        model_id: any.
        image_shape: height, width, channels.
        in_flight: batches at the same time.
    """

    def __init__(self, model_id: str = "linear", image_shape: tuple[int, int, int] = IMAGE_SHAPE, in_flight: int = 1):
        self.in_flight = in_flight
        self.model_id = model_id
        self.code_dim = LATENT_DIM
        self.classes = 0
        self.components = 2
        self.encodes = True
        self.image_shape = image_shape
        self.base: Servable | None = None
        self.largest_batch = LARGEST_BATCH
        self.may_wait = False
        self.device = "CPU"
        self.runtime = "NumPy"
        self.calls: list[tuple[str, int]] = []  # what was called, with how many rows
        self.fails: Exception | None = None  # raised by the next calls while set
        self._entered = threading.Semaphore(0)
        self._open = threading.Event()
        self._open.set()
        pixels = int(np.prod(image_shape))
        self._matrix = (np.arange(LATENT_DIM * pixels).reshape(LATENT_DIM, pixels) * 7 + 3) % 11  # (latent, pixels)

    def decode_pixels(self, codes):
        self._enter("decode", codes, np.float32)
        flat = np.round(codes @ self._matrix).astype(np.int64) % 256  # (n, pixels)
        return flat.astype(np.uint8).reshape(-1, *self.image_shape)

    def encode(self, images):
        self._enter("encode", images, np.uint8)
        mean = images.reshape(len(images), -1).astype(np.float32) @ self._matrix.T.astype(np.float32)
        return mean, -mean - 1

    def measure(self, codes):
        self._enter("measure", codes, np.float32)
        total = codes.sum(axis=1)
        return np.stack([total % 100, np.abs(codes).max(axis=1), codes.argmax(axis=1)], axis=1).astype(np.float32)

    def place(self, codes):
        self._enter("place", codes, np.float32)
        return codes[:, :2] * 2

    def invert(self, places):
        self._enter("invert", places, np.float32)
        xy, anchors = places[:, :2], places[:, 2:]
        codes = np.concatenate([xy / 2, anchors[:, 2:]], axis=1)
        return np.concatenate([codes, np.abs(xy), xy + 1], axis=1)

    @contextlib.contextmanager
    def held(self):
        """Calls do not return before the block is left."""
        self._open.clear()
        try:
            yield self
        finally:
            self._open.set()

    def wait_entered(self):
        """Wait until a call has begun; each call is waited for once."""
        if not self._entered.acquire(timeout=10):
            raise TimeoutError("the servable was not called")

    def _enter(self, name, inputs, dtype):
        if inputs.dtype != dtype:
            raise TypeError(f"{name} was given {inputs.dtype}")
        self.calls.append((name, len(inputs)))
        self._entered.release()
        if not self._open.wait(timeout=20):
            raise TimeoutError("the test never let go of the servable")
        if self.fails is not None:
            raise self.fails


def codes_for(*numbers: int) -> np.ndarray:
    """One recognisable code per number: float32 (n, LATENT_DIM)."""
    return np.array([[n, n + 1, 2 * n, 1] for n in numbers], np.float32)


def images_for(*numbers: int) -> np.ndarray:
    """One recognisable image per number: uint8 (n, *IMAGE_SHAPE)."""
    return np.array([np.arange(np.prod(IMAGE_SHAPE)).reshape(IMAGE_SHAPE) + n for n in numbers], np.uint8)


def decoded(*numbers: int) -> np.ndarray:
    """What `codes_for(*numbers)` decodes to."""
    return LinearServable().decode_pixels(codes_for(*numbers))
