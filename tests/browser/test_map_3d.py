"""Maps of three dimensions in a real browser: hovering, clicks, rotation, the switch, and what such a map lacks."""

import re
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.map_page import FIND, MapPage
from tests.small_model import save_small
from vae.data import load_test_split
from zscope.library.maps import MapSpec
from zscope.library.maps.loaded_map import load_map
from zscope.library.registry import open_model
from zscope.library.talks import delete_talk, list_talks, load_talk
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

PCA = MapSpec(method="pca", components=3)
# The screen positions of all points, by the matrices of Plotly's scene: (n, 2) pixels within the page.
PROJECT = """(() => {
    const scene = view.plotNode._fullLayout.scene._scene;
    const { model, view: eye, projection } = scene.glplot.cameraParams;
    const times = (m, v) => [0, 1, 2, 3].map((row) => [0, 1, 2, 3].reduce((sum, k) => sum + m[4 * k + row] * v[k], 0));
    const box = scene.container.getBoundingClientRect();
    const { places, count } = view.points;
    return Array.from({ length: count }, (_, i) => {
        const at = [0, 1, 2].map((axis) => places[3 * i + axis] * scene.dataScale[axis]);
        const [x, y, , w] = times(projection, times(eye, times(model, [...at, 1])));
        return [box.left + (x / w + 1) / 2 * box.width, box.top + (1 - y / w) / 2 * box.height];
    });
})()"""


@pytest.fixture
def open_space(browser, app_url):
    """Open the Map page with a map of three components: `open_space(spec)`."""
    contexts = []

    def open_page(spec: MapSpec = PCA, model: str = "mnist-16", **options) -> MapPage:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        view = MapPage(context.new_page(), app_url)
        view.goto(f"?model={model}&map={quote(spec.text())}")
        wait_until_marked(view)
        return view

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert not getattr(page, "faults", []), page.faults
        context.close()


def wait_until_marked(view: MapPage) -> None:
    view.page.wait_for_selector(".plot[data-place]", timeout=180_000)


def eye(view: MapPage) -> np.ndarray:
    return np.array(view.ask("(({ x, y, z }) => [x, y, z])(view.plotNode._fullLayout.scene.camera.eye)"))


def wait_for_place(view: MapPage, expected: np.ndarray) -> None:
    """Wait until the marker is where the server places the point."""
    view.page.wait_for_function(
        f"""(expected) => {{
            const place = ({FIND})().plotNode.dataset.place.split(",");
            return place.every((value, i) => Math.abs(value - expected[i]) < 1e-3);
        }}""",
        arg=expected.tolist(),
    )


def test_a_point_in_space_shows_its_image_and_a_click_goes_there(open_space, app_url):
    view = open_space()
    loaded = load_map(f"mnist-16?{PCA.text()}")
    codes = open_model("mnist-16").reference.z_mean
    expected = loaded.place(codes)
    np.testing.assert_allclose(np.array(view.ask("Array.from(view.points.places)")).reshape(-1, 3), expected, atol=1e-4)
    screen = np.array(view.ask(PROJECT))
    outer = int(screen[:, 0].argmin())  # at the left edge of the cloud, where no other point hides it
    x, y = screen[outer]
    view.page.mouse.move(x - 3, y)
    view.page.mouse.move(x, y, steps=3)
    view.wait_for_hover(f"test/{outer}")
    view.wait_for_card("image", load_test_split("mnist").images[outer, ..., 0])
    with LiveClient(app_url, "mnist-16") as client:
        view.wait_for_card("decoded", client.decode(codes[outer : outer + 1])[0, ..., 0])

    view.page.mouse.click(x, y)
    view.page.wait_for_function(f"(z) => ({FIND})().point.z[0] === z", arg=float(codes[outer, 0]))
    np.testing.assert_array_equal(view.z(), codes[outer])
    view.page.wait_for_url(re.compile(f"image={outer}"))
    wait_for_place(view, expected[outer])


@pytest.mark.full
def test_the_rotation_is_part_of_the_link_and_of_a_scene(open_space):
    view = open_space()
    page = view.page
    page.get_by_role("application", name="Map in three dimensions").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "+"):
        page.keyboard.press(key)
    turned = eye(view)
    page.wait_for_url(re.compile("camera="))
    before = set(list_talks())
    page.get_by_role("button", name="Add to a talk").click()
    page.get_by_role("button", name="Add scene").click()
    expect(page.get_by_text("Added the scene to the talk.").last).to_be_visible()
    [entry] = set(list_talks()) - before
    saved = load_talk(entry.id).scenes[0].camera
    np.testing.assert_allclose(saved, [*turned, 0, 0, 0], atol=2e-3)

    link = page.url
    page.locator("[data-testid=stSidebarNavLink]", has_text="Explore").click()
    page.wait_for_selector(".side-map .surface[data-place]")
    page.locator("[data-testid=stSidebarNavLink]", has_text="Map").click()  # it is kept
    wait_until_marked(view)
    np.testing.assert_allclose(eye(view), turned, atol=2e-3)
    page.reload()
    wait_until_marked(view)
    np.testing.assert_allclose(eye(view), turned, atol=2e-3)
    page.evaluate(f"([x, y, z, ...to]) => ({FIND})().space.turnTo([x, -y, z, ...to])(1)", list(saved))
    page.wait_for_url(lambda url: url != link)
    page.get_by_role("link", name="Talks", exact=True).click()
    page.get_by_role("button", name="Start talk").click()
    wait_until_marked(view)
    np.testing.assert_allclose(eye(view), saved[:3], atol=2e-3)
    delete_talk(entry.id)


