"""The Explore page in a real browser, against the real server and the shipped models."""

import json
import re

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.app_server import free_port, running_app
from tests.browser.explore_page import FIND, ExplorePage
from tests.browser.map_page import FIND as FIND_MAP
from tests.browser.map_page import MapPage
from vae.data import load_test_split
from zscope.library.registry import open_model
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


@pytest.fixture(scope="module")
def plane_client(app_url):
    with LiveClient(app_url, "mnist-2d") as client:
        yield client


def decoded(client, z) -> np.ndarray:
    return client.decode(np.asarray(z, np.float32)[None])[0, ..., 0]


def test_pixels_follow_the_hand_while_the_button_is_down(open_explore, client):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))  # a random image may lie where the hand goes
    before = explore.pixels()
    low, high, middle = explore.grab(13)
    seen = []
    for share in (0.1, 0.9):
        explore.page.mouse.move(low + share * (high - low), middle, steps=8)
        z = explore.z()
        explore.wait_for_picture(decoded(client, z))
        seen.append((float(z[13]), explore.pixels()))
        # The button is still down: nothing has gone to Python.
        assert "z=" not in explore.page.url or f"{z[13]:.3f}" not in explore.page.url
    explore.page.mouse.up()
    minimum, maximum = (float(explore.slider(13).get_attribute(name)) for name in ("min", "max"))
    assert seen[0][0] == pytest.approx(minimum + 0.1 * (maximum - minimum), abs=0.05)
    assert seen[1][0] == pytest.approx(minimum + 0.9 * (maximum - minimum), abs=0.05)
    assert np.abs(seen[0][1].astype(int) - seen[1][1]).max() > 100
    assert np.abs(seen[0][1].astype(int) - before).max() > 20


def test_the_link_follows_on_release_and_restores_point_and_image(open_explore, client):
    explore = open_explore()
    source = explore.source()
    low, high, middle = explore.grab(0)
    explore.page.mouse.move(low + 0.8 * (high - low), middle, steps=5)
    explore.page.mouse.up()
    z = explore.z()
    query = explore.wait_for_link()
    assert f"image={source}" in query and "model=mnist-16" in query

    again = open_explore(query)
    again.wait_for_point(z)
    again.wait_for_picture(decoded(client, again.z()))
    assert again.source() == source
    np.testing.assert_allclose(again.z(), z, atol=6e-4)  # the link has three decimals


@pytest.mark.full
def test_a_test_image_shows_its_reconstruction_its_posterior_and_the_meter(open_explore, client):
    explore = open_explore()
    explore.page.get_by_role("button", name="Choose a test image").click()
    explore.page.get_by_label("Number of the test image").fill("7")
    explore.page.get_by_role("button", name="Choose", exact=True).click()
    image = load_test_split("mnist").images[7]
    mean, log_var = client.encode(image[None])
    explore.wait_for_point(mean[0])
    explore.wait_for_picture(image[..., 0], ".origin .tile:nth-child(1) canvas")
    explore.wait_for_picture(decoded(client, mean[0]), ".origin .tile:nth-child(2) canvas")
    assert "test #7" in explore.page.locator(".origin .tile").first.inner_text()
    # Its own code is the nearest one, and the reference code of image 7 is this very code.
    explore.page.get_by_text("nearest: #7 ").wait_for()
    np.testing.assert_allclose(open_model("mnist-16").reference.z_mean[7], mean[0], atol=1e-4)
    percentile = float(explore.page.locator(".meter").get_attribute("data-percentile"))
    assert percentile == pytest.approx(float(client.measure(mean)[0, 0]), abs=0.05)
    # σ on the track of dimension 0, in proportion.
    minimum, maximum = (float(explore.slider(0).get_attribute(name)) for name in ("min", "max"))
    width = explore.page.locator(".track:has(input[data-dimension='0']) .posterior").evaluate(
        "(node) => parseFloat(node.style.width)"
    )
    assert width == pytest.approx(100 * 2 * np.exp(log_var[0, 0] / 2) / (maximum - minimum), rel=0.02)

    explore.page.get_by_role("button", name="Sample posterior").click()
    explore.wait_until_away(mean[0])
    draw = explore.z()
    spread = np.abs(draw - mean[0]) / np.exp(log_var[0] / 2)
    assert 0 < spread.max() < 7
    explore.wait_for_picture(decoded(client, draw))
    assert explore.source() == 7


