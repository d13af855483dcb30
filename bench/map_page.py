"""The Map page in a headless browser with software GL: first paint, hover, lasso of half the points."""

import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np

from bench.hand import WATCH_THE_MOUSE
from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.map_page import MapPage
from zscope.library.maps import MapSpec
from zscope.library.maps.making import Watcher, find_map, make_map

MODEL = "mnist-16"
SECONDS = 6.0  # of one sweep over the map
ROUNDS = 3


def run() -> dict:
    """Measure 10,000 points (the bundled t-SNE map) and all 70,000, whose map is made first if it does not exist."""
    from playwright.sync_api import sync_playwright

    found = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        seconds = _make_all()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running_app(Path(folder) / "app.log") as url:
            for images in ("test", "all"):
                found[images] = _measure(browser, url, images)
        browser.close()
    return {"model": MODEL, "seconds_to_make_all": seconds, "maps": found}


def _make_all() -> float | None:
    spec = MapSpec(images="all")
    if find_map(MODEL, spec):
        return None
    start = time.perf_counter()
    make_map(MODEL, spec, Watcher())
    return round(time.perf_counter() - start, 1)


def _measure(browser, url: str, images: str) -> dict:
    paints, hovers, from_mouse, selections, summaries, count = [], [], [], [], [], 0
    for _ in range(ROUNDS):
        view = MapPage(browser.new_page(viewport={"width": 1440, "height": 900}), url)
        view.goto(f"?model={MODEL}&map={quote(MapSpec(images=images).text())}")
        view.page.wait_for_selector(".stage[data-painted]", timeout=120_000)
        paints.append(float(view.page.locator(".stage").get_attribute("data-painted")))
        view.wait_until_drawn()
        view.page.wait_for_timeout(2000)
        count = view.ask("view.points.count")
        view.ask(WATCH_THE_MOUSE)
        hovers += _sweep(view)
        from_mouse += view.page.evaluate("() => window.fromMouse")
        seconds, summary = _lasso_half(view)
        selections.append(seconds)
        summaries.append(summary)
        view.page.close()
    return {
        "points": count,
        "first_paint_ms": round(float(np.median(paints))),
        "hover": percentiles(hovers),
        "hover_from_mouse": percentiles(from_mouse),
        "lasso_half_ms": round(1000 * float(np.median(selections))),
        "lasso_half_with_summary_ms": round(1000 * float(np.median(summaries))),
    }


def _sweep(view: MapPage) -> list[float]:
    """Move the mouse over points and gaps; return the milliseconds from each event to its decoded picture."""
    view.ask("view.readout.clear()")
    box = view.page.locator(".plot").bounding_box()
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < SECONDS:
        x = 0.5 + 0.33 * np.sin(2 * np.pi * elapsed / 3.1)
        y = 0.5 + 0.33 * np.sin(2 * np.pi * elapsed / 2.3)
        view.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    view.page.wait_for_timeout(500)
    return view.ask("view.readout.figures().latencies")


def _lasso_half(view: MapPage) -> tuple[float, float]:
    """Return the seconds from the mouse release to the selection, and to its summary on the page."""
    places = view.places()
    middle = np.median(places, axis=0)
    radius = float(np.median(np.linalg.norm(places - middle, axis=1)))
    view.lasso_open(middle, radius)
    start = time.perf_counter()
    view.page.mouse.up()
    view.page.wait_for_selector(".stage[data-selected]:not([data-selected=''])")
    known = time.perf_counter() - start
    view.page.get_by_text("Most unusual").wait_for(timeout=60_000)
    return known, time.perf_counter() - start
