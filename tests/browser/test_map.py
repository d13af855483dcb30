"""The Map page in a real browser, against the real server and the maps that ship."""

import os
import re
import shutil
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.neighbors import KNeighborsClassifier

from tests.browser.explore_page import FIND as FIND_EXPLORER
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import FIND, MapPage
from tests.tier import scaled
from vae.data import load_test_split
from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map
from zscope.library.registry import open_model
from zscope.serving import LiveClient
from zscope.ui.map import export as map_export

pytestmark = pytest.mark.browser

PCA = MapSpec(method="pca")


@pytest.fixture(scope="module")
def reference():
    return open_model("mnist-16").reference


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


@pytest.fixture
def open_map(browser, app_url):
    """Open the Map page: `open_map(MapSpec(…))` waits until the marker stands on the map."""
    contexts = []

    def open_page(spec: MapSpec | None = None, query: str = "model=mnist-16", **options) -> MapPage:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        view = MapPage(context.new_page(), app_url)
        view.goto(f"?{query}" + ("" if spec is None else f"&map={quote(spec.text())}"))
        view.wait_until_drawn()
        return view

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert not getattr(page, "faults", []), page.faults
        context.close()


@pytest.fixture
def no_directions():
    """What a test keeps, the others' sliders shall not show."""
    yield
    shutil.rmtree(os.environ["ZSCOPE_DIRECTIONS"], ignore_errors=True)


def hover_and_check(view: MapPage, client, index: int) -> None:
    """A test image's point shows its picture and its reconstruction."""
    view.point_to(view.places()[index])
    row = view.ask("view.points.rows[argument]", index)
    view.wait_for_hover(f"test/{row}")
    view.wait_for_card("image", load_test_split("mnist").images[row, ..., 0])
    code = np.array(view.ask("Array.from(view.points.codes.subarray(16 * argument, 16 * argument + 16))", index))
    view.wait_for_card("decoded", client.decode(code[None].astype(np.float32))[0, ..., 0])


@pytest.mark.full
def test_a_point_shows_its_image_also_after_filtering_and_colouring_anew(open_map, client):
    view = open_map()
    labels = view.labels()
    hover_and_check(view, client, view.lonely_point(np.flatnonzero(labels == 0)[:300]))
    nine = view.lonely_point(np.flatnonzero(labels == 9)[:300])
    hover_and_check(view, client, nine)
    # The nines go: the mouse means whatever else is there, or the empty place.
    view.page.locator(".legendtoggle").nth(9).click()
    view.page.wait_for_function(f"() => ({FIND})().plot.hidden.has(9)")
    view.point_to(view.places()[nine])
    view.page.wait_for_function(
        f"(name) => ({FIND})().stage.dataset.hovered !== name",
        arg=f"test/{view.ask('view.points.rows[argument]', nine)}",
    )
    hover_and_check(view, client, view.lonely_point(np.flatnonzero(labels == 3)[:300]))
    view.page.get_by_label("Colour by").select_option("error")
    view.page.wait_for_function(f"() => ({FIND})().plot.coloring.id === 'error'")
    hover_and_check(view, client, nine)  # all are shown again


