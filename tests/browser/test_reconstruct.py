"""The Reconstruct page in a real browser: one's own picture from every source, prepared, read, explored, repaired."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from bench.photographs import photographs
from tests.browser.chromium import find_chromium
from tests.browser.paths_page import VIEW as PATHS
from tests.browser.paths_page import found
from tests.browser.reconstruct_page import ReconstructPage
from tests.browser.soon import soon
from vae.data import load_test_split
from vae.data.picture_files import read_picture
from vae.pictures.preparation import Settings, ink, input_style_of, prepare
from vae.pictures.repair import Repairer
from zscope.library.open_models import load_model, reader
from zscope.library.registry import open_model
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser
SHAPE = (28, 28, 1)
SEVEN = ((0.2, 0.25), (0.75, 0.22), (0.45, 0.85))


@pytest.fixture(scope="module")
def test():
    return load_test_split("mnist")


@pytest.fixture(scope="module")
def wants():
    return input_style_of(open_model("mnist-16").manifest)


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


@pytest.fixture(scope="module")
def files(test, tmp_path_factory):
    """Photographs of the first test digits."""
    folder = tmp_path_factory.mktemp("photographs")
    for number, picture in enumerate(photographs(test.images[:6][..., 0])):
        Image.fromarray(picture).save(folder / f"{number}.png")
    return sorted(folder.iterdir())


@pytest.fixture
def own(browser, app_url):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    own = ReconstructPage(context.new_page(), app_url)
    yield own
    assert not own.faults, own.faults
    context.close()


def test_a_test_image_is_shown_with_its_assessment(own, test, client):
    own.take(7)
    np.testing.assert_array_equal(own.canvas("input")[..., :1], test.images[7])
    mean, _ = client.encode(test.images[7:8])
    np.testing.assert_allclose(own.code(), mean[0], atol=1e-4)
    expected = client.decode(mean)[0]
    np.testing.assert_allclose(own.canvas("output")[..., :1].astype(int), expected, atol=1)
    reading = reader("mnist-16").read(test.images[7])
    assert f"{reading.votes} of the 10 nearest images are “{reading.vote}”" in own.page.locator(".answer").inner_text()
    assert own.words().startswith(("Typical for this data", "More unusual than"))
    assert f"(R² {reading.r_squared:.2f})" in own.page.locator(".quality[data-level]").inner_text()
    said = own.page.locator(".gauge").all_inner_texts()
    for text, number in zip(said, (f"{reading.mse:.4f}", f"{reading.kl:.1f}", f"{reading.distance:.2f}"), strict=True):
        assert number in text
    own.until("view.nearest.rows.length === 10")
    assert own.ask("view.nearest.rows") == reading.nearest.tolist()
    assert own.page.locator(".preparation").is_hidden()


@pytest.mark.full
def test_a_photograph_is_prepared_as_python_does_and_read(own, test, wants, files):
    own.after(lambda: own.upload(files[0]))
    expected = prepare(read_picture(files[0]), wants, SHAPE)
    np.testing.assert_array_equal(own.canvas("input")[..., :1], expected.image)
    shown = own.page.locator(".step-of-picture:visible")
    assert shown.evaluate_all("(nodes) => nodes.map((node) => node.dataset.step)") == [s.name for s in expected.steps]
    assert own.page.locator(".step-of-picture .auto.own").count() == 0
    assert str(test.labels[0]) == "7" and "nearest images are “7”" in own.page.locator(".answer").inner_text()
    assert own.page.get_by_label("Polarity", exact=True).input_value() == "dark"
    parts = [own.page.locator(f".source-{part}") for part in ("picture", "pad", "camera")]
    assert [part.is_visible() for part in parts] == [True, False, False]
    box = own.ask("view.input.cropper.box")
    np.testing.assert_allclose(box, expected.box, atol=1e-6)


@pytest.mark.full
def test_every_step_can_be_set_and_given_back(own, wants, files):
    picture = read_picture(files[0])
    own.after(lambda: own.upload(files[0]))

    def shown_is(**settings) -> None:
        expected = prepare(picture, wants, SHAPE, Settings(**settings)).image
        own.until("argument.every((value, i) => view.point.source.pixels[i] === value)", expected.ravel().tolist())

    automatic = own.page.locator("[data-step=ink] .auto")
    own.page.get_by_label("Threshold").fill("0.5")
    shown_is(threshold=0.5)
    assert automatic.inner_text().startswith("manual")
    automatic.click()
    shown_is()
    assert automatic.inner_text() == "auto"
    own.page.get_by_label("Polarity", exact=True).select_option("light")
    shown_is(light=True)
    own.page.locator("[data-step=light] .auto").click()
    own.page.get_by_label("Even out").uncheck()
    shown_is(even=False)
    own.page.locator("[data-step=even] .auto").click()
    own.page.get_by_label("Size", exact=True).first.fill("0.5")
    shown_is(extent=0.5)
    own.page.get_by_label("Centre", exact=True).select_option("box")
    shown_is(extent=0.5, centre="box")
    own.page.locator("[data-step=input] .auto").click()
    own.page.get_by_role("button", name="Rotate left").click()
    shown_is(turn=90)
    own.page.locator("[data-step=picture] .auto").click()
    shown_is()


@pytest.mark.full
def test_a_crop_box_is_drawn_moved_and_taken_away(own, wants, files):
    own.after(lambda: own.upload(files[0]))
    picture = read_picture(files[0])
    cropper = own.page.locator(".cropper")
    box = cropper.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def shown_is_of(crop) -> None:
        own.until(
            "JSON.stringify(view.input.steps.settings.crop?.map((one) => Math.round(one * 1e6))) === argument",
            json.dumps([round(one * 1e6) for one in crop]).replace(" ", ""),
        )
        expected = prepare(picture, wants, SHAPE, Settings(crop=tuple(crop)))
        if expected.found:
            own.until(
                "argument.every((value, i) => view.point.source.pixels[i] === value)", expected.image.ravel().tolist()
            )

    own.page.mouse.move(*at(0.02, 0.02))
    own.page.mouse.down()
    own.page.mouse.move(*at(0.9, 0.95), steps=6)
    own.page.mouse.up()
    drawn = own.ask("view.input.cropper.crop")
    np.testing.assert_allclose(drawn, [0.02, 0.02, 0.9, 0.95], atol=0.01)
    shown_is_of(drawn)
    own.page.mouse.move(*at(0.1, 0.1))
    own.page.mouse.down()
    own.page.mouse.move(*at(0.15, 0.12), steps=4)
    own.page.mouse.up()
    moved = own.ask("view.input.cropper.crop")
    np.testing.assert_allclose(moved, np.add(drawn, [0.05, 0.02, 0.05, 0.02]), atol=0.01)
    shown_is_of(moved)
    cropper.press("ArrowLeft")
    nudged = own.ask("view.input.cropper.crop")
    np.testing.assert_allclose(nudged, np.subtract(moved, [0.01, 0, 0.01, 0]), atol=1e-6)
    own.page.mouse.move(*at(nudged[2], nudged[3]))  # its corner
    own.page.mouse.down()
    own.page.mouse.move(*at(nudged[2] - 0.1, nudged[3] - 0.1), steps=4)
    own.page.mouse.up()
    np.testing.assert_allclose(own.ask("view.input.cropper.crop"), np.subtract(nudged, [0, 0, 0.1, 0.1]), atol=0.02)
    own.button("Show whole").click()
    own.until("!view.input.steps.settings.crop && !view.input.cropper.crop")


def test_a_drawn_seven_lands_among_the_sevens_while_it_is_drawn(own):
    own.until("view.sideMap.surface.dataset.place")
    own.button("Draw").click()
    assert "Nothing is drawn" in own.words()
    assert own.page.locator(".source").get_by_text("Draw here").is_visible()
    codes = []
    own.draw(SEVEN[0], finish=False)
    for share in (0.5, 1.0):
        corner = [a + share * (b - a) for a, b in zip(SEVEN[1], SEVEN[2], strict=True)]
        own.draw(*SEVEN[:2], corner, finish=False)
        moved = "Math.hypot(...view.point.z.map((value, i) => value - argument[i])) > 1"
        own.until(moved, codes[-1].tolist() if codes else [0.0] * 16)  # the mouse is still down
        codes.append(own.code())
    assert np.linalg.norm(codes[0] - codes[1]) > 1, "the code follows the pen"
    # The marker follows the code; the mouse is still down.
    own.until(
        """(() => {
            const place = view.sideMap.surface.dataset.place.split(",").map(Number);
            const { places, labels, count } = view.sideMap.canvas.points;
            const far = (i) => Math.hypot(places[2 * i] - place[0], places[2 * i + 1] - place[1]);
            const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => far(a) - far(b));
            return order.slice(0, 15).filter((i) => labels[i] === 7).length >= 8;
        })()"""
    )
    own.page.mouse.up()
    own.until("view.root.querySelector('.answer').innerText.includes('are “7”')")


@pytest.mark.full
def test_a_drawing_is_placed_as_in_python(own, app_url, wants):
    rng = np.random.default_rng(0)
    for number in range(12):
        height, width = (280, 280) if number % 2 else (64, 96)
        frame = np.zeros((height, width), np.float32)
        for _ in range(3):
            top, left = rng.integers(0, height - 12), rng.integers(0, width - 12)
            bottom, right = top + rng.integers(4, height // 3), left + rng.integers(4, width // 3)
            frame[top:bottom, left:right] = rng.uniform(0.3, 1)
        if number % 3 == 0:
            frame *= frame > 0.6
        shape, extent = ((28, 28), 0.7143) if number % 2 else ((128, 96), 1.0)
        for centre in ("mass", "box"):
            middle = (0.5182, 0.5184) if number % 2 else (0.5, 0.5)
            expected = ink.placed(frame, frame > 0, shape, extent, centre, middle) if frame.any() else None
            shown = own.page.evaluate(
                """async ([url, ink, size, shape, wants]) => {
                    const { placed } = await import(url);
                    const frame = placed(Float32Array.from(ink), size, shape, wants);
                    return frame && Array.from(frame);
                }""",
                [
                    f"{app_url}/assets/js/reconstruct/placing.js",
                    frame.ravel().tolist(),
                    [height, width],
                    list(shape),
                    {"extent": extent, "centre": centre, "middle": list(middle)},
                ],
            )
            if expected is None:
                assert shown is None
            else:
                np.testing.assert_allclose(np.reshape(shown, shape), expected, atol=2e-3)


def test_strokes_are_undone_rubbed_out_and_wiped(own):
    own.button("Draw").click()
    own.draw((0.3, 0.2), (0.3, 0.8))
    one = own.pixels("view.input.pad.canvas")
    own.draw((0.6, 0.2), (0.6, 0.8))
    assert own.pixels("view.input.pad.canvas").sum() > 1.5 * one.sum()
    own.page.keyboard.press("Control+z")
    np.testing.assert_array_equal(own.pixels("view.input.pad.canvas"), one)
    own.button("Eraser").click()
    own.draw((0.3, 0.5), (0.3, 0.9))
    rubbed = own.pixels("view.input.pad.canvas")
    assert 0.3 * one.sum() < rubbed.sum() < 0.8 * one.sum()
    own.button("Eraser").click()
    own.page.get_by_label("Thickness").fill("50")
    own.draw((0.7, 0.5), (0.7, 0.51))
    assert own.pixels("view.input.pad.canvas").sum() > rubbed.sum() + 255 * 3 * 50 * 30
    own.button("Clear").click()
    assert own.pixels("view.input.pad.canvas").sum() == 0 and "Nothing is drawn" in own.words()
    own.button("Undo").click()
    own.until("!view.blank && view.result.words.textContent.startsWith('Nothing is drawn') === false")


@pytest.mark.full
def test_a_test_image_is_drawn_over(own, test):
    own.take(0)  # a 7
    before = own.code()
    own.after(lambda: own.draw((0.25, 0.5), (0.75, 0.5)))
    assert np.linalg.norm(own.code() - before) > 1
    own.button("Undo").click()
    own.until("Math.hypot(...view.point.z.map((value, i) => value - argument[i])) < 1e-4", before.tolist())
    soon(own.page, lambda: np.testing.assert_array_equal(own.canvas("input")[..., :1], test.images[0]))


@pytest.mark.full
def test_touch_and_pen_draw(own):
    own.button("Draw").click()
    for kind, pressure, x in (("touch", 0.5, 0.3), ("pen", 1.0, 0.7)):
        own.ask(
            """(() => {
                const { canvas } = view.input.pad;
                const { left, top, width, height } = canvas.getBoundingClientRect();
                canvas.setPointerCapture = () => {};
                const send = (name, y) => canvas.dispatchEvent(new PointerEvent(name, {
                    pointerId: 7, pointerType: argument[0], pressure: argument[1], button: 0, bubbles: true,
                    clientX: left + argument[2] * width, clientY: top + y * height }));
                send("pointerdown", 0.2);
                for (let i = 0; i <= 10; i++) send("pointermove", 0.2 + 0.06 * i);
                send("pointerup", 0.8);
            })()""",
            [kind, pressure, x],
        )
    shown = own.pixels("view.input.pad.canvas")[..., 0] > 128
    left, right = shown[140, :140].sum(), shown[140, 140:].sum()
    assert left > 10 and right > 1.3 * left, "a pen that is pressed draws a thicker stroke"


def test_the_one_loop_sliders_and_back(own, client):
    own.take(5)
    mean = own.code()
    assert own.button("Reset to my image").is_disabled()
    slider = own.page.locator(".latents input[data-dimension='13']")
    slider.fill(str(float(mean[13]) + 3))
    own.until("view.result.output.caption.textContent === 'at the point'")
    moved = own.code()
    assert abs(moved[13] - mean[13] - 3) < 0.1
    expected = client.decode(moved[None])[0]
    soon(own.page, lambda: np.testing.assert_allclose(own.canvas("output")[..., :1].astype(int), expected, atol=1))
    own.page.keyboard.press("b")
    own.until("view.result.output.caption.textContent === 'reconstruction'")
    np.testing.assert_allclose(own.code(), mean, atol=1e-5)
    # The map leads too.
    own.until("view.sideMap.surface.dataset.place")
    surface = own.page.locator(".map-card .surface")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    own.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    own.page.mouse.down()
    own.page.mouse.move(box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2, steps=5)
    own.page.mouse.up()
    own.until("view.result.output.caption.textContent === 'at the point'")
    own.page.locator(".picture-strip").first.locator("button").first.click()
    sigma = np.array(own.ask("Array.from(view.point.source.sigma)"))

    def is_near_the_mean():
        assert (np.abs(own.code() - mean) < 6 * sigma + 1e-4).all(), "a draw is near the mean"

    soon(own.page, is_near_the_mean)


@pytest.mark.full
def test_two_user_pictures_become_stops_of_interpolate(own, client):
    codes = []
    for letter, image in (("A", 3), ("B", 8)):
        own.take(image)
        codes.append(own.code())
        own.button(letter).click()
        own.page.get_by_text(f"Set as stop {letter}.").wait_for()
        own.page.wait_for_timeout(800)
    own.button("Open Interpolate").click()
    own.page.wait_for_url("**/interpolate**")
    found(own.page)
    shown = own.page.evaluate(f"() => {PATHS}.stops.list.map(({{ code }}) => Array.from(code))")
    np.testing.assert_allclose(shown, codes, atol=1e-4)


@pytest.mark.full
def test_explore_opens_with_the_code_and_the_picture_is_still_there_afterwards(own, wants, files):
    own.after(lambda: own.upload(files[2]))
    expected = prepare(read_picture(files[2]), wants, SHAPE).image
    own.page.wait_for_timeout(300)
    code = own.code()
    own.button("Open in Explore").click()
    own.page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((node) => node.zscope?.filmstrip)", timeout=180_000
    )
    shown = own.page.evaluate(
        "() => Array.from([...document.querySelectorAll('*')].find((node) => node.zscope?.filmstrip).zscope.point.z)"
    )
    np.testing.assert_allclose(shown, code, atol=1e-3)
    own.page.get_by_role("link", name="Reconstruct").click()
    own.ready()
    np.testing.assert_array_equal(own.canvas("input")[..., :1], expected)
    assert own.page.locator(".source header").inner_text().endswith("2.png")


@pytest.mark.full
def test_repair_of_a_hidden_half(own, test):
    own.take(3)
    own.button("Hide lower half").click()
    own.until("view.repair.node.dataset.done === 'true'")
    visible = np.ones((28, 28))
    visible[14:] = 0
    expected = Repairer(load_model("mnist-16")).repair(test.images[3], visible)

    def as_repaired():
        shown = own.pixels("view.repair.result")[..., 0].astype(float)
        assert np.abs(shown - expected.image[..., 0]).mean() < 3

    soon(own.page, as_repaired)
    shown = own.pixels("view.repair.result")[..., 0].astype(float)
    true = test.images[3][14:, :, 0] / 255.0
    encoder = own.pixels("view.repair.encoder")[..., 0]
    assert np.square(shown[14:] / 255 - true).mean() < np.square(encoder[14:] / 255.0 - true).mean()
    own.page.locator(".repair button.frame").first.click()
    np.testing.assert_allclose(own.code(), expected.codes[0], atol=0.3)
    own.button("Show all").click()
    assert own.page.locator(".whole-hint").is_visible()


def test_repair_by_brush_noise_and_size(own, test):
    own.take(3)
    canvas = own.page.locator(".repair canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    own.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.3 * box["height"])
    own.page.mouse.down()
    own.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.7 * box["height"], steps=8)
    own.page.mouse.up()
    hidden = np.array(own.ask("Array.from(view.repair.hidden)")).reshape(28, 28)
    assert hidden[14, 14] == 1 and hidden[14, 2] == 0 and 20 < hidden.sum() < 150
    own.until("view.repair.node.dataset.done === 'true'")
    own.button("Show all").click()
    own.page.get_by_label("Noise", exact=True).fill("0.4")
    own.page.get_by_label("Size", exact=True).last.select_option("2")
    given = own.ask(
        """(({ pixels, visible, pool, noise, shape }) =>
            [Array.from(pixels), visible.every((one) => one === 255), pool, noise, shape])(view.repair.given())"""
    )
    assert given[1:] == [True, 2, 0.4, [14, 14, 1]]
    pooled = test.images[3].reshape(14, 2, 14, 2).mean(axis=(1, 3))
    spread = (np.reshape(given[0], (14, 14)) - pooled)[(pooled > 60) & (pooled < 200)]
    assert 0.15 < spread.std() / 255 < 0.55
    own.ask("(view.repair.node.dataset.done = 'false')")
    own.button("Draw new noise").click()
    own.until("view.repair.node.dataset.done === 'true'")


def test_many_pictures_in_a_table_and_out_as_a_zip(own, test, files, tmp_path):
    blank, noise, text = tmp_path / "blank.png", tmp_path / "noise.png", tmp_path / "text.txt"
    Image.new("RGB", (60, 60), "white").save(blank)
    stripes = np.zeros((120, 120), np.uint8)
    stripes[20:100:8, 20:100] = 255
    Image.fromarray(stripes).save(noise)
    text.write_text("nothing")
    own.upload(*files, blank, noise, text)
    own.until("view.table.node.dataset.done === 'true'")
    rows = own.page.locator(".many tbody tr").all_inner_texts()
    assert len(rows) == 8
    assert "blank.png" in rows[0] and "blank picture" in rows[0] and "noise.png" in rows[1]
    own.page.get_by_text("1 file was not read").click()
    assert "Can't read text.txt: not a supported image" in own.page.locator(".refusals").inner_text()
    shown = own.ask("view.table.entries.map(({ reading }) => reading.unusual)")
    assert shown[1:] == sorted(shown[1:], reverse=True)
    with own.page.expect_download() as download:
        own.button("Export table").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert len(archive.namelist()) == 17
        table = archive.read("pictures.csv").decode().splitlines()
    assert len(table) == 9 and "blank.png" in table[1]
    own.after(lambda: own.button("0.png").click())
    assert own.page.locator(".source header").inner_text().endswith("0.png")


def test_pictures_are_dropped_and_pasted(own, files):
    data = list(files[1].read_bytes())
    for kind in ("drop", "paste"):
        own.after(
            lambda kind=kind: own.page.evaluate(
                """([kind, bytes]) => {
                    const transfer = new DataTransfer();
                    transfer.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
                    const event = kind === "drop"
                        ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
                        : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
                    window.dispatchEvent(event);
                }""",
                [kind, data],
            )
        )
        assert own.page.locator(".source header").inner_text().endswith(f"{kind}.png")
        assert "are “2”" in own.page.locator(".answer").inner_text()


def test_reports_unreadable_and_blank_pictures(own, tmp_path):
    text, white = tmp_path / "letter.png", tmp_path / "white.png"
    text.write_bytes(b"no picture at all")
    Image.new("RGB", (300, 200), "white").save(white)
    own.upload(text)
    own.page.get_by_text("not a supported image").wait_for()
    own.upload(white)
    own.page.get_by_text("No object was found in this picture").wait_for()
    assert not own.page.get_by_text("not a supported image").is_visible()
    own.button("Random test image").click()
    own.until("!view.blank")


def test_the_camera_is_live_and_a_picture_is_taken(browser, app_url):
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    seeing = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    own = ReconstructPage(seeing.new_page(viewport={"width": 1440, "height": 1000}), app_url)
    own.button("Open camera").click()
    own.until("view.input.camera.on")
    first = int(own.ask("view.root.dataset.read"))
    own.until("Number(view.root.dataset.read) > argument + 3", first)
    assert own.page.locator(".preparation").is_visible()
    own.button("Take picture").click()
    own.until("!view.input.camera.on && view.input.mode === 'picture'")
    own.page.locator(".cropper").wait_for()
    assert not own.faults
    seeing.close()


@pytest.mark.full
def test_the_camera_s_message_is_below_the_title_also_beside_a_table(own, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_text("nothing")
    own.upload(tmp_path / "a.png", tmp_path / "b.png")
    own.page.get_by_text("No file could be read").wait_for()
    own.button("Open camera").click()
    message, table = own.page.get_by_text("Upload a picture instead"), own.page.locator(".many")
    message.wait_for()
    assert own.page.locator("h1").bounding_box()["y"] < message.bounding_box()["y"] < table.bounding_box()["y"]


def test_reports_a_missing_camera(own):
    own.button("Open camera").click()
    own.page.get_by_text("Upload a picture instead").wait_for()
    assert own.ask("view.input.mode") == "pad"
    assert own.ask("view.status.node.textContent") == "Can't use a camera: none was found. Upload a picture instead."
    own.button("Draw").click()
    assert own.ask("view.status.node.hidden"), "it is of what was wanted before"


@pytest.mark.full
def test_shows_the_latest_choice_if_earlier_ones_arrive_later(own, wants, files):
    held = []
    own.page.route("**/test/images**", lambda route: held.append(route))
    own.ask("void view.takeImage(4321)")
    own.after(lambda: own.upload(files[1]))
    for route in held:
        route.continue_()
    own.page.unroute("**/test/images**")
    own.page.wait_for_timeout(500)
    assert own.ask("view.input.mode") == "picture"
    expected = prepare(read_picture(files[1]), wants, SHAPE).image
    np.testing.assert_array_equal(own.canvas("input")[..., :1], expected)
    # And the other way round.
    held.clear()
    own.page.route("**/prepare", lambda route: held.append(route))
    own.upload(files[2])
    own.page.wait_for_timeout(100)
    own.take(4322)
    for route in held:
        route.continue_()
    own.page.wait_for_timeout(500)
    assert own.ask("view.input.mode") == "pad"
    assert own.page.locator(".source header").inner_text().startswith("Your image\ntest #4322")


@pytest.mark.full
def test_a_file_that_is_refused_leaves_nothing_of_the_picture_before(own, tmp_path, files):
    own.after(lambda: own.upload(files[0]))
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:4000])
    own.upload(broken)
    own.until('view.status.node.textContent.startsWith("Can\'t read broken.png")')
    assert own.page.locator(".quality").inner_text() == ""
    assert own.words() == "", "it is said in one place, that of the camera's message"
    assert own.page.locator(".preparation").is_hidden()
    source = own.page.locator(".source")
    assert not any(source.locator(f".source-{part}").is_visible() for part in ("picture", "pad", "camera"))
    assert source.inner_text().split("\n\n") == ["Your image", "Drop pictures anywhere, or paste one."]
    assert own.pixels("view.input.cropper.canvas").max() == 0, "all of the photograph is gone"
    assert not own.page.locator(".picture-strip .strip").first.is_visible()
    assert own.canvas("input").max() == 0 and own.canvas("output").max() == 0
    assert own.page.locator(".gauge b").all_inner_texts() == ["", "", ""]
    for place in (".latents", ".map-card", ".repair", ".both-strips"):
        assert own.page.locator(place).evaluate("(node) => node.inert"), place
    assert own.button("A").evaluate("(node) => node.inert")
    own.button("Open camera").click()
    own.until("view.status.node.textContent.includes('use a camera')")
    own.after(lambda: own.upload(files[1]))
    assert own.ask("view.status.node.hidden")
    assert source.locator("header").inner_text().endswith("1.png") and source.locator(".cropper").is_visible()
    np.testing.assert_array_equal(
        own.pixels("view.input.cropper.canvas"), np.asarray(Image.open(files[1]).convert("RGB"))
    )
    own.upload(broken)
    own.until("!view.status.node.hidden")
    own.after(lambda: own.button("Random test image").click())
    assert own.ask("view.status.node.hidden")
    assert not own.page.locator(".latents").evaluate("(node) => node.inert")


@pytest.mark.full
def test_the_next_good_picture_clears_earlier_refusals(own, tmp_path, files):
    broken = [tmp_path / f"broken-{number}.png" for number in range(2)]
    for path in broken:
        path.write_bytes(b"no picture")
    card, refusals = own.page.locator(".many"), own.page.locator(".refusals")

    def read(*some) -> None:
        own.upload(*some)
        own.until("view.table.node.dataset.done === 'true' && view.table.total === argument", len(some))
        assert refusals.is_visible()

    read(*broken)
    own.after(lambda: own.upload(files[0]))
    assert card.is_hidden(), "nothing else was in it"
    read(*files[:2], *broken[:1])
    own.after(lambda: own.page.get_by_role("button", name="1.png").click())
    assert refusals.is_visible(), "one of the table is looked at"
    own.after(lambda: own.upload(files[2]))
    assert card.is_visible() and refusals.is_hidden()


@pytest.mark.full
def test_an_undo_in_the_middle_of_a_stroke_ends_it(own, test):
    own.take(0)
    own.draw((0.1, 0.9), (0.5, 0.9), finish=False)
    own.page.keyboard.press("Control+z")
    own.draw((0.6, 0.9), (0.9, 0.9), finish=False)
    own.page.mouse.up()
    own.page.wait_for_timeout(300)
    # The pen that goes on begins a stroke of its own; what it draws counts.
    assert own.ask("view.input.pad.loaded === null") == bool(own.pixels("view.input.pad.canvas")[252, 210].max())


@pytest.mark.full
def test_closing_the_camera_restores_the_previous_picture(browser, app_url, test, files):
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    seeing = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    own = ReconstructPage(seeing.new_page(viewport={"width": 1440, "height": 1000}), app_url)
    own.take(11)
    own.button("Open camera").click()
    own.until("view.input.camera.on")
    own.after(lambda: None)
    own.button("Close camera").click()
    own.until("!view.input.camera.on && view.input.mode === 'pad'")
    soon(own.page, lambda: np.testing.assert_array_equal(own.canvas("input")[..., :1], test.images[11]))
    assert "test #11" in own.page.locator(".source header").inner_text()
    own.after(lambda: own.upload(files[3]))
    own.button("Open camera").click()
    own.button("Open camera").click()
    own.until("view.input.camera.on")
    own.ask("(window.track = view.input.camera.video.srcObject.getTracks()[0], null)")
    own.page.get_by_role("link", name="Explore").click()
    own.page.wait_for_function("() => window.track.readyState === 'ended'")
    assert not own.faults
    seeing.close()
