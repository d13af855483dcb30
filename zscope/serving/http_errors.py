"""Errors on the wire: `{"code", "message", "mend"}`, and back into the types of `vae.errors`.

A `ZscopeError` travels as it is. Anything else is a defect: the client learns that there was one, and the trace, which
may name paths and values of the server's, stays in the server's log.

    ZscopeError
    ├── BusyError               the server has no room for the request now; later it may
    ├── ConnectionLostError     the connection is gone; a new one may do
    └── EngineClosedError       the model was put away while a request was on its way
"""

from typing import Any

from vae.errors import BadRequestError, BundleError, ModelNotFoundError, ZscopeError

__all__ = ["BusyError", "ConnectionLostError", "EngineClosedError", "describe_fault", "fault_from"]


class BusyError(ZscopeError):
    """The server has no room for this request now; later it may."""


class ConnectionLostError(ZscopeError):
    """The live channel's connection is gone, or could not be made; a new one may do."""


class EngineClosedError(ZscopeError):
    """The model was put away while a request was on its way."""


_CODES: dict[str, type[ZscopeError]] = {
    "bad_request": BadRequestError,
    "model_not_found": ModelNotFoundError,
    "bundle": BundleError,
    "failed": ZscopeError,  # any other error that names its mend
}
_INTERNAL = "internal"


def describe_fault(fault: BaseException) -> dict[str, str]:
    """An exception → what a client is told of it: code, message and mend."""
    if not isinstance(fault, ZscopeError):
        return {
            "code": _INTERNAL,
            "message": "The server failed on this request.",
            "mend": "Try again; if it stays, the server's log has the trace.",
        }
    code = next(code for code, kind in _CODES.items() if isinstance(fault, kind))
    return {"code": code, "message": fault.message, "mend": fault.hint}


def fault_from(body: Any) -> ZscopeError:
    """What a client was told → the exception to raise; an unknown code becomes a plain `ZscopeError`.

    Raises:
        ValueError: `body` is not an object with texts under "code", "message" and "mend".
    """
    if not isinstance(body, dict) or not all(isinstance(body.get(key), str) for key in ("code", "message", "mend")):
        raise ValueError("expected an object with the texts code, message and mend")
    return _CODES.get(body["code"], ZscopeError)(body["message"], body["mend"])
