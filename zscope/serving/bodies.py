"""Bodies that are posted: from this app's own pages alone, each within its limit, all together within a budget."""

from typing import NamedTuple

from starlette.requests import Request

from zscope.library.registry import fingerprint
from zscope.serving.http_errors import BusyError, ForeignOriginError, TooLargeError
from zscope.serving.memory import MemoryBudget
from zscope.serving.origins import is_same_origin
from zscope.serving.workers import QUICK

__all__ = ["BODIES", "BodyLimit", "check_before_reading", "read_body"]

BODIES = MemoryBudget(256_000_000)  # of all bodies that are being read or answered
_SMALL = 1_000_000  # bytes of what a page sends while a person draws
_FOR_SMALL = 64_000_000  # bytes of the budget that only such bodies may take


class BodyLimit(NamedTuple):
    """How large a body may be, and what to do about a larger one."""

    most: int  # bytes
    hint: str

    def check(self, size: int) -> None:
        """
        Raises:
            TooLargeError: a body of `size` bytes is larger.
        """
        if size > self.most:
            raise TooLargeError(f"This is larger than {self.most // 1_000_000} MB.", self.hint)


async def check_before_reading(request: Request, limit: BodyLimit) -> None:
    """Refuse what can be refused without the body. The request's path names a `model`.

    Raises:
        ForeignOriginError: it comes from another site's page.
        ModelNotFoundError, BundleError: of the model.
        TooLargeError: the length that it announces is beyond the limit.
    """
    if not is_same_origin(request.headers):
        raise ForeignOriginError("This is made for this app's own pages.")
    await QUICK.run(fingerprint, request.path_params["model"])
    announced = request.headers.get("content-length", "")
    limit.check(int(announced) if announced.isdecimal() else 0)


async def read_body(request: Request, body: bytearray, limit: BodyLimit, budget: MemoryBudget) -> None:
    """Append a request's body to `body`. What is appended is reserved in `budget`, also after an error.

    Raises:
        TooLargeError: it is larger than its limit, whatever length it announced.
        BusyError: the budget is spent.
        ClientDisconnect: the client has left.
    """
    async for part in request.stream():
        size = len(body) + len(part)
        limit.check(size)
        if not budget.reserve(len(part), 0 if size <= _SMALL else _FOR_SMALL):
            raise BusyError("The server is busy with other uploads.", "Try again in a minute.", retry_seconds=60)
        body += part