def test_keys_nudge_walk_and_reset(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))
    first, second = (explore.page.locator(".slider input").nth(i) for i in (0, 1))
    index = int(first.get_attribute("data-dimension"))
    minimum, maximum = (float(first.get_attribute(name)) for name in ("min", "max"))
    first.focus()
    explore.page.keyboard.press("ArrowRight")
    assert explore.z()[index] == pytest.approx((maximum - minimum) / 100, rel=1e-3)
    explore.page.keyboard.press("Shift+ArrowLeft")
    assert explore.z()[index] == pytest.approx(0.9 * (maximum - minimum) / 100, rel=1e-3)
    explore.page.keyboard.press("ArrowDown")
    assert second.evaluate("(node) => node.getRootNode().activeElement === node")
    explore.page.keyboard.press("ArrowRight")
    assert explore.z()[int(second.get_attribute("data-dimension"))] > 0
    second.dblclick()
    medians = np.median(open_model("mnist-16").reference.z_mean, axis=0)
    other = int(second.get_attribute("data-dimension"))
    assert explore.z()[other] == pytest.approx(medians[other], abs=2e-3)


def test_the_filmstrip_is_the_rested_dimension_through_its_range(open_explore, client):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0.2"] * 16))
    index = 5
    explore.page.mouse.move(5, 5)
    explore.slider(index).hover()
    minimum, maximum = (float(explore.slider(index).get_attribute(name)) for name in ("min", "max"))
    codes = np.tile(explore.z(), (9, 1))
    codes[:, index] = np.linspace(minimum, maximum, 9)
    pictures = client.decode(codes)
    for step in (0, 4, 8):
        explore.wait_for_picture(pictures[step, ..., 0], f".strip .frame:nth-child({step + 1}) canvas")
    # Other dimensions move on: the strip follows.
    other = explore.page.locator(".slider input").nth(0)
    moved = int(other.get_attribute("data-dimension"))
    explore.ask(f"explorer.point.set({moved}, 1.5)")
    codes[:, moved] = 1.5
    explore.wait_for_picture(client.decode(codes)[8, ..., 0], ".strip .frame:nth-child(9) canvas")
    explore.page.locator(".strip .frame").nth(8).click()
    assert explore.z()[index] == pytest.approx(maximum, abs=1e-3)


@pytest.mark.full
def test_sliders_are_in_the_order_of_their_kl_and_scaled_to_the_data(open_explore):
    explore = open_explore()
    bundle = open_model("mnist-16")
    order = [int(node.get_attribute("data-dimension")) for node in explore.page.locator(".slider input").all()]
    kl = np.array(bundle.card.metrics.kl_per_dimension)
    assert sorted(order) == list(range(16))
    assert np.all(np.diff(kl[order]) <= 0)
    low, high = np.quantile(bundle.reference.z_mean, (0.001, 0.999), axis=0)
    for index in (order[0], order[-1]):
        assert float(explore.slider(index).get_attribute("min")) == pytest.approx(low[index], abs=2e-3)
        assert float(explore.slider(index).get_attribute("max")) == pytest.approx(high[index], abs=2e-3)


def test_a_newcomer_sees_it_play_until_touched(open_explore):
    explore = open_explore(motion="no-preference")
    explore.page.get_by_role("button", name="Pause").wait_for()
    first = explore.z()
    explore.wait_until_away(first, 0.05)
    explore.slider(3).click()
    explore.page.get_by_role("button", name="Play").wait_for()
    still = explore.z()
    explore.page.wait_for_timeout(300)
    np.testing.assert_array_equal(explore.z(), still)


