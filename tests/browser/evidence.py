"""Saves screenshots, console output and the server's log of a failed browser test in `test-results/`."""

import re
import shutil
from contextlib import suppress
from pathlib import Path

from tests.browser.app_server import RUNNING
from tests.browser.shared_chromium import CHROMIUM

__all__ = ["RESULTS", "keep_evidence"]

RESULTS = Path(__file__).resolve().parents[2] / "test-results"


def keep_evidence(test: str) -> Path:
    """Save the current state of the open pages and running servers.

    Args:
        test: node id of the failed test.

    Returns:
        The folder, named after the test.
    """
    folder = RESULTS / re.sub(r"[^\w.-]+", "-", test).strip("-")[-150:]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = [page for context in CHROMIUM.console for page in context.pages]
    for number, page in enumerate(pages, 1):
        with suppress(Exception):  # a page that hangs has no screenshot; the console and the log are still of use
            page.screenshot(path=folder / f"page-{number}.png", timeout=5_000)
    console = [line for lines in CHROMIUM.console.values() for line in lines]
    (folder / "console.txt").write_text("\n".join([*(page.url for page in pages), "", *console]) + "\n")
    for number, (_, log) in enumerate(RUNNING.values(), 1):
        shutil.copyfile(log, folder / f"server-{number}.log")
    return folder
