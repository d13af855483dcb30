"""Packs and parses whole frames: requests and replies as arrays and as bytes.

There are two kinds of errors. A frame whose bytes are inconsistent is *malformed* and closes the connection, since the
frames after it may be wrong too. A well-formed frame with an impossible request, such as a NaN in a code, is a *bad
request*: it is answered with an ERROR, and the connection stays open.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import json
import math

import numpy as np

from vae.errors import BadRequestError, ZscopeError
from vae.message import message
from zscope.serving.http_errors import describe_fault, fault_from
from zscope.serving.layout import Layout
from zscope.serving.protocol import (
    HEADER_BYTES,
    OF_IMAGES,
    Header,
    MalformedFrameError,
    Operation,
    pack_header,
    unpack_header,
)

__all__ = ["check_inputs", "pack_error", "pack_reply", "pack_request", "parse_reply", "parse_request"]


def pack_request(operation: Operation, lane: int, sequence: int, inputs: np.ndarray, layout: Layout) -> bytes:
    """Pack a request into a frame.

    Args:
        operation: any but ERROR.
        lane: 0..7.
        sequence: u32, repeated in the reply.
        inputs: (n, code_dim) codes, or (n, h, w, c) images for ENCODE and RECONSTRUCT; cast to the dtype of the frame.
        layout: the model's.

    Raises:
        BadRequestError: the rows of `inputs` have a wrong shape.
    """
    shape, dtype = layout.request_row(operation)
    if inputs.shape[1:] != shape or inputs.ndim == 0:
        raise BadRequestError(
            message("{name} does not take an array of shape {shape}.", name=operation.name, shape=inputs.shape),
            message("Use the shape (n, {map}).", map=", ".join(map(str, shape))),
        )
    header = pack_header(Header(operation, lane, sequence, len(inputs)))
    return b"".join((header, np.ascontiguousarray(inputs, dtype).data)) if inputs.size else header


def parse_request(frame: bytes, layout: Layout) -> tuple[Header, np.ndarray]:
    """Parse a request into its header and inputs, (rows, …), read-only and not copied.

    Raises:
        MalformedFrameError: the frame is not a request of this model.
    """
    header = unpack_header(frame)
    if header.operation is Operation.ERROR:
        raise MalformedFrameError("The operation is 127, which is for replies; expected 1 to 6.")
    if header.device or header.milliseconds:
        raise MalformedFrameError("Device or milliseconds of a request are not 0.")
    return header, _payload(frame, header, *layout.request_row(header.operation))


def check_inputs(header: Header, inputs: np.ndarray, layout: Layout) -> None:
    """Refuse a well-formed request that can't be computed.

    Raises:
        BadRequestError: it has no rows, too many rows, or a NaN or infinity.
    """
    name, limit = header.operation.name, layout.max_rows(header.operation)
    if not 0 < header.rows <= limit:
        raise BadRequestError(
            message("{name} has {rows} rows.", name=name, rows=header.rows),
            message("Send 1 to {limit} rows per request.", limit=limit),
        )
    if header.operation not in OF_IMAGES and not np.isfinite(inputs).all():
        row, column = np.argwhere(~np.isfinite(inputs))[0]
        raise BadRequestError(
            message(
                "{name}: the code in row {row} has {inputs} in dimension {column}.",
                name=name,
                row=row,
                inputs=inputs[row, column],
                column=column,
            ),
            "Send finite numbers only.",
        )


def pack_reply(request: Header, outputs: np.ndarray, device: int, milliseconds: float) -> bytes:
    """Pack the reply to `request`: `outputs` are (rows, …) in the dtype of the frame."""
    header = Header(request.operation, request.lane, request.sequence, len(outputs), device, milliseconds)
    return b"".join((pack_header(header), np.ascontiguousarray(outputs).data))


def pack_error(request: Header, fault: BaseException) -> bytes:
    """Pack the ERROR reply to `request`, without rows."""
    header = Header(Operation.ERROR, request.lane, request.sequence, 0)
    return pack_header(header) + json.dumps(describe_fault(fault)).encode()


def parse_reply(frame: bytes, layout: Layout) -> tuple[Header, np.ndarray | ZscopeError]:
    """Parse a reply into its header, and its outputs (read-only, not copied) or its error.

    Raises:
        MalformedFrameError: the frame is not a reply of this model.
    """
    header = unpack_header(frame)
    if header.operation is not Operation.ERROR:
        return header, _payload(frame, header, *layout.reply_row(header.operation))
    try:
        return header, fault_from(json.loads(frame[HEADER_BYTES:]))
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested too deeply
        raise MalformedFrameError("The payload of an ERROR reply is not JSON in UTF-8.") from None


def _payload(frame: bytes, header: Header, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    expected = header.rows * math.prod(shape) * dtype.itemsize
    if len(frame) - HEADER_BYTES != expected:
        raise MalformedFrameError(
            message(
                "The payload has {n} bytes; {name} with {rows} rows needs {expected}.",
                n=len(frame) - HEADER_BYTES,
                name=header.operation.name,
                rows=header.rows,
                expected=expected,
            )
        )
    return np.frombuffer(frame, dtype, offset=HEADER_BYTES).reshape(header.rows, *shape)