@pytest.mark.full
def test_reduced_motion_starts_with_a_test_image_at_rest(open_explore):
    explore = open_explore()
    assert 0 <= explore.source() < 10_000
    z = explore.z()
    explore.page.wait_for_timeout(300)
    np.testing.assert_array_equal(explore.z(), z)


@pytest.mark.full
def test_the_plane_is_dragged_over_the_data(open_explore, plane_client):
    explore = open_explore("?model=mnist-2d")
    surface = explore.page.locator(".surface")
    box = surface.bounding_box()
    explore.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explore.page.mouse.down()
    explore.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.3 * box["height"], steps=10)
    center, half = explore.ask("explorer.plane.center"), explore.ask("explorer.plane.half")
    expected = [center[0] - 0.5 * half, center[1] + 0.4 * half]
    np.testing.assert_allclose(explore.z(), expected, atol=0.02 * half)
    explore.wait_for_picture(decoded(plane_client, explore.z()))  # with the button down
    explore.page.mouse.up()
    assert "model=mnist-2d" in explore.wait_for_link()
    # Both sliders went along.
    for index in (0, 1):
        assert float(explore.slider(index).input_value()) == pytest.approx(float(explore.z()[index]), abs=1e-3)
    surface.focus()
    before = explore.z()
    explore.page.keyboard.press("ArrowUp")
    moved = explore.z() - before
    assert moved[0] == 0 and moved[1] > 0


def test_presenting_fills_the_screen_and_is_left_by_escape(open_explore):
    explore = open_explore()
    explore.page.keyboard.press("p")
    explore.page.wait_for_selector(".root.presenting")
    box = explore.page.locator(".root.presenting").bounding_box()
    assert (box["x"], box["y"]) == (0, 0) and box["width"] >= 1440
    corner = explore.page.evaluate(
        "() => document.elementFromPoint(20, 300).closest('[data-testid=stSidebar]') === null"
    )
    assert corner, "the sidebar must be covered"
    assert explore.page.locator(".readout").is_hidden() and explore.page.locator(".top .toolbar").is_hidden()
    before = explore.z()
    explore.page.keyboard.press("ArrowDown")
    explore.page.keyboard.press("ArrowRight")
    assert np.count_nonzero(explore.z() - before) == 1
    explore.page.keyboard.press("Escape")
    explore.page.wait_for_selector(".root.presenting", state="detached")
    assert explore.page.locator(".top .toolbar").is_visible()


