"""The tray of favourites in a real browser."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.explore_page import ExplorePage
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

SHOWN = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.favourites)?.zscope"


@pytest.fixture(scope="module")
def client(app_url):
    with LiveClient(app_url, "mnist-16") as client:
        yield client


def favourites(page) -> list[dict]:
    return page.evaluate(f"() => ({SHOWN})().favourites.list")


def open_tray(page) -> None:
    page.get_by_role("button", name="Favourites:").click()
    expect(page.get_by_role("region", name="Favourites")).to_be_visible()


def pin(explore: ExplorePage, number: int) -> np.ndarray:
    """Start from a test image and save its code."""
    page = explore.page
    before = len(favourites(page))
    page.get_by_role("button", name="Choose a test image").click()
    page.get_by_label("Number of the test image").fill(str(number))
    page.get_by_role("button", name="Choose", exact=True).click()
    page.wait_for_function(
        "(number) => [...document.querySelectorAll('*')].find((node) => node.zscope?.sliders)"
        ".zscope.point.source?.image === number",
        arg=number,
    )
    page.wait_for_selector(".root[data-channel=open]")
    z = explore.z()
    page.keyboard.press("s")
    expect(page.get_by_text("Saved. This model has")).to_be_visible()
    page.wait_for_function(f"(count) => ({SHOWN})().favourites.list.length === count", arg=before + 1)
    return z


def choose(page, file) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    chooser.value.set_files(file)


def first_stops(page) -> list[list[float]]:
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.stops)"
        "?.zscope.stops.list.every((stop) => stop.code)",
        timeout=180_000,
    )
    return page.evaluate(
        "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.stops)"
        ".zscope.stops.list.map((stop) => Array.from(stop.code))"
    )


def test_points_are_pinned_renamed_ordered_deleted_and_kept(open_explore):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.wait_for_function(f"() => ({SHOWN})()")
    codes = [pin(explore, number) for number in (3, 5, 8)]
    open_tray(page)
    page.get_by_label("Title of #5").fill("five; ~")
    # A click right after typing is not lost, and the focus stays with the favourite that moved.
    page.get_by_role("button", name="Move to the left: #5").click()
    assert page.evaluate(f"() => ({SHOWN})().root.getRootNode().activeElement.ariaLabel") == "Move to the left: five; ~"
    page.get_by_role("button", name="Delete: #8").click()
    assert [one["title"] for one in favourites(page)] == ["five; ~", "#3"]
    np.testing.assert_allclose([one["z"] for one in favourites(page)], [codes[1], codes[0]], atol=1e-4)

    page.reload()
    page.wait_for_function(f"() => ({SHOWN})()", timeout=180_000)
    open_tray(page)
    assert [one["title"] for one in favourites(page)] == ["five; ~", "#3"]
    explore.wait_until_drawn()
    page.get_by_role("button", name="Go to five; ~").click()
    explore.wait_for_point(codes[1])
    assert explore.source() == 5
    page.get_by_role("button", name="Go to average").click()
    explore.wait_for_point((codes[0] + codes[1]) / 2)


def test_favourites_open_as_a_path_and_from_pages_without_a_point(open_explore):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.wait_for_function(f"() => ({SHOWN})()")
    codes = [pin(explore, number) for number in (1, 2, 4)]
    open_tray(page)
    page.get_by_role("button", name="Open as path").click()
    np.testing.assert_allclose(first_stops(page), codes, atol=2e-3)
    # On the Interpolate page itself, another order replaces the stops.
    open_tray(page)
    page.get_by_role("button", name="Move to the right: #1", exact=True).click()
    page.get_by_role("button", name="Open as path").click()
    page.wait_for_function(
        "(z) => Math.abs([...document.querySelectorAll('*')].find((node) => node.zscope?.stops)"
        "?.zscope.stops.list[0].code?.[0] - z) < 2e-3",
        arg=float(codes[1][0]),
        timeout=180_000,
    )
    # There, a click adds a favourite as the last stop.
    open_tray(page)
    page.get_by_role("button", name="Add #2 as a stop").click()
    expect(page.get_by_text("Added as stop D.")).to_be_visible()
    assert first_stops(page)[3] == pytest.approx(codes[1], abs=2e-3)
    page.get_by_role("button", name="Add average as stop").click()
    expect(page.get_by_text("Added as stop E.")).to_be_visible()
    assert first_stops(page)[4] == pytest.approx(np.mean(codes, axis=0), abs=2e-3)
    moved = [float(value) + 0.5 for value in codes[1]]  # on Explore, the point was moved away from its image
    page.evaluate(f"([z, image]) => ({SHOWN})().goTo(z, image)", [moved, 2])
    assert first_stops(page)[5] == pytest.approx(moved, abs=1e-3)
    assert page.get_by_role("heading", name="Interpolate").is_visible()
    page.get_by_role("link", name="Models").click()
    page.get_by_role("heading", name="Models").first.wait_for(timeout=180_000)
    assert page.get_by_role("button", name="Save point").is_disabled()
    page.get_by_role("button", name="Go to #4").click()
    explore.wait_until_drawn()
    explore.wait_for_point(codes[2], tolerance=2e-3)


def test_files_and_links_carry_favourites(open_explore, client, tmp_path):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.wait_for_function(f"() => ({SHOWN})()")
    z = pin(explore, 6)
    open_tray(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / "favourites.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["favourites"][0]["title"] == "#6"
    with page.expect_download() as gallery:
        page.get_by_role("button", name="Save gallery").click()
    assert gallery.value.suggested_filename == "mnist-16-favourites.png"
    page.get_by_role("button", name="Delete: #6").click()
    choose(page, file)
    page.wait_for_function(f"() => ({SHOWN})().favourites.list.length === 1")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"model": "other", "version": "x", "favourites": [{"title": "x", "z": [1, 2]}]}))
    choose(page, wrong)
    expect(page.get_by_text("These favourites belong to the model “other”")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")

    other = open_explore(link[link.index("?") :])
    other.page.wait_for_function(f"() => ({SHOWN})().favourites.list.some(({{ picture }}) => picture)")
    [shared] = favourites(other.page)
    assert shared["title"] == "#6" and "favourites=" not in other.page.url
    np.testing.assert_allclose(shared["z"], z, atol=6e-4)
    check_picture(other.page, client, shared)


def test_the_kept_picture_is_that_of_the_kept_code(open_explore, client):
    """Even if the page has not decoded the code yet."""
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.wait_for_function(f"() => ({SHOWN})()")
    page.evaluate(
        f"""(z) => {{
            const explorer = [...document.querySelectorAll('*')].find((node) => node.zscope?.sliders).zscope;
            explorer.point.move(z);
            ({SHOWN})().pin();
        }}""",
        [0.25] * 16,
    )
    page.wait_for_function(f"() => ({SHOWN})().favourites.list[0]?.picture")
    [kept] = favourites(page)
    assert kept["z"] == [0.25] * 16
    check_picture(page, client, kept)


def check_picture(page, client, favourite: dict) -> None:
    """Check that the picture of a favourite is its decoded code, to one grey level."""
    pixels = page.evaluate(
        """async (url) => {
            const image = new Image();
            image.src = url;
            await image.decode();
            const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
            context.drawImage(image, 0, 0);
            return Array.from(context.getImageData(0, 0, image.width, image.height).data).filter((_, i) => i % 4 === 0);
        }""",
        favourite["picture"],
    )
    expected = client.decode(np.array([favourite["z"]], np.float32))[0, ..., 0]
    assert np.abs(np.reshape(pixels, expected.shape).astype(int) - expected).max() <= 1
