"""The engines of all models in use: loads each model once, on demand, and unloads idle ones when memory is short."""

import logging
import threading
from collections.abc import Callable, Collection, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from weakref import WeakSet

from vae.errors import BadRequestError, ZscopeError
from zscope.serving.engine import Engine
from zscope.serving.http_errors import EngineClosedError
from zscope.serving.memory import MemoryBudget
from zscope.serving.servable import Servable

__all__ = ["Hub"]

LOGGER = logging.getLogger(__name__)
Key = tuple[str, Hashable]  # model id, fingerprint
_LOADERS = 4  # models that load at the same time; others wait


class Hub:
    """Engines by model id. All methods may be called from any thread.

    Args:
        load: model id → servable. May take long; its `ZscopeError` reaches the caller of `engine` or `opening`.
        fingerprint: model id → a value that changes when another model of the same id replaces it. The next client then
            gets a new engine; connected clients keep theirs.
        budget: bytes that models may take, by their own estimates. Beyond it, models without clients are unloaded,
            least recently opened first. If the models in use exceed it, another one is refused, so that memory does not
            grow with the number of imported models.
        pinned: ids of models that are never unloaded and never refused.
        request_bytes: bytes of the inputs of all pending requests, see `Pending`.
        warm_up: whether new engines run all buckets in the background.
        batching: see `Engine`.
    """

    def __init__(
        self,
        load: Callable[[str], Servable],
        *,
        fingerprint: Callable[[str], Hashable] = lambda model_id: None,
        budget: int = 1 << 30,
        pinned: Collection[str] = (),
        request_bytes: int = 256 << 20,
        warm_up: bool = False,
        batching: bool = True,
    ):
        self._load = load
        self._fingerprint = fingerprint
        self._budget = budget
        self._pinned = frozenset(pinned)
        self._requests = MemoryBudget(request_bytes)
        self._warmed: WeakSet[Servable] = WeakSet()
        self._warm_up = warm_up
        self._batching = batching
        self._lock = threading.Lock()
        self._engines: dict[Key, Future[Engine]] = {}  # least recently opened first
        self._loaders = ThreadPoolExecutor(_LOADERS, thread_name_prefix="zscope-load")
        self._closed = False

    def engine(self, model_id: str) -> Engine:
        """Return the engine of a model; wait while it loads.

        Raises:
            ZscopeError: from `load`; the next call tries again.
            EngineClosedError: the hub has been closed.
        """
        return self.opening(model_id).result()

    def opening(self, model_id: str) -> "Future[Engine]":
        """Return the future of `engine` at once. Callers share one future while a model loads, so do not cancel it."""
        try:
            key = (model_id, self._fingerprint(model_id))
        except ZscopeError as fault:
            failed: Future[Engine] = Future()
            failed.set_exception(fault)
            return failed
        with self._lock:
            if self._closed:
                raise EngineClosedError("The server is stopping.", "Connect again in a moment.")
            future = self._engines.pop(key, None)
            if future is None:
                future = self._loaders.submit(self._start, key)
            self._engines[key] = future  # last: the most recently opened
        return future

    def loaded(self) -> dict[str, Engine]:
        """Return the running engines by model id."""
        with self._lock:
            return {key[0]: future.result() for key, future in self._engines.items() if _is_running(future)}

    def close(self) -> None:
        """Close all engines; wait for those that are loading. May be called twice."""
        with self._lock:
            self._closed = True
            futures = list(self._engines.values())
            self._engines.clear()
        self._loaders.shutdown(cancel_futures=True)
        for future in futures:
            if _is_running(future):
                future.result().close()

    def _start(self, key: "Key") -> Engine:
        try:
            servable = self._load(key[0])
            self._make_room(servable, key)
            engine = Engine(servable, batching=self._batching, memory=self._requests)
        except BaseException:
            # Not kept: a later call may find a repaired file or more memory.
            with self._lock:
                self._engines.pop(key, None)
            raise
        networks = servable.base or servable
        if self._warm_up and networks not in self._warmed:
            self._warmed.add(networks)
            engine.warm_up(wait=False)
        return engine

    def _make_room(self, servable: Servable, key: "Key") -> None:
        """Unload models without clients until there is room for one more.

        Raises:
            BadRequestError: the models in use leave no room.
        """
        with self._lock:
            staying = {other: future.result() for other, future in self._engines.items() if _is_running(future)}
            leaving: list[Engine] = []
            for other, engine in list(staying.items()):
                if _memory([servable, *(one.servable for one in staying.values())]) <= self._budget:
                    break
                if engine.clients == 0 and other[0] not in self._pinned:
                    del self._engines[other]
                    leaving.append(staying.pop(other))
            taken = _memory([servable, *(one.servable for one in staying.values())])
            in_use = any(engine.clients for engine in staying.values())
            full = taken > self._budget and in_use and key[0] not in self._pinned
        for engine in leaving:
            LOGGER.info("unloading %s", engine.servable.model_id)
            engine.close()
        if full:
            raise BadRequestError(
                f"There is no memory left for {key[0].partition('?')[0]}: other models are in use.",
                "Try again later, or increase the limit (ZSCOPE_MODEL_MEMORY_MB).",
            )


def _memory(servables: Iterable[Servable]) -> int:
    """Return the bytes that servables take together; a shared base counts once."""
    parts = {id(part): part.memory_bytes for one in servables for part in (one, one.base) if part is not None}
    return sum(parts.values())


def _is_running(future: "Future[Engine]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
