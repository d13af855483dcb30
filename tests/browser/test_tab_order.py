"""By the Tab key alone: every control of a page is reached once, in view, and seen to have the focus."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import PAGES

pytestmark = pytest.mark.browser

MOST = 400  # more presses than any page has controls
# Streamlit's own elements that show the focus by the colour of their border, or not at all: the area that scrolls.
STREAMLIT = ("MAIN", "INPUT")

# The focused element, through shadow roots: its number in the order, its tag, its name, whether it has a visible ring,
# and whether it is in view; null beyond the page's last control.
FOCUSED = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    if (!node || node === document.body) return null;
    window.reached ??= new Map();
    if (!window.reached.has(node)) window.reached.set(node, window.reached.size);
    let ringed = false;
    for (let at = node, steps = 0; at && steps < 4; at = at.parentElement ?? at.getRootNode().host, steps++) {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
        ringed ||= (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    }
    const { top, bottom, left, right } = node.getBoundingClientRect();
    const name = node.getAttribute("aria-label") || node.textContent.trim() || node.title;
    const seen = top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
    return [window.reached.get(node), node.tagName, name.slice(0, 40), ringed, seen];
}"""
# The visible controls that were not reached. Of a group of options, one is a Tab stop.
MISSED = """() => {
    const missed = [];
    const walk = (root) => {
        for (const node of root.querySelectorAll("*")) {
            if (node.shadowRoot) walk(node.shadowRoot);
            const group = node.closest("[role=radiogroup], [role=toolbar]");
            if (!node.matches("a[href], button, input, select, textarea, summary, [tabindex]")) continue;
            if (node.tabIndex < 0 || node.disabled || node.closest("[inert]")) continue;
            if (!node.checkVisibility({ visibilityProperty: true })) continue;
            if (window.reached.has(node) || (node.type === "radio" && !node.checked)) continue;
            if (group && [...window.reached.keys()].some((one) => group.contains(one))) continue;
            missed.push(node.outerHTML.slice(0, 150));
        }
    };
    walk(document);
    return missed;
}"""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "map" else pytest.mark.full, id=name or "explore") for name in PAGES],
)
def test_every_control_is_reached_by_the_tab_key(open_explore, app_url, name):
    page = open_explore(ready=False).page
    page.goto(f"{app_url}/{name}?model=mnist-16")
    page.wait_for_selector(PAGES[name])
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    page.wait_for_timeout(500)  # what comes late
    order = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if order and (focused is None or focused[0] == 0):
            break
        if focused is not None:
            order.append(focused)
    assert [number for number, *_ in order] == list(range(len(order))), "no control has the focus twice, or keeps it"
    assert len(order) > 20
    assert [stop for stop in order if not stop[4]] == [], "out of view"
    assert [stop for stop in order if not stop[3] and stop[1] not in STREAMLIT] == [], "without a ring"
    assert page.evaluate(MISSED) == []


NAME = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node?.getAttribute("aria-label") || node?.textContent.trim() || node?.title || "";
}"""


def tab_to(page, name: str) -> None:
    """Press the Tab key until a control whose name contains this has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if name in page.evaluate(NAME):
            return
    raise AssertionError(f"Tab does not reach {name}.")


@pytest.mark.full
def test_a_film_between_two_favourites_by_the_keyboard_alone(open_explore):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    saved = []
    for presses in (0, 12):
        page.keyboard.press("t")
        explore.wait_until_drawn()
        page.keyboard.press("ArrowDown")  # to the first slider
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
        saved.append(explore.z())
        page.keyboard.press("s")
        page.get_by_text("Saved. This model has").wait_for()
        page.get_by_text("Saved. This model has").wait_for(state="hidden")
    tab_to(page, "Favourites")
    page.keyboard.press("Enter")
    tab_to(page, "Open as path")
    page.keyboard.press("Enter")
    page.wait_for_selector(".paths .strip")
    stops = "[...document.querySelectorAll('*')].find((node) => node.zscope?.stops)?.zscope.stops.list"
    page.wait_for_function(f"() => {stops}?.length === 2 && {stops}.every((stop) => stop.code)")
    codes = page.evaluate(f"{stops}.map((stop) => Array.from(stop.code))")
    np.testing.assert_allclose(codes, saved, atol=2e-3)
    tab_to(page, "↓ Export")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_enabled()  # the path is found
    tab_to(page, "Export")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.path().stat().st_size > 1000
