"""Whole frames: requests and replies as arrays on one side, bytes on the other.

Two kinds of wrong are kept apart. A frame whose bytes do not add up is *malformed* and closes the connection, for what
follows it cannot be trusted either. A frame that is well formed but asks for something impossible (a NaN in a code) is
a *bad request*: it is answered with an ERROR and the connection lives.
"""

import json
import math

import numpy as np

from vae.errors import BadRequestError, ZscopeError
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
    """A request's frame.

    Args:
        operation: any but ERROR.
        lane: 0..7.
        sequence: u32, echoed by the reply.
        inputs: (n, code_dim) codes, or (n, h, w, c) images for ENCODE and RECONSTRUCT; cast to the wire's dtype.
        layout: of the model.

    Raises:
        BadRequestError: the rows of `inputs` have another shape than the model's.
    """
    shape, dtype = layout.request_row(operation)
    if inputs.shape[1:] != shape or inputs.ndim == 0:
        raise BadRequestError(
            f"An array of shape {inputs.shape} cannot be sent as {operation.name}.",
            f"Expected (n, {', '.join(map(str, shape))}).",
        )
    header = pack_header(Header(operation, lane, sequence, len(inputs)))
    return b"".join((header, np.ascontiguousarray(inputs, dtype).data)) if inputs.size else header


def parse_request(frame: bytes, layout: Layout) -> tuple[Header, np.ndarray]:
    """A request's frame → its header and inputs, (rows, …) in the wire's dtype, read-only and not copied.

    Raises:
        MalformedFrameError: the frame is not a request of this model.
    """
    header = unpack_header(frame)
    if header.operation is Operation.ERROR:
        raise MalformedFrameError("Operation 127 is for replies; expected 1 to 6.")
    if header.device or header.milliseconds:
        raise MalformedFrameError("Device and milliseconds must be 0 in a request.")
    return header, _payload(frame, header, *layout.request_row(header.operation))


def check_inputs(header: Header, inputs: np.ndarray, layout: Layout) -> None:
    """Refuse a well-formed request that cannot be computed.

    Raises:
        BadRequestError: no rows, too many rows, or a NaN or infinity in a code.
    """
    name, limit = header.operation.name, layout.max_rows(header.operation)
    if not 0 < header.rows <= limit:
        raise BadRequestError(f"{name} with {header.rows} rows.", f"Send 1 to {limit} rows a request.")
    if header.operation not in OF_IMAGES and not np.isfinite(inputs).all():
        row, column = np.argwhere(~np.isfinite(inputs))[0]
        raise BadRequestError(
            f"{name}: the code in row {row} has {inputs[row, column]} in dimension {column}.",
            "Send finite numbers only.",
        )


def pack_reply(request: Header, outputs: np.ndarray, device: int, milliseconds: float) -> bytes:
    """The frame that answers `request` with `outputs`, (rows, …) in the wire's dtype."""
    header = Header(request.operation, request.lane, request.sequence, len(outputs), device, milliseconds)
    return b"".join((pack_header(header), np.ascontiguousarray(outputs).data))


def pack_error(request: Header, fault: BaseException) -> bytes:
    """The ERROR frame that answers `request`, with no rows."""
    header = Header(Operation.ERROR, request.lane, request.sequence, 0)
    return pack_header(header) + json.dumps(describe_fault(fault)).encode()


def parse_reply(frame: bytes, layout: Layout) -> tuple[Header, np.ndarray | ZscopeError]:
    """A reply's frame → its header, and its outputs (read-only, not copied) or the error it carries.

    Raises:
        MalformedFrameError: the frame is not a reply of this model.
    """
    header = unpack_header(frame)
    if header.operation is not Operation.ERROR:
        return header, _payload(frame, header, *layout.reply_row(header.operation))
    try:
        return header, fault_from(json.loads(frame[HEADER_BYTES:]))
    except (ValueError, RecursionError):  # undecodable text or JSON, or JSON nested beyond reason
        raise MalformedFrameError("An ERROR reply whose payload is not UTF-8 JSON.") from None


def _payload(frame: bytes, header: Header, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    expected = header.rows * math.prod(shape) * dtype.itemsize
    if len(frame) - HEADER_BYTES != expected:
        raise MalformedFrameError(
            f"A payload of {len(frame) - HEADER_BYTES} bytes; {header.operation.name} of {header.rows} rows "
            f"takes {expected}."
        )
    return np.frombuffer(frame, dtype, offset=HEADER_BYTES).reshape(header.rows, *shape)
