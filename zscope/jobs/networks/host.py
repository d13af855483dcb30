"""Runs each imported model in a child of its own, restarts it after a crash, and disables it after repeated crashes."""

import hashlib
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from weakref import WeakValueDictionary

import numpy as np

from vae.errors import BundleError, ModelStoppedError
from vae.inference.network_host import ForeignNetwork, NetworkHost, NetworkSession, set_host
from vae.message import N_, message
from zscope.jobs.networks.child import Child, ChildEndedError, Limits

__all__ = ["ModelProcess", "ProcessHost", "isolate_networks"]

LOGGER = logging.getLogger(__name__)
_IDLE = 600.0  # seconds without a request until a child ends
_MOST_CRASHES = 3
_MINUTES = 10  # in which so many crashes disable a model


class _Crashes:
    """The crashes of one model, in whatever process it ran."""

    def __init__(self):
        self._times: deque[float] = deque(maxlen=_MOST_CRASHES)
        self._reason = ""

    @property
    def disabled(self) -> bool:
        return len(self._times) == _MOST_CRASHES and self._times[-1] - self._times[0] < 60 * _MINUTES

    def add(self, reason: str) -> ModelStoppedError:
        self._times.append(time.monotonic())
        self._reason = reason
        return self.error()

    def error(self) -> ModelStoppedError:
        if self.disabled:
            return ModelStoppedError(
                message(
                    "This model stopped working {n} times and is disabled until the server restarts: {reason}.",
                    n=_MOST_CRASHES,
                    reason=self._reason,
                ),
                N_("Select another model. Export this one again, or import it as a Keras file."),
            )
        return ModelStoppedError(
            message("This model stopped working: {reason}.", reason=self._reason),
            N_("It starts again with the next request. Other models are not affected."),
        )


class ModelProcess:
    """The networks of one model, in a child that starts with the first request.

    All methods may be called from any thread.

    Args:
        networks: of the model, by name.
        crashes: of the model so far.
        limits: see `Limits`.
    """

    def __init__(self, networks: Mapping[str, ForeignNetwork], crashes: _Crashes, limits: Limits):
        self.networks = dict(networks)
        self._numbers = {name: number for number, name in enumerate(self.networks)}
        self._crashes, self._limits = crashes, limits
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._refusal: BundleError | None = None
        self._used = 0.0

    @property
    def pid(self) -> int | None:
        """The child's id while it runs."""
        child = self._child
        return child.pid if child else None

    def run(self, name: str, x: np.ndarray) -> list[np.ndarray]:
        """Compute the outputs of one batch, float32 `(n, …)` → float32 `(n, …)` each.

        Raises:
            BundleError: ONNX Runtime cannot open or run a network.
            ModelStoppedError: the child ended, or the model is disabled.
        """
        with self._lock:
            if self._crashes.disabled:
                raise self._crashes.error()
            try:
                if self._child is None:
                    self._child = self._started()
                self._used = time.monotonic()
                return self._child.run(self._numbers[name], x)
            except ChildEndedError as ended:
                self._child = None
                LOGGER.warning("the process of an imported model ended: %s", ended)
                raise self._crashes.add(ended.args[0]) from None
            except OSError as error:
                raise ModelStoppedError(
                    message("The process of this model cannot start: {error}.", error=error.strerror or error),
                    N_("Try again later."),
                ) from error

    def _started(self) -> Child:
        if self._refusal:
            raise BundleError(self._refusal.message, self._refusal.hint)
        try:
            return Child(list(self.networks.values()), self._limits)
        except BundleError as error:
            self._refusal = error  # the same files fail again: no more processes for them
            raise

    def end_if_idle(self, seconds: float) -> None:
        """End the child if there was no request for so many seconds. The next request starts another one."""
        if self._lock.acquire(blocking=False):
            try:
                if self._child and time.monotonic() - self._used >= seconds:
                    self._child.end()
                    self._child = None
            finally:
                self._lock.release()


class _Session:
    """One network of a `ModelProcess`."""

    device = "CPU"

    def __init__(self, process: ModelProcess, name: str):
        self.process, self._name = process, name

    def __call__(self, x: np.ndarray) -> Sequence[np.ndarray]:
        return self.process.run(self._name, x)


class ProcessHost(NetworkHost):
    """Opens the networks of each model in a child of its own. Who opens the same files gets the same child.

    Args:
        limits: of each child.
        idle: seconds without a request until a child ends.
    """

    process_bytes = 90_000_000  # Python, NumPy and ONNX Runtime

    def __init__(self, limits: Limits | None = None, idle: float = _IDLE):
        self._limits, self._idle = limits or Limits(), idle
        self._lock = threading.Lock()
        self._open: WeakValueDictionary[str, ModelProcess] = WeakValueDictionary()
        self._crashes: dict[str, _Crashes] = {}  # of all models that were opened: they are few, and small
        self._watching = False

    def open(self, networks: Mapping[str, ForeignNetwork]) -> dict[str, NetworkSession]:
        key = _key_of(networks)
        with self._lock:
            process = self._open.get(key)
            if process is None:
                crashes = self._crashes.setdefault(key, _Crashes())
                process = self._open[key] = ModelProcess(networks, crashes, self._limits)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="zscope-networks", daemon=True).start()
        return {name: _Session(process, name) for name in networks}

    def _watch(self) -> None:
        while True:
            time.sleep(min(30.0, self._idle / 2))
            with self._lock:
                processes = list(self._open.values())
            for process in processes:
                process.end_if_idle(self._idle)
            del processes  # else this thread would keep the last ones running


def isolate_networks() -> None:
    """Run the imported ONNX networks that are opened from now on in processes of their own."""
    set_host(ProcessHost())


def _key_of(networks: Mapping[str, ForeignNetwork]) -> str:
    """Return a hash of the networks and of how they are called."""
    digest = hashlib.sha256()
    for name, one in networks.items():
        described = repr((name, one.name, one.input_name, one.input_shape, list(one.outputs.items()), len(one.data)))
        digest.update(described.encode())
        digest.update(one.data)
    return digest.hexdigest()
