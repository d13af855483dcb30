"""A model that has no map yet: where a map would stand, a button makes one."""

import pytest

from tests.browser.app_server import running_app
from tests.small_model import save_small

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def new_model_url(tmp_path_factory):
    home = tmp_path_factory.mktemp("new")
    for seed, id in enumerate(("explored", "interpolated", "reconstructed")):
        save_small(home, id, seed, latent_dim=4)
    with running_app(home / "server.log", ZSCOPE_MODELS=str(home), ZSCOPE_MAPS=str(home / "maps")) as url:
        yield url


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield page
    page.close()


@pytest.mark.full
def test_explore_offers_to_make_the_map_and_then_shows_it(page, new_model_url):
    page.goto(f"{new_model_url}/?model=explored")
    page.get_by_role("button", name="Make map").click(timeout=180_000)
    page.wait_for_selector(".root.map .marker[data-place]", state="attached", timeout=120_000)
    page.get_by_test_id("stSidebarNav").get_by_text("Explore", exact=True).click()
    page.wait_for_selector(".map-card .surface[data-place]", timeout=180_000)
    assert page.get_by_role("button", name="Make map").count() == 0


@pytest.mark.full
@pytest.mark.parametrize(("name", "model"), [("reconstruct", "reconstructed"), ("interpolate", "interpolated")])
def test_other_pages_lead_to_the_map_too(page, new_model_url, name, model):
    page.goto(f"{new_model_url}/{name}?model={model}")
    page.get_by_role("button", name="Make map").click(timeout=180_000)
    page.wait_for_selector(".root.map", timeout=180_000)
