"""By keyboard: a row of pictures is one Tab stop, and what has the focus is seen, in the sidebar too."""

import pytest

from tests.browser.compare_page import ComparePage
from tests.browser.reconstruct_page import ReconstructPage

pytestmark = pytest.mark.browser

# How many of the buttons in each row the Tab key stops at.
STOPS = """(rows) => rows.map((row) => [...row.querySelectorAll("button")]
    .filter((button) => button.checkVisibility() && button.tabIndex >= 0).length)"""


@pytest.mark.full
def test_the_filmstrip_is_one_tab_stop_and_the_arrow_keys_walk_it(open_explore):
    explore = open_explore("?model=mnist-16")
    page, strip = explore.page, explore.page.locator(".filmstrip .strip")
    assert strip.locator("button").count() == 9
    assert strip.evaluate_all(STOPS) == [1]
    index = int(page.locator(".sliders input").first.get_attribute("data-dimension"))
    low, high = (float(explore.slider(index).get_attribute(name)) for name in ("min", "max"))
    strip.locator("button").first.focus()
    for key, frame in (("ArrowRight", 1), ("ArrowRight", 2), ("End", 8), ("ArrowRight", 8), ("ArrowLeft", 7)):
        page.keyboard.press(key)
        page.wait_for_function(
            "(frame) => document.activeElement.shadowRoot.activeElement.matches(`.frame:nth-child(${frame + 1})`)",
            arg=frame,
        )
    assert strip.evaluate_all(STOPS) == [1]
    page.keyboard.press("Enter")
    z = explore.z()
    assert low < z[index] < high
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.type") == "range", "past the whole strip"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.matches('.frame:nth-child(8)')"), "and back"


def test_the_images_to_choose_from_are_one_tab_stop(open_explore):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.get_by_role("button", name="Choose a test image").click()
    page.wait_for_selector(".image-picker .sheet button")
    assert page.locator(".image-picker .sheet, .image-picker .classes").evaluate_all(STOPS) == [1, 1]
    page.locator(".image-picker .sheet button").nth(3).focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.matches('.sheet button:nth-child(14)')")
    page.get_by_role("button", name="Show others", exact=True).click()  # other images, one Tab stop again
    page.wait_for_function(
        f"() => ({STOPS})([document.activeElement.shadowRoot.querySelector('.image-picker .sheet')])[0] === 1"
    )


@pytest.mark.full
def test_strips_of_other_pages_are_one_tab_stop_each(browser, app_url):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    own = ReconstructPage(page, app_url)
    page.wait_for_selector(".picture-strip .frame:visible")
    assert set(page.locator(".picture-strip .strip:visible").evaluate_all(STOPS)) == {1}
    assert not own.faults
    compare = ComparePage(page, app_url, "?model=mnist-16&with=mnist-binary-32")
    page.wait_for_selector(".of-class .frame:visible")
    assert set(page.locator(".of-class .strip").evaluate_all(STOPS)) == {1}
    assert not compare.faults
    page.close()


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.full)])
def test_the_focus_is_seen_in_the_sidebar(open_explore, scheme):
    page = open_explore("?model=fashion-16", color_scheme=scheme).page
    page.locator("[data-testid=stSidebarNavLink]").first.focus()
    for selector in ("[data-testid=stSidebarNavLink]", "[data-testid=stSelectbox] [role=group]"):
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("(selector) => Boolean(document.activeElement.closest(selector))", selector):
                break
        ring = page.evaluate(
            """(selector) => {
                const style = getComputedStyle(document.activeElement.closest(selector));
                return [style.outlineStyle, style.outlineWidth, style.outlineColor];
            }""",
            selector,
        )
        assert ring == ["solid", "2px", "rgb(94, 234, 212)" if scheme == "dark" else "rgb(15, 118, 110)"]


@pytest.mark.full
def test_no_title_is_cut_in_the_picker(open_explore):
    page = open_explore("?model=fashion-16").page
    picker = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Model")
    title = picker.input_value()
    assert picker.evaluate("(input) => input.scrollWidth > input.clientWidth"), "the closed picker is too narrow for it"
    assert page.get_by_test_id("stSidebar").get_by_text(title, exact=True).is_visible()
    picker.click()
    options = page.locator("[role=option] > div")
    options.first.wait_for()
    assert title in options.all_inner_texts()
    assert not any(options.evaluate_all("(titles) => titles.map((title) => title.scrollWidth > title.clientWidth)"))
