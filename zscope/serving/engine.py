"""One thread per model that turns pending requests into batches.

The thread waits on a condition while nothing is pending, so an idle model costs no processor time. All calls of a
servable come from this thread, so a servable need not be thread-safe.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vae.batching import BUCKETS, bucket_size
from zscope.serving.dispatch import compute
from zscope.serving.http_errors import EngineClosedError
from zscope.serving.layout import Layout
from zscope.serving.memory import MemoryBudget
from zscope.serving.protocol import Operation
from zscope.serving.scheduler import Pending, Piece, Reply, Request
from zscope.serving.servable import Servable

__all__ = ["Counters", "Engine"]

LOGGER = logging.getLogger(__name__)


@dataclass
class Counters:
    """Counts of an engine since its start, for tests and benchmarks."""

    requests: int = 0  # submitted
    replaced: int = 0  # of them, those that a newer request replaced
    batches: int = 0  # calls of the servable without warm-up
    rows: int = 0  # computed, without padding
    failures: int = 0  # calls that raised an exception
    wakes: int = 0  # times that the thread stopped waiting


class Engine:
    """Runs one servable on its own thread.

    Args:
        servable: the model.
        batching: False computes one request per call, as a baseline of benchmarks.
        memory: see `Pending`.

    Example:
        >>> engine = Engine(servable)
        >>> engine.submit(Request("me", Header(Operation.DECODE, 0, 1, 1), codes, deliver=print))
        >>> engine.close()
    """

    def __init__(self, servable: Servable, *, batching: bool = True, memory: MemoryBudget | None = None):
        self.servable = servable
        height, width, channels = servable.image_shape
        self.layout = Layout(servable.code_dim, (height, width, channels), servable.classes)
        self._pending = Pending(batching=batching, largest=servable.largest_batch, memory=memory)
        self._clients: set[Hashable] = set()
        self._warming: list[tuple[Operation, int]] = []  # buckets to run, in reverse order
        self._warm = threading.Event()
        self._counters = Counters()
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"zscope-engine-{servable.model_id}", daemon=True)
        self._thread.start()

    @property
    def counters(self) -> Counters:
        """A snapshot."""
        with self._changed:
            return replace(self._counters)

    @property
    def clients(self) -> int:
        """Number of attached clients."""
        with self._changed:
            return len(self._clients)

    def attach(self, client: Hashable) -> None:
        """Count `client` as a user of this engine until `detach`.

        Raises:
            EngineClosedError: the engine has been closed.
        """
        with self._changed:
            self._check_open()
            self._clients.add(client)

    def submit(self, request: Request) -> None:
        """Queue a request. It replaces a pending one of the same client, operation and lane, which gets no reply.

        Args:
            request: checked by `frames.check_inputs`. Its `deliver` must be hashable and return soon. It is called on
                the engine thread, with all replies of a batch that have an equal `deliver`.

        Raises:
            BusyError: the pending requests of all engines take too much memory.
            EngineClosedError: the engine has been closed.
        """
        with self._changed:
            self._check_open()
            self._counters.requests += 1
            self._counters.replaced += self._pending.put(request)
            self._changed.notify()

    def detach(self, client: Hashable) -> None:
        """Drop the pending requests of a client that has disconnected."""
        with self._changed:
            self._clients.discard(client)
            self._pending.remove_client(client)

    def warm_up(self, *, wait: bool = True) -> None:
        """Run every bucket once, so that everything that is compiled per shape is compiled. Pending requests go first.

        Args:
            wait: return when the warm-up is done; otherwise at once.
        """
        steps = [
            (operation, rows)
            for operation in ((Operation.ENCODE, Operation.DECODE) if self.servable.encodes else (Operation.DECODE,))
            for rows in BUCKETS[::-1]
            # Larger batches are rare: they need many clients at once.
            if rows <= min(bucket_size(self.layout.max_rows(operation)), self.servable.largest_batch)
        ]
        with self._changed:
            self._check_open()
            self._warm.clear()
            self._warming = steps  # popped from the end: first DECODE of one row, which every page needs first
            self._changed.notify()
        if wait:
            self._warm.wait()

    def close(self) -> None:
        """Finish the current batch, drop pending requests and stop the thread. May be called twice."""
        with self._changed:
            self._closed = True
            self._pending.clear()
            self._warming.clear()
            self._changed.notify()
        self._thread.join()
        self._warm.set()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineClosedError(f"The model {self.servable.model_id} was unloaded.", "Open it again.")

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                batch = self._pending.take()
                step = self._warming.pop() if self._warming and not batch else None
                if not batch and step is None:
                    self._warm.set()
                    if not self._closed:
                        self._changed.wait()
                        self._counters.wakes += 1
            if batch:
                self._serve(batch)
            elif step is not None:
                self._warm_one(*step)

    def _serve(self, batch: list[Piece]) -> None:
        operation = batch[0].ticket.request.header.operation
        inputs = [piece.ticket.request.inputs[piece.start : piece.stop] for piece in batch]
        start = time.perf_counter()
        try:
            result = compute(self.servable, self.layout, operation, inputs)
        except Exception as exception:
            # The thread continues after an exception of the servable: the clients receive the error.
            LOGGER.exception("%s of %d requests failed on %s", operation.name, len(batch), self.servable.model_id)
            result = exception
        milliseconds = 1000 * (time.perf_counter() - start)
        with self._changed:
            self._counters.batches += 1
            self._counters.rows += sum(map(len, inputs))
            if isinstance(result, Exception):
                self._counters.failures += 1
                self._pending.abandon(batch[0].ticket)
        if isinstance(result, Exception):
            replies = [Reply(piece.ticket.request, result, milliseconds) for piece in batch]
        else:
            replies = _replies(batch, result, milliseconds)
        _deliver(replies)

    def _warm_one(self, operation: Operation, rows: int) -> None:
        shape, dtype = self.layout.request_row(operation)
        try:
            compute(self.servable, self.layout, operation, [np.zeros((rows, *shape), dtype)])
        except Exception:
            # Not fatal: the first real request of this size raises the same exception, which its client receives.
            LOGGER.exception("warming up %s of %d rows failed on %s", operation.name, rows, self.servable.model_id)


def _replies(batch: list[Piece], outputs: np.ndarray, milliseconds: float) -> list[Reply]:
    """Split the outputs of a batch into replies; a request in several pieces gets its reply with the last one."""
    replies: list[Reply] = []
    row = 0
    for ticket, start, stop in batch:
        part, row = outputs[row : row + stop - start], row + stop - start
        ticket.parts.append(part)
        ticket.milliseconds += milliseconds
        if stop == ticket.rows:
            whole = part if start == 0 else np.concatenate(ticket.parts)
            replies.append(Reply(ticket.request, whole, ticket.milliseconds))
    return replies


def _deliver(replies: list[Reply]) -> None:
    by_deliver: dict[Callable[[Sequence[Reply]], None], list[Reply]] = {}
    for reply in replies:
        by_deliver.setdefault(reply.request.deliver, []).append(reply)
    for deliver, group in by_deliver.items():
        try:
            deliver(group)
        except Exception:
            # An error of one receiver must not stop the thread, which serves the others too.
            LOGGER.exception("%d replies could not be delivered", len(group))