def test_the_model_picker_changes_the_model_and_keeps_each_ones_point(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0.5"] * 16))
    explore.page.get_by_role("combobox", name="Model").click()
    explore.page.get_by_role("option", name="MNIST, 2 dimensions", exact=True).click()
    explore.page.wait_for_selector(".plane")
    explore.wait_until_drawn()
    assert len(explore.z()) == 2
    explore.page.wait_for_url("**/?model=mnist-2d*")
    explore.page.get_by_role("combobox", name="Model").click()
    explore.page.get_by_role("option", name="MNIST, 16 dimensions", exact=True).click()
    explore.page.wait_for_selector(".plane", state="detached")
    explore.wait_until_drawn()
    explore.wait_for_point([0.5] * 16)


@pytest.mark.full
def test_tabs_with_different_models_are_independent(open_explore, client, plane_client):
    wide = open_explore("?model=mnist-16&z=" + ",".join(["0.3"] * 16))
    flat = open_explore("?model=mnist-2d&z=1,-1")
    wide.ask("explorer.point.set(4, 2)")
    flat.ask("explorer.point.set(0, -1)")
    wide.wait_for_picture(decoded(client, wide.z()))
    flat.wait_for_picture(decoded(plane_client, [-1, -1]))
    assert len(wide.z()) == 16


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?model=nonsense&z=1", "No model is called 'nonsense'"),
        pytest.param("?model=mnist-16&z=1,2", "not 16 finite numbers", marks=pytest.mark.full),
        pytest.param("?model=mnist-2d&z=nan,0", "not 2 finite numbers", marks=pytest.mark.full),
        pytest.param("?model=mnist-2d&z=0,1&image=10000", "not a number from 0 to 9999", marks=pytest.mark.full),
        pytest.param("?model=mnist-2d&z=0,1e99", "not 2 finite numbers", marks=pytest.mark.full),
        pytest.param("?model=../../etc&z=0", "No model is called", marks=pytest.mark.full),
    ],
)
def test_a_link_with_nonsense_is_named_and_the_page_still_works(open_explore, query, said):
    explore = open_explore(query)
    explore.page.get_by_test_id("stToast").filter(has_text=said).wait_for()
    assert explore.pixels().max() > 0


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", marks=pytest.mark.full),
        "?model=![x](http://other.invalid/a.png)<img src='http://other.invalid/b.png'>",
    ],
)
def test_nothing_is_fetched_from_another_host(browser, app_url, query):
    context = browser.new_context()
    page = context.new_page()
    foreign = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((app_url, app_url.replace("http", "ws"), "data:", "blob:"))
            else foreign.append(request.url)
        ),
    )
    page.goto(f"{app_url}/{query}")
    page.wait_for_selector(".root[data-channel=open]", timeout=180_000)
    page.wait_for_timeout(500)
    context.close()
    assert foreign == []


@pytest.mark.full
def test_releases_are_no_steps_of_the_back_button(open_explore):
    explore = open_explore()
    steps = explore.page.evaluate("history.length")
    for _ in range(3):
        explore.page.get_by_role("button", name="Sample prior").click()
        explore.wait_for_link()
    assert explore.page.evaluate("history.length") == steps


@pytest.mark.full
def test_a_step_never_leads_back_from_beyond_the_range(open_explore):
    explore = open_explore("?model=mnist-2d&z=40,0")
    explore.slider(0).focus()
    explore.page.keyboard.press("ArrowRight")
    assert explore.z()[0] == 40
    explore.page.keyboard.press("ArrowLeft")
    assert float(explore.slider(0).get_attribute("max")) - 1 < explore.z()[0] < 40


@pytest.mark.parametrize(
    "touch", ["plane", *(pytest.param(one, marks=pytest.mark.full) for one in ("Home", "meter", "picker"))]
)
def test_any_touch_stops_the_walk(open_explore, touch):
    explore = open_explore("?model=mnist-2d", motion="no-preference")
    explore.page.get_by_role("button", name="Pause").wait_for()
    if touch == "Home":
        explore.slider(0).focus()
        explore.page.keyboard.press("Home")
    elif touch == "meter":
        explore.page.locator(".scale").click()
    elif touch == "picker":
        explore.page.get_by_role("button", name="Choose a test image").click()
    else:
        explore.page.locator(".surface").click()
    explore.page.get_by_role("button", name="Play").wait_for()
    explore.wait_for_link()


@pytest.mark.full
def test_the_nearest_image_keeps_up_while_it_plays(open_explore):
    explore = open_explore(motion="no-preference")
    explore.page.get_by_role("button", name="Pause").wait_for()
    explore.ask(
        """(() => {
            const { origin } = explorer;
            const show = origin.showNearest.bind(origin);
            window.kept = [];
            origin.showNearest = (index) => {
                window.kept.push(origin.nearest.caption.textContent.startsWith(`nearest: #${index} `));
                show(index);
            };
        })()"""
    )
    explore.page.wait_for_function("() => window.kept.length > 150")
    kept = explore.page.evaluate("window.kept")
    assert np.mean(kept) > 0.5  # it lags by a fetch, and is right between two changes


