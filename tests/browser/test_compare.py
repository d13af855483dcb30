"""The Compare page in a real browser: two models on the same images, moved together, with linked maps."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.compare_page import ComparePage
from tests.small_model import save_small
from vae.data import load_test_split
from vae.evaluation.comparison import match_dimensions, neighbourhood_change
from zscope.library.open_models import wide_neighbours
from zscope.library.registry import find_model, open_model
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser
PAIR = ("mnist-16", "mnist-binary-32")


@pytest.fixture(scope="module")
def test():
    return load_test_split("mnist")


@pytest.fixture(scope="module")
def matching():
    return match_dimensions(*(open_model(id).reference.z_mean for id in PAIR))


@pytest.fixture(scope="module")
def change():
    return neighbourhood_change(*map(wide_neighbours, PAIR))


@pytest.fixture
def open_page(browser, app_url):
    opened = []

    def open_(query: str = f"?model={PAIR[0]}&with={PAIR[1]}", linked: bool = True, **options) -> ComparePage:
        options = {"viewport": {"width": 1440, "height": 1000}} | options
        context = browser.new_context(reduced_motion="reduce", **options)
        opened.append((context, ComparePage(context.new_page(), app_url, query, linked)))
        return opened[-1][1]

    yield open_
    for context, compare in opened:
        assert not compare.faults, compare.faults
        context.close()


@pytest.mark.full
def test_both_models_show_the_same_as_when_they_are_opened_alone(open_page, app_url, test):
    compare = open_page()
    compare.take(7)
    for side, id in zip("ab", PAIR, strict=True):
        with LiveClient(app_url, id) as client:
            mean, _ = client.encode(test.images[7:8])
            expected = client.decode(mean)[0, ..., 0]
        np.testing.assert_allclose(compare.code(side), mean[0], atol=1e-4)
        np.testing.assert_allclose(compare.picture(side).astype(int), expected, atol=1)
        error = np.square(compare.picture(side) / 255 - test.images[7, ..., 0] / 255).mean()
        assert float(compare.ask(f"view.{side}.node.dataset.mse")) == pytest.approx(error, abs=1e-6)


def test_a_slider_moves_both_the_partner_by_its_slope(open_page, matching):
    compare = open_page()
    compare.take(7)
    before = {side: (compare.code(side), compare.picture(side)) for side in "ab"}
    pair = int(matching.correlation.argmin())  # turned round in b: it must go the other way
    a, b, slope = int(matching.a[pair]), int(matching.b[pair]), float(matching.slope[pair])
    assert slope < 0
    slider = compare.page.locator(f"[data-dimension='{a}']").first
    box = slider.bounding_box()
    low, high = (float(slider.get_attribute(name)) for name in ("min", "max"))
    share = (before["a"][0][a] - low) / (high - low)
    x, y = box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2
    to = box["x"] + (box["width"] - 12 if share < 0.5 else 12)
    compare.page.mouse.move(x, y)
    compare.page.mouse.down()
    compare.after_drawing(lambda: compare.page.mouse.move(to, y, steps=8))
    moved_by = compare.code("a")[a] - before["a"][0][a]
    assert abs(moved_by) > 0.3 * (high - low)
    steps = compare.code("b") - before["b"][0]
    assert steps[b] == pytest.approx(slope * moved_by, rel=1e-3)
    assert np.flatnonzero(np.abs(steps) > 1e-6).tolist() == [b]
    compare.page.mouse.up()
    compare.until("Object.fromEntries(new URLSearchParams(location.search)).z?.split(',').length === 16")
    for side in "ab":
        assert np.abs(compare.picture(side).astype(int) - before[side][1]).max() > 60, side
    query = compare.query()
    assert (query["model"], query["with"], query["image"]) == (*PAIR, "7")
    compare.after_drawing(lambda: compare.page.get_by_role("button", name="Reset to the image").click())
    for side in "ab":
        np.testing.assert_allclose(compare.code(side), before[side][0], atol=1e-5)


@pytest.mark.full
def test_all_dimensions_of_b_can_follow_and_sliders_of_b_move_only_b(open_page):
    compare = open_page()
    compare.take(12)
    start = compare.code("b")
    compare.page.get_by_role("button", name="All dimensions").click()
    np.testing.assert_allclose(compare.code("b"), start)  # a choice moves nothing yet
    compare.page.locator("[data-dimension='11']").first.focus()
    compare.after_drawing(lambda: compare.page.keyboard.press("PageUp"))
    assert (np.abs(compare.code("b") - start) > 1e-4).sum() > 16
    at = {side: compare.code(side) for side in "ab"}
    compare.page.locator(".of-b summary").click()
    own = compare.page.locator(".of-b input[type=range]").first
    index = int(own.get_attribute("data-dimension"))
    own.focus()
    drawn = compare.drawn()
    compare.page.keyboard.press("PageUp")
    compare.until("Number(view.b.node.dataset.drawn) > argument", drawn[1])
    steps = compare.code("b") - at["b"]
    assert np.flatnonzero(np.abs(steps) > 1e-6).tolist() == [index]
    np.testing.assert_allclose(compare.code("a"), at["a"])
    # From there it follows on.
    compare.page.locator("[data-dimension='11']").first.focus()
    compare.after_drawing(lambda: compare.page.keyboard.press("PageUp"))
    compare.after_drawing(lambda: compare.page.keyboard.press("PageDown"))
    np.testing.assert_allclose(compare.code("b"), at["b"] + steps, atol=1e-4)


def test_hovering_a_point_marks_it_in_both_and_a_click_takes_its_image(open_page, test):
    compare = open_page()
    compare.take(7)
    row = 4321
    x, y = compare.place("a", row)
    compare.page.mouse.move(x, y)
    compare.until("view.maps.a.surface.dataset.hovered !== ''")
    hovered = int(compare.marked("hovered")[0])
    assert compare.marked("hovered") == [str(hovered)] * 2
    assert np.linalg.norm(np.subtract(compare.place("a", hovered), (x, y))) < 3  # it, or one that lies on it
    compare.until("view.maps.hint.textContent.includes('#' + argument)", hovered)
    compare.page.mouse.move(10, 10)
    compare.until("view.maps.b.surface.dataset.hovered === ''")
    x, y = compare.place("b", row)
    compare.page.mouse.move(x, y)
    compare.until("view.maps.b.surface.dataset.hovered !== ''")
    hovered = compare.marked("hovered")[1]
    assert compare.marked("hovered") == [hovered] * 2
    compare.page.mouse.click(x, y)
    compare.until("view.root.dataset.image === argument", hovered)
    compare.until("view.maps.neighbours && view.maps.a.surface.dataset.chosen === argument", hovered)
    shown = compare.ask("Array.from(view.a.input)")
    np.testing.assert_array_equal(shown, test.images[int(hovered)].ravel())
    np.testing.assert_array_equal(shown, compare.ask("Array.from(view.b.input)"))
    assert compare.query()["with"] == PAIR[1] and compare.query()["image"] == hovered


@pytest.mark.full
def test_maps_are_walked_with_the_keyboard(open_page):
    compare = open_page()
    compare.take(7)
    compare.page.locator(".linked-map .surface").nth(1).focus()
    compare.page.keyboard.press("ArrowLeft")
    compare.until("view.maps.b.surface.dataset.hovered !== ''")
    first = compare.marked("hovered")
    assert first[0] == first[1]
    compare.page.keyboard.press("Enter")
    compare.until("view.root.dataset.image === argument", first[0])


@pytest.mark.full
def test_the_most_changed_images_and_the_neighbours_of_the_input(open_page, change, test):
    compare = open_page()
    assert compare.ask("view.changed.most.rows") == change.order[:15].tolist()
    words = compare.page.locator(".changed .aside").first.inner_text()
    assert f"{100 * change.mean:.1f} ± {100 * change.standard_error:.1f} %" in words
    first = int(change.order[0])
    button = compare.page.locator(".changed .picture-strip").first.locator("button").first
    assert button.inner_text() == f"{round(change.change[first] * 15)}/15"
    button.click()
    compare.until("view.changed.node.dataset.neighbours === String(argument)", first)
    for name, id in (("inA", PAIR[0]), ("inB", PAIR[1])):
        assert compare.ask(f"view.changed.{name}.rows") == wide_neighbours(id)[first, :15].tolist()
    outlined = compare.ask("view.changed.inA.buttons.filter((one) => one.classList.contains('here')).length")
    assert outlined == round((1 - change.change[first]) * 15)
    compare.page.locator(".changed").get_by_label("Class").select_option("3")
    of_three = [row for row in change.order.tolist() if test.labels[row] == 3]
    compare.until("JSON.stringify(view.changed.most.rows) === JSON.stringify(argument)", of_three[:15])
    compare.page.get_by_role("button", name="Show images that changed less").click()
    compare.until("JSON.stringify(view.changed.most.rows) === JSON.stringify(argument)", of_three[15:30])


@pytest.mark.full
def test_colours_by_change_and_other_maps(open_page, change):
    compare = open_page()
    compare.page.get_by_label("Colour").select_option("change")
    assert compare.marked("colors") == ["change"] * 2
    steps = compare.ask("Array.from(view.maps.b.canvas.points.labels)")
    rows = compare.ask("Array.from(view.maps.b.points.rows)")
    np.testing.assert_array_equal(steps, np.minimum(6, np.floor(np.float32(change.change[rows]) * 7)))
    compare.page.get_by_label("Map", exact=True).select_option(label="PCA")
    compare.until("view.maps.node.dataset.method === 'pca'")
    assert compare.ask("[view.maps.a, view.maps.b].every((map) => map.points.axes)")
    assert compare.marked("colors") == ["change"] * 2


@pytest.mark.full
def test_a_class_in_both_with_errors_in_pairs(open_page, test):
    from vae.evaluation.comparison import paired_difference
    from zscope.library.image_comparison import errors_of_images

    compare = open_page()
    compare.page.locator(".of-class").get_by_label("Class").select_option("4")
    expect(compare.page.locator(".of-class .aside").first).to_contain_text("test images of “4”")
    compare.until("view.classCard.rows.length === 8 && view.classCard.shown?.every(Boolean)")
    rows = compare.ask("view.classCard.rows")
    assert (test.labels[rows] == 4).all()
    a, b = (errors[test.labels == 4] for errors in errors_of_images(*PAIR)["mse"])
    gap = paired_difference(a, b)
    words = compare.page.locator(".of-class .aside").first.inner_text()
    assert f"all {len(a):,} test images of “4”" in words and f"A {a.mean():.5f} ±" in words
    assert f"{gap.value:.5f} ± {gap.standard_error:.5f}".replace("-", "−") in words and "B is better" in words


def test_profiles_and_figures(open_page, matching):
    compare = open_page()
    captions = compare.page.locator(".profile figcaption").all_inner_texts()
    assert "16 of 16 active, 0 collapsed" in captions[0] and "32 of 32 active" in captions[1]
    assert compare.page.locator(".profile").nth(1).locator(".bars i").count() == 32
    first = int(matching.a[0])
    compare.ask("view.profiles.bars[0].get(argument).dispatchEvent(new PointerEvent('pointerenter'))", first)
    lit = compare.ask(
        "view.profiles.bars.map((bars) => [...bars].filter(([, bar]) => bar.matches('.on')).map(([d]) => d))"
    )
    assert lit == [[first], [int(matching.b[0])]]
    table = compare.page.locator(".figures table")
    row = table.get_by_role("row", name="MSE per pixel").get_by_role("cell").all_inner_texts()
    metrics = [find_model(id).card.metrics for id in PAIR]
    shown = [f"{one.mse.value:.5f} ± {one.mse.standard_error:.5f}" for one in metrics]
    assert row[0] == shown[0] and row[1] == f"✓ {shown[1]}" and row[2].endswith("*")
    elbo = table.get_by_role("row", name="ELBO, nats").get_by_role("cell").all_inner_texts()
    assert elbo[2].startswith("not compared") and "✓" not in "".join(elbo)
    assert "dynamic binarisation" in compare.page.locator(".notes").inner_text()


@pytest.mark.full
def test_swap_and_another_model_by_the_picker(open_page):
    compare = open_page()
    compare.page.get_by_role("button", name="Swap").click()
    compare.until("view?.model.id === 'mnist-binary-32' && view.root.dataset.matched")
    compare.ready()
    query = compare.query()
    assert (query["model"], query["with"]) == (PAIR[1], PAIR[0])
    assert compare.page.locator(".partner.none").count() == 16
    compare.page.get_by_role("combobox", name="B, compared with").click()
    compare.page.get_by_role("option", name="Fashion-MNIST").click()
    compare.until("view?.page.b.model.id === 'fashion-16'")
    compare.ready(linked=False)
    assert compare.query()["with"] == "fashion-16"


@pytest.mark.full
def test_models_of_other_images_share_only_the_input(open_page):
    compare = open_page("?model=mnist-16&with=fashion-16", linked=False)
    words = compare.page.locator(".follows").inner_text()
    assert words.startswith("A was trained on MNIST, B on Fashion-MNIST") and "need the same data set" in words
    assert compare.page.locator(".linked-map").count() == 0
    compare.take(3)
    assert compare.ask("view.b.point.source.image") == 3
    start = compare.code("b")
    compare.page.locator("[data-dimension='11']").first.focus()
    before = compare.drawn()
    compare.page.keyboard.press("PageUp")
    compare.until("Number(view.a.node.dataset.drawn) > argument", before[0])
    np.testing.assert_allclose(compare.code("b"), start)
    compare.until("view.classCard.shown?.every(Boolean)")
    assert "these 8 images of “0”" in compare.page.locator(".of-class .aside").first.inner_text()
    assert "on different test images" in compare.page.locator(".notes").inner_text()


@pytest.mark.full
def test_keeps_the_point_and_reports_a_wrong_link(open_page):
    code = open_model("mnist-16").reference.z_mean[5] + 0.5
    z = ",".join(f"{value:.3f}" for value in code)
    compare = open_page(f"?model=mnist-16&z={z}&image=5&with=nobody")
    np.testing.assert_allclose(compare.code("a"), np.round(code, 3), atol=1e-3)
    assert compare.ask("view.root.dataset.image") == "5"
    assert compare.page.get_by_text("No model is called 'nobody'").is_visible()
    assert compare.query()["with"] in {"mnist-2d", "mnist-binary-32"}
    without = open_page(f"?model=mnist-16&z={z}&with=mnist-2d")  # the nearest image is the input then
    np.testing.assert_allclose(without.code("a"), np.round(code, 3), atol=1e-3)
    assert without.ask("view.b.point.source") is not None


@pytest.mark.parametrize("width", [800, pytest.param(1440, marks=pytest.mark.full)])
def test_nothing_is_cut_off(open_page, width):
    compare = open_page(viewport={"width": width, "height": 900})
    root = compare.page.locator(".root.compare").bounding_box()
    assert root["x"] + root["width"] <= width
    beyond = compare.ask(
        """[...view.root.querySelectorAll(".card *")].filter((node) => {
            const own = node.closest(".card").getBoundingClientRect();
            const { right, width } = node.getBoundingClientRect();
            return width && right > own.right + 1 && !node.closest(".table-frame, .image-picker");
        }).map((node) => node.className || node.tagName)"""
    )
    assert beyond == []
    frame = compare.page.locator(".figures .table-frame")
    assert frame.evaluate("(node) => node.scrollWidth <= node.clientWidth")


@pytest.fixture(scope="module")
def url_of_new_models(tmp_path_factory):
    """The app with two models that have no maps yet; one of them is class-conditional."""
    home = tmp_path_factory.mktemp("new")
    save_small(home, "one", seed=1)
    save_small(home, "told", seed=2, classes=10, latent_dim=4)
    with running_app(home / "server.log", ZSCOPE_MODELS=str(home), ZSCOPE_MAPS=str(home / "maps")) as url:
        yield url


@pytest.mark.full
def test_points_that_are_missing_are_measured_and_the_maps_come(browser, url_of_new_models):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    compare = ComparePage(page, url_of_new_models, "?model=one&with=told")  # waits for the maps
    assert compare.ask("view.maps.node.dataset.method") == "pca"
    compare.take(3)
    labels = load_test_split("digits").labels
    assert compare.code("b")[4:].tolist() == np.eye(10)[labels[3]].tolist()  # its own class, not a guess
    compare.after_drawing(lambda: compare.page.locator("[data-dimension='0']").first.press("PageUp"))
    assert compare.code("b")[4:].tolist() == np.eye(10)[labels[3]].tolist()
    assert not compare.faults, compare.faults
    page.close()
