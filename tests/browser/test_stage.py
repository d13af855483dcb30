"""Stage mode and talks in a real browser: scenes are added, edited, and walked through across pages."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.explore_page import FIND, ExplorePage
from tests.browser.soon import soon
from zscope.languages import ENGLISH, translate
from zscope.library.talks import Scene, SceneStop, Talk, format_talk, load_talk, save_new_talk
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

MAP = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.overlay)?.zscope"
PATHS = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.stops)?.zscope"


@pytest.fixture(autouse=True)
def no_talks():
    shutil.rmtree(os.environ["ZSCOPE_TALKS"], ignore_errors=True)


@pytest.fixture(scope="module")
def codes(app_url) -> np.ndarray:
    """Three codes that a model decodes to different pictures."""
    return np.round(np.random.default_rng(1).normal(0, 1.5, (3, 16)), 3).astype(np.float32)


def scene(number: int, z: np.ndarray | None = None, **more) -> Scene:
    code = None if z is None else tuple(float(value) for value in z)
    values = {"page": "explore", "model": "mnist-16", "title": f"Scene {number}", "notes": f"Notes {number}", "z": code}
    return Scene(id=f"{number:08x}", **(values | more))


def open_talks(explore: ExplorePage, tag: str = ENGLISH) -> None:
    name = translate(tag, "Talks")
    explore.page.get_by_role("link", name=name, exact=True).click()
    expect(explore.page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def start(explore: ExplorePage, tag: str = ENGLISH) -> None:
    open_talks(explore, tag)
    explore.page.get_by_role("button", name=translate(tag, "Start talk")).click()
    expect(explore.page.locator(".scene-title")).to_be_visible()
    explore.wait_until_drawn()


def add(page, title: str, notes: str = "") -> None:
    page.get_by_role("button", name="Add to a talk").click()
    page.get_by_label("Title of the scene").fill(title)
    page.get_by_label("Notes").fill(notes)
    page.get_by_role("button", name="Add scene").click()
    expect(page.get_by_text("Added the scene to the talk.").last).to_be_visible()
    expect(page.get_by_test_id("stDialog")).to_have_count(0)


def test_what_pages_show_becomes_scenes_that_can_be_edited(open_explore):
    explore = open_explore("?model=mnist-16&z=1.5,-1,0.5,0,0,0,0,0,0,0,0,0,0,0,0,0.25")
    page = explore.page
    add(page, "The start", "Greet.\nExplain z.")
    explore.slider(3).focus()
    page.keyboard.press("ArrowRight")
    explore.wait_for_link()
    moved = explore.z()
    add(page, "One step")
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_function(f"() => ({MAP})()?.built", timeout=120_000)
    add(page, "On the map")
    talk = load_talk("new-talk")
    assert [(one.title, one.page, one.model) for one in talk.scenes] == [
        ("The start", "explore", "mnist-16"), ("One step", "explore", "mnist-16"), ("On the map", "map", "mnist-16"),
    ]  # fmt: skip
    assert talk.scenes[0].notes == "Greet.\nExplain z."
    assert talk.scenes[0].z == pytest.approx([1.5, -1, 0.5, *[0] * 12, 0.25])
    assert talk.scenes[1].z == pytest.approx(moved, abs=1e-3) and talk.scenes[1].z != talk.scenes[0].z
    assert talk.scenes[2].z == talk.scenes[1].z and talk.scenes[2].map.startswith("method=tsne")

    open_talks(explore)
    title = page.get_by_label("Title", exact=True).nth(1)
    title.fill("Two steps")
    title.press("Enter")
    expect(page.get_by_role("button", name="Up", exact=True).first).to_be_disabled()
    page.get_by_role("button", name="Up", exact=True).nth(1).click()
    expect(page.get_by_label("Title", exact=True).first).to_have_value("Two steps")
    page.get_by_role("button", name="Delete", exact=True).last.click()
    expect(page.get_by_label("Title", exact=True)).to_have_count(2)
    assert [one.title for one in load_talk("new-talk").scenes] == ["Two steps", "The start"]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as file").click()
    assert json.loads(saved.value.path().read_bytes())["scenes"][1]["notes"] == "Greet.\nExplain z."


def test_a_talk_is_walked_through_by_keys_across_pages(open_explore, app_url, codes):
    stops = (SceneStop(tuple(map(float, codes[0]))), SceneStop(tuple(map(float, codes[2]))))
    scenes = (
        scene(1, codes[0], seconds=0.0), scene(2, codes[1], seconds=0.0), scene(3, codes[2], page="map", seconds=0.0),
        scene(4, page="interpolate", stops=stops), scene(5, page="reconstruct", model="fashion-16"),
    )  # fmt: skip
    save_new_talk(Talk("Walk", scenes))
    explore = open_explore("?model=mnist-16")
    page = explore.page
    start(explore)
    title = page.locator(".scene-title")
    expect(title).to_have_text("Scene 1")
    explore.wait_for_point(codes[0])
    page.wait_for_selector(".root.presenting")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()

    page.keyboard.press("ArrowRight")  # the point moves without a run of the script
    expect(title).to_have_text("Scene 2")
    explore.wait_for_point(codes[1])
    with LiveClient(app_url, "mnist-16") as client:
        picture = client.decode(codes[1:2])[0, ..., 0]

    def check_picture():
        assert np.array_equal(explore.pixels(), picture)

    soon(page, check_picture)
    page.keyboard.press("PageDown")
    page.wait_for_function(f"() => ({MAP})()?.built", timeout=120_000)
    expect(title).to_have_text("Scene 3")
    assert page.evaluate(f"() => ({MAP})().root.classList.contains('presenting')")
    assert page.evaluate(f"() => Array.from(({MAP})().point.z)") == pytest.approx(codes[2], abs=1e-3)

    page.keyboard.press("PageDown")
    page.wait_for_function(f"() => ({PATHS})()?.stops.list.every((stop) => stop.code)", timeout=120_000)
    found = page.evaluate(f"() => ({PATHS})().stops.list.map((stop) => Array.from(stop.code))")
    assert np.allclose(found, codes[[0, 2]], atol=1e-3)
    assert page.evaluate("() => document.documentElement.dataset.zsStage") == "page"

    page.keyboard.press("PageDown")
    expect(title).to_have_text("Scene 5")
    expect(page.get_by_role("heading", name="Reconstruct", exact=True)).to_be_visible(timeout=60_000)
    page.keyboard.press("PageDown")  # there is no scene after the last one
    expect(title).to_have_text("Scene 5")
    expect(page.get_by_role("button", name="Next scene")).to_be_disabled()

    page.keyboard.press("PageUp")  # back to the other model
    page.wait_for_function(f"() => ({PATHS})()?.model.id === 'mnist-16'", timeout=120_000)
    expect(title).to_have_text("Scene 4")
    page.get_by_role("button", name="End talk").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(title).to_be_hidden()


def test_the_point_moves_smoothly_and_arrow_keys_of_a_focused_slider_stay_with_it(open_explore, codes):
    save_new_talk(Talk("Glide", (scene(1, codes[0]), scene(2, codes[1], seconds=1.0))))
    explore = open_explore("?model=mnist-16", motion="no-preference", ready=False)
    page = explore.page
    start(explore)
    explore.wait_for_point(codes[0])
    page.evaluate(
        f"() => {{ window.way = []; const {{ point }} = ({FIND})();"
        "point.addEventListener('move', () => window.way.push(Array.from(point.z))); }"
    )
    page.keyboard.press("ArrowRight")
    explore.wait_for_point(codes[1])
    way = np.array(page.evaluate("() => window.way"))  # (steps, 16)
    part = (way - codes[0]) @ (codes[1] - codes[0]) / np.sum((codes[1] - codes[0]) ** 2)
    off = way - codes[0] - part[:, None] * (codes[1] - codes[0])
    assert len(way) > 5 and np.all(np.diff(part) >= -1e-6) and np.abs(off).max() < 1e-3  # straight, and never back
    assert np.count_nonzero((part > 0.05) & (part < 0.95)) > 2

    explore.slider(0).focus()
    page.keyboard.press("ArrowLeft")
    explore.wait_until_away(codes[1], 1e-3)
    expect(page.locator(".scene-title")).to_have_text("Scene 2")
    page.keyboard.press("PageUp")  # a presenter's remote always walks
    expect(page.locator(".scene-title")).to_have_text("Scene 1")
    explore.wait_for_point(codes[0])


@pytest.mark.full
def test_the_speaker_window_shows_notes_and_the_next_scene_and_moves_the_talk(open_explore, codes):
    save_new_talk(Talk("Notes", (scene(1, codes[0]), scene(2, codes[1], notes="<b>bold</b>"), scene(3, page="map"))))
    explore = open_explore("?model=mnist-16")
    page = explore.page
    start(explore)
    expect(page.locator(".scene-title")).to_have_text("Scene 1")
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    speaker = opened.value
    expect(speaker.locator(".notes")).to_have_text("Notes 1")
    expect(speaker.locator(".next p")).to_have_text("Scene 2")
    assert speaker.locator(".next img").get_attribute("src").startswith("data:image/png;base64,")
    expect(speaker.locator(".time")).to_have_text("0:02", timeout=30_000)  # it counts
    speaker.get_by_role("button", name="Next scene").click()
    expect(speaker.locator(".notes")).to_have_text("<b>bold</b>")  # as text
    expect(page.locator(".scene-title")).to_have_text("Scene 2")
    explore.wait_for_point(codes[1])
    speaker.keyboard.press("PageDown")
    expect(speaker.get_by_role("heading", name="3 / 3")).to_be_visible()
    page.wait_for_function(f"() => ({MAP})()?.built", timeout=120_000)
    expect(speaker.get_by_role("button", name="Next scene")).to_be_disabled()
    speaker.keyboard.press("ArrowLeft")  # from another page, by a view that has come since
    expect(page.locator(".scene-title")).to_have_text("Scene 2")
    with speaker.expect_event("close"):
        page.get_by_role("button", name="End talk").click()


@pytest.mark.parametrize(
    "name", ["Interpolate", *(pytest.param(name, marks=pytest.mark.full) for name in ("Compare", "Train"))]
)
def test_p_shows_any_page_on_the_whole_window_and_escape_leaves(open_explore, name):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.get_by_role("link", name=name, exact=True).click()
    heading = page.get_by_role("heading", name=name, exact=True)
    expect(heading).to_be_visible(timeout=60_000)
    before = heading.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)")
    page.keyboard.press("p")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_role("button", name="Next scene")).to_be_hidden()  # no talk runs
    assert heading.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") > 1.2 * before
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.keyboard.press("x")  # the laser pointer is part of stage mode
    expect(page.locator("canvas.laser")).to_be_hidden()


def test_buttons_hide_while_nothing_moves_and_the_laser_follows_the_pointer(open_explore):
    explore = open_explore("?model=mnist-16")
    page = explore.page
    page.keyboard.press("p")
    page.wait_for_selector(".root.presenting")
    page.mouse.move(300, 300)
    page.wait_for_selector(".stage-bar.idle")
    page.mouse.move(420, 360)
    page.wait_for_selector(".stage-bar:not(.idle)")
    page.keyboard.press("x")
    page.mouse.move(500, 400)
    red = """([x, y]) => {
        const canvas = [...document.querySelectorAll('*')].find((node) => node.zscope?.laser).zscope.laser.canvas;
        const at = [x * devicePixelRatio, y * devicePixelRatio, 1, 1];
        const [r, g, b, a] = canvas.getContext('2d').getImageData(...at).data;
        return a > 200 && r > 200 && g < 80;
    }"""
    page.wait_for_function(red, arg=[500, 400])
    page.mouse.move(700, 200)
    page.wait_for_function(red, arg=[700, 200])
    assert not page.evaluate(red, [500, 400])
    page.mouse.click(350, 400)  # what is below still gets the click: the picture, which plays
    page.wait_for_selector(".play.playing", state="attached")
    page.keyboard.press("x")
    expect(page.locator("canvas.laser")).to_be_hidden()


@pytest.mark.parametrize(
    "size",
    [(1440, 900), pytest.param((1280, 720), marks=pytest.mark.full), pytest.param((390, 844), marks=pytest.mark.full)],
    ids=lambda size: f"{size[0]}",
)
def test_the_title_covers_nothing_and_the_keys_of_the_talk_are_listed(open_explore, codes, size):
    stops = (SceneStop(tuple(map(float, codes[0]))), SceneStop(tuple(map(float, codes[2]))))
    scenes = (
        scene(1, codes[0], title="A long title " * 6),
        scene(2, page="interpolate", stops=stops),
        scene(3, page="models"),
    )
    save_new_talk(Talk("Titles", scenes))
    explore = open_explore("?model=mnist-16", viewport={"width": size[0], "height": size[1]}, ready=False)
    page = explore.page
    page.goto(f"{explore.url}/talks")
    page.get_by_role("button", name="Start talk").click()
    explore.wait_until_drawn()
    top = (
        "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.bar).zscope.bar.node"
        ".getBoundingClientRect().top"
    )

    def ends_above(selector: str) -> None:
        bottom = page.locator(selector).evaluate("(node) => node.getBoundingClientRect().bottom")
        assert bottom <= page.evaluate(top) + 1

    soon(page, lambda: ends_above(".root.presenting"))
    page.keyboard.press("?")
    listed = page.locator(".key-help:popover-open")
    expect(listed).to_contain_text("Keys of the talk")
    expect(listed).to_contain_text("next scene")
    expect(listed).to_contain_text("sample")  # the page's own keys too
    page.keyboard.press("Escape")  # closes the list, not the presentation
    expect(listed).to_have_count(0)
    page.wait_for_selector(".root.presenting")

    page.keyboard.press("PageDown")
    page.wait_for_function(f"() => ({PATHS})()?.stops.list.every((stop) => stop.code)", timeout=120_000)
    soon(page, lambda: ends_above("[data-testid=stMain]"))
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible(timeout=60_000)
    page.wait_for_function(f"() => !({PATHS})()")
    page.keyboard.press("?")  # a page without keys of its own
    expect(listed).to_contain_text("next scene")
    page.keyboard.press("?")
    expect(listed).to_have_count(0)


@pytest.mark.full
def test_a_scene_of_a_model_that_was_deleted_says_so_and_the_talk_goes_on(open_explore, codes):
    save_new_talk(Talk("Gone", (scene(1, codes[0]), scene(2, codes[1], model="no-such-model"), scene(3, codes[2]))))
    explore = open_explore("?model=mnist-16")
    page = explore.page
    start(explore)
    explore.wait_for_point(codes[0])
    page.keyboard.press("PageDown")
    expect(page.get_by_text("no-such-model").first).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".scene-title")).to_have_text("Scene 3")
    explore.wait_for_point(codes[2])


@pytest.mark.full
def test_a_talk_is_imported_from_a_file_and_a_wrong_file_is_refused(open_explore, tmp_path):
    (tmp_path / "talk.json").write_bytes(format_talk(Talk("From *a* friend", (scene(1),))))
    (tmp_path / "wrong.json").write_text('{"format": "zscope-talk"}')
    explore = open_explore("?model=mnist-16")
    page = explore.page
    open_talks(explore)
    page.get_by_role("button", name="Import").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "wrong.json")
    expect(page.get_by_text("title is missing.")).to_be_visible()
    page.locator("input[type=file]").set_input_files(tmp_path / "talk.json")
    expect(page.get_by_label("Title of the talk")).to_have_value("From *a* friend")
    assert load_talk("from-a-friend").scenes[0].title == "Scene 1"


@pytest.mark.full
def test_a_scene_opens_a_chapter_of_learn(open_explore, codes):
    save_new_talk(
        Talk(
            "Chapters",
            (scene(1, codes[0]), scene(2, page="learn", chapter="kl"), scene(3, page="learn", chapter="gan")),
        )
    )
    explore = open_explore("?model=mnist-16")
    page = explore.page
    start(explore)
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="KL and ELBO")).to_be_visible()
    page.keyboard.press("PageDown")  # the same page with another query
    expect(page.get_by_role("heading", name="VAE against GAN")).to_be_visible()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("heading", name="KL and ELBO")).to_be_visible()


@pytest.mark.parametrize(
    ("tag", "locale", "walked"),
    [
        pytest.param("en", "en-GB", 20, marks=pytest.mark.full),
        pytest.param("zh-Hans", "zh-CN", 20, marks=pytest.mark.full),
        pytest.param("zh-Hans", "zh-CN", 2, id="first scenes in Chinese"),
    ],
)
def test_the_bundled_lecture_is_given_from_the_first_scene_to_the_last(open_explore, tag, locale, walked):
    explore = open_explore("?model=mnist-16", locale=locale)
    page = explore.page
    start(explore, tag)
    lecture = load_talk("variational-autoencoders").scenes
    assert len(lecture) == 20
    scenes = [
        replace(one, title=translate(tag, one.title), notes=translate(tag, one.notes)) for one in lecture[:walked]
    ]
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    page.bring_to_front()
    for number, one in enumerate(scenes, 1):
        expect(page.locator(".scene-title")).to_have_text(one.title)
        expect(opened.value.locator(".notes")).to_have_text(one.notes)
        page.wait_for_function(
            "(page) => location.pathname.endsWith(page)", arg="/" if one.page == "explore" else one.page
        )
        if one.chapter:
            page.wait_for_function("(chapter) => location.search.includes(`chapter=${chapter}`)", arg=one.chapter)
        if one.page == "explore":
            page.wait_for_selector(".root[data-channel=open] .seen")  # the sliders of two dimensions are hidden
            explore.wait_for_point(np.array(one.z))
        assert page.get_by_test_id("stException").count() == 0
        if number < len(scenes):
            page.keyboard.press("PageDown")
    if walked == len(lecture):
        expect(page.get_by_role("button", name=translate(tag, "Next scene"))).to_be_disabled()


@pytest.mark.full
def test_keys_that_are_pressed_while_pages_change_count(open_explore, codes):
    scenes = (scene(1, codes[0]), scene(2, codes[1], page="map"), scene(3, page="reconstruct"), scene(4, codes[2]))
    save_new_talk(Talk("Fast", scenes))
    explore = open_explore("?model=mnist-16")
    page = explore.page
    start(explore)
    for _ in range(3):
        page.keyboard.press("PageDown")
    expect(page.locator(".scene-title")).to_have_text("Scene 4")
    explore.wait_until_drawn()
    explore.wait_for_point(codes[2])
    page.wait_for_timeout(1000)  # a page that comes late must not replace it
    explore.wait_for_point(codes[2])
    expect(page.locator(".scene-title")).to_have_text("Scene 4")