@pytest.mark.full
def test_the_picker_is_reached_and_left_by_keyboard(open_explore):
    explore = open_explore()
    explore.page.get_by_role("button", name="Choose a test image").focus()
    explore.page.keyboard.press("Enter")
    number = explore.page.get_by_label("Number of the test image")
    number.wait_for()
    assert number.evaluate("(node) => node.getRootNode().activeElement === node")
    explore.page.keyboard.type("42")  # none of these keys are shortcuts here
    explore.page.keyboard.press("Enter")
    explore.page.get_by_text("test #42 ").wait_for()
    assert number.is_hidden()


@pytest.mark.full
def test_a_swipe_that_scrolls_leaves_the_model_as_it_was(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0.25"] * 16))
    slider = explore.slider(13)
    slider.evaluate(
        """(node) => {
            node.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
            node.value = node.max;
            node.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
        }"""
    )
    assert explore.z()[13] > 1
    slider.dispatch_event("pointercancel")
    assert explore.z()[13] == pytest.approx(0.25)


def test_reports_failed_fetches_and_repeats_them(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16), ready=False)
    explore.page.route("**/content/models/*/codes*", lambda route: route.fulfill(status=500))
    explore.wait_until_drawn()
    explore.page.reload()  # nothing kept of the codes
    explore.wait_until_drawn()
    explore.page.keyboard.press("t")
    explore.page.get_by_text("The server answered 500").wait_for()
    explore.page.unroute("**/content/models/*/codes*")
    explore.page.keyboard.press("t")
    assert explore.source() >= 0


@pytest.mark.full
def test_a_presentation_fits_a_small_projector(open_explore):
    explore = open_explore(viewport={"width": 1280, "height": 720})
    explore.page.keyboard.press("p")
    explore.page.wait_for_selector(".root.presenting")
    for node in (explore.page.locator(".filmstrip"), explore.page.locator(".slider").last):
        box = node.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 720
    explore.page.get_by_role("button", name="Leave the presentation").click()
    explore.page.wait_for_selector(".root.presenting", state="detached")


def test_presenting_the_plane_moves_the_point_by_arrow_keys(open_explore):
    explore = open_explore("?model=mnist-2d&z=0,0")
    explore.page.keyboard.press("p")
    explore.page.wait_for_selector(".root.presenting")
    explore.page.keyboard.press("ArrowRight")
    assert explore.z()[0] > 0 and explore.z()[1] == 0


@pytest.mark.full
def test_a_restarted_server_is_found_again(browser, tmp_path):
    port = free_port()
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    with running_app(tmp_path / "first.log", port=port) as url:
        explore = ExplorePage(page, url)
        explore.goto("?model=mnist-2d&z=0.5,0.5")
        explore.wait_until_drawn()
    page.wait_for_selector(".root[data-channel=lost], .root[data-channel=opening]")
    assert page.get_by_text("Connection lost").is_visible() or page.get_by_text("Loading the model").is_visible()
    explore.ask("explorer.point.move([-1, 1])")
    with running_app(tmp_path / "second.log", port=port) as url:
        page.wait_for_selector(".root[data-channel=open]", timeout=180_000)
        with LiveClient(url, "mnist-2d") as client:
            explore.wait_for_picture(decoded(client, [-1, 1]))
    context.close()


@pytest.mark.full
def test_the_app_works_below_a_path(browser, tmp_path):
    context = browser.new_context(reduced_motion="reduce")
    with running_app(tmp_path / "app.log", STREAMLIT_SERVER_BASE_URL_PATH="some/where") as url:
        explore = ExplorePage(context.new_page(), url)
        explore.goto("some/where/?model=mnist-2d&z=1,1")
        explore.wait_until_drawn()
        with LiveClient(f"{url}/some/where", "mnist-2d") as client:
            explore.wait_for_picture(decoded(client, [1, 1]))
    context.close()