def test_shapes_are_drawn_kept_and_exported(open_map):
    view = open_map()
    page = view.page
    symbols = "view.plotNode._fullData.map(({ marker }) => marker.symbol)"
    assert set(view.ask(symbols)) == {"circle"}
    view.display("Shapes")
    page.wait_for_function(f"() => ({FIND})().plotNode._fullData[1].marker.symbol === 'square'")
    drawn = view.ask(symbols)
    assert len(set(drawn)) == 10
    page.get_by_role("radio", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download HTML").click()
    exported = re.findall(r'"symbol":"([a-z-]+)"', download.value.path().read_text(encoding="utf-8"))
    assert exported == drawn

    page.reload()
    view.wait_until_drawn()
    assert view.ask(symbols) == drawn
    page.locator("[data-testid=stSidebarNavLink]", has_text="Explore").click()
    page.wait_for_selector(".side-map .swatches span")
    clips = page.locator(".side-map .swatches i").evaluate_all("(nodes) => nodes.map((node) => node.style.clipPath)")
    assert len(set(clips)) == 10 and clips[0] == "circle()"


def test_an_empty_place_is_decoded_and_shows_the_inverse_error(open_map):
    view = open_map(PCA)
    middle = view.places().mean(axis=0)
    view.ask("view.plot.Plotly.relayout(view.plotNode, {'xaxis.range': argument[0], 'yaxis.range': argument[1]})",
             [[middle[0] - 0.05, middle[0] + 0.05], [middle[1] - 0.05, middle[1] + 0.05]])  # fmt: skip
    view.page.wait_for_timeout(300)
    places = view.places()
    for shift in np.linspace(-0.03, 0.03, 7):
        place = middle + np.array([shift, 0.01])
        if np.linalg.norm(places - place, axis=1).min() > 12 * view.ask("view.plot.view().unit"):
            break
    view.point_to(place)
    view.page.wait_for_selector(".stage[data-landing]")
    assert "lands" in view.page.locator(".hover-card small").inner_text()
    assert view.card_pixels("decoded").max() > 100


@pytest.mark.full
def test_the_marker_leads_the_sliders_and_follows_them(open_map, client):
    view = open_map(PCA)
    marker = view.page.locator(".marker")
    z_before = view.z()
    box = marker.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x - 120, y - 60, steps=10)
    expected = view.ask(
        """(() => {
            const box = view.plotNode.getBoundingClientRect();
            return view.plot.toPlace(argument[0] - box.left, argument[1] - box.top);
        })()""",
        [x - 120, y - 60],
    )
    view.page.wait_for_function(
        f"""([x, y]) => {{
            const {{ overlay }} = ({FIND})();
            return Math.hypot(overlay.place[0] - x, overlay.place[1] - y) < 0.01;
        }}""",
        arg=expected,
    )
    z = view.z()
    assert np.abs(z - z_before).max() > 0.3
    view.page.mouse.up()
    view.page.wait_for_function("() => new URLSearchParams(location.search).get('z')")
    # Explore begins where the marker was left, with the same picture and the same map beside it.
    view.page.get_by_role("link", name="Explore").click()
    explore = ExplorePage(view.page, view.url)
    explore.wait_until_drawn()
    np.testing.assert_allclose(explore.z(), z, atol=2e-3)
    explore.wait_for_picture(client.decode(explore.z()[None])[0, ..., 0])


@pytest.mark.full
def test_explore_s_map_moves_with_its_sliders(open_explore, client, reference):
    explore = open_explore("?model=mnist-16&image=3&z=" + ",".join(f"{value:.3f}" for value in reference.z_mean[3]))
    surface = explore.page.locator(".side-map .surface")
    explore.page.wait_for_selector(".side-map .surface[data-place]")
    before = surface.get_attribute("data-place")
    low, high, middle = explore.grab(13)
    explore.page.mouse.move(low + 0.95 * (high - low), middle, steps=6)
    explore.page.wait_for_function(
        f"(before) => ({FIND_EXPLORER})().root.querySelector('.side-map .surface').dataset.place !== before", arg=before
    )
    explore.page.mouse.up()
    # And the other way: the hand on the map, the sliders follow.
    z = explore.z()
    box = surface.bounding_box()
    explore.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.35 * box["height"])
    explore.page.mouse.down()
    explore.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=8)
    explore.page.mouse.up()
    explore.page.wait_for_function(
        f"(z) => ({FIND_EXPLORER})().point.z.some((value, i) => Math.abs(value - z[i]) > 0.5)", arg=z.tolist()
    )
    explore.wait_for_link()  # the hand rests with the last answer
    explore.wait_for_picture(client.decode(explore.z()[None])[0, ..., 0])
    for index in (0, 13):
        slider = explore.slider(index)
        shown = float(slider.input_value())
        low, high = float(slider.get_attribute("min")), float(slider.get_attribute("max"))
        assert shown == pytest.approx(min(max(float(explore.z()[index]), low), high), abs=1e-3)


