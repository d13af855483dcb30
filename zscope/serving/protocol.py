"""The binary frames of the live channel: header, operations and close codes.

Pure functions on bytes, without I/O; `docs/live-protocol.md` describes the protocol. A frame is a 16-byte little-endian
header and a payload, which starts at byte 16 so that a Float32Array on it is aligned.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import math
import struct
from enum import IntEnum
from typing import NamedTuple

from vae.errors import BadRequestError
from vae.message import N_, message

__all__ = [
    "HEADER_BYTES",
    "LANES",
    "MESSAGE_BYTES",
    "OF_IMAGES",
    "VERSION",
    "CloseCode",
    "Header",
    "MalformedFrameError",
    "Operation",
    "device_byte",
    "device_name",
    "pack_header",
    "unpack_header",
]

VERSION = 1
LANES = 8  # lanes 0..7, lower ones are served first
MESSAGE_BYTES = 1 << 20  # largest message a client may send, header included

# version, operation, lane, device: u8 each; sequence, rows: u32; milliseconds: f32.
_HEADER = struct.Struct("<BBBBIIf")
HEADER_BYTES = _HEADER.size  # 16
_DEVICES = ("CPU", "GPU", "other", "cluster")
_U32 = 2**32


class Operation(IntEnum):
    """The operation of a frame."""

    DECODE = 1  # codes → pixels
    ENCODE = 2  # pixels → mean and log-variance
    MEASURE = 3  # codes → the off-data meter
    PLACE = 4  # codes → places on the map
    INVERT = 5  # places on the map → codes
    RECONSTRUCT = 6  # pixels → mean and log-variance, and the mean's pixels
    ERROR = 127  # replies only: UTF-8 JSON with code, message and mend (the hint)


OF_IMAGES = (Operation.ENCODE, Operation.RECONSTRUCT)  # requests of these are images, all others are numbers


class CloseCode(IntEnum):
    """Reasons for closing a connection, as codes of RFC 6455, section 7.4.1."""

    WRONG_KIND = 1003  # text in place of a binary frame, or vice versa
    MALFORMED = 1007  # the bytes are not a frame or an opening
    REFUSED = 1008  # the opening was refused, or did not arrive in time
    TOO_BIG = 1009  # a message beyond MESSAGE_BYTES
    INTERNAL = 1011  # a defect of the server
    RESTART = 1012  # the model was unloaded, or the server is stopping: connect again
    FULL = 1013  # too many connections: try again later


class MalformedFrameError(BadRequestError):
    """Bytes that are not a frame or an opening; the server closes the connection.

    Args:
        message: what was received and expected; its first 123 bytes become the reason in the close frame.
        close_code: of the close frame.
    """

    def __init__(self, message: str, close_code: CloseCode = CloseCode.MALFORMED):
        super().__init__(message, N_("See docs/live-protocol.md."))
        self.close_code = close_code


class Header(NamedTuple):
    """The first 16 bytes of a frame, without the version."""

    operation: Operation
    lane: int  # 0..7
    sequence: int  # u32, chosen by the client and repeated in the reply
    rows: int  # u32
    device: int = 0  # 0 in requests; in replies 0 = CPU, 1 = GPU, 2 = other, 3 = cluster
    milliseconds: float = 0.0  # 0 in requests; in replies the computing time of the servable


def pack_header(header: Header) -> bytes:
    """Pack a header into 16 bytes.

    Raises:
        BadRequestError: a field is out of range.
    """
    if not (0 <= header.lane < LANES and 0 <= header.sequence < _U32 and 0 <= header.rows < _U32):
        raise BadRequestError(
            message(
                "{header} has a lane outside 0..{lanes}, or a sequence or rows outside u32.",
                header=header,
                lanes=LANES - 1,
            )
        )
    operation, lane, sequence, rows, device, milliseconds = header
    return _HEADER.pack(VERSION, operation, lane, device, sequence, rows, milliseconds)


def unpack_header(frame: bytes) -> Header:
    """Parse the first 16 bytes of a frame.

    Raises:
        MalformedFrameError: the frame is too short, or its version, operation, lane, device or time is invalid.
    """
    if len(frame) < HEADER_BYTES:
        raise MalformedFrameError(
            message(
                "The frame has {n} bytes; expected a header of {header_bytes}.", n=len(frame), header_bytes=HEADER_BYTES
            )
        )
    version, operation, lane, device, sequence, rows, milliseconds = _HEADER.unpack_from(frame)
    if version != VERSION:
        raise MalformedFrameError(
            message("The protocol version is {version}; expected {expected}.", version=version, expected=VERSION)
        )
    try:
        operation = Operation(operation)
    except ValueError:
        raise MalformedFrameError(
            message("The operation is {operation}; expected 1 to 6.", operation=operation)
        ) from None
    if lane >= LANES:
        raise MalformedFrameError(message("The lane is {lane}; expected 0..{lanes}.", lane=lane, lanes=LANES - 1))
    if device >= len(_DEVICES):
        raise MalformedFrameError(
            message("The device is {device}; expected 0..{n}.", device=device, n=len(_DEVICES) - 1)
        )
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise MalformedFrameError(
            message(
                "The milliseconds are {milliseconds}; expected a finite number, not negative.",
                milliseconds=milliseconds,
            )
        )
    return Header(operation, lane, sequence, rows, device, milliseconds)


def device_byte(name: str) -> int:
    """Return the byte of a device name: "CPU" 0, "GPU" 1, "cluster" 3, any other 2."""
    return _DEVICES.index(name) if name in _DEVICES else 2


def device_name(byte: int) -> str:
    """Return "CPU", "GPU", "cluster" or "other" for the byte of a header."""
    return _DEVICES[byte]
