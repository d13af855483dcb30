"""The binary frames of the live channel: header, operations, and what makes a frame malformed.

Pure functions on bytes, no I/O; `docs/live-protocol.md` is the same in prose. A frame is a 16-byte little-endian header
and a payload that starts at byte 16, so that a Float32Array laid over it is aligned.
"""

import math
import struct
from enum import IntEnum
from typing import NamedTuple

from vae.errors import BadRequestError

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
LANES = 8  # lanes 0..7, lower ones first
MESSAGE_BYTES = 1 << 20  # largest message a client may send, header included

# version, operation, lane, device: u8 each; sequence, rows: u32; milliseconds: f32.
_HEADER = struct.Struct("<BBBBIIf")
HEADER_BYTES = _HEADER.size  # 16
_DEVICES = ("CPU", "GPU", "other")
_U32 = 2**32


class Operation(IntEnum):
    """What a frame asks for or answers."""

    DECODE = 1  # codes → pixels
    ENCODE = 2  # pixels → mean and log-variance
    MEASURE = 3  # codes → the off-data meter
    PLACE = 4  # codes → places on the map
    INVERT = 5  # places on the map → codes
    RECONSTRUCT = 6  # pixels → mean and log-variance, and the mean's pixels
    ERROR = 127  # replies only: UTF-8 JSON with code, message and mend


OF_IMAGES = (Operation.ENCODE, Operation.RECONSTRUCT)  # their requests are images, all others' are numbers


class CloseCode(IntEnum):
    """Why the server closed a connection: the codes of RFC 6455, section 7.4.1, that it uses."""

    WRONG_KIND = 1003  # text where a binary frame was due, or the other way round
    MALFORMED = 1007  # the bytes do not make a frame or an opening
    REFUSED = 1008  # the opening was answered with an error, or did not come in time
    TOO_BIG = 1009  # a message beyond MESSAGE_BYTES
    INTERNAL = 1011  # a defect of the server's
    RESTART = 1012  # the model was put away or the server is stopping: connect again
    FULL = 1013  # too many connections: try later


class MalformedFrameError(BadRequestError):
    """Bytes that cannot be taken for a frame or an opening; they cost the client its connection.

    Args:
        message: what came and what was expected; its first 123 bytes become the reason of the close frame.
        close_code: `CloseCode` to close with.
    """

    def __init__(self, message: str, close_code: CloseCode = CloseCode.MALFORMED):
        super().__init__(message, "See docs/live-protocol.md.")
        self.close_code = close_code


class Header(NamedTuple):
    """The first 16 bytes of a frame, less the version."""

    operation: Operation
    lane: int  # 0..7
    sequence: int  # u32, chosen by the client and echoed
    rows: int  # u32
    device: int = 0  # 0 in requests; in replies 0 = CPU, 1 = GPU, 2 = other
    milliseconds: float = 0.0  # 0 in requests; in replies the time spent inside the servable


def pack_header(header: Header) -> bytes:
    """Header → 16 bytes.

    Raises:
        BadRequestError: a field is outside its range.
    """
    if not (0 <= header.lane < LANES and 0 <= header.sequence < _U32 and 0 <= header.rows < _U32):
        raise BadRequestError(f"{header} has a lane outside 0..{LANES - 1}, or a sequence or rows outside u32.")
    operation, lane, sequence, rows, device, milliseconds = header
    return _HEADER.pack(VERSION, operation, lane, device, sequence, rows, milliseconds)


def unpack_header(frame: bytes) -> Header:
    """First 16 bytes of a frame → header.

    Raises:
        MalformedFrameError: too short, or the version, operation, lane, device or time cannot be.
    """
    if len(frame) < HEADER_BYTES:
        raise MalformedFrameError(f"{len(frame)} bytes; expected a header of {HEADER_BYTES}.")
    version, operation, lane, device, sequence, rows, milliseconds = _HEADER.unpack_from(frame)
    if version != VERSION:
        raise MalformedFrameError(f"Protocol version {version}; expected {VERSION}.")
    try:
        operation = Operation(operation)
    except ValueError:
        raise MalformedFrameError(f"Operation {operation}; expected 1 to 6.") from None
    if lane >= LANES:
        raise MalformedFrameError(f"Lane {lane}; expected 0..{LANES - 1}.")
    if device >= len(_DEVICES):
        raise MalformedFrameError(f"Device {device}; expected 0..{len(_DEVICES) - 1}.")
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise MalformedFrameError(f"Milliseconds {milliseconds}; expected a finite number, not negative.")
    return Header(operation, lane, sequence, rows, device, milliseconds)


def device_byte(name: str) -> int:
    """A servable's device name → its byte: "CPU" 0, "GPU" 1, anything else 2."""
    return _DEVICES.index(name) if name in _DEVICES else 2


def device_name(byte: int) -> str:
    """A header's device byte → "CPU", "GPU" or "other"."""
    return _DEVICES[byte]
