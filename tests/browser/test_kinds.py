"""Explore and Interpolate with every kind of model: conditional, plain, with a flow; own data, colours, no classes."""

import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.app_server import running_app
from tests.browser.paths_page import VIEW, choose, found
from tests.browser.reconstruct_page import ReconstructPage
from tests.browser.soon import soon
from tests.browser.zoo_models import add_zoo
from vae.data import load_test_split
from zscope.library.registry import open_model
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Where the app and this process find the models and the data."""
    root = tmp_path_factory.mktemp("zoo")
    homes = {"ZSCOPE_MODELS": str(root / "models"), "ZSCOPE_OWN_DATA": str(root / "data")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in homes.items():
            patch.setenv(name, value)
        add_zoo(root / "models")
        yield homes


@pytest.fixture(scope="module")
def app_url(homes, tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("zoo-app") / "server.log", **homes) as url:
        yield url


@pytest.fixture
def client(app_url):
    clients = []

    def connect(model: str) -> LiveClient:
        clients.append(LiveClient(app_url, model))
        return clients[-1]

    yield connect
    for connected in clients:
        connected.close()


def chip(explore, name: str):
    """The button of a class to decode as."""
    return explore.page.locator(".chips").get_by_role("button", name=name, exact=True)


def pressed(explore) -> list[str]:
    return explore.page.locator(".chips button[aria-pressed=true]").all_inner_texts()


def start(z, label: int | None = None, classes: int = 10) -> str:
    """A link's point."""
    weights = [] if label is None else [int(i == label) for i in range(classes)]
    return ",".join(map(str, [*z, *weights]))


def shown(explore, client, z=None) -> None:
    """Wait until the picture is the decoded point."""
    z = explore.z() if z is None else z
    explore.wait_for_picture(client.decode(np.asarray(z, np.float32)[None])[0, ..., 0])


def start_from(explore, number: int) -> None:
    explore.page.get_by_role("button", name="Choose a test image").click()
    explore.page.get_by_label("Number of the test image").fill(str(number))
    explore.page.get_by_role("button", name="Choose", exact=True).click()
    explore.page.wait_for_function("(text) => [...document.querySelectorAll('*')].find((node) => node.zscope?.point)"
        ".zscope.root.querySelector('.origin .tile').innerText.startsWith(text)", arg=f"test #{number}")  # fmt: skip


