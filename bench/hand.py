"""Drag latency in a headless browser: Explore against a plain Streamlit page of the same model."""

import tempfile
import time
from pathlib import Path

import numpy as np

from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import ExplorePage

SECONDS = 4.0  # of one drag: the read-out keeps the last 240 pictures
ROUNDS = 5

# The browser hands out mouse moves once a frame; the move itself came up to a frame earlier and says when.
WATCH_THE_MOUSE = """(() => {
    const { readout } = typeof explorer === "undefined" ? view : explorer;
    window.fromMouse = [];
    let moved = 0;
    addEventListener("pointermove", (event) => (moved = event.timeStamp), true);
    const drew = readout.drew.bind(readout);
    readout.drew = (since, reply) => {
        window.fromMouse.push(performance.now() - moved);
        drew(since, reply);
    };
})()"""


def run() -> dict:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running_app(Path(folder) / "app.log") as url:
            ours = _ours(browser, url)
        with running_app(Path(folder) / "stock.log", script="bench/stock_page.py") as url:
            stock = _stock(browser, url)
        browser.close()
    return {
        "explorer": ours,
        "stock_page": stock,
        # Both from the mouse: the stock page's release is one too.
        "latency_ratio": round(stock["release_to_picture_p50_ms"] / ours["from_mouse_p50_ms"], 1),
    }


def _ours(browser, url: str) -> dict:
    explore = ExplorePage(browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce"), url)
    explore.goto("?model=mnist-16&z=" + ",".join(["0"] * 16))
    explore.wait_until_drawn()
    explore.page.wait_for_timeout(3000)  # the warm-up of all batch sizes goes on behind the first picture
    explore.ask(WATCH_THE_MOUSE)
    latencies, rates, updates, decode, moves = [], [], [], [], 0
    for _ in range(ROUNDS):
        low, high, middle = explore.grab(13)
        explore.ask("explorer.readout.clear()")
        moves = drag(explore.page, low, high, middle)
        figures = explore.ask("explorer.readout.figures()")
        decode.append(explore.ask("explorer.readout.decode"))
        explore.page.mouse.up()
        explore.page.wait_for_timeout(500)
        latencies += figures["latencies"]
        frames = np.array(figures["frames"])
        rates.append((len(frames) - 1) * 1000 / (frames[-1] - frames[0]))
        updates.append(len(frames))
    from_mouse = percentiles(explore.page.evaluate("() => window.fromMouse"))
    explore.page.close()
    return {
        **percentiles(latencies),
        "from_mouse_p50_ms": from_mouse["p50_ms"],
        "from_mouse_p95_ms": from_mouse["p95_ms"],
        "frames_per_second": round(float(np.median(rates)), 1),
        "updates_per_drag": int(np.median(updates)),
        "mouse_moves_per_drag": moves,
        "decode_ms": round(float(np.median(decode)), 2),
    }


def _stock(browser, url: str) -> dict:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.wait_for_selector("[data-testid=stImage] img", timeout=60_000)
    page.wait_for_timeout(1000)
    page.evaluate(
        """() => {
            window.changes = [];
            new MutationObserver((records) => {
                if (records.some((record) => record.target.tagName === "IMG")) window.changes.push(performance.now());
            }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["src"] });
            addEventListener("pointerup", () => (window.released = performance.now()), true);
        }"""
    )
    updates, waits = [], []
    for attempt in range(ROUNDS):
        slider = page.locator("[data-testid=stSlider]").first
        # The thumb is the value label's parent; the label floats above it.
        box = slider.locator("[data-testid=stSliderThumbValue]").locator("..").bounding_box()
        track = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.evaluate("() => { window.changes = []; }")
        drag(page, track["x"] + 20, track["x"] + track["width"] - 20, box["y"] + box["height"] / 2)
        updates.append(page.evaluate("() => window.changes.length"))
        # End where no drag ended before: the same value would be no new picture.
        page.mouse.move(track["x"] + track["width"] * (0.2 + 0.12 * attempt), box["y"] + box["height"] / 2)
        page.evaluate("() => { window.changes = []; }")
        page.mouse.up()
        page.wait_for_function("() => window.changes.length > 0", timeout=20_000)
        waits.append(page.evaluate("() => window.changes[0] - window.released"))
        page.wait_for_timeout(500)
    page.close()
    return {
        "updates_per_drag": int(np.median(updates)),
        "release_to_picture_p50_ms": round(float(np.median(waits)), 1),
        "release_to_picture_max_ms": round(float(np.max(waits)), 1),
    }


def drag(page, low: float, high: float, middle: float) -> int:
    """Drag back and forth for `SECONDS`; return the number of mouse moves, which is more than the display can show."""
    start = time.perf_counter()
    moves = 0
    while (elapsed := time.perf_counter() - start) < SECONDS:
        share = 0.5 + 0.45 * np.sin(2 * np.pi * elapsed / 2)
        page.mouse.move(low + share * (high - low), middle)
        moves += 1
    return moves