def test_a_lasso_makes_a_direction_that_makes_a_four_a_nine(open_map, client, reference, no_directions):
    view = open_map(MapSpec())
    places, labels = view.places(), view.labels()
    for side, digit in (("A", 4), ("B", 9)):
        own = places[labels == digit]
        middle = np.median(own, axis=0)
        middle = own[np.linalg.norm(own - middle, axis=1).argmin()]
        inside = np.sort(np.linalg.norm(own - middle, axis=1))[len(own) // 3]
        count = view.lasso(middle, inside)
        assert count > 100
        view.page.get_by_role("heading", name=re.compile(f"^{count:,} of 10,000 selected")).wait_for(timeout=180_000)
        view.page.get_by_role("button", name=f"Use as {side}").click()
        view.page.get_by_label("From A" if side == "A" else "To B").wait_for()
        expect(view.page.get_by_role("combobox", name="From A" if side == "A" else "To B")).to_have_value(
            f"Selection of {count:,} images", timeout=180_000
        )
    view.page.get_by_text("Separation of A and B").wait_for(timeout=180_000)
    view.page.get_by_label("Name").fill("more nine")
    view.page.get_by_label("Name").press("Enter")
    view.page.get_by_role("button", name="Save direction").click()
    view.page.get_by_text("Saved with this model").wait_for(timeout=180_000)

    fours = np.flatnonzero(reference.labels == 4)[: scaled(quick=4, full=12)]
    names = KNeighborsClassifier(10).fit(reference.z_mean, reference.labels)
    view.page.get_by_role("link", name="Explore").click()
    explore = ExplorePage(view.page, view.url)
    explore.wait_until_drawn()
    slider = explore.page.get_by_label("more nine")
    slider.wait_for()
    made = []
    for row in fours:
        explore.page.evaluate(f"(row) => ({FIND_EXPLORER})().starts.image(row)", int(row))
        explore.wait_for_point(reference.z_mean[row], tolerance=2e-3)
        low, high = (float(slider.get_attribute(name)) for name in ("min", "max"))
        box = slider.bounding_box()
        left, width = box["x"] + 8, box["width"] - 16
        now = float(slider.input_value())
        explore.page.mouse.move(left + (now - low) / (high - low) * width, box["y"] + box["height"] / 2)
        explore.page.mouse.down()
        explore.page.mouse.move(left + (1.1 - low) / (high - low) * width, box["y"] + box["height"] / 2, steps=5)
        explore.page.mouse.up()
        z = explore.z()
        explore.wait_for_picture(client.decode(z[None])[0, ..., 0])
        made.append(int(names.predict(client.encode(client.decode(z[None]))[0])[0]))
    assert np.mean(np.array(made) == 9) >= 0.75, made


@pytest.mark.full
def test_a_lasso_takes_what_is_shown_and_is_no_click(open_map):
    view = open_map()
    z, places, labels = view.z(), view.places(), view.labels()
    middle = np.median(places[labels == 9], axis=0)
    distances = np.linalg.norm(places - middle, axis=1)
    radius = np.quantile(distances[labels == 9], 0.5)
    count = view.lasso(middle, radius)
    assert count == pytest.approx((distances < radius).sum(), rel=0.1)
    view.page.locator(".legendtoggle").nth(9).click()
    view.page.wait_for_function(f"() => ({FIND})().plot.hidden.has(9)")
    others = int(((distances < radius) & (labels != 9)).sum())
    view.page.mouse.move(*view.to_screen(middle))
    assert view.lasso(middle, radius) <= others + 3
    np.testing.assert_array_equal(view.z(), z)


def test_a_search_finds_an_image_and_a_class(open_map, reference):
    view = open_map()
    search = view.page.get_by_label(re.compile("Search"))
    search.fill("#1234")
    search.press("Enter")
    view.page.wait_for_function("() => new URLSearchParams(location.search).get('image') === '1234'")
    np.testing.assert_allclose(view.z(), reference.z_mean[1234], atol=1e-3)
    search.fill("7")
    search.press("Enter")
    search.fill("no such thing")
    search.press("Enter")
    view.page.get_by_text("Neither a number").wait_for()


@pytest.mark.full
def test_near_enough_the_dots_become_pictures(open_map):
    view = open_map()
    assert not int(view.page.locator("canvas.overlay").get_attribute("data-pictures") or 0)
    place = view.places()[17]
    view.ask("view.plot.Plotly.relayout(view.plotNode, {'xaxis.range': argument[0], 'yaxis.range': argument[1]})",
             [[place[0] - 3, place[0] + 3], [place[1] - 3, place[1] + 3]])  # fmt: skip
    view.page.wait_for_function(f"() => Number(({FIND})().overlay.canvas.dataset.pictures) > 0", timeout=180_000)


@pytest.mark.full
def test_a_linear_map_shows_the_posterior_to_scale(open_map, reference):
    view = open_map(
        MapSpec(method="raw", axes=(3, 13)),
        query="model=mnist-16&image=8&z=" + ",".join(f"{v:.3f}" for v in reference.z_mean[8]),
    )
    view.page.wait_for_function(f"() => ({FIND})().overlay.canvas.dataset.ellipse")
    major, minor, _ = map(float, view.page.locator("canvas.overlay").get_attribute("data-ellipse").split(","))
    sigma = np.exp(reference.z_log_var[8, [3, 13]] / 2)
    np.testing.assert_allclose([major, minor], np.sort(sigma)[::-1], rtol=0.02)


@pytest.mark.full
def test_a_link_opens_the_same_map(open_map):
    view = open_map(MapSpec(method="raw", axes=(5, 2)))
    assert view.ask("view.page.map.settings") == MapSpec(method="raw", axes=(5, 2)).text()
    assert quote(MapSpec(method="raw", axes=(5, 2)).text(), safe=",") in view.page.url


@pytest.mark.full
def test_the_controls_have_two_rows_at_1280(open_map):
    view = open_map()
    view.page.set_viewport_size({"width": 1280, "height": 720})
    view.page.wait_for_timeout(300)
    middles = view.page.locator(".controls > *").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect()).filter(({ width }) => width)"
        ".map(({ top, height }) => Math.round((top + height / 2) / 10))"
    )
    assert len(set(middles)) <= 2