class TestConditional:
    def test_the_chips_set_the_class_of_the_picture_and_of_the_link(self, open_explore, client):
        live = client("conditional-6")
        assert (live.latent_dim, live.classes) == (16, 10)
        explore = open_explore("?model=conditional-6&z=" + start([0.1] * 6, 3))
        assert pressed(explore) == ["3"]
        shown(explore, live)
        three = explore.pixels()
        chip(explore, "7").click()
        assert pressed(explore) == ["7"]
        expected = [0.1] * 6 + [float(i == 7) for i in range(10)]
        np.testing.assert_allclose(explore.z(), expected, atol=1e-6)
        shown(explore, live, expected)
        assert np.abs(explore.pixels().astype(int) - three).max() > 60
        # The filmstrip is of that class too.
        first = expected.copy()
        index = explore.ask("Number(explorer.filmstrip.byIndex.keys().next().value)")
        first[index] = float(explore.slider(index).get_attribute("min"))
        explore.wait_for_picture(live.decode(np.array([first]))[0, ..., 0], ".strip .frame:nth-child(1) canvas")

        query = explore.wait_for_link()
        again = open_explore(query)
        again.wait_for_point(expected)
        assert pressed(again) == ["7"]

    @pytest.mark.full
    def test_by_keyboard(self, open_explore):
        explore = open_explore("?model=conditional-6&z=" + start([0] * 6, 0))
        chip(explore, "4").focus()
        explore.page.keyboard.press("Enter")
        assert pressed(explore) == ["4"]
        explore.page.keyboard.press("9")
        assert pressed(explore) == ["9"]

    @pytest.mark.full
    def test_two_classes_are_mixed(self, open_explore, client):
        explore = open_explore("?model=conditional-6&z=" + start([0] * 6, 3))
        before = chip(explore, "9").bounding_box()
        chip(explore, "8").click(modifiers=["Shift"])
        assert pressed(explore) == ["3", "8"]
        assert chip(explore, "9").bounding_box() == before, "nothing moves under the mouse"
        mix = [0.0] * 6 + [0.5 if i in (3, 8) else 0.0 for i in range(10)]
        shown(explore, client("conditional-6"), mix)
        open_explore(explore.wait_for_link()).wait_for_point(mix)
        explore.page.locator(".chips button").nth(3).click(modifiers=["Shift"])
        assert pressed(explore) == ["8"]

    def test_a_test_image_selects_its_own_class(self, open_explore, client):
        live, split = client("conditional-6"), load_test_split("digits")
        explore = open_explore("?model=conditional-6&z=" + start([0] * 6, 0))
        mean, log_var = live.encode(split.images)
        # One whose class the server gets wrong: the browser knows better.
        misread = np.flatnonzero(mean[:, 6:].argmax(axis=1) != split.labels)
        number = int(misread[0]) if len(misread) else 5
        start_from(explore, number)
        label = int(split.labels[number])
        assert pressed(explore) == [str(label)]
        code = np.concatenate([mean[number, :6], np.eye(10)[label]])
        explore.wait_for_point(code)
        explore.wait_for_picture(live.decode(code[None])[0, ..., 0], ".origin .tile:nth-child(2) canvas")
        # A draw from its posterior keeps the class that was chosen meanwhile.
        explore.page.keyboard.press("2")
        explore.page.get_by_role("button", name="Sample posterior").click()
        draw = explore.z()
        spread = np.abs(draw[:6] - mean[number, :6]) / np.exp(log_var[number, :6] / 2)
        assert 0.01 < spread.max() < 7
        assert draw[6:].tolist() == [float(i == 2) for i in range(10)]

    @pytest.mark.full
    @pytest.mark.parametrize("button", ["Sample prior", "Go to mean"])
    def test_the_class_stays(self, open_explore, client, button):
        explore = open_explore("?model=conditional-6&z=" + start([0] * 6, 6))
        explore.page.get_by_role("button", name=button, exact=True).click()
        explore.page.wait_for_function(
            "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.point).zscope.point.z[0] !== 0"
        )
        assert pressed(explore) == ["6"]
        shown(explore, client("conditional-6"))

    @pytest.mark.full
    def test_the_walk_goes_on_through_another_class(self, open_explore):
        explore = open_explore("?model=conditional-6", motion="no-preference")
        explore.page.get_by_role("button", name="Pause").wait_for()
        chip(explore, "7").click()
        first = explore.z()

        def has_moved():
            assert np.linalg.norm(explore.z()[:6] - first[:6]) > 0.02

        soon(explore.page, has_moved)
        moving = explore.z()
        assert explore.page.get_by_role("button", name="Pause").is_visible()
        assert np.isfinite(moving).all()
        np.testing.assert_array_equal(moving[6:], first[6:])

    @pytest.mark.full
    def test_the_plane_is_of_the_class(self, open_explore, client):
        live = client("conditional-2d")
        explore = open_explore("?model=conditional-2d&z=" + start([0, 0], 1))
        asked = explore.ask(
            """(() => {
                window.grids = [];
                const ask = explorer.channel.ask.bind(explorer.channel);
                explorer.channel.ask = (operation, lane, rows, codes, then) => {
                    if (lane === 2) window.grids.push([rows, Array.from(codes.slice(2, 12))]);
                    ask(operation, lane, rows, codes, then);
                };
            })()"""
        )
        assert asked is None
        chip(explore, "5").click()
        box = explore.page.locator(".surface").bounding_box()
        explore.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
        explore.page.mouse.down()
        explore.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
        explore.page.mouse.up()
        # Asked for once, at the change of class: the drag changes z alone.
        assert explore.page.evaluate("window.grids") == [[484, [float(i == 5) for i in range(10)]]]
        assert pressed(explore) == ["5"] and explore.z()[0] != 0
        shown(explore, live)

    def test_a_link_whose_weights_are_none_is_named(self, open_explore):
        explore = open_explore("?model=conditional-6&z=" + ",".join(["1"] * 16))
        explore.page.get_by_test_id("stToast").filter(has_text="not class weights").wait_for()


