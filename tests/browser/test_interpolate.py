"""The Interpolate page in a real browser: paths in step, live; stops, the map, four corners, files."""

import base64
import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.browser.paths_page import VIEW, choose, found
from tests.browser.soon import soon
from tests.tier import TIER
from vae.inference.interpolation import TIMES, Interpolator
from vae.latent.paths import PATHS, LinearPath, SlerpPath, four_corner_grid
from zscope.library.registry import open_model
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


def _differ(shown: bytes, before: bytes) -> None:
    assert shown != before


@pytest.fixture(scope="module")
def reference():
    return open_model("mnist-16").reference


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


@pytest.fixture
def page(browser, app_url):
    """The page with all four paths between the test images 4 and 7."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app_url}/interpolate?model=mnist-16")
    page.wait_for_function("() => [...document.querySelectorAll('*')].some((node) => node.zscope?.rows)")
    page.wait_for_function(f"() => {VIEW}.stops.list.every(({{ image }}) => image !== null)")
    choose(page, "A", 4)
    choose(page, "B", 7)
    found(page)
    yield page
    context.close()
    assert not faults, faults


def images(page) -> list:
    return page.evaluate(f"() => {VIEW}.stops.list.map(({{ image }}) => image)")


def grey(page, selector: str) -> np.ndarray:
    """What canvases show, uint8 `(n, h, w)`."""
    shown = page.eval_on_selector_all(
        selector,
        """(canvases) => canvases.map((canvas) => {
            const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [height, width, Array.from(data).filter((_, i) => i % 4 === 0)];
        })""",
    )
    return np.stack([np.array(values, np.uint8).reshape(height, width) for height, width, values in shown])


def strip(page, kind: str) -> np.ndarray:
    return grey(page, f".path[data-kind={kind}] .strip canvas")


def exported(page, *, timeout: float = 60_000):
    """Press Export and read the file: its name and bytes."""
    with page.expect_download(timeout=timeout) as download:
        page.get_by_role("button", name="Export", exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_strips_are_the_paths_pictures(page, reference, client):
    walker = Interpolator(open_model("mnist-16"))
    # A geodesic needs a framework in this process too: only in the full tier.
    for kind in (kind for kind, path in PATHS.items() if TIER != "quick" or not path.converges):
        codes = walker.path(kind, *reference.z_mean[[4, 7]]).at(np.linspace(0, 1, 9))
        expected = client.decode(codes)[..., 0].astype(int)

        def as_decoded(kind=kind, expected=expected):
            shown = strip(page, kind).astype(int)
            np.testing.assert_allclose(shown[[0, 8]], expected[[0, 8]], atol=2)
            # The page interpolates linearly between two codes of the server. Another process finds the geodesic here.
            assert np.abs(shown - expected).mean() < 3, kind

        soon(page, as_decoded)


@pytest.mark.full
def test_straight_paths_made_in_the_page_are_pythons(page, app_url):
    rng = np.random.default_rng(0)
    one = rng.normal(size=5).astype(np.float32)
    pairs = [
        (one, rng.normal(size=5).astype(np.float32)),
        (one, -one),
        (one, np.zeros(5, np.float32)),
        (one, one),
        (one[:1], -one[:1]),
    ]
    for a, b in pairs:
        for kind, path in (("linear", LinearPath(a, b)), ("slerp", SlerpPath(a, b))):
            legs = page.evaluate(
                """async ([url, kind, a, b]) => {
                    const { straightLeg } = await import(url);
                    const leg = straightLeg(kind, Float32Array.from(a), Float32Array.from(b), a.length);
                    return leg.map((code) => Array.from(code));
                }""",
                [f"{app_url}/assets/js/paths/straight.js", kind, a.tolist(), b.tolist()],
            )
            np.testing.assert_allclose(legs, path.at(TIMES), atol=2e-6)
    corners = rng.normal(size=(4, 6)).astype(np.float32)
    for spherical in (False, True):
        code = page.evaluate(
            """async ([url, corners, spherical]) => {
                const { betweenCorners } = await import(url);
                const codes = corners.map((code) => Float32Array.from(code));
                return Array.from(betweenCorners(codes, 0.25, 0.75, spherical, 6));
            }""",
            [f"{app_url}/assets/js/paths/straight.js", corners.tolist(), spherical],
        )
        np.testing.assert_allclose(code, four_corner_grid(corners, 5, 5, spherical)[3, 1], atol=2e-6)


@pytest.mark.full
def test_the_scrubber_moves_all_four_in_step(page, reference, client):
    slider = page.get_by_label("Place on the paths")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2, steps=10)
    t = float(slider.input_value())
    assert t == pytest.approx(0.5, abs=0.02)
    expected = client.decode(
        Interpolator(open_model("mnist-16")).path("linear", *reference.z_mean[[4, 7]]).at(np.array([t]))
    )[0]
    page.wait_for_function(
        f"""(expected) => {{
            const canvas = {VIEW}.rows[0].now;
            const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return expected.every((value, i) => Math.abs(data[4 * i] - value) <= 2);
        }}""",
        arg=expected[..., 0].ravel().tolist(),
    )
    page.mouse.up()
    assert page.evaluate(f"() => {VIEW}.playback.place") == pytest.approx(t)


def test_reverse_play_and_steps(page):
    before = images(page)
    page.get_by_role("button", name="Reverse").click()
    assert images(page) == before[::-1]
    found(page)
    steps = page.get_by_label("Pictures in a strip")
    steps.fill("5")
    steps.press("Enter")
    assert len(strip(page, "slerp")) == 5
    steps.fill("10000")
    steps.press("Enter")
    assert steps.input_value() == "25" and len(strip(page, "slerp")) == 25
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {VIEW}.playback.place > 0.2")
    page.get_by_role("button", name="Pause").click()
    place = page.evaluate(f"() => {VIEW}.playback.place")
    page.wait_for_timeout(200)
    assert page.evaluate(f"() => {VIEW}.playback.place") == place


@pytest.mark.full
def test_more_pictures_are_gone_by_in_their_order(page, reference, client):
    page.get_by_role("button", name="+ Add stop").click()
    choose(page, "C", 9)
    found(page)
    z = reference.z_mean
    codes = np.stack([z[4], (z[4] + z[7]) / 2, z[7], (z[7] + z[9]) / 2, z[9]])
    expected = client.decode(codes)[..., 0].astype(int)
    soon(page, lambda: np.testing.assert_allclose(strip(page, "linear")[[0, 2, 4, 6, 8]], expected, atol=2))
    page.locator(".stop[data-stop=C]").get_by_role("button", name="Move towards the start").click()
    assert images(page) == [4, 9, 7]
    found(page)
    last = client.decode(z[[9]])[0, ..., 0]
    soon(page, lambda: np.testing.assert_allclose(strip(page, "linear")[4].astype(int), last, atol=2))
    page.locator(".stop[data-stop=B]").get_by_role("button", name="Remove this stop").click()
    assert images(page) == [4, 7]
    found(page)
    assert page.get_by_label("Place on the paths").get_attribute("max") == "1.5"


def test_the_paths_are_on_the_map_and_a_letter_can_be_dragged(page):
    surface = page.locator(".path-map .surface")
    page.wait_for_selector(".path-map .surface[data-paths='4'][data-stops]", timeout=180_000)
    surface.scroll_into_view_if_needed()
    before = page.locator(".path-map canvas.marks").screenshot()
    from_place = page.evaluate(
        f"""() => {{
            const {{ map }} = {VIEW};
            const [x, y] = map.surface.dataset.stops.split(",").map(Number);
            return map.canvas.toScreen(x, y);
        }}"""
    )
    box = surface.bounding_box()
    target = page.evaluate(
        f"""() => {{
            const {{ canvas }} = {VIEW}.map;
            const {{ places, labels }} = canvas.points;
            const index = labels.indexOf(6);
            return canvas.toScreen(places[2 * index], places[2 * index + 1]);
        }}"""
    )
    page.mouse.move(box["x"] + from_place[0], box["y"] + from_place[1])
    page.mouse.down()
    page.mouse.move(box["x"] + target[0], box["y"] + target[1], steps=12)
    page.mouse.up()
    page.wait_for_function(f"() => {VIEW}.stops.list[0].image === null")
    assert page.locator(".stop[data-stop=A] header .aside").inner_text() == "point on the map"
    found(page)
    soon(page, lambda: _differ(page.locator(".path-map canvas.marks").screenshot(), before))
    now = page.evaluate(
        f"""() => {{
            const {{ map }} = {VIEW};
            return map.canvas.toScreen(...map.surface.dataset.stops.split(",").map(Number).slice(0, 2));
        }}"""
    )
    assert np.hypot(now[0] - target[0], now[1] - target[1]) < 30, (now, target)


@pytest.mark.full
def test_the_first_pair_is_of_two_classes(browser, app_url, reference):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script("Math.random = () => 0")  # both would be the first image
    page.goto(f"{app_url}/interpolate?model=mnist-16")
    page.wait_for_function("() => [...document.querySelectorAll('*')].some((node) => node.zscope?.rows)")
    page.wait_for_function(f"() => {VIEW}.stops.list.every(({{ image }}) => image !== null)")
    first, second = images(page)
    assert reference.labels[first] != reference.labels[second]
    page.get_by_role("button", name="+ Add stop").click()
    page.wait_for_function(f"() => {VIEW}.stops.list.length === 3 && {VIEW}.stops.list[2].image !== null")
    assert len(set(reference.labels[images(page)])) == 3
    context.close()


@pytest.mark.full
def test_leaps_of_the_map_are_dotted_and_explained(page):
    explained = page.get_by_text("Thin dotted lines: t-SNE places neighbouring codes of the path far apart there.")
    page.wait_for_selector(".path-map .surface[data-paths='4'][data-leaps]", timeout=180_000)
    # Two images far apart on the map: t-SNE does not lead there without a leap.
    far = page.evaluate(
        f"""() => {{
            const {{ places, rows, count }} = {VIEW}.map.canvas.points;
            let best = [0, 0, -1];
            for (let i = 0; i < count; i += 40) for (let j = 0; j < i; j += 40) {{
                const distance = Math.hypot(places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1]);
                if (distance > best[2]) best = [rows[i], rows[j], distance];
            }}
            return best;
        }}"""
    )
    choose(page, "A", far[0])
    choose(page, "B", far[1])
    found(page)
    page.wait_for_selector(".path-map .surface:not([data-leaps='0'])")
    assert explained.is_visible()
    # The same paths on a map that never leaps: nothing is dotted, and there is no note.
    leaps = page.evaluate(
        f"""async () => {{
            const {{ map }} = {VIEW};
            map.canvas.points.axes = [[1], [1]];
            map.canvas.onResize();
            await new Promise((resolve) => setTimeout(resolve, 200));
            return map.surface.dataset.leaps;
        }}"""
    )
    assert leaps == "0"
    assert not explained.is_visible()


def test_an_image_is_chosen_on_the_map(page):
    page.wait_for_selector(".path-map .surface[data-paths='4']", timeout=180_000)
    place = page.evaluate(
        f"""() => {{
            const {{ canvas }} = {VIEW}.map;
            const {{ places, rows }} = canvas.points;
            return [...canvas.toScreen(places[2 * 123], places[2 * 123 + 1]), rows[123]];
        }}"""
    )
    page.locator(".stop[data-stop=B]").get_by_role("button", name="Choose on map").click()
    surface = page.locator(".path-map .surface")
    surface.scroll_into_view_if_needed()
    surface.click(position={"x": place[0], "y": place[1]})
    page.wait_for_function(f"() => {VIEW}.stops.list[1].image !== 7")
    chosen = page.evaluate(
        f"""() => {{
            const {{ canvas }} = {VIEW}.map;
            const {{ places, rows }} = canvas.points;
            const index = Array.from(rows).indexOf({VIEW}.stops.list[1].image);
            return canvas.toScreen(places[2 * index], places[2 * index + 1]);
        }}"""
    )
    assert np.hypot(chosen[0] - place[0], chosen[1] - place[1]) < 2


@pytest.mark.full
def test_stops_are_as_they_were_when_one_comes_back(page):
    page.get_by_role("button", name="+ Add stop").click()
    choose(page, "C", 9)
    hold = page.locator(".stop[data-stop=B]").get_by_label("Hold")
    hold.fill("1.5")
    hold.press("Enter")
    found(page)
    page.get_by_role("link", name="Explore").click()  # at once: Python gets the state before the page is left
    # Not any slider: this page has some, and a click on its own link would then be lost.
    page.wait_for_function("() => [...document.querySelectorAll('*')].some((node) => node.zscope?.filmstrip)")
    page.get_by_role("link", name="Interpolate").click()
    page.wait_for_function("() => [...document.querySelectorAll('*')].some((node) => node.zscope?.rows)")
    page.wait_for_function(f"() => {VIEW}.stops.list.every(({{ image }}) => image !== null)")
    assert images(page) == [4, 7, 9]
    assert page.evaluate(f"() => {VIEW}.stops.list.map(({{ seconds }}) => seconds)") == [0, 1.5, 0]
    found(page)


@pytest.mark.full
def test_another_model_in_the_middle_of_finding(page):
    for image in range(20, 26):
        page.evaluate(f"(image) => {VIEW}.stops.list[0].take(image)", image)
        page.wait_for_timeout(30)
    page.locator("[data-testid=stSidebar] [data-testid=stSelectbox]").click()
    page.get_by_role("option", name="MNIST, 2 dimensions").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some(({ zscope }) => zscope?.rows && zscope.model.id === 'mnist-2d')"
    )
    found(page)
    assert page.evaluate(f"() => {VIEW}.stops.list[0].code.length") == 2


def test_the_stops_and_the_export_are_within_reach(page):
    for width, height in ((1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        strip = page.locator(".path .strip").first.bounding_box()
        for letter in "AB":
            box = page.locator(f".stop[data-stop={letter}]").bounding_box()
            assert strip["y"] + strip["height"] < box["y"] and box["y"] + box["height"] <= height
    page.get_by_role("button", name="↓ Export").click()
    assert page.evaluate(f"() => {VIEW}.root.getRootNode().activeElement.ariaLabel") == "What to export"
    box = page.get_by_role("button", name="Export", exact=True).bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 720


class TestCorners:
    @pytest.mark.full
    def test_sheets_between_four(self, page, reference, client):
        page.get_by_role("button", name="Between four corners").click()
        assert len(images(page)) == 4
        choose(page, "C", 9)
        choose(page, "D", 11)
        page.get_by_label("Pictures per side").fill("5")
        page.get_by_label("Pictures per side").press("Enter")
        for kind in ("bilinear", "spherical"):
            codes = four_corner_grid(reference.z_mean[[4, 7, 9, 11]], 5, 5, kind == "spherical")
            expected = client.decode(codes.reshape(25, -1))[..., 0].astype(int)

            def as_decoded(kind=kind, expected=expected):
                sheet = grey(page, f"[data-kind={kind}] canvas.sheet-canvas")[0]
                assert sheet.shape == (144, 144)
                for i in range(25):
                    top, left = 29 * (i // 5), 29 * (i % 5)
                    assert np.abs(sheet[top : top + 28, left : left + 28] - expected[i]).max() <= 2, (kind, i)

            soon(page, as_decoded)
        name, data = exported(page)
        assert name == "mnist-16-bilinear-4-7-9-11.png"
        assert Image.open(io.BytesIO(data)).size == (5 * 130 + 2,) * 2

    def test_the_picture_at_the_pointer(self, page, reference, client):
        page.get_by_role("button", name="Between four corners").click()
        choose(page, "C", 9)
        choose(page, "D", 11)
        canvas = page.locator("[data-kind=bilinear] canvas.sheet-canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        expected = client.decode(reference.z_mean[[7]])[0, ..., 0]

        def shows_the_corner():
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 2)  # B's corner
            page.wait_for_timeout(100)
            shown = grey(page, "[data-kind=bilinear] canvas.now")[0].astype(int)
            np.testing.assert_allclose(shown, expected, atol=2)

        soon(page, shows_the_corner)


class TestExport:
    @pytest.mark.full
    def test_it_waits_until_the_chosen_path_is_found(self, page):
        button, reason = page.get_by_role("button", name="Export", exact=True), page.locator("#export-reason")
        assert button.is_enabled() and reason.inner_text() == ""
        held = []
        page.route("**/path?kind=geodesic*", lambda route: held.append(route))
        choose(page, "B", 11)
        page.wait_for_function(
            f"() => {VIEW}.rows.find(({{ kind }}) => kind === 'geodesic').node.dataset.done === 'false'"
        )
        assert button.is_disabled()
        assert reason.inner_text() == "You can export this path when it is found."
        page.get_by_label("What to export").select_option("linear")
        assert button.is_enabled() and reason.inner_text() == ""
        page.get_by_label("What to export").select_option("all")
        assert button.is_disabled()

        def has_asked():
            assert held

        soon(page, has_asked)
        for route in held:
            route.continue_()
        found(page)
        assert button.is_enabled() and reason.inner_text() == ""

    def settings(self, page, **values) -> None:
        labels = {
            "what": "What to export",
            "format": "Format",
            "size": "Pixels of the longer",
            "rate": "Frames per second",
        }
        for name, value in values.items():
            field = page.get_by_label(labels[name])
            if name in ("what", "format"):
                field.select_option(value)
            else:
                field.fill(str(value))

    def test_an_svg_has_the_pictures_of_the_strip(self, page):
        page.get_by_label("Caption").check()
        self.settings(page, what="linear", format="svg", size=56)
        name, data = exported(page)
        assert name == "mnist-16-linear-4-7.svg"
        root = ElementTree.fromstring(data)
        urls = [node.get("{http://www.w3.org/1999/xlink}href") for node in root.iter(f"{SVG}image")]
        pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))) for url in urls]
        np.testing.assert_allclose(np.array(pictures, int), strip(page, "linear").astype(int), atol=1)
        texts = [node.text for node in root.iter(f"{SVG}text")]
        assert texts[0] == "0.00" and texts[-1] == "1.00" and len(texts) == len(pictures) == 9
        # The browser draws it, with sharp pixels.
        drawn = page.evaluate(
            """async (text) => {
                const image = new Image();
                image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
                await image.decode();
                const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
                canvas.drawImage(image, 0, 0);
                return Array.from(canvas.getImageData(2, 2, 56, 56).data).filter((_, i) => i % 4 === 0);
            }""",
            data.decode(),
        )
        sharp = pictures[0].repeat(2, axis=0).repeat(2, axis=1)
        np.testing.assert_array_equal(np.array(drawn).reshape(56, 56), sharp)

    def test_a_film_plays(self, page):
        """The MP4 that the page saves, played by the browser itself."""
        self.settings(page, format="mp4", size=128, rate=20)
        name, data = exported(page)
        assert name == "mnist-16-geodesic-4-7.mp4"
        played = page.evaluate(
            """async (bytes) => {
                const video = document.createElement("video");
                video.muted = true;
                video.src = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: "video/mp4" }));
                await video.play();
                await new Promise((resolve) => setTimeout(resolve, 700));
                return { size: [video.videoWidth, video.videoHeight], duration: video.duration, at: video.currentTime };
            }""",
            list(data),
        )
        assert played["size"] == [128, 128] and played["at"] > 0.1
        assert played["duration"] == pytest.approx((2 * 60 - 2) / 20, abs=0.06)  # 3 s there, and back

    @pytest.mark.full
    def test_a_gif_is_the_walk_as_it_plays(self, page, reference, client):
        page.get_by_label("At the end").select_option("once")
        page.get_by_label("Ease").uncheck()
        hold = page.locator(".stop[data-stop=A]").get_by_label("Hold")
        hold.fill("1")
        hold.press("Enter")
        self.settings(page, what="linear", format="gif", size=28, rate=10)
        name, data = exported(page)
        assert name == "mnist-16-linear-4-7.gif"
        with Image.open(io.BytesIO(data)) as film:
            frames = [np.asarray(frame.convert("L")).astype(int) for frame in ImageSequence.Iterator(film)]
            film.seek(0)
        assert 30 <= len(frames) <= 40  # equal ones may be one, shown longer
        ends = client.decode(reference.z_mean[[4, 7]])[..., 0].astype(int)
        np.testing.assert_allclose([frames[0], frames[-1]], ends, atol=2)

    @pytest.mark.full
    def test_all_four_side_by_side_and_the_strip_of_them(self, page):
        page.get_by_label("At the end").select_option("once")
        page.get_by_label("Caption").check()
        self.settings(page, what="all", format="frames", size=400, rate=2)
        _, data = exported(page)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert len(archive.namelist()) == 6
            frame = Image.open(io.BytesIO(archive.read("frame-0000.png")))
        assert frame.width == 400 and 100 < frame.height < 150
        self.settings(page, format="strip", size=28)
        name, data = exported(page)
        assert name == "mnist-16-all-4-7.png"
        assert Image.open(io.BytesIO(data)).width == 9 * 30 + 2

    @pytest.mark.full
    def test_codes(self, page, reference):
        self.settings(page, what="slerp", format="codes")
        name, data = exported(page)
        assert name.endswith(".npz")
        with np.load(io.BytesIO(data)) as arrays:
            np.testing.assert_allclose(arrays["z"][[0, 89]], reference.z_mean[[4, 7]], atol=1e-6)
            expected = SlerpPath(*reference.z_mean[[4, 7]]).at(arrays["t"].astype(float))
            np.testing.assert_allclose(arrays["z"], expected, atol=0.02)

    @pytest.mark.full
    def test_a_stop_saves_nothing(self, page):
        downloads = []
        page.on("download", lambda download: downloads.append(download))
        page.get_by_label("Seconds from stop to stop").fill("10")
        self.settings(page, what="linear", format="frames", size=2048, rate=60)
        page.get_by_role("button", name="Export", exact=True).click()
        page.wait_for_function(f"() => {VIEW}.export.bar.value > 0")
        page.get_by_role("button", name="Stop", exact=True).click()
        page.wait_for_function(f"() => {VIEW}.export.said.textContent.startsWith('Stopped')")
        page.wait_for_timeout(500)
        assert downloads == [] and page.get_by_role("button", name="Export", exact=True).is_enabled()

    @pytest.mark.full
    def test_too_much_and_nonsense_are_refused_in_words(self, page):
        said = page.locator(".export p")
        for value, word in (("0", "16 to 2048"), ("5000", "16 to 2048"), ("", "16 to 2048")):
            self.settings(page, size=value)
            page.get_by_role("button", name="Export", exact=True).click()
            assert word in said.inner_text()
        self.settings(page, size=64, rate=60)
        hold = page.locator(".stop[data-stop=A]").get_by_label("Hold")
        hold.fill("10")
        hold.press("Enter")
        for _ in range(3):
            page.get_by_role("button", name="+ Add stop").click()
        page.get_by_label("Seconds from stop to stop").fill("10")
        found(page)
        page.get_by_role("button", name="Export", exact=True).click()
        assert "the limit is 3600" in said.inner_text()
