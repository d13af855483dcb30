"""Time from `streamlit run` to the first decoded pixels in the browser."""

import tempfile
import time
from pathlib import Path

import numpy as np

from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import ExplorePage

ROUNDS = 3


def run() -> dict:
    from playwright.sync_api import sync_playwright

    seconds = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for attempt in range(ROUNDS):
            start = time.perf_counter()
            with running_app(Path(folder) / f"{attempt}.log") as url:
                explore = ExplorePage(browser.new_page(), url)
                explore.goto()
                explore.wait_until_drawn()
                seconds.append(time.perf_counter() - start)
                explore.page.close()
        browser.close()
    return {
        "seconds_median": round(float(np.median(seconds)), 2),
        "seconds_max": round(max(seconds), 2),
        "runs": ROUNDS,
    }
