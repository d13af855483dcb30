"""WCAG 2.2 A and AA by axe-core, on every page, in both colour schemes and both languages."""

from itertools import product

import pytest
from playwright.sync_api import expect

from tests.browser.learn_page import LearnPage
from vae.assets import APP
from zscope.ui.learn.chapters import CHAPTERS

pytestmark = pytest.mark.browser

AXE = APP / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# What is outside our elements and cannot be changed from here, by rule and version. The list may only shrink.
STREAMLIT = {"image-alt": "Streamlit 1.67: st.image has no parameter for an alternative text"}

# The page, and what says that it is complete.
PAGES = {
    "": ".meter[data-percentile]",
    "map": ".meter[data-percentile]",
    "interpolate": ".paths .strip",
    "reconstruct": ".root[data-channel=open]",
    "compare": "section[data-drawn]",
    "train": "[data-testid=stForm], [data-testid=stExpander]",
    "models": "[data-testid=stMain] img",
    "talks": "[data-testid=stMain] h1",
    "learn": ".st-key-learn-chapters [data-testid=stPageLink-NavLink]",
}
ALWAYS = [("", "light", "en"), ("map", "dark", "en"), ("talks", "light", "zh-CN")]


def faults(page) -> dict[str, list[str]]:
    """Rule → elements that violate it: in our components, and Streamlit's with `streamlit:` before the rule."""
    # While a script runs, and for a moment after it, Streamlit fades what it may remove.
    page.add_style_tag(content="[data-stale] { opacity: 1 !important; transition: none !important; }")
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate(
        "async (values) => (await axe.run(document, { runOnly: { type: 'tag', values } })).violations"
        ".map(({ id, nodes }) => [id, nodes.map(({ target, html, any, all, none }) =>"
        " [Array.isArray(target[0]), html.slice(0, 200), [...any, ...all, ...none][0]?.message])])",
        RULES,
    )
    faults = {}
    for rule, nodes in found:
        for ours, html, reason in nodes:
            if ours or rule not in STREAMLIT:
                faults.setdefault(rule, []).append(f"{'' if ours else 'Streamlit: '}{html} {reason}")
    return faults


def cases():
    for name, scheme, locale in product(PAGES, ("dark", "light"), ("en", "zh-CN")):
        marks = () if (name, scheme, locale) in ALWAYS else pytest.mark.full
        yield pytest.param(name, scheme, locale, id=f"{name or 'explore'}-{scheme}-{locale}", marks=marks)


@pytest.mark.parametrize(("name", "scheme", "locale"), list(cases()))
def test_a_page_violates_no_rule(open_explore, app_url, name, scheme, locale):
    page = open_explore(ready=False, color_scheme=scheme, locale=locale).page
    page.goto(f"{app_url}/{name}?model=mnist-16")
    page.wait_for_selector(PAGES[name])
    assert faults(page) == {}


def chapters():
    for chapter in CHAPTERS:
        for scheme in ("dark", "light"):
            marks = () if (chapter.id, scheme) == ("kl", "light") else pytest.mark.full
            yield pytest.param(chapter.id, scheme, id=f"{chapter.id}-{scheme}", marks=marks)


@pytest.mark.parametrize(("chapter", "scheme"), list(chapters()))
def test_a_chapter_and_its_answers_violate_no_rule(open_explore, app_url, chapter, scheme):
    page = open_explore(ready=False, color_scheme=scheme).page
    learn = LearnPage(page, app_url)
    learn.open(chapter)
    learn.show_answers()
    page.wait_for_selector("[data-testid=stCode] .token")  # the colours of code come late
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    assert faults(page) == {}


@pytest.mark.full
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_what_opens_over_a_page_violates_no_rule(open_explore, scheme):
    explore = open_explore("?model=mnist-16", color_scheme=scheme)
    page = explore.page
    page.keyboard.press("?")
    page.wait_for_selector(".key-help:popover-open")
    assert faults(page) == {}
    page.get_by_role("button", name="Start the tour").click()
    tour = page.get_by_role("region", name="Tour")
    expect(tour).to_be_visible()
    page.keyboard.press("s")
    page.get_by_role("button", name="Favourites:").click()
    expect(page.get_by_role("button", name="Delete: ")).to_be_attached()
    assert faults(page) == {}
    tour.get_by_role("button", name="End the tour").click()
    page.get_by_role("region", name="Favourites").get_by_role("button", name="Close").click()
    page.keyboard.press("v")
    page.wait_for_selector(".variations[data-drawn]")
    assert faults(page) == {}
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Controllers", exact=True).click()
    page.wait_for_selector(".controllers:popover-open")
    assert faults(page) == {}
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.wait_for_selector(".root.presenting")
    assert faults(page) == {}
