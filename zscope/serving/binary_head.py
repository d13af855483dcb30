"""The head of a binary body: u32 length of a JSON text, the text, then bytes. `assets/js/core/head.js` is the same.

The length is little-endian. The text is padded with spaces to a multiple of four bytes, so that numbers after it are
aligned. A reader accepts any length.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import json
from collections.abc import Mapping

from vae.errors import BadRequestError
from vae.message import message
from zscope.serving.http_errors import TooLargeError

__all__ = ["HEAD_BYTES", "pack_head", "parse_head"]

HEAD_BYTES = 100_000  # of a head, unless a route allows more
_LENGTH_BYTES = 4


def pack_head(head: Mapping[str, object], *blocks: bytes) -> bytes:
    """Return one body: the head, then the blocks.

    Raises:
        ValueError: a number of the head is not finite.
    """
    text = json.dumps(head, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *blocks])


def parse_head(body: bytes | memoryview, most: int = HEAD_BYTES) -> tuple[bytes, memoryview]:
    """Split a body into its head, a JSON text that is not parsed, and a view of the bytes after it.

    Args:
        most: bytes that the head may have.

    Raises:
        BadRequestError: the body ends before its head does.
        TooLargeError: the head is larger than `most`.
    """
    whole = memoryview(body)
    if len(whole) < _LENGTH_BYTES:
        raise BadRequestError(message("A body of {n} bytes has no head.", n=len(whole)), "Reload the page.")
    length, rest = int.from_bytes(whole[:_LENGTH_BYTES], "little"), whole[_LENGTH_BYTES:]
    if length > len(rest):
        raise BadRequestError(
            message("The head announces {length} bytes, the body has {n}.", length=f"{length:,}", n=f"{len(whole):,}"),
            "Reload the page.",
        )
    if length > most:
        raise TooLargeError(
            message("The head has {length} bytes.", length=f"{length:,}"),
            message("Use at most {most}.", most=f"{most:,}"),
        )
    return bytes(rest[:length]), rest[length:]
