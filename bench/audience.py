"""Three hundred phones follow a speaker who drags: latency, frame rate, load, and the speaker's own drag beside it."""

import asyncio
import io
import json
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from websockets.asyncio.client import connect as connect_phone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bench.statistics import percentiles
from tests.browser.app_server import RUNNING, running_app
from zscope.library.open_models import load_model
from zscope.library.registry import list_models, open_model
from zscope.serving import LiveClient
from zscope.serving.audience.messages import PICTURE_HEADER_BYTES

MODEL = "mnist-16"
PHONES = 300
PROCESSES = 2
RATE = 60.0  # points a second
SECONDS = 20.0
ALONE_SECONDS = 10.0  # of a drag without an audience, before and after
STEP = 1e-3  # the n-th point has n steps in the first dimension that phones show, so that a frame names its point


def run() -> dict:
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "app.log") as url:
        server = RUNNING[url][0]
        with LiveClient(url, MODEL) as live:
            _drag(live, None, 0, 3.0)  # everything is loaded and warm
            before = _drag(live, None, 0, ALONE_SECONDS)[1]
            followed = _followed(url, live, server)
            after = _drag(live, None, 0, ALONE_SECONDS)[1]
    return {
        "model": MODEL,
        "phones": PHONES,
        "points_per_second": RATE,
        "seconds": SECONDS,
        **followed,
        "drag_alone": percentiles(before + after),
        "pictures": _encodings(),
    }


def _followed(url: str, live: LiveClient, server: int) -> dict:
    """Measure one session with all phones."""
    with connect(f"ws{url.removeprefix('http')}/audience", compression=None, proxy=None) as speaker:
        speaker.send(json.dumps({"type": "open", "protocol": 1, "model": MODEL}))
        token = json.loads(speaker.recv(timeout=30))["token"]
        speaker.send(np.zeros(live.latent_dim, "<f4").tobytes())
        phones = f"ws{url.removeprefix('http')}/audience/{token}/follow"
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            running = pool.starmap_async(_phones, [(phones, PHONES // PROCESSES)] * PROCESSES)
            _wait_for(speaker, PHONES)
            index = _first_control(phones)
            time.sleep(2.0)
            cpu, start = _cpu_seconds(server), time.monotonic()
            sent, drag = _drag(live, speaker, index, SECONDS)
            cpu, elapsed = _cpu_seconds(server) - cpu, time.monotonic() - start
            time.sleep(0.5)
            speaker.send(json.dumps({"type": "end"}))
            arrivals = [phone for process in running.get(60) for phone in process]
    latencies = np.concatenate([[1000 * (at - sent[point]) for point, at in phone if point] for phone in arrivals])
    rates = [sum(1 for point, _ in phone if point) / SECONDS for phone in arrivals]
    return {
        **percentiles(latencies),
        "p99_ms": round(float(np.percentile(latencies, 99)), 2),
        "frames_per_second": round(float(np.median(rates)), 2),
        "slowest_frames_per_second": round(min(rates), 2),
        "server_cpu_share": round(cpu / elapsed, 2),
        "last_point_reached": sum(phone[-1][0] == len(sent) - 1 for phone in arrivals),
        "drag_followed": percentiles(drag),
    }


def _drag(live: LiveClient, speaker, index: int, seconds: float) -> tuple[list[float], list[float]]:
    """Drag at `RATE`: publish each point, and decode it over the live channel as the speaker's page does.

    Returns:
        When each point was sent, in seconds of the system's clock; the milliseconds of each live reply.
    """
    z, sent, drag = np.zeros((1, live.latent_dim), np.float32), [0.0], []
    start = due = time.monotonic()
    while (now := time.monotonic()) - start < seconds:
        if now < due:
            time.sleep(due - now)
        z[0, index] = STEP * len(sent)
        sent.append(time.monotonic())
        if speaker is not None:
            speaker.send(z.astype("<f4").tobytes())
        live.decode(z)
        drag.append(1000 * (time.monotonic() - sent[-1]))
        due = max(due + 1 / RATE, time.monotonic())
    return sent, drag


def _phones(url: str, count: int) -> list[list[tuple[int, float]]]:
    """Follow with many phones until the session ends: for each, the number of each point and when it arrived."""
    return asyncio.run(_together(url, count))


async def _together(url: str, count: int) -> list[list[tuple[int, float]]]:
    return await asyncio.gather(*(_phone(url) for _ in range(count)))


async def _phone(url: str) -> list[tuple[int, float]]:
    seen: list[tuple[int, float]] = []
    async with connect_phone(url, compression=None, proxy=None, open_timeout=60) as socket:
        try:
            async for frame in socket:
                at = time.monotonic()
                if isinstance(frame, bytes) and frame[1] == 1:
                    value = np.frombuffer(frame, "<f4", 1, PICTURE_HEADER_BYTES)[0]
                    seen.append((round(float(value) / STEP), at))
        except ConnectionClosed:
            pass  # the session has ended
    return seen


def _wait_for(speaker, phones: int) -> None:
    while True:
        message = json.loads(speaker.recv(timeout=60))
        if message["type"] == "phones" and message["count"] == phones:
            return


def _first_control(url: str) -> int:
    with connect(url, compression=None, proxy=None) as phone:
        return json.loads(phone.recv(timeout=30)[4:])["controls"][0]["index"]


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _encodings() -> dict[str, dict]:
    """Mean bytes and milliseconds of decoded test images in three encodings, by model."""
    found = {}
    for entry in list_models():
        codes = open_model(entry.id).reference.z_mean[:200].astype(np.float32)
        pictures = load_model(entry.id).decode_pixels(codes)
        images = [Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one) for one in pictures]
        found[entry.id] = {
            "raw_bytes": int(pictures[0].nbytes),
            "png": _encoded(images, format="PNG"),
            "webp": _encoded(images, format="WEBP", lossless=True),
        }
    return found


def _encoded(images: list[Image.Image], **options) -> dict[str, float]:
    sizes, start = [], time.perf_counter()
    for image in images:
        image.save(buffer := io.BytesIO(), **options)
        sizes.append(buffer.tell())
    milliseconds = 1000 * (time.perf_counter() - start) / len(images)
    return {"bytes": round(float(np.mean(sizes))), "ms": round(milliseconds, 3)}
