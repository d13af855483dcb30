"""The first picture of Explore, and the requests before it."""

from contextlib import suppress
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import TimeoutError

from tests.browser.explore_page import FIND, ExplorePage

# The first picture, before the live channel is open: the channel's WebSocket never connects.
WITHOUT_CHANNEL = """
const Real = WebSocket;
window.WebSocket = class extends Real {
  constructor(url, ...more) {
    super(url.endsWith("/live") ? url.replace("/live", "/none") : url, ...more);
  }
};
"""
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => [one.startTime, one.value])))
  .observe({ type: "layout-shift", buffered: true });
const look = () => (FIND_CANVAS) ? (window.seen = performance.now()) : requestAnimationFrame(look);
requestAnimationFrame(look);
"""
PAINTED = (
    "document.querySelector('.st-key-explorer [data-testid=stBidiComponentIsolated]')?.zscope"
    "?.canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3] > 0"
)


@pytest.fixture
def visit(browser, app_url):
    """Open Explore in a new context: `visit(query, script)` → the page, and the paths of what was requested."""
    contexts = []

    def visit(query: str = "", script: str = "", context=None):
        if context is None:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        paths = []
        page.on("response", lambda answer: paths.append((urlsplit(answer.url).path, answer.headers)))
        explore = ExplorePage(page, app_url)
        explore.goto(query)
        return explore, paths

    yield visit
    for context in contexts:
        context.close()


def first_picture(visit, query: str) -> ExplorePage:
    """Open Explore without a live channel until it shows a picture.

    The server sends one only if it is decoded in a tenth of a second, which a busy machine does not always do.
    """
    for _ in range(10):
        explore, _ = visit(query, WITHOUT_CHANNEL)
        with suppress(TimeoutError):
            explore.page.wait_for_function(PAINTED, timeout=20_000)
            return explore
        explore.page.close()
    raise AssertionError("none of ten visits showed a picture")


def test_the_first_picture_is_that_of_the_live_channel(open_explore, visit):
    live = open_explore("?model=mnist-16")  # loads the model
    z = ",".join(f"{value:.3f}" for value in np.linspace(-1, 1, 16))
    for query in ("?model=mnist-16", f"?model=mnist-16&z={z}"):
        first = first_picture(visit, query)
        assert first.ask("explorer.readout.figures().frames.length") == 0
        shown, code = first.pixels(), first.z()
        assert shown.max() > 50, "not black"
        live.ask(f"explorer.point.move(new Float32Array({code.tolist()}))")
        live.page.wait_for_function(
            f"(wanted) => {{ const c = ({FIND})().canvas; return "
            "[...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0)"
            ".every((value, i) => value === wanted[i]); }",
            arg=shown.ravel().tolist(),
        )


@pytest.mark.joined_scripts
def test_each_script_and_style_is_requested_once_and_cached_for_good(visit):
    explore, paths = visit("?model=mnist-16")
    explore.wait_until_drawn()
    explore.page.wait_for_selector(".st-key-tray .handle", state="attached", timeout=60_000)
    ours = [(path, headers) for path, headers in paths if "/assets/" in path]
    names = [path for path, _ in ours]
    assert sorted(names) == sorted(set(names))
    assert [name.partition("/js/")[2] for name in names if name.endswith(".js")] == ["joined/explore.js"]
    assert {name.partition("/css/")[2] for name in names if name.endswith(".css")} >= {"explore.css", "tray.css"}
    assert all("immutable" in headers["cache-control"] for _, headers in ours)
    assert explore.page.faults == []


def test_nothing_moves_after_the_first_picture(visit):
    explore, _ = visit("?model=mnist-16", SHIFTS.replace("FIND_CANVAS", PAINTED))
    explore.wait_until_drawn()
    explore.page.wait_for_timeout(1000)
    seen, shifts = explore.page.evaluate("() => [window.seen, window.shifts]")
    assert sum(value for time, value in shifts if time > seen) < 0.02


@pytest.mark.joined_scripts
def test_pages_share_their_state_after_a_change_of_pages(visit):
    """Each page has a joined script; a module runs once, so that the tray of the first page knows the second page."""
    explore, paths = visit("?model=mnist-16")
    explore.wait_until_drawn()
    explore.page.click("[data-testid=stSidebarNavLink]:has-text('Interpolate')")
    explore.page.wait_for_function(
        "() => globalThis[Symbol.for('zscope.modules')].has('js/paths/mount.js')", timeout=180_000
    )
    scripts = [path.partition("/js/")[2] for path, _ in paths if "/assets/" in path and path.endswith(".js")]
    assert scripts == ["joined/explore.js", "joined/paths.js"]
    modules = explore.page.evaluate("[...globalThis[Symbol.for('zscope.modules')].keys()]")
    assert len(modules) == len(set(modules))
    assert {"js/explore/mount.js", "js/paths/mount.js", "js/core/mounting.js"} <= set(modules)
