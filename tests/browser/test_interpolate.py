"""The Interpolate page in a real browser: four paths in step, live."""

import numpy as np
import pytest

from live import LiveClient
from vae.interpolation import KINDS, interpolator
from vae.registry import open_model

pytestmark = pytest.mark.browser

FIND = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.rows).zscope"


@pytest.fixture(scope="module")
def reference():
    return open_model("mnist-16").reference


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


@pytest.fixture
def page(browser, app_url):
    """The page with all four paths found."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app_url}/interpolate?model=mnist-16")
    found(page)
    yield page
    context.close()
    assert not faults, faults


def found(page) -> None:
    """Wait until all four paths are."""
    for kind in KINDS:
        page.wait_for_selector(f".path[data-kind={kind}][data-done=true]", timeout=60_000)


def choose(page, end: str, image: int) -> None:
    page.evaluate(f"([end, image]) => ({FIND})().ends[end].take(image)", ["AB".index(end), image])
    page.wait_for_function(f"([end, image]) => ({FIND})().ends[end].image === image", arg=["AB".index(end), image])


def strip(page, kind: str) -> np.ndarray:
    """What a strip shows, uint8 `(steps, h, w)`."""
    shown = page.eval_on_selector_all(
        f".path[data-kind={kind}] .strip canvas",
        """(canvases) => canvases.map((canvas) => {
            const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return Array.from(data).filter((_, i) => i % 4 === 0);
        })""",
    )
    return np.array(shown, np.uint8).reshape(len(shown), 28, 28)


def test_strips_are_the_paths_pictures(page, reference, client):
    choose(page, "A", 4)
    choose(page, "B", 7)
    page.wait_for_timeout(300)
    found(page)
    walker = interpolator("mnist-16")
    for kind in KINDS:
        codes = walker.path(kind, *reference.z_mean[[4, 7]]).at(np.linspace(0, 1, 9))
        expected = client.decode(codes)[..., 0].astype(int)
        page.wait_for_timeout(200)
        shown = strip(page, kind).astype(int)
        np.testing.assert_allclose(shown[[0, 8]], expected[[0, 8]], atol=2)
        # Between two codes of the server the page goes straight, and the geodesic is found anew in another process.
        assert np.abs(shown - expected).mean() < 3, kind


def test_the_scrubber_moves_all_four_in_step(page, reference, client):
    choose(page, "A", 4)
    choose(page, "B", 7)
    page.wait_for_timeout(300)
    found(page)
    slider = page.get_by_label("Place on the paths")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2, steps=10)
    t = float(slider.input_value())
    assert t == pytest.approx(0.5, abs=0.02)
    expected = client.decode(interpolator("mnist-16").path("linear", *reference.z_mean[[4, 7]]).at(np.array([t])))[0]
    page.wait_for_function(
        f"""(expected) => {{
            const canvas = ({FIND})().rows[0].now;
            const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return expected.every((value, i) => Math.abs(data[4 * i] - value) <= 2);
        }}""",
        arg=expected[..., 0].ravel().tolist(),
    )
    page.mouse.up()
    assert page.evaluate(f"() => ({FIND})().t") == pytest.approx(t)


def test_the_paths_are_on_the_map(page):
    page.wait_for_selector(".path-map .surface[data-paths='4']", timeout=60_000)
    before = page.locator(".path-map canvas.marks").screenshot()
    choose(page, "A", 4)
    choose(page, "B", 7)
    page.wait_for_timeout(300)
    found(page)
    page.wait_for_timeout(500)
    assert page.locator(".path-map canvas.marks").screenshot() != before


def test_swap_play_and_steps(page):
    before = page.evaluate(f"() => ({FIND})().ends.map(({{ image }}) => image)")
    page.get_by_role("button", name="Swap A and B").click()
    assert page.evaluate(f"() => ({FIND})().ends.map(({{ image }}) => image)") == before[::-1]
    found(page)
    page.get_by_label("Pictures in a strip").fill("5")
    page.get_by_label("Pictures in a strip").press("Enter")
    page.wait_for_function("() => true")
    assert len(strip(page, "slerp")) == 5
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => ({FIND})().t > 0.2")
    page.get_by_role("button", name="Pause").click()
    t = page.evaluate(f"() => ({FIND})().t")
    page.wait_for_timeout(200)
    assert page.evaluate(f"() => ({FIND})().t") == t
