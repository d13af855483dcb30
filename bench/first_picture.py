"""Time from opening Explore to its first picture, and the layout shift after it; a bare Streamlit page in turns.

The first picture of Explore is there when its canvas has pixels. The server decodes it and sends it with the data of
the page; the live channel replaces it. The time of the first picture of the live channel is measured too.
"""

import tempfile
from pathlib import Path

import numpy as np

from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium

ROUNDS = 7
AFTER = 4000  # milliseconds after the picture in which shifts of the layout count

VIEW = "document.querySelector('.st-key-explorer [data-testid=stBidiComponentIsolated]')?.zscope"
# Whether the picture is there, for each page.
SEEN = {
    "bare": "document.querySelector('[data-testid=stImage] img')?.naturalWidth > 0",
    "explore": f"{VIEW}?.canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3] > 0",
}
LIVE = {"bare": "true", "explore": f"{VIEW}.readout.figures().frames.length > 0"}
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => [one.startTime, one.value])))
  .observe({ type: "layout-shift", buffered: true });
const look = () => {
  if (!window.seen && (SEEN)) window.seen = performance.now();
  if (window.seen && (LIVE)) window.live = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def run() -> dict:
    from playwright.sync_api import sync_playwright

    found: dict[str, dict[str, list[float]]] = {
        name: {"first": [], "again": [], "live_first": [], "live_again": [], "shift": []} for name in SEEN
    }
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
                context.add_init_script(WATCH.replace("SEEN", SEEN[name]).replace("LIVE", LIVE[name]))
                first, live_first, _ = _visit(context, urls[name])
                again, live_again, shift = _visit(context, urls[name])
                context.close()
                if turn == 0:
                    continue  # the servers load the model
                for kind, value in zip(found[name], (first, again, live_first, live_again, shift), strict=True):
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
        "live_first_ms": round(medians["explore"]["live_first"]),
        "live_again_ms": round(medians["explore"]["live_again"]),
        "largest_shift": round(max(found["explore"]["shift"]), 4),
        "first_ratio": round(medians["explore"]["first"] / medians["bare"]["first"], 2),
        "again_ratio": round(medians["explore"]["again"] / medians["bare"]["again"], 2),
    }


def _visit(context, url: str) -> tuple[float, float, float]:
    """Return milliseconds from the navigation to the picture and to the live one, and the layout shift after it."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => window.live", timeout=180_000)
    page.wait_for_timeout(AFTER)
    seen, live, shifts = page.evaluate("() => [window.seen, window.live, window.shifts]")
    page.close()
    return seen, live, sum(value for time, value in shifts if time > seen)