@pytest.mark.parametrize("model", ["mnist-16", pytest.param("mnist-binary-32", marks=pytest.mark.full)])
def test_picture_map_sliders_and_latency_fit_the_window(open_explore, model):
    explore = open_explore(f"?model={model}", viewport={"width": 1440, "height": 900})
    explore.page.wait_for_selector(".map-card .surface[data-place]", timeout=180_000)
    for width, height in ((1440, 900), (1280, 720)):
        explore.page.set_viewport_size({"width": width, "height": height})
        explore.page.wait_for_timeout(300)
        shown = ".picture.main, .meter, .side-map .surface, .slider input, .readout .figure"
        bottoms = explore.page.locator(shown).evaluate_all(
            "(nodes) => nodes.map((node) => [node.getBoundingClientRect().bottom, node.className || node.ariaLabel])"
        )
        slack = 90 if (model, height) == ("mnist-binary-32", 720) else 0  # 32 sliders on the smallest window
        assert max(bottoms)[0] <= height + slack, max(bottoms)
        assert explore.page.locator(".picture.main").bounding_box()["height"] > 0.4 * height


def test_undo_and_redo_restore_points_of_all_pages(open_explore, client):
    explore = open_explore()
    source, start = explore.source(), explore.z()
    low, high, middle = explore.grab(0)
    explore.page.mouse.move(low + 0.8 * (high - low), middle, steps=3)
    explore.page.mouse.up()
    dragged = explore.z()
    explore.page.get_by_role("button", name="Go to mean").click()
    explore.wait_until_away(dragged)
    assert explore.page.locator(".without-source").count() == 1
    explore.page.keyboard.press("Control+z")
    explore.wait_for_point(dragged)
    assert explore.source() == source
    explore.page.get_by_role("button", name="Undo").click()
    explore.wait_for_point(start)
    assert explore.page.get_by_role("button", name="Undo").is_disabled()
    explore.page.keyboard.press("Control+Shift+Z")
    explore.wait_for_point(dragged)
    explore.wait_for_picture(decoded(client, dragged))
    # The map has the same history.
    explore.page.get_by_role("link", name="Map").click()
    view = MapPage(explore.page, explore.url)
    view.wait_until_drawn()
    view.page.get_by_role("button", name="Undo").click()
    view.page.wait_for_function(
        f"(z) => ({FIND_MAP})().point.z.every((value, i) => Math.abs(value - z[i]) < 2e-3)", arg=start.tolist()
    )
    view.page.wait_for_function(
        "(image) => new URLSearchParams(location.search).get('image') === image", arg=str(source)
    )


@pytest.mark.full
def test_a_late_start_does_not_undo_the_choice_of_an_image(browser, app_url):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    held = []
    page.route("**/codes*", lambda route: held.append(route))
    explore = ExplorePage(page, app_url)
    explore.goto("?model=mnist-16")
    page.wait_for_selector(".root[data-channel=open] .latents", timeout=180_000)
    page.get_by_role("button", name="Choose a test image").click()
    page.get_by_label("Number of the test image").fill("7")
    page.get_by_role("button", name="Choose", exact=True).click()
    assert held
    for route in held:
        route.continue_()
    assert explore.source() == 7
    page.wait_for_timeout(300)
    assert explore.source() == 7
    context.close()


def test_variations_keep_locked_dimensions_and_one_is_chosen(open_explore, client):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0.5"] * 16))
    page = explore.page
    for index in (0, 5):
        page.get_by_role("button", name=re.compile(f"^z{'₀₁₂₃₄₅'[index]}\\s*\\d")).click()
    page.keyboard.press("v")
    page.wait_for_selector(".variations[data-drawn]")
    assert page.get_by_text("2 of 16 dimensions locked").is_visible()
    codes = np.reshape(explore.ask("Array.from(explorer.variations.codes)"), (9, 16))
    np.testing.assert_array_equal(codes[4], np.float32(0.5))
    moved = np.delete(codes, 4, axis=0) != codes[4]
    assert not moved[:, [0, 5]].any() and moved[:, [i for i in range(16) if i not in (0, 5)]].all()
    page.get_by_role("button", name="Variation 3", exact=True).click()
    explore.wait_for_point(codes[2])
    explore.wait_for_picture(decoded(client, codes[2].astype(np.float32)))
    # With it open, V shows others, and the other keys work.
    before = explore.ask("Array.from(explorer.variations.codes)")
    page.keyboard.press("v")
    page.wait_for_function(f"(before) => ({FIND})().variations.codes[1] !== before", arg=before[1])
    # Nine new ones surround the chosen point; a random draw keeps the locked dimensions too.
    page.wait_for_function(
        f"(z) => ({FIND})().variations.codes.slice(64, 80).every((value, i) => value === Math.fround(z[i]))",
        arg=explore.z().tolist(),
    )
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog", name="Variations").is_hidden()
    page.get_by_role("button", name="Sample prior").click()
    explore.wait_until_away(codes[2])
    np.testing.assert_array_equal(explore.z()[[0, 5]], np.float32(0.5))
    page.get_by_role("button", name="Undo").click()
    explore.wait_for_point(codes[2])


