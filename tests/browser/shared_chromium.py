"""One Chromium for all browser tests of a process, with reused contexts.

A context keeps its HTTP cache, so the next page in it loads Streamlit's scripts without fetching and compiling them
again. Tests cannot tell: a context is given out to one test at a time, and is cleaned when the test closes it.

Playwright's synchronous interface keeps an event loop running in this thread. Tests that run a loop of their own must
not come while it is open: `tests/conftest.py` calls `close` before each test that is not a browser test.
"""

import json
from collections import defaultdict

from tests.browser.chromium import find_chromium

__all__ = ["CHROMIUM", "SharedChromium"]

# Milliseconds until a wait fails. A process that imports TensorFlow may take a minute on a slow machine.
PATIENCE = 120_000


class SharedChromium:
    """Chromium that opens on demand.

    Attributes:
        console: Playwright context → what its pages wrote to the console since it was given out.
    """

    def __init__(self):
        self._playwright = None
        self._browser = None
        self._idle = defaultdict(list)
        self.console: dict = {}

    def open(self):
        """Return Playwright's `Browser`; its `new_context` returns reused contexts."""
        if self._browser is None:
            from playwright.sync_api import expect, sync_playwright

            expect.set_options(timeout=PATIENCE // 2)
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            make = self._browser.new_context
            self._browser.new_context = lambda **options: self._context(make, options)
            self._browser.new_page = lambda **options: self._browser.new_context(**options).new_page()
        return self._browser

    def _context(self, make, options: dict):
        key = json.dumps(options, sort_keys=True)
        if self._idle[key]:
            context = self._idle[key].pop()
        else:
            context = make(**options)
            # The offer of the tour would cover a part of the page; its own test removes this.
            context.add_init_script(
                "localStorage.getItem('zscope-tour') ?? localStorage.setItem('zscope-tour', 'done')"
            )
            context.set_default_timeout(PATIENCE)
            context.on("console", lambda message: self.console[context].append(f"{message.type}: {message.text}"))
            context.on("weberror", lambda error: self.console[context].append(f"uncaught: {error.error}"))
            context.close = lambda: self._give_back(context, key)
        self.console[context] = []
        return context

    def _give_back(self, context, key: str) -> None:
        if context not in self.console:
            return
        for page in list(context.pages):
            if page.url.startswith("http"):
                origin = "/".join(page.url.split("/", 3)[:3])
                clear = {"origin": origin, "storageTypes": "local_storage"}
                context.new_cdp_session(page).send("Storage.clearDataForOrigin", clear)
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        context.set_offline(False)
        context.set_default_timeout(PATIENCE)
        del self.console[context]
        self._idle[key].append(context)

    def give_back_all(self) -> None:
        """Clean the contexts that a test left open."""
        for context in list(self.console):
            context.close()

    def close(self) -> None:
        """End Chromium and Playwright's event loop. May be called twice."""
        if self._browser is not None:
            self._browser.close()
            self._playwright.stop()
            self.__init__()


CHROMIUM = SharedChromium()
