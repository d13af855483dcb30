"""How the rows of one model lie in a frame, and how many of them a frame may hold.

Server and client build the same `Layout` from the opening handshake, so widths and limits are written once.
"""

import math
from dataclasses import dataclass

import numpy as np

from vae.errors import BadRequestError
from zscope.serving.protocol import HEADER_BYTES, MESSAGE_BYTES, OF_IMAGES, Operation

__all__ = ["CLASS_DECODES", "CODE_ROWS", "IMAGE_ROWS", "REPLY_BYTES", "Layout"]

CODE_ROWS = 1024  # rows of one request of codes or places: a 32 × 32 grid over a plane
IMAGE_ROWS = 256  # rows of one request of images
CLASS_DECODES = 2560  # pictures decoded for one ENCODE request: a third of a second of a small model on a CPU
REPLY_BYTES = 4 << 20  # pixels in one reply: bounds what a client that does not read can make the server keep

_FLOAT = np.dtype("<f4")
_BYTE = np.dtype("u1")


@dataclass(frozen=True)
class Layout:
    """Row shapes, dtypes and limits of one model's frames.

    Raises:
        BadRequestError: a single code or image outgrows a message.

    Example:
        >>> Layout(16, (28, 28, 1)).request_row(Operation.DECODE)
        ((16,), dtype('float32'))
    """

    code_dim: int  # width of a code
    image_shape: tuple[int, int, int]  # height, width, channels
    classes: int = 0  # how many numbers of a code, its last ones, are class weights

    def __post_init__(self):
        if self.max_rows(Operation.ENCODE) < 1 or self.max_rows(Operation.DECODE) < 1:
            raise BadRequestError(
                f"A model with codes of {self.code_dim} numbers and images of {self.image_shape}.",
                f"The live channel takes codes and images of up to {MESSAGE_BYTES - HEADER_BYTES} bytes each.",
            )

    def request_row(self, operation: Operation) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of one row of a request."""
        if operation in OF_IMAGES:
            return self.image_shape, _BYTE
        if operation is Operation.INVERT:
            return (2 + self.code_dim,), _FLOAT  # x, y, then the code that what the map does not say is taken from
        return (self.code_dim,), _FLOAT

    def reply_row(self, operation: Operation) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of one row of a reply."""
        if operation is Operation.DECODE:
            return self.image_shape, _BYTE
        if operation is Operation.ENCODE:
            return (2 * self.code_dim,), _FLOAT  # mean, then log-variance
        if operation is Operation.RECONSTRUCT:
            # As bytes: mean and log-variance, float32 each, then the pixels.
            return (8 * self.code_dim + math.prod(self.image_shape),), _BYTE
        if operation is Operation.PLACE:
            return (2,), _FLOAT  # x, y
        if operation is Operation.INVERT:
            return (self.code_dim + 4,), _FLOAT  # code, error, trust, then where its picture's own code lies: x, y
        return (3,), _FLOAT  # percentile, distance, index of the nearest reference image

    def max_rows(self, operation: Operation) -> int:
        """Most rows of one request: the operation's own limit, and what the byte limits leave room for.

        ENCODE has its own, RECONSTRUCT the lower of both; all others share one.
        """
        if operation is Operation.RECONSTRUCT:
            return min(self.max_rows(Operation.ENCODE), self.max_rows(Operation.DECODE))
        room = (MESSAGE_BYTES - HEADER_BYTES) // self.request_row_bytes(operation)
        if operation is Operation.ENCODE:
            # A conditional model decodes each image once per class, to choose the likeliest.
            return min(IMAGE_ROWS, room, max(1, CLASS_DECODES // max(1, self.classes)))
        room = min(room, (MESSAGE_BYTES - HEADER_BYTES) // self.request_row_bytes(Operation.INVERT))
        return min(CODE_ROWS, room, REPLY_BYTES // math.prod(self.image_shape))

    def request_row_bytes(self, operation: Operation) -> int:
        """Bytes of one row of a request."""
        shape, dtype = self.request_row(operation)
        return math.prod(shape) * dtype.itemsize

    def limits(self) -> dict[str, int]:
        """The limits as the server announces them in the opening handshake."""
        return {
            "decode_rows": self.max_rows(Operation.DECODE),
            "encode_rows": self.max_rows(Operation.ENCODE),
            "message_bytes": MESSAGE_BYTES,
        }
