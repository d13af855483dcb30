"""Workers of a cluster: more answers with more workers, added latency, and workers that are killed.

All nodes of the cluster run on this machine. Needs Ray (`pip install ".[cluster]"`).
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from zscope.jobs.cluster import ray_workers
from zscope.jobs.cluster.model import cluster_model
from zscope.jobs.cluster.pool import Task, WorkerPool
from zscope.jobs.cluster.settings import ClusterSettings
from zscope.library.open_models import load_model
from zscope.serving.engine import Engine
from zscope.serving.protocol import Header, Operation
from zscope.serving.scheduler import Request
from zscope.serving.servable import Servable

_MODEL = "mnist-16"
_SLOW, _WORKERS, _SLOW_CLIENTS, _SLOW_SECONDS = 0.02, (1, 4, 8), 64, 8.0
_ROUNDS, _CALLS = 100, 10
_CLIENTS, _UNDISTURBED, _KILLED, _KILL = 32, 30.0, 60.0, 5.0


class _Slow:
    """A decoder that takes 20 ms for each row, whatever the machine."""

    base, components, may_wait, classes, encodes, code_dim, image_shape = None, 2, True, 0, False, 2, (2, 2, 1)
    model_id, runtime, device, largest_batch = "slow", "sleep", "cluster", 1

    def __init__(self, pool: WorkerPool):
        self.pool, self.in_flight = pool, pool.most_in_flight

    def decode_pixels(self, codes: np.ndarray) -> np.ndarray:
        return self.pool.run(Task("slow", "", "decode_pixels", codes))[0]


class _Clients:
    """Clients that each send the next request when they have the answer to the last."""

    def __init__(self, servable: Any, number: int):
        self.engine = Engine(servable)
        self.times: list[tuple[float, float]] = []  # when a request was answered, and its seconds
        self.errors = 0
        self._numbers: dict[int, int] = dict.fromkeys(range(number), 0)
        self._sent: dict[int, float] = {}
        self._stopped = False
        self._lock = threading.Lock()
        for client in self._numbers:
            self._send(client)

    def _send(self, client: int) -> None:
        self._numbers[client] += 1
        header = Header(Operation.DECODE, 0, self._numbers[client], 1)
        codes = np.zeros((1, self.engine.servable.code_dim), np.float32)
        self._sent[client] = time.perf_counter()
        self.engine.submit(Request(client, header, codes, self._receive))

    def _receive(self, replies) -> None:
        now = time.perf_counter()
        for reply in replies:
            client = reply.request.client
            with self._lock:
                self.errors += isinstance(reply.result, Exception)
                self.times.append((now, now - self._sent[client]))
            if not self._stopped:
                self._send(client)

    def latencies(self, since: float) -> np.ndarray:
        """Milliseconds of the requests that were answered since then."""
        with self._lock:
            return np.array([1000 * seconds for at, seconds in self.times if at >= since])

    def close(self) -> None:
        self._stopped = True
        self.engine.close()


def run() -> dict:
    from ray.cluster_utils import Cluster  # pyright: ignore[reportMissingImports]

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 4, "include_dashboard": False})
    nodes.add_node(num_cpus=4)
    try:
        ray_workers.connect(ClusterSettings(str(nodes.address)))
        return {"nodes": 2, "slow": _slow(), "latency": _latency(), "kills": _kills()}
    finally:
        ray_workers.disconnect()
        nodes.shutdown()


def _slow() -> dict:
    class Sleeper:  # local: it travels by value
        def __init__(self, variables):
            pass

        def versions(self):
            from zscope.jobs.cluster.worker import versions

            return versions()

        def run(self, model_id, version, operation, batch):
            time.sleep(_SLOW * len(batch))
            return (np.zeros((len(batch), 2, 2, 1), np.uint8),)

    rates = {}
    for number in _WORKERS:
        with _pool(number, lambda: ray_workers.start_worker(cpus=0.5, maker=Sleeper)) as pool:
            clients = _Clients(_Slow(pool), _SLOW_CLIENTS)
            time.sleep(2)
            start = time.perf_counter()
            time.sleep(_SLOW_SECONDS)
            rates[str(number)] = round(len(clients.latencies(start)) / (time.perf_counter() - start), 1)
            clients.close()
    most = rates[str(_WORKERS[0])]
    return {"answers_per_s": rates, "ratios": {name: round(rate / most, 2) for name, rate in rates.items()}}


def _latency() -> dict:
    model = load_model(_MODEL)
    code = np.zeros((1, model.code_dim), np.float32)
    with _pool(1, ray_workers.start_worker) as pool:
        ways: dict[str, Servable] = {"here_ms": model, "worker_ms": cluster_model(model, pool)}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_ROUNDS):
            for name, way in ways.items():
                for _ in range(_CALLS):
                    start = time.perf_counter()
                    way.decode_pixels(code)
                    times[name].append(1000 * (time.perf_counter() - start))
    found = {name: [round(float(one), 2) for one in np.percentile(values, [50, 95])] for name, values in times.items()}
    return {**found, "added_ms_p50": round(found["worker_ms"][0] - found["here_ms"][0], 2)}


def _kills() -> dict:
    with _pool(2, ray_workers.start_worker) as pool:
        clients = _Clients(cluster_model(load_model(_MODEL), pool), _CLIENTS)
        time.sleep(3)
        start = time.perf_counter()
        time.sleep(_UNDISTURBED)
        undisturbed = clients.latencies(start)
        start = time.perf_counter()
        while time.perf_counter() - start < _KILLED:
            _kill_one(pool)
            time.sleep(_KILL)
        killed = clients.latencies(start)
        clients.close()
        p95 = [round(float(np.percentile(times, 95)), 1) for times in (undisturbed, killed)]
        return {
            "clients": _CLIENTS,
            "killed_workers": pool.lost,
            "answers": len(killed),
            "errors": clients.errors,
            "p95_ms": p95,
            "ratio": round(p95[1] / p95[0], 2),
        }


def _kill_one(pool: WorkerPool) -> None:
    import ray  # pyright: ignore[reportMissingImports]

    if pool.workers:
        worker: Any = pool.workers[0]
        os.kill(int(ray.get(worker.actor.pid.remote())), signal.SIGKILL)


@contextmanager
def _pool(number: int, start) -> Iterator[WorkerPool]:
    pool = WorkerPool(start, smallest=number, largest=number)
    try:
        if not pool.wait(number, 120):
            raise RuntimeError(pool.failure)
        yield pool
    finally:
        pool.close()
