"""The live channel against an echo on the same server: one client, and many at full speed."""

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

from bench.statistics import percentiles
from tests.browser.app_server import running_app
from zscope.library.open_models import load_model
from zscope.serving import LiveClient
from zscope.serving.protocol import HEADER_BYTES

MODEL = "mnist-16"
CLIENTS = 32
SECONDS = 5.0
ROUNDS = 3
REQUEST = HEADER_BYTES + 16 * 4  # bytes of one code
REPLY = HEADER_BYTES + 28 * 28  # and of its picture


def run() -> dict:
    kinds = {"channel": _channel, "echo": _echo}
    one: dict[str, list[dict]] = {kind: [] for kind in kinds}
    many: dict[str, list[float]] = {kind: [] for kind in kinds}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "app.log", script="bench/bare_app.py", PYTHONPATH=".") as url,
    ):
        _channel(url, 1.0)  # loads the model
        for turn in range(ROUNDS):
            for kind in kinds if turn % 2 == 0 else reversed(kinds):
                one[kind].append(percentiles(_elsewhere(kinds[kind], url, 1)[0]))
                many[kind].append(sum(map(len, _elsewhere(kinds[kind], url, CLIENTS))) / SECONDS)
    decode = _decode()
    p50 = {kind: float(np.median([figures["p50_ms"] for figures in runs])) for kind, runs in one.items()}
    rate = {kind: float(np.median(rates)) for kind, rates in many.items()}
    return {
        "model": MODEL,
        "channel_p50_ms": round(p50["channel"], 3),
        "echo_p50_ms": round(p50["echo"], 3),
        "decode_p50_ms": round(decode, 3),
        "one_ratio": round((p50["channel"] - decode) / p50["echo"], 2),
        "clients": CLIENTS,
        "channel_per_second": round(rate["channel"]),
        "echo_per_second": round(rate["echo"]),
        "many_ratio": round(rate["channel"] / rate["echo"], 2),
    }


def _decode() -> float:
    """Median milliseconds of decoding one code in this process."""
    model, z = load_model(MODEL), np.zeros((1, 16), np.float32)
    times = []
    for _ in range(500):
        start = time.perf_counter()
        model.decode_pixels(z)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[100:]))


def _elsewhere(client: Callable[[str, float], list[float]], url: str, clients: int) -> list[list[float]]:
    """Run clients in another process, not in the server's interpreter; milliseconds of each answer."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_together, (client, url, clients))


def _together(client: Callable[[str, float], list[float]], url: str, clients: int) -> list[list[float]]:
    results: list[list[float]] = []
    threads = [threading.Thread(target=lambda: results.append(client(url, SECONDS))) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != clients:
        raise RuntimeError(f"{clients - len(results)} of {clients} clients failed")
    return results


def _channel(url: str, seconds: float) -> list[float]:
    with LiveClient(url, MODEL) as client:
        z = np.random.default_rng(0).standard_normal((1, client.latent_dim), np.float32)
        return _repeated(lambda: client.decode(z), seconds)


def _echo(url: str, seconds: float) -> list[float]:
    frame = REPLY.to_bytes(4, "little").ljust(REQUEST, b"\0")
    with connect(f"ws{url.removeprefix('http')}/bench/echo", compression=None, proxy=None) as socket:

        def ask() -> None:
            socket.send(frame)
            socket.recv()

        return _repeated(ask, seconds)


def _repeated(ask: Callable[[], object], seconds: float) -> list[float]:
    times, start = [], time.perf_counter()
    while (now := time.perf_counter()) - start < seconds:
        ask()
        times.append(1000 * (time.perf_counter() - now))
    return times
