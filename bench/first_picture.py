"""Time from opening Explore to its first picture, and the layout shift after it; a bare Streamlit page in turns."""

import tempfile
from pathlib import Path

import numpy as np

from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium

ROUNDS = 7
AFTER = 4000  # milliseconds after the picture in which shifts of the layout count

# Whether the picture is there, for each page.
SEEN = {
    "bare": "document.querySelector('[data-testid=stImage] img')?.naturalWidth > 0",
    "explore": "document.querySelector('.st-key-explorer [data-testid=stBidiComponentIsolated]')"
    "?.zscope?.readout.figures().frames.length > 0",
}
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => [one.startTime, one.value])))
  .observe({ type: "layout-shift", buffered: true });
const look = () => (SEEN) ? (window.seen = performance.now()) : requestAnimationFrame(look);
requestAnimationFrame(look);
"""


def run() -> dict:
    from playwright.sync_api import sync_playwright

    found: dict[str, dict[str, list[float]]] = {name: {"first": [], "again": [], "shift": []} for name in SEEN}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "bare.log", script="bench/picture_app.py", PYTHONPATH=".") as bare,
        running_app(Path(folder) / "app.log") as app,
        sync_playwright() as playwright,
    ):
        urls = {"bare": bare, "explore": f"{app}/?model=mnist-16"}
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for turn in range(ROUNDS + 1):
            for name in SEEN if turn % 2 == 0 else reversed(SEEN):
                context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
                context.add_init_script(WATCH.replace("SEEN", SEEN[name]))
                first, _ = _visit(context, urls[name])
                again, shift = _visit(context, urls[name])
                context.close()
                if turn == 0:
                    continue  # the servers load the model
                for kind, value in (("first", first), ("again", again), ("shift", shift)):
                    found[name][kind].append(value)
        browser.close()
    medians = {
        name: {kind: float(np.median(values)) for kind, values in kinds.items()} for name, kinds in found.items()
    }
    return {
        "rounds": ROUNDS,
        **{
            name: {"first_ms": round(one["first"]), "again_ms": round(one["again"]), "shift": round(one["shift"], 4)}
            for name, one in medians.items()
        },
        "largest_shift": round(max(found["explore"]["shift"]), 4),
        "first_ratio": round(medians["explore"]["first"] / medians["bare"]["first"], 2),
        "again_ratio": round(medians["explore"]["again"] / medians["bare"]["again"], 2),
    }


def _visit(context, url: str) -> tuple[float, float]:
    """Return milliseconds from the navigation to the picture, and the cumulative layout shift after it."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => window.seen", timeout=180_000)
    page.wait_for_timeout(AFTER)
    seen, shifts = page.evaluate("() => [window.seen, window.shifts]")
    page.close()
    return seen, sum(value for time, value in shifts if time > seen)
