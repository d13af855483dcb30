"""Posted bodies: accepted only from this app's own pages, each within its limit, all within one memory budget."""

from typing import NamedTuple

from starlette.requests import Request

from vae.message import message
from zscope.library.registry import fingerprint
from zscope.serving.http_errors import BusyError, ForeignOriginError, TooLargeError
from zscope.serving.memory import MemoryBudget
from zscope.serving.origins import is_same_origin
from zscope.serving.workers import QUICK

__all__ = ["BODIES", "BodyLimit", "check_before_reading", "read_body"]

BODIES = MemoryBudget(256_000_000)  # of all bodies whose requests are not answered yet
_SMALL = 1_000_000  # bytes; pages send bodies up to this size while a user draws
_FOR_SMALL = 64_000_000  # bytes of the budget that are reserved for small bodies


class BodyLimit(NamedTuple):
    """The largest size of a body, and what to do about a larger one."""

    most: int  # bytes
    hint: str

    def check(self, size: int) -> None:
        """
        Raises:
            TooLargeError: a body of `size` bytes is larger.
        """
        if size > self.most:
            raise TooLargeError(message("The upload is larger than {most} MB.", most=self.most // 1000000), self.hint)


async def check_before_reading(request: Request, limit: BodyLimit) -> None:
    """Refuse a request that can be refused without its body. Its path names a `model`.

    Raises:
        ForeignOriginError: the request comes from another site's page.
        ModelNotFoundError, BundleError: the model does not exist or is broken.
        TooLargeError: the announced length is beyond the limit.
    """
    if not is_same_origin(request.headers):
        raise ForeignOriginError("Only this app's own pages may send this request.")
    await QUICK.run(fingerprint, request.path_params["model"])
    announced = request.headers.get("content-length", "")
    limit.check(int(announced) if announced.isdecimal() else 0)


async def read_body(request: Request, body: bytearray, limit: BodyLimit, budget: MemoryBudget) -> None:
    """Append a request's body to `body`. The appended bytes stay reserved in `budget`, also after an error.

    Raises:
        TooLargeError: the body is larger than its limit, whatever length was announced.
        BusyError: the budget is used up.
        ClientDisconnect: the client has left.
    """
    async for part in request.stream():
        size = len(body) + len(part)
        limit.check(size)
        if not budget.reserve(len(part), 0 if size <= _SMALL else _FOR_SMALL):
            raise BusyError("The server is busy with other uploads.", "Try again in a minute.", retry_seconds=60)
        body += part
