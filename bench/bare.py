"""Live pages against a page of one slider and one canvas, in turns, in the same browser and on the same channel."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.mouse import Mouse, debugged
from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import FIND as EXPLORER
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import FIND as MAP
from tests.browser.map_page import MapPage
from tests.browser.paths_page import VIEW as PATHS
from tests.browser.paths_page import found
from tests.browser.reconstruct_page import VIEW as RECONSTRUCT
from tests.browser.reconstruct_page import ReconstructPage

SECONDS = 4.0  # of one drag: the read-out keeps the last 240 pictures
ROUNDS = 3
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "4K": (3840, 2160)}
SLOWER = 4  # the browser's processor, as DevTools slows it
ORIGIN = "?model=mnist-16&z=" + ",".join(["0"] * 16)

Path2d = Callable[[float], tuple[float, float]]  # share of a drag that is over → x, y in the window


@dataclass
class Live:
    """An opened page whose pictures follow the mouse.

    Attributes:
        page: Playwright's.
        view: JavaScript expression of the object that has the read-out.
        press: moves the mouse to the start and presses its button, if the page needs that; returns the drag's path.
        pressed: whether it presses the button.
    """

    page: Any
    view: str
    press: Callable[[], Path2d]
    pressed: bool = True
    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


def run() -> dict:
    """Measure every page at desktop size, Explore also on a phone, in 4K, and with a slow browser."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port, argument = debugged()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", argument])
        with running_app(Path(folder) / "app.log", script="bench/bare_app.py", PYTHONPATH=".") as url:
            results = {"desktop": _compare(browser, port, url, "desktop", list(PAGES))}
            for size in ("phone", "4K"):
                results[size] = _compare(browser, port, url, size, ["bare", "explore"])
            results["slow"] = _compare(browser, port, url, "desktop", ["bare", "explore"], SLOWER)
        browser.close()
    return {"rounds": ROUNDS, "seconds": SECONDS, "slower": SLOWER, "pages": results}


def _compare(browser, port: int, url: str, size: str, names: list[str], slower: float = 1) -> dict[str, dict]:
    width, height = SIZES[size]
    figures: dict[str, Live] = {}
    for turn in range(ROUNDS):
        for name in names if turn % 2 == 0 else reversed(names):
            page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
            live = PAGES[name](page, url)
            page.wait_for_timeout(2000)  # the warm-up of all batch sizes goes on behind the first picture
            if slower > 1:
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            _drag(live, port)
            page.close()
            kept = figures.setdefault(name, live)
            if kept is not live:
                kept.latencies += live.latencies
                kept.rates += live.rates
    return {name: _summary(live, figures["bare"]) for name, live in figures.items()}


def _summary(live: Live, bare: Live) -> dict:
    rate, bare_rate = float(np.median(live.rates)), float(np.median(bare.rates))
    latency = percentiles(live.latencies)
    return {
        **latency,
        "pictures_per_second": round(rate, 1),
        "rate_ratio": round(rate / bare_rate, 2),
        "p50_ratio": round(latency["p50_ms"] / percentiles(bare.latencies)["p50_ms"], 2),
    }


def _drag(live: Live, port: int) -> None:
    path = live.press()
    readout = f"({live.view}).readout"
    live.page.evaluate(f"() => {readout}.clear()")
    Mouse(live.page, port).drag(path, SECONDS, live.pressed)
    figures = live.page.evaluate(f"() => {readout}.figures()")
    live.page.mouse.up()
    frames = np.array(figures["frames"])
    live.latencies += figures["latencies"]
    live.rates.append((len(frames) - 1) * 1000 / (frames[-1] - frames[0]))


def _swing(low: float, high: float, middle: float) -> Path2d:
    """Back and forth on a line."""
    return lambda seconds: (low + (0.5 + 0.45 * np.sin(np.pi * seconds)) * (high - low), middle)


def _on_slider(page, selector: str) -> Path2d:
    box = page.locator(selector).first.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    return _swing(box["x"] + 8, box["x"] + box["width"] - 8, middle)


def _bare(page, url: str) -> Live:
    page.goto(f"{url}/bench/bare")
    page.wait_for_selector("body[data-channel=open]")
    return Live(page, "window.view", lambda: _on_slider(page, "input"))


def _explore(page, url: str) -> Live:
    explore = ExplorePage(page, url)
    explore.goto(ORIGIN)
    explore.wait_until_drawn()

    def press() -> Path2d:
        explore.slider(13).scroll_into_view_if_needed()
        return _swing(*explore.grab(13))

    return Live(page, f"({EXPLORER})()", press)


def _map(page, url: str) -> Live:
    view = MapPage(page, url)
    view.goto("?model=mnist-16")
    view.wait_until_drawn()
    box = page.locator(".plot").bounding_box()

    def around(seconds: float) -> tuple[float, float]:
        x, y = 0.5 + 0.33 * np.sin(2 * np.pi * seconds / 3.1), 0.5 + 0.33 * np.sin(2 * np.pi * seconds / 2.3)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    return Live(page, f"({MAP})()", lambda: around, pressed=False)


def _interpolate(page, url: str) -> Live:
    page.goto(f"{url}/interpolate?model=mnist-16")
    page.wait_for_function(f"() => {{ try {{ return {PATHS}; }} catch {{ return false; }} }}", timeout=180_000)
    found(page)
    return Live(page, PATHS, lambda: _on_slider(page, ".scrubber input[type=range]"))


def _reconstruct(page, url: str) -> Live:
    view = ReconstructPage(page, url)
    with suppress(Exception):
        view.ready()
    box = page.locator(".pad").bounding_box()

    def draw() -> Path2d:
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        return lambda seconds: (
            box["x"] + (0.5 + 0.3 * np.sin(2 * np.pi * seconds)) * box["width"],
            box["y"] + (0.5 + 0.3 * np.cos(2 * np.pi * seconds)) * box["height"],
        )

    return Live(page, RECONSTRUCT, draw)


PAGES = {"bare": _bare, "explore": _explore, "map": _map, "interpolate": _interpolate, "reconstruct": _reconstruct}
