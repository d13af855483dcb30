"""Starts the process that computes gradients, and asks it."""

import itertools
import logging
import subprocess
import sys
import threading
from concurrent.futures import Future
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np

from vae.assets import PACKAGES
from vae.errors import BadRequestError, ZscopeError
from vae.formats.bundle import Bundle
from vae.inference.gradients import Gradients
from zscope.jobs.gradients.messages import pack, unpack
from zscope.jobs.process import inherited

__all__ = ["GradientProcess", "ProcessGradients"]

LOGGER = logging.getLogger(__name__)
_IDLE = 600.0  # seconds without a request until the process ends; it holds half a gigabyte


class GradientProcess:
    """A process with a deep-learning framework. It starts with the first request, and ends when idle or on `close`.

    All methods may be called from any thread.

    Args:
        idle: seconds without a request until the process ends.
    """

    def __init__(self, idle: float = _IDLE):
        self._idle = idle
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._process: subprocess.Popen | None = None
        self._waiting: dict[int, Future[list[np.ndarray]]] = {}
        self._numbers = itertools.count()
        self._timer: threading.Timer | None = None
        self._answered = False

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        with self._lock:
            return self._process.pid if self._process else None

    @property
    def is_ready(self) -> bool:
        """Whether it has answered a request since it started, so that the framework is loaded."""
        with self._lock:
            return self._connection is not None and self._answered

    def request(self, head: dict[str, Any], arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Send a request and wait for its answer, see `zscope.jobs.gradients.worker`.

        Raises:
            ZscopeError: the request cannot be answered, or the process ended.
        """
        answer: Future[list[np.ndarray]] = Future()
        with self._lock:
            if self._connection is None:
                self._start()
            number = next(self._numbers)
            self._waiting[number] = answer
            if self._timer:
                self._timer.cancel()
                self._timer = None
            try:
                assert self._connection is not None
                self._connection.send_bytes(pack(head | {"id": number}, arrays))
            except OSError:
                pass  # the process has just ended: the thread that receives fails this request
        return answer.result()

    def close(self) -> None:
        """End the process. A later request starts it again."""
        with self._lock:
            process, connection = self._process, self._connection
            self._forget()
        if process and connection:
            process.terminate()
            process.wait()

    def _start(self) -> None:
        ours, theirs = cast("tuple[Connection, Connection]", Pipe())
        try:
            # Not in a new session: unlike a training, it ends with the server.
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "zscope.jobs.gradients.worker", str(theirs.fileno())],
                cwd=PACKAGES,
                env=inherited(ZSCOPE_RUNTIME="keras"),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        finally:
            theirs.close()
        self._connection = ours
        threading.Thread(target=self._receive, args=(process, ours), name="zscope-gradients", daemon=True).start()

    def _receive(self, process: subprocess.Popen, connection: Connection) -> None:
        while True:
            try:
                head, arrays = unpack(connection.recv_bytes())
            except (EOFError, OSError):
                break
            with self._lock:
                self._answered = True
                answer = self._waiting.pop(head["id"], None)
                if not self._waiting and self._connection is connection:
                    self._timer = threading.Timer(self._idle, self._end_idle, [connection])
                    self._timer.daemon = True
                    self._timer.start()
            if answer is None:
                continue
            if "error" in head:
                answer.set_exception(BadRequestError(head["error"], head["help"]))
            else:
                answer.set_result(arrays)
        connection.close()
        status = process.wait()
        with self._lock:
            if self._connection is not connection:
                return  # closed
            self._forget()
        if status:
            LOGGER.warning("the process that computes gradients ended with the status %d", status)

    def _end_idle(self, connection: Connection) -> None:
        with self._lock:
            if self._connection is not connection or self._waiting:
                return
            process = self._process
            self._forget()
        if process:
            process.terminate()

    def _forget(self) -> None:
        """Fail the waiting requests, and start another process for the next one. The lock is held."""
        waiting, self._waiting = self._waiting, {}
        self._connection = self._process = None
        self._answered = False
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for answer in waiting.values():
            answer.set_exception(
                ZscopeError(
                    "The process that computes gradients ended.", "Try again; it may have had too little memory."
                )
            )


class ProcessGradients(Gradients):
    """Gradients of one model by a `GradientProcess`.

    Args:
        process: that computes them.
        path: of the bundle.
        bundle: the bundle, as the server has read it.
    """

    def __init__(self, process: GradientProcess, path: Path, bundle: Bundle):
        self.process = process
        self._head = {"path": str(path.resolve()), "networks": bundle.manifest.networks_hash}

    def curve_energy(self, codes: np.ndarray) -> tuple[float, np.ndarray]:
        energy, gradient = self._ask("curve_energy", np.asarray(codes, np.float32))
        return float(energy), gradient

    def curve_length(self, codes: np.ndarray) -> float:
        return float(self._ask("curve_length", np.asarray(codes, np.float32))[0])

    def misfit(self, codes: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        losses, gradient = self._ask("misfit", np.asarray(codes, np.float32), target, weights)
        return losses, gradient

    def _ask(self, call: str, *arrays: np.ndarray) -> list[np.ndarray]:
        return self.process.request(self._head | {"call": call}, list(arrays))
