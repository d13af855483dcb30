"""Workers as actors of Ray (https://docs.ray.io). The only module that imports it, when a function is called."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import contextlib
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae.errors import ZscopeError
from vae.message import message
from zscope.jobs.cluster.pool import ModelMissingError, NoWorkersError, Task, WorkerLostError
from zscope.jobs.cluster.settings import ADDRESS, ClusterSettings
from zscope.jobs.cluster.worker import ModelWorker, Refusal, versions

__all__ = ["ClusterError", "ClusterStatus", "RayWorker", "cluster_status", "connect", "disconnect", "start_worker"]

LOGGER = logging.getLogger(__name__)
_NAMESPACE = "zscope"
_STORE_BYTES = 200 << 20  # Ray's shared memory on this computer: codes and pictures of a few batches
_LEAST_STORE = 80 << 20  # Ray refuses less
_ANSWER = 20.0  # seconds that a worker may take for a batch
_JOINED = 60.0  # seconds until a cluster that does not answer is given up
_PORT = 5.0  # seconds for a connection to its head
_OPENED = 120.0  # seconds that a worker may take to start
# What a worker needs to find the same library, and to use no more than its share of the processor.
_VARIABLES = ("ZSCOPE_MODELS", "ZSCOPE_DATA", "ZSCOPE_OWN_DATA", "ZSCOPE_RUNTIME", "ZSCOPE_MODEL_MEMORY_MB")

_connecting = threading.Lock()
_joined: "_Joining | None" = None  # of this process


class ClusterError(ZscopeError):
    """Ray is missing, or there is no such cluster, or this computer may not use it."""


@dataclass(frozen=True)
class ClusterStatus:
    """What a cluster consists of.

    Attributes:
        nodes: number of machines that are alive.
        cpus, gpus: of all machines.
        free_cpus: that no worker has reserved.
    """

    nodes: int
    cpus: float
    gpus: float
    free_cpus: float


def connect(settings: ClusterSettings) -> None:
    """Join the cluster, or start one on this computer. Returns when it is ready, which takes up to half a minute.

    Raises:
        ClusterError: see the class.
    """
    ray = _ray()
    with _connecting:
        if ray.is_initialized():
            return
        if settings.address not in ("local", "auto"):
            _check_port(settings)
        # Ray waits for minutes, or forever, for a cluster that does not answer.
        global _joined
        _joined = joining = _Joining(ray, settings)
        if not joining.done.wait(_JOINED):
            raise _connection_error(settings, TimeoutError(f"no answer in {_JOINED:.0f} s"))
        if joining.error:
            raise _connection_error(settings, joining.error) from joining.error


class _Joining:
    """`ray.init` in a thread that lives until `leave`: the processes of Ray end with the thread that started them."""

    def __init__(self, ray: Any, settings: ClusterSettings):
        self._ray, self._settings = ray, settings
        self.done, self._left = threading.Event(), threading.Event()
        self.error: Exception | None = None
        threading.Thread(target=self._run, name="zscope-cluster-join", daemon=True).start()

    def _run(self) -> None:
        shared: dict[str, Any] = {"namespace": _NAMESPACE, "log_to_driver": False, "configure_logging": False}
        try:
            if self._settings.address == "local":
                cpus = max(self._settings.largest, os.cpu_count() or 1)
                self._ray.init(
                    address="local",
                    include_dashboard=False,
                    num_cpus=cpus,
                    object_store_memory=_store_bytes(),
                    **shared,
                )
            else:
                self._ray.init(address=self._settings.address, **shared)
        except Exception as error:  # noqa: BLE001 (raised by `connect`)
            self.error = error
            self.done.set()
            return
        self.done.set()
        self._left.wait()

    def leave(self) -> None:
        """Leave the cluster, and let the thread end."""
        self._ray.shutdown()
        self._left.set()


def _check_port(settings: ClusterSettings) -> None:
    host, _, port = settings.address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PORT).close()
    except (OSError, OverflowError) as error:
        raise _connection_error(settings, error) from error


def disconnect() -> None:
    """Leave the cluster; a cluster that `connect` started on this computer ends. May be called twice."""
    global _joined
    with _connecting:
        if _joined:
            _joined.leave()
            _joined = None


def start_worker(cpus: float = 1.0, maker: Callable[..., Any] = ModelWorker) -> "RayWorker":
    """Start a worker, and return when it is ready.

    Args:
        cpus: processors that Ray reserves for it; it uses so many threads.
        maker: its class, which takes environment variables.

    Raises:
        ClusterError: it does not start in two minutes, or has other versions than this computer.
    """
    ray = _ray()
    variables = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    variables["ZSCOPE_THREADS"] = str(max(1, int(cpus)))
    actor = ray.remote(maker).options(num_cpus=cpus, max_restarts=0).remote(variables)
    try:
        found = ray.get(actor.versions.remote(), timeout=_OPENED)
    except Exception as error:
        with contextlib.suppress(Exception):
            ray.kill(actor)
        raise ClusterError(
            message("A worker of the cluster did not start: {reason}.", reason=_first_line(error)),
            "Install zscope on all machines of the cluster, and see that processors are free (zscope cluster status).",
        ) from error
    others = [f"{name} {found.get(name)}" for name, one in versions().items() if found.get(name) != one]
    if others:
        ray.kill(actor)
        raise ClusterError(
            message(
                "A worker of the cluster has other versions than this computer: {others}.", others=", ".join(others)
            ),
            "Install the same versions on all machines.",
        )
    return RayWorker(ray, actor)


class RayWorker:
    """A `vae` process somewhere in the cluster, see `zscope.jobs.cluster.pool.Worker`."""

    def __init__(self, ray: Any, actor: Any):
        self._ray, self.actor = ray, actor
        self._ended = threading.Event()

    def run(self, task: Task) -> tuple[np.ndarray, ...]:
        ray = self._ray
        try:
            answer = ray.get(
                self.actor.run.remote(task.model_id, task.version, task.operation, task.batch), timeout=_ANSWER
            )
        except (ray.exceptions.RayActorError, ray.exceptions.GetTimeoutError) as error:
            raise WorkerLostError(_first_line(error)) from error
        except ray.exceptions.RayTaskError:
            raise  # a fault of our own on the worker
        except ray.exceptions.RayError as error:  # no memory in the object store, or the cluster was left
            raise NoWorkersError(_first_line(error)) from error
        if isinstance(answer, Refusal):
            error = answer.error()
            raise ModelMissingError(str(error)) if answer.opening else error
        return answer

    def end(self) -> None:
        if not self._ended.is_set():
            self._ended.set()
            with contextlib.suppress(Exception):  # lost already, or the cluster is gone
                self._ray.kill(self.actor)


def cluster_status() -> ClusterStatus:
    """Describe the cluster that this process has joined."""
    ray = _ray()
    total, free = ray.cluster_resources(), ray.available_resources()
    nodes = sum(1 for node in ray.nodes() if node["Alive"])
    return ClusterStatus(nodes, total.get("CPU", 0.0), total.get("GPU", 0.0), free.get("CPU", 0.0))


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no statistics leave this computer
    # Ray ends this process, the server, if the cluster's head does not answer for so many seconds. The default is 60.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", str(10 * 365 * 86400))
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ClusterError("Ray is not installed.", 'Install it with pip install ".[cluster]".') from error
    return ray


def _store_bytes() -> int:
    """Return the size of Ray's object store on this computer.

    Raises:
        ClusterError: /dev/shm has no room for it. Ray would use the disk, which is far slower.
    """
    shared = Path("/dev/shm")
    if not shared.is_dir():
        return _STORE_BYTES
    free = shutil.disk_usage(shared).free
    if free < _LEAST_STORE:
        raise ClusterError(
            message(
                "/dev/shm has {free} MB free; the cluster needs {least}.", free=free >> 20, least=_LEAST_STORE >> 20
            ),
            "Enlarge it; for a container, with --shm-size=512m.",
        )
    return min(_STORE_BYTES, free)


def _connection_error(settings: ClusterSettings, error: Exception) -> ClusterError:
    if isinstance(error, ClusterError):
        return error
    reason = _first_line(error)
    if "token" in reason.lower() or "auth" in reason.lower():
        return ClusterError(
            message("The cluster refuses this computer: {reason}.", reason=reason),
            "Give this computer the cluster's token (RAY_AUTH_TOKEN or ~/.ray/auth_token).",
        )
    return ClusterError(
        message("The cluster at {address} cannot be reached: {reason}.", address=settings.address, reason=reason),
        message("Start it on this computer with ray start, or set {variable}=local.", variable=ADDRESS),
    )


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")[:200]
