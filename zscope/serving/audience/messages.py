"""The messages of a room: parses those of speakers and phones, packs those of the server. Pure functions.

The speaker sends JSON texts and, for each point, a binary message with the code. Phones send JSON texts. The server
sends JSON texts to the speaker, and binary frames to phones: a picture, or the state of the room.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from vae.errors import BadRequestError
from vae.message import message
from zscope.messages import RoomState
from zscope.serving.protocol import CloseCode, MalformedFrameError

__all__ = [
    "NO_CLASS",
    "PHONE_BYTES",
    "PICTURE_HEADER_BYTES",
    "PROTOCOL",
    "SPEAKER_BYTES",
    "Allow",
    "End",
    "Follow",
    "Move",
    "Opening",
    "pack_picture",
    "pack_state",
    "parse_code",
    "parse_move",
    "parse_opening",
    "parse_order",
    "text_message",
]

PROTOCOL = 1
SPEAKER_BYTES = 64 << 10  # of one message of a speaker: a code of 16,384 numbers
PHONE_BYTES = 1024  # of one message of a phone
NO_CLASS = 0xFFFF  # in a picture's header: the data have no classes
_VALUES = 8  # dimensions in one move at most

# version, kind: u8 each; class: u16; sequence: u32; number of values: u16; not used: u16.
_PICTURE = struct.Struct("<BBHIHH")
PICTURE_HEADER_BYTES = _PICTURE.size  # 12
_STATE = struct.Struct("<BBH")  # version, kind: u8 each; not used: u16
_KIND_PICTURE, _KIND_STATE = 1, 2


@dataclass(frozen=True)
class Opening:
    """The first message of a speaker: opens a room, or takes up one that is open."""

    model: str
    token: str = ""  # of an open room
    key: str = ""  # of that room


@dataclass(frozen=True)
class Follow:
    """Later points are codes of this model."""

    model: str


@dataclass(frozen=True)
class Allow:
    """Whether phones may move the point."""

    moving: bool


@dataclass(frozen=True)
class End:
    """The room ends."""


@dataclass(frozen=True)
class Move:
    """A phone's request to move the point."""

    values: Mapping[int, float]  # by dimension
    chosen_class: int | None = None


def parse_opening(text: str) -> Opening:
    """Parse the first message of a speaker.

    Raises:
        MalformedFrameError: it is not an opening of this protocol.
    """
    body = _parse_object(text, SPEAKER_BYTES)
    if body.get("type") != "open" or type(body.get("protocol")) is not int or body["protocol"] != PROTOCOL:
        raise MalformedFrameError(
            message('Expected {{"type":"open","protocol":{protocol},"model":"…"}}.', protocol=PROTOCOL)
        )
    return Opening(_text(body, "model"), _text(body, "token", ""), _text(body, "key", ""))


def parse_order(text: str) -> Follow | Allow | End:
    """Parse a later text message of a speaker.

    Raises:
        MalformedFrameError: it is none.
    """
    body = _parse_object(text, SPEAKER_BYTES)
    match body.get("type"):
        case "model":
            return Follow(_text(body, "model"))
        case "moving" if isinstance(body.get("allowed"), bool):
            return Allow(body["allowed"])
        case "end":
            return End()
        case _:
            raise MalformedFrameError('Expected a message of the type "model", "moving" or "end".')


def parse_code(frame: bytes, code_dim: int) -> np.ndarray:
    """Parse a published code: float32 (1, code_dim).

    Raises:
        MalformedFrameError: the bytes are no float32 numbers, or too many.
        BadRequestError: the code has another length or is not finite.
    """
    if len(frame) > SPEAKER_BYTES:
        raise MalformedFrameError(
            message(
                "The code has {n} bytes; expected at most {speaker_bytes}.", n=len(frame), speaker_bytes=SPEAKER_BYTES
            ),
            CloseCode.TOO_BIG,
        )
    if not frame or len(frame) % 4:
        raise MalformedFrameError(message("The code has {n} bytes; expected 4 for each number.", n=len(frame)))
    code = np.frombuffer(frame, "<f4").reshape(1, -1)
    if code.shape[1] != code_dim:
        raise BadRequestError(
            message(
                "The code has {shape} numbers; the model's codes have {code_dim}.",
                shape=code.shape[1],
                code_dim=code_dim,
            ),
            "The model was replaced. Reload the page.",
        )
    if not np.isfinite(code).all():
        raise BadRequestError("The code has a number that is not finite.", "Send finite numbers only.")
    return code


def parse_move(text: str) -> Move:
    """Parse a message of a phone.

    Raises:
        MalformedFrameError: it is not a move.
    """
    body = _parse_object(text, PHONE_BYTES)
    pairs, chosen = body.get("values", []), body.get("class")
    if body.get("type") != "move" or not isinstance(pairs, list) or not (chosen is None or _is_index(chosen)):
        raise MalformedFrameError('Expected {"type":"move","values":[[dimension,value],…],"class":…}.')
    found = cast(list[object], pairs)
    if len(found) > _VALUES:
        raise MalformedFrameError(
            message("The move has {n} values; expected at most {values}.", n=len(found), values=_VALUES)
        )
    return Move(dict(_pair(one) for one in found), cast(int | None, chosen))


def pack_picture(sequence: int, shown_class: int, values: np.ndarray, png: bytes) -> bytes:
    """Pack a picture for all phones.

    Args:
        sequence: increases with each picture of a room.
        shown_class: of the image nearest to the code; `NO_CLASS` if unknown.
        values: (n,) of the dimensions that phones can move, then the class weights of a conditional model.
        png: the picture.
    """
    header = _PICTURE.pack(PROTOCOL, _KIND_PICTURE, shown_class, sequence % 2**32, len(values), 0)
    return b"".join((header, np.ascontiguousarray(values, "<f4").tobytes(), png))


def pack_state(body: RoomState) -> bytes:
    """Pack the state of a room for phones."""
    return _STATE.pack(PROTOCOL, _KIND_STATE, 0) + json.dumps(body).encode()


def text_message(body: Mapping[str, object]) -> bytes:
    """Return a message to the speaker: JSON in UTF-8."""
    return json.dumps(body).encode()


def _parse_object(text: str, most: int) -> dict[str, Any]:
    if len(text) > most:
        raise MalformedFrameError(
            message("The message has {n} characters; expected at most {most}.", n=len(text), most=most),
            CloseCode.TOO_BIG,
        )
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedFrameError("The message is not JSON.") from None
    if not isinstance(body, dict):
        raise MalformedFrameError("The message is not a JSON object.")
    return cast(dict[str, Any], body)


def _text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    text = body.get(name, default)
    if not isinstance(text, str):
        raise MalformedFrameError(message("The message has no text {name}.", name=repr(name)))
    return text


def _pair(pair: object) -> tuple[int, float]:
    index, value = (
        cast(list[object], pair) if isinstance(pair, list) and len(cast(list[object], pair)) == 2 else (None, None)
    )
    if _is_index(index) and type(value) in (int, float):
        number = _finite(cast(float, value))
        if number is not None:
            return cast(int, index), number
    raise MalformedFrameError("A value of a move is not a pair of a dimension and a finite number.")


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # a whole number with hundreds of digits
        return None
    return number if math.isfinite(number) else None


def _is_index(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**16
