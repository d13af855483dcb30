"""Opening a model: milliseconds from the click to its first picture; memory with four models on four pages."""

import tempfile
from pathlib import Path

import numpy as np

from tests.browser.app_server import RUNNING, running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import MapPage
from tests.browser.reconstruct_page import ReconstructPage

ROUNDS = 5
TITLES = {
    "mnist-16": "MNIST, 16 dimensions",
    "mnist-2d": "MNIST, 2 dimensions",
    "fashion-16": "Fashion-MNIST, 16 dimensions",
    "mnist-binary-32": "MNIST, binarised, 32 dimensions",
}
OTHERS = list(TITLES)[1:]
# From the click on the option to the first frame in which the canvas of that model has pixels.
WATCH = """(id) => {
    window.opened = null;
    const view = () => document.querySelector(".st-key-explorer [data-testid=stBidiComponentIsolated]")?.zscope;
    const look = (start) => {
        const shown = view();
        if (shown?.model?.id === id && shown.canvas.getContext("2d").getImageData(0, 0, 1, 1).data[3] > 0)
            window.opened = performance.now() - start;
        else requestAnimationFrame(() => look(start));
    };
    window.addEventListener("pointerdown", ({ timeStamp }) => look(timeStamp), { capture: true, once: true });
}"""


def run() -> dict:
    from playwright.sync_api import sync_playwright

    times: dict[str, list[float]] = {"not_loaded": [], "loaded": []}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for turn in range(ROUNDS):
            with running_app(Path(folder) / f"{turn}.log") as url:
                explore = _explore(browser, url)
                for kind in times:
                    times[kind] += [_open(explore, model) for model in OTHERS]
                    _open(explore, "mnist-16")
                explore.page.close()
        with running_app(Path(folder) / "memory.log") as url:
            memory = _memory(browser, url)
        browser.close()
    return {
        "rounds": ROUNDS,
        **{
            f"{kind}_ms": {"median": round(float(np.median(found))), "min": round(min(found)), "max": round(max(found))}
            for kind, found in times.items()
        },
        "memory_mb": memory,
    }


def _explore(browser, url: str) -> ExplorePage:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    explore = ExplorePage(page, url)
    explore.goto("?model=mnist-16")
    explore.wait_until_drawn()
    return explore


def _open(explore: ExplorePage, model: str) -> float:
    """Choose a model in the sidebar; return the milliseconds from the click to its first picture."""
    page = explore.page
    page.get_by_role("combobox", name="Model").click()
    option = page.get_by_role("option", name=TITLES[model], exact=True)
    option.wait_for()
    page.evaluate(WATCH, model)
    option.click()
    page.wait_for_function("() => window.opened", timeout=180_000)
    explore.wait_until_drawn()
    return page.evaluate("() => window.opened")


def _memory(browser, url: str) -> dict[str, float]:
    """Return the resident memory of the server and of its processes, in MB, after four models on four pages."""
    explore = _explore(browser, url)
    page = explore.page
    map_page = MapPage(page, url)
    map_page.goto("?model=mnist-2d")
    map_page.wait_until_drawn()
    page.goto(f"{url}/interpolate?model=fashion-16")
    page.wait_for_selector(".strip canvas", timeout=180_000)
    page.wait_for_timeout(3000)  # all strips
    ReconstructPage(page, url, "?model=mnist-binary-32").take(3)
    server, _ = RUNNING[url]
    tasks = Path(f"/proc/{server}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    page.close()
    return {"server": _resident(server), "its processes": round(sum(map(_resident, children)), 1)}


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return round(next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS")), 1)