class TestPlainAutoencoder:
    def test_the_sliders_are_by_spread_and_without_posterior(self, open_explore):
        explore = open_explore("?model=plain-6")
        explore.source()
        order = [int(node.get_attribute("data-dimension")) for node in explore.page.locator(".slider input").all()]
        spread = open_model("plain-6").reference.z_mean.std(axis=0)
        assert np.all(np.diff(spread[order]) <= 0)
        assert explore.page.get_by_text("by spread of the codes").is_visible()
        first = explore.slider(order[0])
        spoken = float(re.search(r"spread (\d+\.\d\d)$", first.get_attribute("aria-label"))[1])
        assert spoken == pytest.approx(
            spread[order[0]], abs=0.0051
        )  # the page has it with four decimals, and rounds again
        assert explore.page.locator(".posterior:visible").count() == 0
        assert explore.page.locator(".track .mean:visible").count() == 6
        resample = explore.page.get_by_role("button", name="Sample posterior")
        assert resample.is_disabled() and "without a posterior" in resample.get_attribute("title")

    @pytest.mark.full
    def test_random_is_near_the_data(self, open_explore, client):
        explore, live = open_explore("?model=plain-6&z=" + start([0] * 6)), client("plain-6")
        random = explore.page.get_by_role("button", name="Sample code")
        assert "no prior" in random.get_attribute("title")
        codes = open_model("plain-6").reference.z_mean
        for _ in range(5):
            before = explore.z()
            random.click()
            explore.page.wait_for_function(
                "(z) => [...document.querySelectorAll('*')].find((node) => node.zscope?.point).zscope.point.z[0] !== z",
                arg=float(before[0]),
            )
            nearest = np.abs((codes - explore.z()) / codes.std(axis=0)).max(axis=1).min()
            assert 0 < nearest < 1.2
        shown(explore, live)


@pytest.mark.full
def test_random_follows_a_flow_prior(open_explore, client):
    from zscope.library.open_models import draw_prior

    explore, live = open_explore("?model=flow-6&z=" + start([0] * 6)), client("flow-6")
    seeds = []
    explore.page.on("request", lambda request: seeds.append(request.url) if "/prior?" in request.url else None)
    explore.page.reload()
    explore.wait_until_drawn()
    button = explore.page.get_by_role("button", name="Sample prior")
    assert "RealNVP" in button.get_attribute("title")
    explore.page.wait_for_timeout(500)  # fetched ahead
    assert len(seeds) == 1
    draws = draw_prior("flow-6", int(seeds[0].partition("seed=")[2]))
    for draw in draws[:3]:
        button.click()
        explore.wait_for_point(draw)
    shown(explore, live)


class TestColours:
    @pytest.mark.full
    def test_pictures_have_their_colours_and_no_class(self, open_explore, client):
        live, split = client("shapes-8"), load_test_split("shapes")
        explore = open_explore("?model=shapes-8&z=" + start([0] * 8))
        start_from(explore, 3)
        mean, _ = live.encode(split.images[3:4])
        explore.wait_for_point(mean[0])
        for selector, expected in (
            (".picture.main", live.decode(mean)[0]),
            (".origin .tile:nth-child(1) canvas", split.images[3]),
            (".origin .tile:nth-child(2) canvas", live.decode(mean)[0]),
        ):
            explore.wait_for_picture(expected[..., 0], selector)
            assert np.abs(explore.colours(selector).astype(int) - expected).max() <= 1
        assert explore.page.locator(".picture.main").evaluate("(node) => node.style.imageRendering") == "pixelated"
        assert explore.page.locator(".origin .tile").first.inner_text().strip() == "test #3"
        explore.page.get_by_text("nearest: #3", exact=True).wait_for()
        assert "“" not in explore.page.locator(".origin").inner_text()

    @pytest.mark.full
    def test_a_model_without_classes_shows_no_classes(self, open_explore):
        explore = open_explore("?model=shapes-8&z=" + start([0] * 8))
        assert explore.page.locator(".class-chips").count() == 0
        explore.page.get_by_role("button", name="Choose a test image").click()
        explore.page.locator(".sheet button").first.wait_for()
        assert explore.page.get_by_role("button", name="All classes").count() == 0
        assert explore.page.locator(".sheet button").first.get_attribute("title").startswith("test #")
        assert "kNN" not in explore.page.get_by_test_id("stSidebar").inner_text()
        assert "MSE" in explore.page.get_by_test_id("stSidebar").inner_text()

    @pytest.mark.full
    def test_the_plane_has_one_neutral_colour(self, open_explore):
        explore = open_explore("?model=shapes-2d&z=0,0")
        assert explore.page.locator(".legend").count() == 0
        explore.page.get_by_role("button", name="Points", exact=True).click()

        def points_alone():
            colours = explore.colours(".background", 400).reshape(-1, 3)
            seen = colours[colours.any(axis=1)].astype(int)
            assert len(seen) > 60
            # Grey, or nearly: at a point's soft edge a channel may be rounded away.
            assert (np.ptp(seen, axis=1) < 30).mean() > 0.95

        def pictures_too():
            assert (explore.colours(".background", 100).max(axis=2) > 20).mean() > 0.9

        soon(explore.page, points_alone)
        explore.page.get_by_role("button", name="Pictures", exact=True).click()
        soon(explore.page, pictures_too)


