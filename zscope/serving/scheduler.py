"""The pending requests of an engine: which are replaced, which is next, and which form a batch.

A data structure without threads or clocks; the engine calls it under its own lock. The rules:

- **Newest wins.** At most one request is pending per (client, operation, lane). A newer one takes the *place* of the
  older one, so a client that sends fast neither overtakes the others nor moves to the end.
- **Lower lanes first**, and within a lane by arrival. A request that `PATIENCE` batches have passed is next, whatever
  its lane, so lane 0 cannot starve the others.
- **One batch, one operation, one lane**, up to `largest` rows. Requests of other lanes join only in rows that would be
  padding, so a picture of one row does not wait for a large grid.
- **Large requests are split into pieces** of `largest` rows. A batch of other requests is served between two pieces, so
  other clients wait for one piece at most.
"""

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from vae.batching import LARGEST_BATCH, bucket_size
from zscope.serving.http_errors import BusyError
from zscope.serving.memory import MemoryBudget
from zscope.serving.protocol import Header, Operation

__all__ = ["PATIENCE", "Pending", "Piece", "Reply", "Request", "Ticket"]

PATIENCE = 8  # batches that may pass a pending request


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One checked request of one client."""

    client: Hashable  # the sender
    header: Header
    inputs: np.ndarray  # (rows, …) in the dtype of the frame
    deliver: Callable[[Sequence["Reply"]], None]  # hashable; see `Engine.submit`

    @property
    def key(self) -> tuple[Hashable, Operation, int]:
        """Requests of one key replace each other."""
        return self.client, self.header.operation, self.header.lane


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """The answer to one request."""

    request: Request
    result: np.ndarray | Exception  # outputs, (rows, …) in the dtype of the frame, or an error
    milliseconds: float = 0.0  # computing time of the whole batch


@dataclass(slots=True, eq=False)
class Ticket:
    """A request's place in the queue, and its finished pieces."""

    request: Request
    arrived: int  # number of batches taken before its arrival
    taken: int = 0  # rows taken so far
    parts: dict[int, np.ndarray] = field(default_factory=dict)  # outputs of the finished pieces, by their first row
    milliseconds: float = 0.0
    failed: bool = False

    @property
    def rows(self) -> int:
        return len(self.request.inputs)

    @property
    def bytes(self) -> int:
        return self.request.inputs.nbytes

    def add(self, start: int, outputs: np.ndarray, milliseconds: float) -> Reply | None:
        """Add the outputs of a piece; return the reply if it was the last one. Pieces may come in any order."""
        self.parts[start] = outputs
        self.milliseconds += milliseconds
        if self.failed or sum(map(len, self.parts.values())) < self.rows:
            return None
        whole = outputs if len(self.parts) == 1 else np.concatenate([self.parts[row] for row in sorted(self.parts)])
        return Reply(self.request, whole, self.milliseconds)

    def fail(self, error: Exception, milliseconds: float) -> Reply | None:
        """Return the reply with the error; None if another piece failed before."""
        first, self.failed = not self.failed, True
        return Reply(self.request, error, self.milliseconds + milliseconds) if first else None


class Piece(NamedTuple):
    """Rows `start` to `stop` of a ticket's request: all rows, unless the request is large."""

    ticket: Ticket
    start: int
    stop: int


class Pending:
    """The pending requests, in order of arrival.

    Args:
        batching: False takes one request at a time, as a baseline of benchmarks.
        largest: largest number of rows of a batch.
        memory: budget for the inputs of all pending requests, also of other engines; None sets no limit.
    """

    def __init__(self, *, batching: bool = True, largest: int = LARGEST_BATCH, memory: MemoryBudget | None = None):
        self._batching, self._largest_batch = batching, largest
        self._memory = memory or MemoryBudget(sys.maxsize)
        self._tickets: dict[tuple[Hashable, Operation, int], Ticket] = {}  # insertion order is the order of arrival
        self._large: Ticket | None = None  # the large request whose pieces are being served
        self._large_is_next = False
        self._batches = 0

    def __len__(self) -> int:
        return len(self._tickets) + (self._large is not None)

    def put(self, request: Request) -> bool:
        """Add `request`; return True if it replaced an older one, which gets no reply.

        Raises:
            BusyError: the pending requests take too much memory.
        """
        waiting = self._tickets.get(request.key)
        if not self._memory.reserve(request.inputs.nbytes - (waiting.bytes if waiting else 0)):
            raise BusyError("Too many requests are pending.", "Try again in a moment.")
        if waiting is not None:
            waiting.request = request
            return True
        self._tickets[request.key] = Ticket(request, self._batches)
        return False

    def take(self) -> list[Piece]:
        """Take pieces of one operation to compute together, at most `largest` rows; [] if nothing is pending."""
        head = None if self._large and self._large_is_next else self._head()
        if head is not None and head.rows > self._largest_batch:
            self._large = self._tickets.pop(head.request.key)
        elif head is not None:
            self._large_is_next = True
            self._batches += 1
            return self._batch(head)
        if self._large is None:
            return []
        self._large_is_next = False
        self._batches += 1
        return [self._next_piece(self._large)]

    def remove_client(self, client: Hashable) -> None:
        """Drop the requests of `client`."""
        for key in [key for key in self._tickets if key[0] == client]:
            self._memory.release(self._tickets.pop(key).bytes)
        if self._large is not None and self._large.request.client == client:
            self._end(self._large)

    def abandon(self, ticket: Ticket) -> None:
        """Take no more pieces of `ticket`, since one of them failed."""
        if self._large is ticket:
            self._end(ticket)

    def clear(self) -> None:
        """Drop all requests."""
        self._memory.release(sum(ticket.bytes for ticket in self._tickets.values()))
        self._tickets.clear()
        if self._large is not None:
            self._end(self._large)

    def _end(self, large: Ticket) -> None:
        self._memory.release(large.bytes)
        self._large = None

    def _head(self) -> Ticket | None:
        # One large request at a time: a second one waits until the first is finished.
        eligible = [t for t in self._tickets.values() if self._large is None or t.rows <= self._largest_batch]
        if not eligible:
            return None
        oldest = eligible[0]
        if self._batches - oldest.arrived >= PATIENCE:
            return oldest
        return min(eligible, key=_lane)  # the first of its lane: min keeps the order of arrival

    def _batch(self, head: Ticket) -> list[Piece]:
        operation, lane = head.request.header.operation, head.request.header.lane
        chosen, rows = [head], head.rows
        if self._batching:
            # Its own lane before the others; sorted keeps the order of arrival.
            for ticket in sorted(self._tickets.values(), key=lambda t: (_lane(t) != lane, _lane(t))):
                if ticket is head or ticket.request.header.operation is not operation:
                    continue
                room = self._largest_batch if _lane(ticket) == lane else bucket_size(rows)
                if rows + ticket.rows <= room:
                    chosen.append(ticket)
                    rows += ticket.rows
        for ticket in chosen:
            del self._tickets[ticket.request.key]
            self._memory.release(ticket.bytes)
        return [self._next_piece(ticket) for ticket in chosen]

    def _next_piece(self, ticket: Ticket) -> Piece:
        start, ticket.taken = ticket.taken, min(ticket.taken + self._largest_batch, ticket.rows)
        if self._large is ticket and ticket.taken == ticket.rows:
            self._end(ticket)
        return Piece(ticket, start, ticket.taken)


def _lane(ticket: Ticket) -> int:
    return ticket.request.header.lane
