"""Makes the pictures of the documents from the running app: `python -m docs.images.make`."""

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import MapPage
from tests.browser.models_page import ModelsPage
from tests.browser.paths_page import VIEW, choose, found
from tests.browser.reconstruct_page import ReconstructPage

HERE = Path(__file__).resolve().parent
SHOTS = {"explore.png": ("mnist-16", 1281, 13), "plane.png": ("mnist-2d", 6, 0)}  # model, test image, dimension


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "log") as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for name, (model, image, dimension) in SHOTS.items():
            explore = ExplorePage(_new_page(browser, 900), url)
            explore.goto(f"?model={model}")
            explore.wait_until_drawn()
            explore.ask(f"explorer.starts.image({image})")
            explore.page.wait_for_timeout(1500)
            low, high, middle = explore.grab(dimension)
            explore.page.mouse.move(low + 0.35 * (high - low), middle, steps=90)
            explore.page.mouse.up()
            explore.page.wait_for_timeout(1500)
            _save(explore.page, name)
        _shoot_map(browser, url)
        _shoot_paths(browser, url)
        _shoot_own(browser, url)
        _shoot_models(browser, url)
        browser.close()


def _new_page(browser, height: int):
    page = browser.new_page(
        viewport={"width": 1440, "height": height}, color_scheme="dark", reduced_motion="reduce", locale="en"
    )
    page.add_init_script("localStorage.setItem('zscope-tour', 'done')")  # no offer of the tour
    return page


def _shoot_map(browser, url: str) -> None:
    """A lasso around the fours, and the picture between two groups under the cursor."""
    page = _new_page(browser, 900)
    view = MapPage(page, url)
    view.goto("?model=mnist-16")
    view.wait_until_drawn()
    places, labels = view.places(), view.labels()
    fours, nines = (np.median(places[labels == digit], axis=0) for digit in (4, 9))
    view.lasso(fours, 0.6 * float(np.linalg.norm(fours - nines)))
    page.wait_for_timeout(3000)
    view.point_to(0.45 * fours + 0.55 * nines)
    page.wait_for_timeout(1500)
    _save(page, "map.png")


def _shoot_paths(browser, url: str) -> None:
    """Show paths from a 6 to a 0 of the plane, across a region without images."""
    page = _new_page(browser, 1480)
    page.goto(f"{url}/interpolate?model=mnist-2d")
    found(page)
    choose(page, "A", 7152)
    choose(page, "B", 993)
    found(page)
    page.evaluate(f"() => {VIEW}.playback.go(0.5)")
    page.wait_for_timeout(1500)
    _save(page, "paths.png", {"x": 265, "y": 50, "width": 1175, "height": 1370})


def _shoot_own(browser, url: str) -> None:
    """Draw a 7."""
    page = _new_page(browser, 1100)
    own = ReconstructPage(page, url)
    own.button("Draw").click()
    own.after(lambda: own.draw((0.24, 0.27), (0.5, 0.24), (0.74, 0.26), (0.62, 0.5), (0.48, 0.84)))
    page.wait_for_timeout(2000)
    _save(page, "own.png", {"x": 265, "y": 50, "width": 1175, "height": 1030})


def _shoot_models(browser, url: str) -> None:
    """Show the list of models."""
    page = _new_page(browser, 1000)
    models = ModelsPage(page, url)
    models.goto()
    models.card("mnist-2d").wait_for(timeout=60_000)
    models.wait_for_pictures(4)
    page.wait_for_timeout(1000)
    _save(page, "models.png", {"x": 265, "y": 50, "width": 1175, "height": 500})


def _save(page, name: str, clip: dict | None = None) -> None:
    shot = Image.open(io.BytesIO(page.screenshot(clip=clip)))
    shot.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