@pytest.mark.full
def test_late_answers_after_leaving_the_page_draw_nothing(open_map):
    """An answer of the channel, or a frame that was asked for: the plot is not there any more."""
    view = open_map()
    view.page.evaluate(
        f"""async () => {{
            const view = ({FIND})();
            view.overlay.draw();
            view.destroy();
            view.overlay.setPlace([0, 0]);
            view.overlay.setEllipse({{ place: [0, 0], shape: [1, 1, 0] }});
            view.overlay.setLanding([[0, 0], [1, 1]]);
            view.overlay.draw();
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }}"""
    )
    assert view.page.faults == []


def test_the_map_is_never_empty_while_pictures_take_the_place_of_dots(open_map):
    view = open_map()
    held = []
    view.page.route("**/sheet?*", lambda route: held.append(route))
    opacity = "view.plotNode.data.map((trace) => trace.marker.opacity)"
    view.display("Pictures")
    expect(view.page.get_by_text("Fetching the pictures …")).to_be_visible()
    view.page.wait_for_timeout(300)  # for what would take the dots away
    assert held and min(view.ask(opacity)) > 0
    for route in held:
        route.continue_()
    view.page.wait_for_function(f"() => ({FIND})().plotNode.data.every(({{ marker }}) => marker.opacity === 0)")
    assert int(view.page.locator("canvas.overlay").get_attribute("data-pictures")) > 100
    expect(view.page.get_by_text("Fetching the pictures …")).to_have_count(0)
    # And back: the pictures go when the dots are there.
    view.display("Pictures")
    view.page.wait_for_function(f"() => ({FIND})().overlay.canvas.classList.contains('faded')")
    assert min(view.ask(opacity)) > 0


@pytest.mark.full
def test_p_fills_the_screen_with_the_map_and_escape_leaves(open_map):
    view = open_map()
    page = view.page
    before = page.locator(".stage").bounding_box()
    page.keyboard.press("p")
    page.wait_for_function(f"() => ({FIND})().root.classList.contains('presenting')")
    page.wait_for_function(f"(width) => ({FIND})().plotNode._fullLayout.width > width", arg=before["width"] + 100)
    stage, picture = (page.locator(selector).bounding_box() for selector in (".stage", ".side .picture.main"))
    for box in (stage, picture):
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1440 and box["y"] >= 0 and box["y"] + box["height"] <= 900
    assert stage["height"] > before["height"]
    page.locator(".marker").press("ArrowRight")  # and is as live as before
    page.wait_for_function(f"() => ({FIND})().image === null")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => !({FIND})().root.classList.contains('presenting')")
    page.get_by_role("button", name="Present", exact=True).click()
    page.wait_for_function(f"() => ({FIND})().root.classList.contains('presenting')")
    page.get_by_role("button", name="Leave the presentation").click()
    page.wait_for_function(f"() => !({FIND})().root.classList.contains('presenting')")
    page.get_by_label("Search a test image by number, or a class").press("p")  # typing is left alone
    assert not view.ask("view.presentation.on")


EVIL = ("<b>bold</b>", "<a href='https://evil.example'>link</a>", "&lt;i&gt;", "%{meta}", "a<br>b", *"56789")


@pytest.mark.full
def test_class_names_are_text_in_the_plot(open_map):
    view = open_map()
    view.ask(
        "(view.controls.coloring.groups = argument, view.controls.select.dispatchEvent(new Event('change')))", EVIL
    )
    view.page.wait_for_function(f"() => ({FIND})().plotNode.textContent.includes('bold')")
    assert (
        tuple(view.page.locator(".legendtext").evaluate_all("(texts) => texts.map((text) => text.textContent)")) == EVIL
    )
    assert view.page.locator(".plot svg a, .plot svg tspan[style*=bold]").count() == 0


@pytest.mark.full
def test_class_names_are_text_in_the_exported_page(browser, tmp_path, monkeypatch):
    info = map_export.dataset_info
    monkeypatch.setattr(map_export, "dataset_info", lambda name: replace(info(name), class_names=EVIL))
    (tmp_path / "map.html").write_text(map_export.map_page(find_map("mnist-16", MapSpec())))
    page = browser.new_page()
    page.goto(f"file://{tmp_path}/map.html")
    page.wait_for_selector(".legendtext")
    assert tuple(page.locator(".legendtext").evaluate_all("(texts) => texts.map((text) => text.textContent)")) == EVIL
    assert page.locator("svg a, svg tspan[style*=bold]").count() == 0
    page.close()
