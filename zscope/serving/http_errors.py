"""Errors in answers: one JSON form, and one HTTP status and one WebSocket close code for each class.

A `ZscopeError` is sent as `{"code", "message", "mend"}`, where "mend" is its hint. Any other exception is a defect: the
client receives a general message, and the trace, which may contain paths and values, goes to the server's log.

The texts are English. "parts" and "mendParts" contain the template and the values of a text that has values, so that
the browser can translate it.

    ZscopeError
    ├── BadRequestError
    │   └── TooLargeError       a body or a part of it is larger than its limit
    ├── BusyError               the server has no room for the request now; a later one may succeed
    ├── ConnectionLostError     the connection is lost; a new one may succeed
    ├── EngineClosedError       the model was unloaded while a request was pending
    └── ForeignOriginError      the request comes from another site's page

Every route answers with `status_of`; the live channel closes connections with `close_code_of`.
"""

from typing import Any, NamedTuple, cast

from vae.errors import (
    BadRequestError,
    BundleError,
    DataError,
    ImportRefusedError,
    ModelNotFoundError,
    ModelStoppedError,
    NotFoundError,
    TrainingError,
    ZscopeError,
)
from vae.message import N_, write_message
from zscope.serving.protocol import CloseCode, MalformedFrameError

__all__ = [
    "BusyError",
    "ConnectionLostError",
    "EngineClosedError",
    "ForeignOriginError",
    "TooLargeError",
    "close_code_of",
    "describe_fault",
    "fault_from",
    "status_of",
]


class TooLargeError(BadRequestError):
    """A body or a part of it is larger than its limit."""


class BusyError(ZscopeError):
    """The server has no room for this request now; a later one may succeed.

    Args:
        message, hint: see `ZscopeError`.
        retry_seconds: time after which a client may try again.
    """

    def __init__(self, message: str, hint: str = "", retry_seconds: int = 10):
        super().__init__(message, hint)
        self.retry_seconds = retry_seconds


class ConnectionLostError(ZscopeError):
    """The connection of the live channel is lost or could not be made; a new one may succeed."""


class EngineClosedError(ZscopeError):
    """The model was unloaded while a request was pending."""


class ForeignOriginError(ZscopeError):
    """The request comes from another site's page."""


class _Answer(NamedTuple):
    status: int
    close: CloseCode


# The first class of the method resolution order that is listed counts.
_ANSWERS: dict[type[BaseException], _Answer] = {
    BadRequestError: _Answer(400, CloseCode.REFUSED),
    DataError: _Answer(400, CloseCode.REFUSED),
    BundleError: _Answer(400, CloseCode.REFUSED),
    ImportRefusedError: _Answer(400, CloseCode.REFUSED),
    TrainingError: _Answer(400, CloseCode.REFUSED),
    ForeignOriginError: _Answer(403, CloseCode.REFUSED),
    NotFoundError: _Answer(404, CloseCode.REFUSED),
    TooLargeError: _Answer(413, CloseCode.TOO_BIG),
    BusyError: _Answer(503, CloseCode.FULL),
    ModelStoppedError: _Answer(503, CloseCode.REFUSED),
    EngineClosedError: _Answer(503, CloseCode.RESTART),
    ConnectionLostError: _Answer(503, CloseCode.RESTART),
    ZscopeError: _Answer(400, CloseCode.REFUSED),
    BaseException: _Answer(500, CloseCode.INTERNAL),
}

_CODES: dict[str, type[ZscopeError]] = {
    "bad_request": BadRequestError,
    "model_not_found": ModelNotFoundError,
    "bundle": BundleError,
    "failed": ZscopeError,  # any other error with a hint
}
_INTERNAL = "internal"


def status_of(fault: BaseException) -> int:
    """Return the HTTP status of the answer to a request that failed with this error."""
    return _answer_to(fault).status


def close_code_of(fault: BaseException) -> CloseCode:
    """Return the close code of a live connection that ends with this error."""
    return fault.close_code if isinstance(fault, MalformedFrameError) else _answer_to(fault).close


def _answer_to(fault: BaseException) -> _Answer:
    return next(_ANSWERS[kind] for kind in type(fault).__mro__ if kind in _ANSWERS)


def describe_fault(fault: BaseException) -> dict[str, Any]:
    """Return the JSON form of an exception for a client: code, message, the hint as "mend", and their parts."""
    if not isinstance(fault, ZscopeError):
        return {
            "code": _INTERNAL,
            "message": N_("The server failed on this request."),
            "mend": N_("Try again. If it fails again, look for the trace in the server's log."),
        }
    code = next(code for code, kind in _CODES.items() if isinstance(fault, kind))
    texts = {"parts": fault.message, "mendParts": fault.hint}
    parts = {key: write_message(text) for key, text in texts.items() if text.values}
    return {"code": code, "message": str(fault.message), "mend": str(fault.hint), **parts}


def fault_from(body: object) -> ZscopeError:
    """Return the exception that `describe_fault` described; an unknown code gives a plain `ZscopeError`.

    Raises:
        ValueError: `body` is not an object with texts under "code", "message" and "mend".
    """
    fields = cast(dict[object, object], body) if isinstance(body, dict) else {}
    code, message, hint = (fields.get(key) for key in ("code", "message", "mend"))
    if not (isinstance(code, str) and isinstance(message, str) and isinstance(hint, str)):
        raise ValueError("expected an object with the texts code, message and mend")
    return _CODES.get(code, ZscopeError)(message, hint)
