"""Errors on the wire: one JSON form, one HTTP status and one close code for each class.

A `ZscopeError` is sent as `{"code", "message", "mend"}`. Anything else is a defect: the client learns that there was
one, and the trace, which may name paths and values of the server, stays in the server's log.

    ZscopeError
    ├── BadRequestError
    │   └── TooLargeError       a body or a part of it is larger than its limit
    ├── BusyError               the server has no room for the request now; later it may
    ├── ConnectionLostError     the connection is gone; a new one may do
    ├── EngineClosedError       the model was put away while a request was on its way
    └── ForeignOriginError      the request comes from another site's page

Every route answers with `status_of`, and the live channel closes a connection with `close_code_of`.
"""

from typing import NamedTuple, cast

from vae.errors import (
    BadRequestError,
    BundleError,
    DataError,
    ImportRefusedError,
    ModelNotFoundError,
    NotFoundError,
    TrainingError,
    ZscopeError,
)
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
    """A body, or a part of it, is larger than its limit."""


class BusyError(ZscopeError):
    """The server has no room for this request now; later it may.

    Args:
        message, mend: as of every `ZscopeError`.
        retry_seconds: after which a client may ask again.
    """

    def __init__(self, message: str, mend: str = "", retry_seconds: int = 10):
        super().__init__(message, mend)
        self.retry_seconds = retry_seconds


class ConnectionLostError(ZscopeError):
    """The live channel's connection is gone, or could not be made; a new one may do."""


class EngineClosedError(ZscopeError):
    """The model was put away while a request was on its way."""


class ForeignOriginError(ZscopeError):
    """The request comes from another site's page."""


class _Answer(NamedTuple):
    status: int
    close: CloseCode


# The most specific class that is listed counts. Of an error with several bases, the first one.
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
    EngineClosedError: _Answer(503, CloseCode.RESTART),
    ConnectionLostError: _Answer(503, CloseCode.RESTART),
    ZscopeError: _Answer(400, CloseCode.REFUSED),
    BaseException: _Answer(500, CloseCode.INTERNAL),
}

_CODES: dict[str, type[ZscopeError]] = {
    "bad_request": BadRequestError,
    "model_not_found": ModelNotFoundError,
    "bundle": BundleError,
    "failed": ZscopeError,  # any other error that names its mend
}
_INTERNAL = "internal"


def status_of(fault: BaseException) -> int:
    """The HTTP status that answers a request with this error."""
    return _answer_to(fault).status


def close_code_of(fault: BaseException) -> CloseCode:
    """The code that closes a live connection after this error."""
    return fault.close_code if isinstance(fault, MalformedFrameError) else _answer_to(fault).close


def _answer_to(fault: BaseException) -> _Answer:
    return next(_ANSWERS[kind] for kind in type(fault).__mro__ if kind in _ANSWERS)


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


def fault_from(body: object) -> ZscopeError:
    """What a client was told → the exception to raise; an unknown code becomes a plain `ZscopeError`.

    Raises:
        ValueError: `body` is not an object with texts under "code", "message" and "mend".
    """
    told = cast(dict[object, object], body) if isinstance(body, dict) else {}
    code, message, mend = (told.get(key) for key in ("code", "message", "mend"))
    if not (isinstance(code, str) and isinstance(message, str) and isinstance(mend, str)):
        raise ValueError("expected an object with the texts code, message and mend")
    return _CODES.get(code, ZscopeError)(message, mend)
