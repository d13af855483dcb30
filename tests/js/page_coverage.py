"""Pytest plugin that `make coverage` loads: counts which JavaScript the pages of the browser tests run.

Each page writes one file of V8's precise coverage to the folder `PAGE_COVERAGE`, where node's own tests write theirs
too. The addresses of the app's scripts become paths in `assets/js`, so that one report joins both.
"""

import json
import os
import re
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "js"
FOLDER = Path(os.environ["PAGE_COVERAGE"])
os.environ["ZSCOPE_JOIN_SCRIPTS"] = "0"  # servers of this process serve each module at its own address
_SESSIONS: dict = {}  # page → its session with V8's profiler


def pytest_collection_modifyitems(items):
    for item in items:
        if "joined_scripts" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="Each script is counted by itself."))


def _count(page):
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
    _SESSIONS[page] = session
    return page


def _write(page) -> None:
    session = _SESSIONS.pop(page, None)
    if session is None:
        return
    with suppress(Error):  # a crashed page has no counts
        scripts = session.send("Profiler.takePreciseCoverage")["result"]
        ours = [
            script | {"url": (ASSETS / found[1]).as_uri()}
            for script in scripts
            if (found := re.search(r"/js/([\w./-]+\.js)(\?|$)", script["url"])) and (ASSETS / found[1]).is_file()
        ]
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"coverage-page-{uuid.uuid4().hex}.json").write_text(json.dumps({"result": ours, "test": _test()}))


def _test() -> str:
    """The node id of the running test."""
    return os.environ["PYTEST_CURRENT_TEST"].rsplit(" ", 1)[0]


def _before(cls, name, pages) -> None:
    original = getattr(cls, name)

    def close(self, *args, **kwargs):
        for page in pages(self):
            _write(page)
        return original(self, *args, **kwargs)

    setattr(cls, name, close)


def _new_page(original):
    return lambda self, *args, **kwargs: _count(original(self, *args, **kwargs))


BrowserContext.new_page = _new_page(BrowserContext.new_page)
Browser.new_page = _new_page(Browser.new_page)
_before(Page, "close", lambda page: [page])
_before(BrowserContext, "close", lambda context: list(context.pages))
_before(Browser, "close", lambda browser: [page for context in browser.contexts for page in context.pages])
