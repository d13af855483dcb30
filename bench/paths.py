"""Interpolation: time until four paths are on screen, their properties over many pairs, time of an export."""

import tempfile
import time
from pathlib import Path

import numpy as np

from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from vae.data import load_test_split
from vae.inference.interpolation import Interpolator
from vae.latent.paths import PATHS
from vae.pictures.movie import MovieSettings, write_movie
from zscope.library.registry import open_model

KINDS = tuple(PATHS)
LIVE_MODEL = "mnist-16"
CHANGES = 12
PAIRS = {"mnist-2d": 200, "mnist-16": 200}
FRAMES = 120
_FIND = "[...document.querySelectorAll('*')].find((node) => node.zscope?.rows).zscope"

# Milliseconds from another A until each strip shows its final pictures: painted after its codes had come.
_CHANGE = f"""(image) => new Promise((resolve) => {{
    const view = {_FIND};
    const start = performance.now();
    const before = view.rows.map((row) => row.legs[0]);
    const count = (row) => Number(row.node.dataset.painted);
    const painted = view.rows.map(count);
    const taken = view.rows.map(() => null);
    view.stops.list[0].take(image);
    const look = () => {{
        view.rows.forEach((row, i) => {{
            const final = row.legs[0] !== before[i] && (row.kind === "geodesic" ? row.legs[0].report : row.there);
            if (!final) painted[i] = count(row);
            else if (taken[i] === null && count(row) > painted[i]) taken[i] = performance.now() - start;
        }});
        if (!taken.includes(null)) resolve(Object.fromEntries(view.rows.map((row, i) => [row.kind, taken[i]])));
        else requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
}})"""


def run() -> dict:
    return {
        "live": _live(),
        "pairs": {model: _pairs(model, count) for model, count in PAIRS.items()},
        "export": _export(),
    }


def _live() -> dict:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running_app(Path(folder) / "app.log") as url:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{url}/interpolate?model={LIVE_MODEL}")
            for kind in KINDS:
                page.wait_for_selector(f".path[data-kind={kind}][data-done=true]", timeout=120_000)
            page.wait_for_timeout(3000)
            rng, changes = np.random.default_rng(0), []
            for _ in range(CHANGES):
                changes.append(page.evaluate(_CHANGE, int(rng.integers(0, 10_000))))
                page.wait_for_timeout(1500)  # a person looks
            scrub = _scrub(page)
        browser.close()
    return {
        "model": LIVE_MODEL,
        "change": {kind: percentiles([change[kind] for change in changes]) for kind in KINDS},
        "scrub": percentiles(scrub),
    }


def _scrub(page) -> list[float]:
    """Drag the scrubber back and forth; return the milliseconds from each input event to the four pictures."""
    box = page.get_by_label("Place on the paths").bounding_box()
    page.evaluate(f"() => {_FIND}.readout.clear()")
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < 4:
        share = 0.5 + 0.4 * np.sin(2 * np.pi * elapsed / 2)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.mouse.up()
    return page.evaluate(f"() => {_FIND}.readout.figures().latencies")


def _pairs(model: str, count: int) -> dict:
    """Return random pairs of test images of different classes."""
    bundle = open_model(model)
    reference, rng = bundle.reference, np.random.default_rng(0)
    walker = Interpolator(bundle)
    measured = {kind: {"length": [], "measure": [], "off": []} for kind in KINDS}
    seconds = []
    while len(seconds) < count:
        i, j = rng.choice(len(reference.labels), 2, replace=False)
        if reference.labels[i] == reference.labels[j]:
            continue
        for kind in KINDS:
            start = time.perf_counter()
            path = walker.path(kind, reference.z_mean[i], reference.z_mean[j])
            if kind == "geodesic":
                seconds.append(time.perf_counter() - start)
            of_kind = measured[kind]
            of_kind["length"].append(walker.length(path))
            of_kind["measure"].append(walker.measure(path))
            of_kind["off"].append(float(np.mean(walker.report(path).off > 95)))
    straight = measured["linear"]
    crossing = np.array(straight["off"]) > 0.1
    return {
        "pairs": count,
        "crossing_pairs": int(crossing.sum()),
        "geodesic_seconds_median": round(float(np.median(seconds)), 2),
        "paths": {
            kind: {
                **_of_straight("measure", of_kind["measure"], straight["measure"]),
                **_of_straight("length", of_kind["length"], straight["length"]),
                "off_data_mean": round(float(np.mean(of_kind["off"])), 4),
                "off_data_spread": round(float(np.std(of_kind["off"])), 4),
                "off_data_crossing": round(float(np.mean(np.array(of_kind["off"])[crossing])), 4),
            }
            for kind, of_kind in measured.items()
        },
    }


def _of_straight(name: str, values: list[float], straight: list[float]) -> dict[str, float]:
    shares = np.array(values) / np.array(straight)
    return {
        f"{name}_of_straight": round(float(shares.mean()), 4),
        f"{name}_of_straight_spread": round(float(shares.std()), 4),
        f"{name}_of_straight_max": round(float(shares.max()), 4),
    }


def _export() -> dict:
    """Seconds for 120 frames of 512 pixels, two digits faded into each other."""
    images = load_test_split("mnist").images
    share = np.linspace(0, 1, FRAMES)[:, None, None, None]
    pictures = np.round((1 - share) * images[3] + share * images[7]).astype(np.uint8)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for format in ("mp4", "webp", "gif"):
            settings = MovieSettings(format=format)
            path = Path(folder) / f"film{settings.suffix}"
            times = []
            for _ in range(3):
                start = time.perf_counter()
                write_movie(path, pictures, settings)
                times.append(time.perf_counter() - start)
            found[format] = {
                "seconds": round(float(np.median(times)), 2),
                "kilobytes": round(path.stat().st_size / 1000),
            }
    return found
