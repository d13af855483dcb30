"""The engines of all models in use: each model loaded once, on demand, and put away when there are too many."""

import logging
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor

from vae.errors import ZscopeError

from .engine import Engine
from .faults import EngineClosedError
from .servable import Servable

__all__ = ["Hub"]

LOGGER = logging.getLogger(__name__)
Key = tuple[str, Hashable]  # model id, fingerprint
_LOADERS = 4  # models that may load at the same time; a fifth waits, models in use do not


class Hub:
    """Model ids → engines. All methods may be called from any thread.

    Args:
        load: model id → servable. Takes as long as it needs; a `ZscopeError` it raises reaches whoever asked.
        fingerprint: model id → what changes when that model is replaced by another of the same id; its next client then
            gets a fresh engine, those connected keep theirs.
        capacity: models kept. Beyond it the least recently opened one that no client uses is put away, so memory does
            not grow with the models that visitors bring.
        warm_up: let each new engine run all buckets in the background.
        batching: handed to the engines.
    """

    def __init__(
        self,
        load: Callable[[str], Servable],
        *,
        fingerprint: Callable[[str], Hashable] = lambda model_id: None,
        capacity: int = 8,
        warm_up: bool = False,
        batching: bool = True,
    ):
        self._load = load
        self._fingerprint = fingerprint
        self._capacity = capacity
        self._warm_up = warm_up
        self._batching = batching
        self._lock = threading.Lock()
        self._engines: dict[Key, Future[Engine]] = {}  # least recently opened first
        self._loaders = ThreadPoolExecutor(_LOADERS, thread_name_prefix="zscope-load")
        self._closed = False

    def engine(self, model_id: str) -> Engine:
        """The engine of a model; waits while it loads.

        Raises:
            ZscopeError: from `load`; the next call tries again.
            EngineClosedError: the hub has been closed.
        """
        return self.opening(model_id).result()

    def opening(self, model_id: str) -> "Future[Engine]":
        """The same without waiting. All who ask while a model loads share one future: do not cancel it."""
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
        """The engines that are running, by model id; for read-outs."""
        with self._lock:
            return {key[0]: future.result() for key, future in self._engines.items() if _is_running(future)}

    def close(self) -> None:
        """Close all engines, and those still loading when they have loaded. May be called twice."""
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
            engine = Engine(self._load(key[0]), batching=self._batching)
        except BaseException:
            # Not kept: the file may be mended, the memory freed, by the next time someone asks.
            with self._lock:
                self._engines.pop(key, None)
            raise
        if self._warm_up:
            engine.warm_up(wait=False)
        self._put_away(keep=key)
        return engine

    def _put_away(self, keep: "Key") -> None:
        with self._lock:
            unused = [
                key
                for key, future in self._engines.items()
                if key != keep and _is_running(future) and future.result().clients == 0
            ]
            excess = max(0, len(self._engines) - self._capacity)
            engines = [self._engines.pop(key).result() for key in unused[:excess]]
        for engine in engines:
            LOGGER.info("putting away %s", engine.servable.model_id)
            engine.close()


def _is_running(future: "Future[Engine]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