@pytest.mark.full
def test_a_method_without_maps_in_3d_says_so(open_space):
    view = open_space()
    page = view.page
    expect(page.locator("label", has_text="3-D").locator("input")).to_be_enabled()
    page.get_by_role("radio", name="t-SNE").click()
    view.wait_until_drawn()
    expect(page.locator("label", has_text="3-D").locator("input")).to_be_disabled()


@pytest.mark.full
def test_keys_and_drags_rotate_and_do_not_move_the_point(open_space):
    view = open_space()
    before, z = eye(view), view.z()
    plot = view.page.get_by_role("application", name="Map in three dimensions")
    plot.focus()
    view.page.keyboard.press("ArrowRight")
    turned = eye(view)
    assert np.linalg.norm(turned - before) > 0.1 and turned[2] == pytest.approx(before[2])
    view.page.keyboard.press("ArrowUp")
    assert eye(view)[2] > turned[2]
    view.page.keyboard.press("+")
    assert np.linalg.norm(eye(view)) < np.linalg.norm(turned) - 0.05
    turned = eye(view)
    view.page.get_by_label("Colour by").select_option("error")
    view.page.wait_for_function(f"() => ({FIND})().plot.coloring.id === 'error'")
    np.testing.assert_allclose(eye(view), turned, err_msg="another colour keeps the view")

    box = plot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x + 120, y, steps=6)
    view.page.mouse.up()
    view.page.wait_for_function(
        f"([x, y]) => {{ const {{ eye }} = ({FIND})().plotNode._fullLayout.scene.camera;"
        "return Math.hypot(eye.x - x, eye.y - y) > 0.1; }",
        arg=turned[:2].tolist(),
    )
    np.testing.assert_array_equal(view.z(), z)


@pytest.mark.full
def test_a_phone_rotates_with_a_finger_and_a_tap_goes_there(open_space):
    view = open_space(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    codes = open_model("mnist-16").reference.z_mean
    screen = np.array(view.ask(PROJECT))
    outer = int(screen[:, 0].argmin())
    view.page.touchscreen.tap(*screen[outer])
    view.page.wait_for_function(f"(z) => ({FIND})().point.z[0] === z", arg=float(codes[outer, 0]))
    view.page.wait_for_url(re.compile(f"image={outer}"))

    before, box = eye(view), view.page.locator(".plot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    touch = view.page.context.new_cdp_session(view.page)

    def send(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", x, y)
    for step in range(1, 9):
        send("touchMove", x + 10 * step, y)
        view.page.wait_for_timeout(30)
    send("touchEnd")
    view.page.wait_for_function(
        f"([x, y]) => {{ const {{ eye }} = ({FIND})().plotNode._fullLayout.scene.camera;"
        "return Math.hypot(eye.x - x, eye.y - y) > 0.1; }",
        arg=before[:2].tolist(),
    )
    np.testing.assert_array_equal(view.z(), codes[outer], "a swipe is no tap")


@pytest.mark.full
def test_the_switch_shows_what_is_missing_and_goes_back(open_space):
    view = open_space()
    page = view.page
    expect(page.get_by_text("A map in 3-D has no lasso, no posterior ellipse")).to_be_visible()
    page.get_by_role("button", name="Display").click()
    expect(page.get_by_role("button", name="Shapes")).to_be_visible()
    expect(page.get_by_role("button", name="Density")).to_have_count(0)
    page.keyboard.press("Escape")
    assert page.locator(".modebar-btn[data-val=lasso]").count() == 0
    page.get_by_role("radio", name="Selection").click()
    page.get_by_text("A map in 3-D has no lasso. Switch 3-D off to select points.").wait_for()
    page.locator("[data-testid=stSidebarNavLink]", has_text="Explore").click()
    page.wait_for_selector(".side-map .swatches span")  # Explore shows the map of two components
    page.wait_for_selector(".side-map .surface[data-place]")
    page.locator("[data-testid=stSidebarNavLink]", has_text="Map").click()
    wait_until_marked(view)
    page.locator("label", has_text="3-D").click()
    view.wait_until_drawn()
    assert view.ask("view.points.components") == 2
    assert "components" not in page.url
    page.get_by_role("button", name="Display").click()
    expect(page.get_by_role("button", name="Density")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("label", has_text="3-D").click()
    wait_until_marked(view)
    page.wait_for_url(re.compile("components"))


@pytest.mark.full
def test_a_umap_of_three_components_is_made(browser, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    save_small(models, "tiny")
    spec = MapSpec(method="umap", components=3)
    with running_app(tmp_path / "log", ZSCOPE_MODELS=str(models), ZSCOPE_MAPS=str(tmp_path / "maps")) as url:
        context = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
        view = MapPage(context.new_page(), url)
        view.goto(f"?model=tiny&map={quote(spec.text())}")
        wait_until_marked(view)
        assert view.ask("view.points.components") == 3
        index = 5
        view.ask("view.point.move(view.images.codeOf(argument))", index)
        expected = view.ask("Array.from(view.points.places.subarray(3 * argument, 3 * argument + 3))", index)
        view.page.wait_for_function(
            f"(expected) => ({FIND})().space.place.every((value, i) => Math.abs(value - expected[i]) < 1e-3)",
            arg=expected,
        )
        assert not view.page.faults
        context.close()
