"""The head of a binary body: u32 length of a JSON text, the text, then bytes. `assets/js/core/head.js` is the same.

The length is little-endian. The text is filled up with blanks to a multiple of four bytes, so that numbers behind it
are aligned. A reader takes any length.
"""

import json
from collections.abc import Mapping

from vae.errors import BadRequestError
from zscope.serving.http_errors import TooLargeError

__all__ = ["HEAD_BYTES", "pack_head", "parse_head"]

HEAD_BYTES = 100_000  # of a head, unless a route allows more
_LENGTH_BYTES = 4


def pack_head(head: Mapping[str, object], *blocks: bytes) -> bytes:
    """The head and the blocks behind it, as one body.

    Raises:
        ValueError: a number of the head is not finite.
    """
    text = json.dumps(head, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *blocks])


def parse_head(body: bytes | memoryview, most: int = HEAD_BYTES) -> tuple[bytes, memoryview]:
    """A body → its head as JSON text, unread, and a view of the bytes behind it.

    Args:
        most: bytes of the head.

    Raises:
        BadRequestError: the body ends before its head does.
        TooLargeError: the head is larger than `most`.
    """
    whole = memoryview(body)
    if len(whole) < _LENGTH_BYTES:
        raise BadRequestError(f"A body of {len(whole)} bytes has no head.", "Reload the page.")
    length, rest = int.from_bytes(whole[:_LENGTH_BYTES], "little"), whole[_LENGTH_BYTES:]
    if length > len(rest):
        raise BadRequestError(f"A head of {length:,} bytes in a body of {len(whole):,}.", "Reload the page.")
    if length > most:
        raise TooLargeError(f"A head of {length:,} bytes.", f"It may have {most:,}.")
    return bytes(rest[:length]), rest[length:]
