"""The tour in a real browser: offered on the first visit, followed step by step across pages."""

import numpy as np
import pytest
from playwright.sync_api import expect

from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

MAP = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.overlay)?.zscope"


def offer(page, url: str) -> None:
    """Open Explore as on a first visit."""
    page.add_init_script("if (!sessionStorage.getItem('offered')) localStorage.removeItem('zscope-tour');")
    page.goto(url)
    page.evaluate("() => sessionStorage.setItem('offered', '1')")


def test_the_tour_is_done_by_using_the_app(open_explore):
    explore = open_explore("?model=mnist-16", ready=False)
    page = explore.page
    offer(page, f"{explore.url}/?model=mnist-16")
    explore.wait_until_drawn()
    tour = page.get_by_role("region", name="Tour")
    expect(tour.get_by_role("heading")).to_have_text("New here?")
    tour.get_by_role("button", name="Start the tour").click()
    expect(tour.get_by_role("heading")).to_have_text("Drag a slider")
    expect(tour.get_by_role("status")).to_be_empty()
    explore.slider(2).focus()
    page.keyboard.press("ArrowRight")
    expect(tour.get_by_role("heading")).to_have_text("Press R")
    page.keyboard.press("ArrowRight")  # another slider step is no random code
    expect(tour.get_by_role("heading")).to_have_text("Press R")
    page.keyboard.press("r")
    expect(tour.get_by_role("heading")).to_have_text("Click the map")

    tour.get_by_role("button", name="Open Map").click()
    page.wait_for_function(f"() => ({MAP})()?.built", timeout=120_000)
    expect(tour.get_by_role("heading")).to_have_text("Click the map")
    marker = page.locator(".marker")
    expect(marker).to_be_visible()  # the server has placed the point
    marker.press("ArrowRight")
    expect(tour.get_by_role("heading")).to_have_text("Try your own picture")

    tour.get_by_role("button", name="Open Reconstruct").click()
    expect(page.get_by_role("heading", name="Reconstruct", exact=True)).to_be_visible()
    tour.get_by_role("button", name="Next step").click()
    tour.get_by_role("button", name="Open Explore").click()
    explore.wait_until_drawn()
    tour.get_by_role("button", name="Turn “4” into “9”").click()
    expect(tour.get_by_role("status")).to_contain_text("Done")
    with LiveClient(explore.url, "mnist-16") as client:
        nearest = int(client.measure(explore.z()[None])[0, 2])
    labels = explore.ask("explorer.data.codes.then(({ labels }) => Array.from(labels))")
    assert labels[nearest] == 9 and explore.ask("explorer.undo.history.canUndo")
    tour.get_by_role("button", name="End the tour").last.click()
    expect(tour).to_be_hidden()

    page.reload()
    explore.wait_until_drawn()
    expect(tour).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="Start the tour").click()
    expect(tour.get_by_role("heading")).to_have_text("Drag a slider")


def test_the_tour_can_be_declined_and_covers_nothing_of_the_page(open_explore):
    explore = open_explore("?model=mnist-16", ready=False)
    page = explore.page
    offer(page, f"{explore.url}/?model=mnist-16")
    explore.wait_until_drawn()
    tour = page.get_by_role("region", name="Tour")
    expect(tour).to_be_visible()
    card, content = tour.bounding_box(), page.locator(".root .latents").bounding_box()
    assert card["x"] + card["width"] <= page.locator(".root .seen").bounding_box()["x"]
    assert np.all([card["y"] + card["height"] <= 900, content["y"] > 0])
    tour.get_by_role("button", name="No, thanks").click()
    expect(tour).to_be_hidden()
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_function(f"() => ({MAP})()?.built", timeout=120_000)
    expect(tour).to_be_hidden()
