"""The threads of a model, which turn pending requests into batches.

A thread waits on a condition while nothing is pending, so an idle model costs no processor time. A servable has as many
calls at the same time as it has threads; most have one. A remote one may have several batches in flight.

A batch that takes less than a millisecond, as one picture of a small network does, is computed on the event loop that
received it: to hand it to a thread and back would take as long.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vae.batching import BUCKETS, bucket_size
from vae.errors import ModelStoppedError
from vae.message import message
from zscope.serving.dispatch import compute
from zscope.serving.http_errors import EngineClosedError
from zscope.serving.layout import Layout
from zscope.serving.memory import MemoryBudget
from zscope.serving.protocol import Operation
from zscope.serving.scheduler import Pending, Piece, Reply, Request
from zscope.serving.servable import Servable

__all__ = ["Counters", "Engine"]

LOGGER = logging.getLogger(__name__)
_QUICK = 1.0  # ms: longer batches would hold up the event loop
_MEMORY = 0.9  # of the earlier batches in the mean time of a batch


@dataclass
class Counters:
    """Counts of an engine since its start, for tests and benchmarks."""

    requests: int = 0  # submitted
    replaced: int = 0  # of them, those that a newer request replaced
    batches: int = 0  # calls of the servable without warm-up
    rows: int = 0  # computed, without padding
    failures: int = 0  # requests, or pieces of one, that ended in an exception
    wakes: int = 0  # times that the thread stopped waiting


class Engine:
    """Runs one servable on its own threads, as many as it computes batches at the same time (`Servable.in_flight`).

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
        self.layout = Layout(servable.code_dim, (height, width, channels), servable.classes, servable.components)
        self._pending = Pending(batching=batching, largest=servable.largest_batch, memory=memory)
        self._clients: set[Hashable] = set()
        self._warming: list[tuple[Operation, int]] = []  # buckets to run, in reverse order
        self._warming_now = 0  # buckets that are run at the moment
        self._running = 0  # batches that are computed at the moment
        self._called = False  # whether an event loop is going to call `_serve_soon`
        self._handed_over: list[list[Piece]] = []  # batches that an event loop took and leaves to a thread
        self._means: dict[tuple[Operation, int], float] = {}  # ms of a batch, by operation and bucket
        self._warm = threading.Event()
        self._counters = Counters()
        self._closed = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, name=f"zscope-engine-{servable.model_id}", daemon=True)
            for _ in range(servable.in_flight)
        ]
        for thread in self._threads:
            thread.start()

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

    def submit(self, request: Request, soon: Callable[[Callable[[], None]], object] | None = None) -> None:
        """Queue a request. It replaces a pending one of the same client, operation and lane, which gets no reply.

        Args:
            request: checked by `frames.check_inputs`. Its `deliver` must be hashable and return soon. It is called on
                an engine thread or by `soon`, with all replies of a batch that have an equal `deliver`.
            soon: `call_soon` of the caller's event loop, on which quick batches are computed.

        Raises:
            BusyError: the pending requests of all engines take too much memory.
            EngineClosedError: the engine has been closed.
        """
        with self._changed:
            self._check_open()
            self._counters.requests += 1
            self._counters.replaced += self._pending.put(request)
            if self._called:
                return
            if soon is None or self._running or self._handed_over:
                self._changed.notify()
                return
            self._called = True
        soon(self._serve_soon)  # after the other frames that the loop has received

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
            self._changed.notify_all()
        if wait:
            self._warm.wait()

    def close(self) -> None:
        """Finish the current batches, drop pending requests and stop the threads. May be called twice."""
        with self._changed:
            self._closed = True
            self._pending.clear()
            self._handed_over.clear()
            self._warming.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._warm.set()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineClosedError(
                message("The model {model_id} was unloaded.", model_id=self.servable.model_id), "Open it again."
            )

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                free = self._running < len(self._threads)
                batch = (self._handed_over.pop() if self._handed_over else self._pending.take()) if free else []
                step = self._warming.pop() if free and self._warming and not batch else None
                self._warming_now += step is not None
                self._running += bool(batch) or step is not None
                if batch and len(self._pending):
                    self._changed.notify()  # another thread can take the next batch
                if not batch and step is None:
                    if not self._warming_now and not self._warming:
                        self._warm.set()
                    if not self._closed:
                        self._changed.wait()
                        self._counters.wakes += 1
            if batch:
                self._serve(batch)
            elif step is not None:
                self._warm_one(*step)
            if batch or step is not None:
                with self._changed:
                    self._running -= 1
                    self._warming_now -= step is not None

    def _serve_soon(self) -> None:
        """Take the next batch on an event loop: compute it if that is quick, or leave it to a thread."""
        with self._changed:
            self._called = False
            busy = self._closed or self._running or self._handed_over
            batch = [] if busy else self._pending.take()
            quick = bool(batch) and self._is_quick(batch)
            self._running += quick
            if batch and not quick:
                self._handed_over.append(batch)
            if not quick:
                self._changed.notify()
        if not quick:
            return
        self._serve(batch)
        with self._changed:
            self._running -= 1
            if len(self._pending) or self._handed_over or self._warming:
                self._changed.notify()

    def _is_quick(self, batch: list[Piece]) -> bool:
        if self.servable.may_wait:
            return False
        rows = sum(piece.stop - piece.start for piece in batch)
        operation = batch[0].ticket.request.header.operation
        return self._means.get((operation, bucket_size(rows)), _QUICK) < _QUICK

    def _serve(self, batch: list[Piece]) -> None:
        operation = batch[0].ticket.request.header.operation
        inputs = [piece.ticket.request.inputs[piece.start : piece.stop] for piece in batch]
        start = time.perf_counter()
        results = self._results(operation, inputs)
        milliseconds = 1000 * (time.perf_counter() - start)
        with self._changed:
            self._counters.batches += 1
            rows = sum(map(len, inputs))
            self._counters.rows += rows
            key = operation, bucket_size(rows)
            self._means[key] = _MEMORY * self._means.get(key, milliseconds) + (1 - _MEMORY) * milliseconds
            for piece, result in zip(batch, results, strict=True):
                if isinstance(result, Exception):
                    self._counters.failures += 1
                    self._pending.abandon(piece.ticket)
            replies = _replies(batch, results, milliseconds)
        _deliver(replies)

    def _results(self, operation: Operation, inputs: list[np.ndarray]) -> list[np.ndarray | Exception]:
        """Return the outputs of each piece, or its error. If a batch fails, each piece is computed alone."""
        try:
            outputs = compute(self.servable, self.layout, operation, inputs)
        except Exception as exception:
            if len(inputs) > 1:  # the request of one client must not end those of others
                return [self._results(operation, [one])[0] for one in inputs]
            # The thread continues after an exception of the servable: the client receives the error.
            if isinstance(exception, ModelStoppedError):  # the log has it once, not for each request
                return [exception]
            LOGGER.exception("%s of %d rows failed on %s", operation.name, len(inputs[0]), self.servable.model_id)
            return [exception]
        return list(np.split(outputs, np.cumsum([len(one) for one in inputs])[:-1]))

    def _warm_one(self, operation: Operation, rows: int) -> None:
        shape, dtype = self.layout.request_row(operation)
        try:
            compute(self.servable, self.layout, operation, [np.zeros((rows, *shape), dtype)])
        except ModelStoppedError:
            with self._changed:
                self._warming.clear()  # the other sizes would end its process too, and disable it
        except Exception:
            # Not fatal: the first real request of this size raises the same exception, which its client receives.
            LOGGER.exception("warming up %s of %d rows failed on %s", operation.name, rows, self.servable.model_id)


def _replies(batch: list[Piece], results: list[np.ndarray | Exception], milliseconds: float) -> list[Reply]:
    """Make the replies of a batch. A request in several pieces gets its reply when all are computed."""
    replies: list[Reply] = []
    for (ticket, start, _), result in zip(batch, results, strict=True):
        failed = isinstance(result, Exception)
        answer = ticket.fail(result, milliseconds) if failed else ticket.add(start, result, milliseconds)
        replies += [answer] if answer else []
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
