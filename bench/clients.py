"""Many Python clients at once: fairness, latency, and the gain from batching."""

import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.statistics import percentiles
from tests.browser.app_server import free_port, running_app, wait_until_up
from zscope.serving import LiveClient

CLIENTS = 32
RATE = 30.0  # requests a second of each client
SECONDS = 10.0
MODEL = "mnist-16"


def run() -> dict:
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "app.log") as url:
        dragging = _load(url, RATE)
    full = {"batching": [], "single": []}
    for _ in range(2):  # in turns: the machine's speed drifts
        for mode, rates in full.items():
            with _live_server(mode) as url:
                rates.append(_load(url, None)["per_second"])
    batching, single = (float(np.median(full[mode])) for mode in ("batching", "single"))
    return {
        "clients": CLIENTS,
        "requested_per_client": RATE,
        "dragging": dragging,
        "full_speed_batching_per_second": round(batching),
        "full_speed_single_per_second": round(single),
        "batching_ratio": round(batching / single, 2),
    }


def _load(url: str, rate: float | None) -> dict:
    """Run all clients for `SECONDS` in a separate process, so that they share no interpreter with the server."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rates, latencies = pool.apply(_drag, (url, rate))
    slowest, median = float(np.min(rates)), float(np.median(rates))
    return {
        "per_second": round(sum(rates), 1),
        "median_client_per_second": round(median, 2),
        "slowest_client_per_second": round(slowest, 2),
        "slowest_share_of_median": round(slowest / median, 3),
        **percentiles(latencies),
    }


def _drag(url: str, rate: float | None) -> tuple[list[float], list[float]]:
    results: list[tuple[int, list[float]]] = []
    barrier = threading.Barrier(CLIENTS)

    def one(seed: int) -> None:
        rng = np.random.default_rng(seed)
        with LiveClient(url, MODEL) as client:
            z = rng.standard_normal((1, client.latent_dim), np.float32)
            client.decode(z)
            barrier.wait()
            start = due = time.perf_counter()
            if rate:
                due += rng.uniform(0, 1 / rate)  # hands do not move in step
            latencies = []
            while True:
                now = time.perf_counter()
                if rate and now < due:
                    time.sleep(due - now)
                    now = time.perf_counter()
                if now - start > SECONDS:
                    break
                client.decode(z)
                latencies.append(1000 * (time.perf_counter() - now))
                due = max(due + 1 / rate, now) if rate else 0  # a late client does not catch up: newest wins
            results.append((len(latencies), latencies))

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != CLIENTS:
        raise RuntimeError(f"{CLIENTS - len(results)} of {CLIENTS} clients failed")
    return [count / SECONDS for count, _ in results], [value for _, values in results for value in values]


@contextmanager
def _live_server(mode: str):
    port = free_port()
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "bench.live_server", str(port), mode], stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_up(url, process, Path(log.name))
            yield url
        finally:
            process.terminate()
            process.wait(10)
