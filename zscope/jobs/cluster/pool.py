"""Spreads batches over workers: the least loaded first, another one if a worker is lost, more while batches wait."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

__all__ = ["ModelMissingError", "NoWorkersError", "Task", "Worker", "WorkerLostError", "WorkerPool"]

LOGGER = logging.getLogger(__name__)
_TRIES = 3  # workers that one batch is given to, one after the other, if they are lost
_PAUSES = (5.0, 60.0)  # seconds from the first failed start to the next one, and the longest pause


@dataclass(frozen=True)
class Task:
    """One batch.

    Attributes:
        model_id: of the library.
        version: `Manifest.networks_hash` of the model, so that no worker uses another model of the same id.
        operation: "decode_pixels" or "encode", methods of `vae.inference.loaded_model.LoadedModel`.
        batch: codes or images.
    """

    model_id: str
    version: str
    operation: str
    batch: np.ndarray


class WorkerLostError(Exception):
    """A worker ended, or its machine did, before it answered."""


class ModelMissingError(Exception):
    """A worker cannot open the model: its machine has another library, or another version."""


class NoWorkersError(Exception):
    """No worker can take a batch: none has started yet, or all are lost."""


class Worker(Protocol):
    """A process that computes batches, in the order in which it gets them."""

    def run(self, task: Task) -> tuple[np.ndarray, ...]:
        """Compute a batch; return what the operation returns, as a tuple. Called from several threads.

        Raises:
            WorkerLostError: the worker ended.
            ModelMissingError: it cannot open the model.
            NoWorkersError: the batch cannot travel to it, though it lives.
            ZscopeError: the model refuses the batch.
        """
        ...

    def end(self) -> None:
        """End the process. May be called twice, also after it was lost."""
        ...


class WorkerPool:
    """A number of workers that grows while batches wait and shrinks again. All methods may be called from any thread.

    Args:
        start: starts a worker, and returns when it is ready. Takes seconds. Any exception means that it could not.
        smallest, largest: number of workers.
        depth: batches that one worker has at the same time: one that it computes, others that travel meanwhile.
        idle: seconds without a batch until a worker beyond the smallest number ends.
    """

    def __init__(
        self, start: Callable[[], Worker], *, smallest: int = 1, largest: int = 4, depth: int = 2, idle: float = 60.0
    ):
        self.smallest, self.largest, self.depth = smallest, largest, depth
        self._start, self._idle = start, idle
        self._changed = threading.Condition()
        self._loads: dict[Worker, int] = {}  # batches that each worker has at the moment
        self._used: dict[Worker, float] = {}  # time of its last batch
        self._starting = 0
        self._pause, self._next_start = _PAUSES[0], 0.0  # after a failed start: seconds, and the time of the next one
        self._closed = False
        self.lost = 0
        self.failure = ""  # why the last start failed; "" after one that did not
        with self._changed:
            self._start_missing(smallest)
        threading.Thread(target=self._watch, name="zscope-cluster", daemon=True).start()

    @property
    def workers(self) -> list[Worker]:
        """The workers that are ready, the oldest first."""
        with self._changed:
            return list(self._loads)

    @property
    def most_in_flight(self) -> int:
        """Batches that all workers have at the same time, at most."""
        return self.largest * self.depth

    def run(self, task: Task) -> tuple[np.ndarray, ...]:
        """Compute a batch on the least loaded worker; wait while all have as many as they take.

        Raises:
            NoWorkersError: there is no worker, or the batch lost three of them.
            ModelMissingError, ZscopeError: see `Worker.run`.
        """
        for _ in range(_TRIES):
            worker = self._take()
            try:
                return worker.run(task)
            except WorkerLostError as error:
                self._lose(worker, error)
            finally:
                self._release(worker)
        raise NoWorkersError(f"{_TRIES} workers were lost with this batch")

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until so many workers are ready; return whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._loads) >= number, seconds)

    def close(self) -> None:
        """End all workers. May be called twice."""
        with self._changed:
            self._closed = True
            workers = list(self._loads)
            self._loads.clear()
            self._used.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.end()

    def _take(self) -> Worker:
        with self._changed:
            while True:
                if not self._loads:
                    self._start_missing(1)
                    raise NoWorkersError(self.failure or "no worker is ready")
                worker = min(self._loads, key=self._loads.__getitem__)
                load = self._loads[worker]
                if load:  # all are busy
                    self._start_missing(len(self._loads) + 1)
                if load < self.depth:
                    self._loads[worker] = load + 1
                    return worker
                self._changed.wait()

    def _release(self, worker: Worker) -> None:
        with self._changed:
            if worker in self._loads:  # not lost meanwhile
                self._loads[worker] -= 1
                self._used[worker] = time.monotonic()
            self._changed.notify()

    def _lose(self, worker: Worker, error: Exception) -> None:
        with self._changed:
            if self._loads.pop(worker, None) is None:
                return  # another batch of the same worker has reported it
            self._used.pop(worker, None)
            self.lost += 1
            self._start_missing(self.smallest)
            self._changed.notify_all()
        LOGGER.warning("a worker of the cluster was lost: %s", error)
        worker.end()

    def _start_missing(self, number: int) -> None:
        """Start workers until there are so many, at most the largest number. The lock is held."""
        if self._closed or time.monotonic() < self._next_start:
            return
        for _ in range(min(number, self.largest) - len(self._loads) - self._starting):
            self._starting += 1
            threading.Thread(target=self._start_one, name="zscope-cluster-start", daemon=True).start()

    def _start_one(self) -> None:
        worker, failure = None, ""
        try:
            worker = self._start()
        except Exception as error:  # noqa: BLE001  libraries raise many kinds
            failure = str(error) or type(error).__name__
            LOGGER.warning("a worker of the cluster could not start: %s", failure)
        with self._changed:
            self._starting -= 1
            self.failure = failure
            if failure:
                self._next_start = time.monotonic() + self._pause
                self._pause = min(2 * self._pause, _PAUSES[1])
            else:
                self._pause = _PAUSES[0]
            closed = self._closed
            if worker and not closed:
                self._loads[worker] = 0
                self._used[worker] = time.monotonic()
            self._changed.notify_all()
        if worker and closed:
            worker.end()

    def _watch(self) -> None:
        """End workers that are idle, and start those that are missing."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed, min(1.0, self._idle / 2))
                if self._closed:
                    return
                self._start_missing(self.smallest)
                now = time.monotonic()
                idle = [one for one, load in self._loads.items() if not load and now - self._used[one] > self._idle]
                ended = idle[: max(0, len(self._loads) - self.smallest)]
                for worker in ended:
                    del self._loads[worker], self._used[worker]
            for worker in ended:
                worker.end()
