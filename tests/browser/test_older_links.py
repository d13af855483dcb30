"""Links that pages of the version before wrote open pages that show the same."""

import numpy as np
import pytest

from tests.browser.app_server import running_app
from tests.browser.compare_page import ComparePage
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import MapPage
from tests.browser.paths_page import VIEW
from tests.browser.reconstruct_page import ReconstructPage
from tests.older_version import LINKS, opened_home
from zscope.library.maps import parse_spec
from zscope.library.maps.making import find_map

pytestmark = pytest.mark.browser


def test_links_open_pages_that_show_the_same(browser, tmp_path):
    with opened_home(tmp_path), running_app(tmp_path / "server.log") as url:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")

        explore = ExplorePage(context.new_page(), url)
        explore.goto(LINKS["explore"]["query"])
        explore.wait_until_drawn()
        np.testing.assert_allclose(explore.z(), LINKS["explore"]["z"], atol=1e-3)

        page = MapPage(context.new_page(), url)
        page.goto(LINKS["map"]["query"])
        page.wait_until_drawn()
        np.testing.assert_allclose(page.z(), LINKS["map"]["z"], atol=1e-3)
        parts = find_map("conditional", parse_spec(LINKS["map"]["map"]))
        assert parts is not None and parts.coordinates is not None
        np.testing.assert_allclose(page.places(), parts.coordinates, rtol=1e-6)

        paths = context.new_page()
        paths.goto(f"{url}/interpolate{LINKS['interpolate']['query']}")
        paths.get_by_text("Use point", exact=True).first.click(timeout=180_000)
        paths.wait_for_function(f"() => {VIEW}.stops.list[0].words === 'current point'")
        z = paths.evaluate(f"Array.from({VIEW}.stops.list[0].code)")
        np.testing.assert_allclose(z, LINKS["interpolate"]["z"], atol=1e-3)

        reconstruct = ReconstructPage(context.new_page(), url, LINKS["reconstruct"]["query"])
        assert reconstruct.ask("view.model.id") == "flow"

        compare = ComparePage(context.new_page(), url, LINKS["compare"]["query"], linked=False)
        assert compare.ask("view.sides.map((side) => side.model.id)") == ["conditional", "from-keras"]
        compare.until("view.root.dataset.image === '5'")
        np.testing.assert_allclose(compare.code("a"), LINKS["compare"]["z"], atol=1e-3)
        context.close()
