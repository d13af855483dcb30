"""Attributes of a user data set in the browser: they colour the map and make directions."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.attribute_model import save_attribute_model, save_attribute_set
from tests.browser.app_server import running_app
from tests.browser.map_page import FIND, MapPage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hats_url(tmp_path_factory):
    """The app with one data set of pictures with attributes, and a model of it."""
    folder = tmp_path_factory.mktemp("hats")
    environment = {
        f"ZSCOPE_{name}": str(folder / name.lower()) for name in ("MODELS", "MAPS", "OWN_DATA", "DIRECTIONS")
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        save_attribute_model(folder / "models", save_attribute_set(folder))
    with running_app(folder / "server.log", **environment) as url:
        yield url


def test_an_attribute_colours_the_map_and_makes_a_slider(browser, hats_url):
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    view = MapPage(context.new_page(), hats_url)
    page = view.page
    view.goto("?model=hats-3d&map=method%3Draw%26images%3Dtest%26axes%3D0%2C1")
    view.wait_until_drawn()
    colour = page.get_by_label("Colour by")
    assert colour.locator("option").all_text_contents()[:3] == ["Class", "Wearing Hat", "age"]
    colour.select_option("Wearing Hat")
    names = "view.plotNode.data.map((trace) => trace.name)"
    page.wait_for_function(f"() => {{ const view = ({FIND})(); return {names}.includes('with Wearing Hat'); }}")
    places = view.places()
    traces = view.ask("view.plotNode.data.map((trace) => [trace.name, [...trace.x]])")
    with_hat = np.array(dict(traces)["with Wearing Hat"])
    assert with_hat.mean() > np.array(dict(traces)["without Wearing Hat"]).mean() + 3
    assert sum(len(xs) for _, xs in traces) == len(places) == 16
    colour.select_option("age")
    page.wait_for_function(f"() => ({FIND})().plotNode.data[0].marker.color?.length === 16")

    page.get_by_text("Directions", exact=True).click()
    page.get_by_role("combobox", name="From A").click()
    page.get_by_role("option", name="without Wearing Hat").click()
    expect(page.get_by_role("combobox", name="To B")).to_have_value("with Wearing Hat")
    page.get_by_text("Separation of A and B").wait_for()
    page.get_by_role("button", name="Save direction").click()
    page.get_by_text("Saved with this model").wait_for()
    page.get_by_text("without Wearing Hat → with Wearing Hat", exact=False).first.wait_for()
    assert not page.faults
    context.close()