@pytest.mark.full
def test_keys_work_in_a_presentation(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))
    page = explore.page
    page.keyboard.press("p")
    page.wait_for_selector(".root.presenting")
    page.keyboard.press("ArrowRight")  # the first slider has the focus
    assert np.count_nonzero(explore.z()) == 1
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_hidden()
    page.keyboard.press("v")
    expect(page.get_by_role("dialog", name="Variations")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Variations")).to_be_hidden()
    assert page.locator(".what").inner_text() in "0123456789"
    page.keyboard.press("Escape")
    page.wait_for_selector(".root.presenting", state="detached")


def test_the_focused_slider_is_locked_by_a_key(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))
    explore.slider(7).focus()
    explore.page.keyboard.press("l")
    assert explore.page.locator(".slider.locked").count() == 1
    explore.page.keyboard.press("l")
    assert explore.page.locator(".slider.locked").count() == 0


def test_the_point_is_copied_as_link_and_as_a_program_that_runs(open_explore, client):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["1.5"] * 16))
    page = explore.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def copied(entry: str) -> str:
        page.get_by_role("button", name="Share ▾").click()
        page.get_by_role("button", name=entry).click()
        expect(page.get_by_text("Copied the")).to_be_visible()
        return page.evaluate("() => navigator.clipboard.readText()")

    assert copied("Copy link") == f"{explore.url}/?model=mnist-16&z=" + ",".join(["1.5"] * 16)
    assert json.loads(copied("Copy code as JSON")) == [1.5] * 16
    variables: dict = {}
    exec(copied("Copy Python program"), variables)  # the program that the page shows to its user
    np.testing.assert_array_equal(variables["pixels"][..., 0], decoded(client, np.full(16, 1.5, np.float32)))
    with page.expect_download() as download:
        page.get_by_role("button", name="Share ▾").click()
        page.get_by_role("button", name="Save picture as PNG").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (532, 532)  # 19 times as large
        pixels = np.asarray(picture.convert("L"))[9::19, 9::19]
    np.testing.assert_array_equal(pixels, variables["pixels"][..., 0])


def test_a_drag_is_recorded_as_a_video(open_explore, tmp_path):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))
    page = explore.page
    page.get_by_role("button", name="Share ▾").click()
    page.get_by_role("button", name="Record video").click()
    low, high, middle = explore.grab(0)
    page.mouse.move(low + 0.9 * (high - low), middle, steps=20)
    page.mouse.up()
    page.wait_for_timeout(600)  # some frames
    with page.expect_download() as download:
        page.get_by_role("button", name="Stop recording").click()
    assert download.value.suggested_filename in ("mnist-16.webm", "mnist-16.mp4")
    video = tmp_path / download.value.suggested_filename
    download.value.save_as(video)
    frames = [frame.to_ndarray(format="gray") for frame in av.open(str(video)).decode(video=0)]
    assert frames[0].shape == (760, 640) and len(frames) > 3
    assert np.abs(frames[-1].astype(int) - frames[0]).max() > 60