@pytest.mark.full
def test_a_model_trained_meanwhile_is_listed_at_the_next_run(open_explore, homes):
    import shutil
    from pathlib import Path

    explore = open_explore("?model=plain-6&z=" + start([0] * 6))
    models = Path(homes["ZSCOPE_MODELS"])
    shutil.copytree(models / "plain-6", models / "fresh")
    try:
        explore.page.get_by_role("button", name="Sample code").click()  # the release runs the script
        explore.page.get_by_role("combobox", name="Model").click()
        explore.page.get_by_role("option", name="Plain 6 (fresh)").wait_for()
    finally:
        shutil.rmtree(models / "fresh")


class TestInterpolate:
    @pytest.fixture
    def open_paths(self, browser, app_url):
        contexts, faults = [], []

        def open_page(model: str):
            contexts.append(browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce"))
            page = contexts[-1].new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(f"{app_url}/interpolate?model={model}")
            found(page)
            return page

        yield open_page
        for context in contexts:
            context.close()
        assert not faults, faults

    def strip(self, page, kind: str = "linear") -> list:
        return page.evaluate(
            f"(kind) => {VIEW}.rows.find((row) => row.kind === kind).legs[0].codes.map((c) => [...c])", kind
        )

    @pytest.mark.full
    def test_code_or_class_or_both_change(self, open_paths):
        page = open_paths("conditional-6")
        labels = open_model("conditional-6").reference.labels
        a, b = 0, int(np.flatnonzero(labels != labels[0])[0])
        choose(page, "A", a)
        choose(page, "B", b)
        found(page)
        z_mean = open_model("conditional-6").reference.z_mean
        for between, moves in (("both", (True, True)), ("code", (True, False)), ("class", (False, True))):
            page.get_by_label("What changes along the path").select_option(between)
            found(page)
            for kind in ("linear", "slerp", "graph", "geodesic"):
                codes = np.array(self.strip(page, kind))
                ends = codes[[20, 60]]
                np.testing.assert_allclose(ends[0, :6], z_mean[a], atol=1e-6)
                assert (
                    np.abs(ends[1, :6] - ends[0, :6]).max() > 1e-3,
                    ends[0, 6:].tolist() != ends[1, 6:].tolist(),
                ) == moves
                np.testing.assert_allclose(codes[:, 6:].sum(axis=1), 1, atol=1e-3)
                assert codes[:, 6:].min() >= 0, "shares, beyond the ends too"
                if moves[1]:
                    assert ends[1, 6 + labels[b]] == 1 and codes[40, 6 + labels[b]] == pytest.approx(0.5, abs=1e-3)

    @pytest.mark.full
    @pytest.mark.parametrize("model", ["flow-6", "shapes-2d", "plain-6", "shapes-8"])
    def test_all_paths_and_corners_of_the_other_kinds(self, open_paths, model):
        page = open_paths(model)
        page.locator(".stop[data-stop=B]").get_by_role(
            "button", name="near that of" if model == "plain-6" else "sample of the prior"
        ).click()
        page.wait_for_function(f"() => {VIEW}.stops.list[1].image === null")
        found(page)
        page.get_by_role("button", name="Between four corners").click()
        page.wait_for_function(f"() => Number({VIEW}.corners.node.dataset.painted) > 0")
        assert page.locator(".status:visible").count() == 0
        with page.expect_download() as download:
            page.get_by_role("button", name="Export", exact=True).click()
        assert download.value.suggested_filename.endswith(".png")


class TestReconstruct:
    @pytest.fixture
    def open_own(self, browser, app_url):
        pages = []

        def open_page(model: str) -> ReconstructPage:
            context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
            pages.append(ReconstructPage(context.new_page(), app_url, f"?model={model}"))
            return pages[-1]

        yield open_page
        for own in pages:
            assert not own.faults, own.faults
            own.page.context.close()

    @pytest.mark.parametrize(
        "model",
        [
            "conditional-6",
            pytest.param("shapes-8", marks=pytest.mark.full),
            pytest.param("plain-6", marks=pytest.mark.full),
            pytest.param("flow-6", marks=pytest.mark.full),
            pytest.param("shapes-2d", marks=pytest.mark.full),
        ],
    )
    def test_an_image_is_reconstructed_drawn_over_and_repaired(self, open_own, client, model):
        live, manifest = client(model), open_model(model).manifest
        own = open_own(model)
        own.take(3)
        image = load_test_split(manifest.dataset).images[3]
        mean, _, pixels = live.reconstruct(image[None])
        np.testing.assert_allclose(own.code(), mean[0], atol=1e-4)
        shown = own.canvas("output")[..., : image.shape[2]].astype(int)
        np.testing.assert_allclose(shown, pixels[0], atol=1)
        text = own.page.locator(".answer").inner_text()
        assert ("nearest images are" in text) is bool(manifest.dataset == "digits")
        assert ("KL" in text) is manifest.model.variational
        strips = own.page.locator(".picture-strip h3").all_inner_texts()
        assert ("Samples of its posterior" in strips) is manifest.model.variational
        own.after(lambda: own.draw((0.2, 0.2), (0.8, 0.8)))
        assert np.abs(own.code() - mean[0]).max() > 0.01
        own.button("Hide lower half").click()
        own.until("view.repair.node.dataset.done === 'true'")
        assert own.page.locator(".status:visible").count() == 0

    @pytest.mark.full
    def test_the_class_of_a_conditional_model_can_be_another(self, open_own, client):
        own = open_own("conditional-6")
        own.take(3)
        mean = own.code()
        other = int(mean[6:].argmax() + 1) % 10
        own.page.locator(".chips").get_by_role("button", name=str(other), exact=True).click()
        own.until("view.result.output.caption.textContent === 'at the point'")
        np.testing.assert_allclose(own.code(), [*mean[:6], *np.eye(10)[other]], atol=1e-5)
        expected = client("conditional-6").decode(own.code()[None])[0]
        np.testing.assert_allclose(own.canvas("output")[..., :1].astype(int), expected, atol=1)

    @pytest.mark.full
    def test_a_colour_drawing_and_a_colour_file(self, open_own, tmp_path):
        own = open_own("shapes-8")
        own.button("Draw").click()
        own.page.get_by_label("Colour").fill("#ff0000")
        own.after(lambda: own.draw((0.3, 0.5), (0.7, 0.5)))
        shown = own.canvas("input")
        assert shown[16, 16, 0] > 200 and shown[16, 16, 1:].max() < 60
        file = tmp_path / "blue.png"
        Image.new("RGB", (90, 60), (10, 20, 200)).save(file)
        own.after(lambda: own.upload(file))
        assert own.canvas("input")[16, 16].tolist() == [10, 20, 200]
        steps = own.page.locator(".step-of-picture:visible")
        assert steps.evaluate_all("(nodes) => nodes.map((node) => node.dataset.step)") == ["picture", "input"]
