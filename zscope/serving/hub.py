"""The engines of all models in use: loads each model once, on demand, and unloads idle ones on request."""

import logging
import threading
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from weakref import WeakSet

from vae.errors import ZscopeError
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
        pinned: ids of models that are never unloaded.
        request_bytes: bytes of the inputs of all pending requests, see `Pending`.
        warm_up: whether new engines run all buckets in the background.
        batching: see `Engine`.
    """

    def __init__(
        self,
        load: Callable[[str], Servable],
        *,
        fingerprint: Callable[[str], Hashable] = lambda model_id: None,
        pinned: Collection[str] = (),
        request_bytes: int = 256 << 20,
        warm_up: bool = False,
        batching: bool = True,
    ):
        self._load = load
        self._fingerprint = fingerprint
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

    def unload_idle(self) -> bool:
        """Unload the least recently opened model that has no clients; return whether there was one."""
        with self._lock:
            for key, future in self._engines.items():
                if _is_running(future) and key[0] not in self._pinned and future.result().clients == 0:
                    del self._engines[key]
                    break
            else:
                return False
        LOGGER.info("unloading %s", key[0])
        future.result().close()
        return True

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


def _is_running(future: "Future[Engine]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
