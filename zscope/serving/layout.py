"""The layout of one model's frames: row shapes, dtypes, and numbers of rows.

Server and client build the same `Layout` from the opening handshake.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import math
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from vae.message import message
from zscope.serving.protocol import HEADER_BYTES, MESSAGE_BYTES, OF_IMAGES, Operation

__all__ = ["CLASS_DECODES", "CODE_ROWS", "IMAGE_ROWS", "REPLY_BYTES", "Layout"]

CODE_ROWS = 1024  # rows of one request of codes or places: a 32 × 32 grid of a plane
IMAGE_ROWS = 256  # rows of one request of images
CLASS_DECODES = 2560  # pictures decoded for one ENCODE request: a third of a second for a small model on a CPU
REPLY_BYTES = 4 << 20  # pixels in one reply: bounds the memory for a client that does not read

_FLOAT = np.dtype("<f4")
_BYTE = np.dtype("u1")


@dataclass(frozen=True)
class Layout:
    """Row shapes, dtypes and limits of one model's frames.

    Raises:
        BadRequestError: a single code or image is larger than a message.

    Example:
        >>> Layout(16, (28, 28, 1)).request_row(Operation.DECODE)
        ((16,), dtype('float32'))
    """

    code_dim: int  # width of a code
    image_shape: tuple[int, int, int]  # height, width, channels
    classes: int = 0  # number of class weights at the end of a code
    components: int = 2  # coordinates of a place on the map

    def __post_init__(self):
        if self.max_rows(Operation.ENCODE) < 1 or self.max_rows(Operation.DECODE) < 1:
            raise BadRequestError(
                message(
                    "The model's codes of {code_dim} numbers or images of {image_shape} are too large.",
                    code_dim=self.code_dim,
                    image_shape=self.image_shape,
                ),
                message(
                    "Use codes and images of at most {message_bytes} bytes each.",
                    message_bytes=MESSAGE_BYTES - HEADER_BYTES,
                ),
            )

    def request_row(self, operation: Operation) -> tuple[tuple[int, ...], np.dtype]:
        """Return shape and dtype of one row of a request."""
        if operation in OF_IMAGES:
            return self.image_shape, _BYTE
        if operation is Operation.INVERT:
            return (2 + self.code_dim,), _FLOAT  # x, y, then a code for the components that the map does not determine
        return (self.code_dim,), _FLOAT

    def reply_row(self, operation: Operation) -> tuple[tuple[int, ...], np.dtype]:
        """Return shape and dtype of one row of a reply."""
        if operation is Operation.DECODE:
            return self.image_shape, _BYTE
        if operation is Operation.ENCODE:
            return (2 * self.code_dim,), _FLOAT  # mean, then log-variance
        if operation is Operation.RECONSTRUCT:
            # As bytes: mean and log-variance, float32 each, then the pixels.
            return (8 * self.code_dim + math.prod(self.image_shape),), _BYTE
        if operation is Operation.PLACE:
            return (self.components,), _FLOAT  # x, y, and z on a map of three components
        if operation is Operation.INVERT:
            return (self.code_dim + 4,), _FLOAT  # code, error, trust, then x, y of the re-encoded picture
        return (3,), _FLOAT  # percentile, distance, index of the nearest reference image

    def max_rows(self, operation: Operation) -> int:
        """Return the largest number of rows of one request, by the operation's limit and the byte limits.

        ENCODE has its own limit, RECONSTRUCT the lower of ENCODE's and DECODE's; all others share one.
        """
        if operation is Operation.RECONSTRUCT:
            return min(self.max_rows(Operation.ENCODE), self.max_rows(Operation.DECODE))
        room = (MESSAGE_BYTES - HEADER_BYTES) // self.request_row_bytes(operation)
        if operation is Operation.ENCODE:
            # A conditional model decodes each image once per class, to choose the most likely one.
            return min(IMAGE_ROWS, room, max(1, CLASS_DECODES // max(1, self.classes)))
        room = min(room, (MESSAGE_BYTES - HEADER_BYTES) // self.request_row_bytes(Operation.INVERT))
        return min(CODE_ROWS, room, REPLY_BYTES // math.prod(self.image_shape))

    def request_row_bytes(self, operation: Operation) -> int:
        """Return the bytes of one row of a request."""
        shape, dtype = self.request_row(operation)
        return math.prod(shape) * dtype.itemsize

    def limits(self) -> dict[str, int]:
        """Return the limits as announced in the opening handshake."""
        return {
            "decode_rows": self.max_rows(Operation.DECODE),
            "encode_rows": self.max_rows(Operation.ENCODE),
            "message_bytes": MESSAGE_BYTES,
        }
