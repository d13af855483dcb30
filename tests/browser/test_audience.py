"""A speaker's page and phones, each in a browser context of its own."""

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.audience import AudiencePhone, link_of, open_panel, start_session
from tests.browser.explore_page import ExplorePage
from tests.browser.soon import soon
from tests.browser.test_narrow import OUTSIDE
from tests.browser.zoo_models import add_zoo

pytestmark = pytest.mark.browser

ALONE = "accepts connections from this computer only"
ZERO = "?model=mnist-16&z=" + ",".join(["0"] * 16)


@pytest.fixture
def phones(browser):
    opened = []

    def open_phone(url: str, **options) -> AudiencePhone:
        opened.append(AudiencePhone(browser, url, **options))
        return opened[-1]

    yield open_phone
    for phone in opened:
        phone.close()


def same_picture(explore: ExplorePage, phone: AudiencePhone, canvas: str = ".picture.main") -> None:
    """Wait until the phone shows the speaker's picture, to one grey level (batches round differently)."""

    def check() -> None:
        shown, own = phone.colours().astype(int), explore.colours(canvas).astype(int)
        assert shown.shape == own.shape and np.abs(shown - own).max() <= 1

    soon(explore.page, check, seconds=20)


def scanned(explore: ExplorePage) -> str:
    """What a scanner reads from a screenshot of the panel."""
    picture = Image.open(io.BytesIO(explore.page.screenshot())).convert("L")
    return zxingcpp.read_barcodes(np.asarray(picture))[0].text


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.full)])
def test_phones_follow_a_presentation_move_the_point_and_see_its_end(open_explore, phones, scheme):
    explore = open_explore(ZERO, color_scheme=scheme)
    page = explore.page
    url = start_session(explore)
    expect(page.get_by_text(ALONE).locator("visible=true")).to_have_count(1)
    assert scanned(explore) == url
    page.keyboard.press("Escape")
    for width in (1440, 1280):  # the toolbar with the button of the session has one row
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        tops = [page.get_by_role("button", name=name).bounding_box()["y"] for name in ("Go to mean", "Present")]
        assert tops[0] == tops[1], width
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Present").click()
    page.wait_for_selector(".root.presenting")

    # The phone shows the speaker's picture, also after a drag.
    phone = phones(url, color_scheme=scheme)
    same_picture(explore, phone)
    assert phone.page.evaluate(OUTSIDE) == []
    assert phone.page.locator("input").count() == 0
    before = explore.pixels()
    low, high, middle = explore.grab(13)
    page.mouse.move(low + 0.9 * (high - low), middle, steps=12)
    page.mouse.up()
    assert np.abs(explore.pixels().astype(int) - before).max() > 20
    same_picture(explore, phone)
    expect(phone.page.locator(".what")).to_have_text(explore.page.locator(".what").inner_text())
    expect(page.get_by_role("button", name="Audience: 1 phone is connected").locator("visible=true")).to_be_visible()

    # Where the speaker allows it, the phone moves the speaker's point.
    page.locator(".audience-corner").click()
    page.get_by_label("Let phones move the point").check()
    phone.wait_for_status("Live. You can move the point.")
    slider = phone.page.get_by_role("slider").first
    index = explore.ask("explorer.page.dimensions[0].index")
    slider.focus()
    assert float(slider.input_value()) == pytest.approx(explore.z()[index], abs=1e-3)
    slider.press("End")
    highest = float(slider.get_attribute("max"))
    soon(page, lambda: np.testing.assert_allclose(explore.z()[index], highest, atol=1e-3), seconds=20)
    same_picture(explore, phone)
    explore.wait_for_link()  # the page's link follows when the phone rests
    assert phone.page.evaluate(OUTSIDE) == []
    page.get_by_label("Let phones move the point").uncheck()
    phone.wait_for_status("Live")
    assert phone.page.get_by_role("slider").count() == 0

    page.get_by_role("button", name="End session").click()
    phone.wait_for_status("The speaker ended the session.")
    expect(page.get_by_text("You ended the session.")).to_be_visible()
    late = phones(url)
    late.wait_for_status("This session has ended. Ask the speaker for a new link.")
    late.page.faults = [fault for fault in late.page.faults if "404" not in fault]  # of its own address


@pytest.mark.full
def test_a_session_outlives_a_reload_another_page_and_another_model(open_explore, phones):
    explore = open_explore(ZERO)
    page = explore.page
    phone = phones(start_session(explore))
    same_picture(explore, phone)
    page.reload()
    explore.wait_until_drawn()
    page.get_by_role("button", name="Audience: 1 phone is connected").locator("visible=true").wait_for()
    explore.ask(f"explorer.point.move({[0.7] * 16})")
    same_picture(explore, phone)
    page.get_by_role("link", name="Models").click()
    page.wait_for_selector(".zs-sheet")
    page.get_by_role("link", name="Explore").click()
    explore.wait_until_drawn()
    explore.ask(f"explorer.point.move({[-0.7] * 16})")
    same_picture(explore, phone)
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="MNIST, 2 dimensions").click()
    page.wait_for_selector(".root.two-dimensional[data-channel=open]", timeout=60_000)
    expect(phone.page.get_by_role("heading", name="MNIST, 2 dimensions")).to_be_visible()
    explore.ask("explorer.point.move([1, -1])")
    same_picture(explore, phone)


@pytest.mark.full
def test_phones_follow_on_other_pages(open_explore, phones):
    explore = open_explore(ZERO)
    page = explore.page
    phone = phones(start_session(explore))
    page.get_by_label("Let phones move the point").check()
    same_picture(explore, phone)
    zero = phone.colours()
    page.keyboard.press("Escape")

    def follows(canvas: str) -> None:
        """The phone shows the picture of the page, and no longer that of Explore."""
        same_picture(explore, phone, canvas)
        assert np.abs(phone.colours().astype(int) - zero).max() > 50

    page.get_by_role("link", name="Map").click()
    marker = page.locator(".marker")
    expect(marker).to_be_visible(timeout=120_000)
    for _ in range(8):
        marker.press("ArrowRight")
    follows(".side .picture.main")
    link = page.url
    phone.page.get_by_role("slider").first.press("ArrowRight")  # moves the speaker's point
    page.wait_for_url(lambda url: url != link)
    same_picture(explore, phone, ".side .picture.main")

    page.get_by_role("link", name="Interpolate").click()
    page.locator(".path[data-kind=geodesic][data-painted]").wait_for(timeout=180_000)
    page.keyboard.press("ArrowRight")
    follows(".path[data-kind=geodesic] .now")
    before = phone.colours()
    phone.page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_text("Phones cannot move the point of this page.")).to_be_visible()
    np.testing.assert_array_equal(phone.colours(), before)

    page.get_by_role("link", name="Reconstruct").click()
    page.locator(".reconstruct [data-read]").or_(page.locator(".reconstruct[data-read]")).first.wait_for(
        timeout=120_000
    )
    follows(".trio figure:nth-child(2) canvas")


def test_a_phone_moves_the_point_of_a_plane(open_explore, phones):
    explore = open_explore("?model=mnist-2d&z=0,0")
    phone = phones(start_session(explore))
    explore.page.get_by_label("Let phones move the point").check()
    pad = phone.page.get_by_role("application")
    box = pad.bounding_box()
    phone.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"])
    soon(phone.page, lambda: np.testing.assert_array_equal(explore.z() > 0.1, [True, True]), seconds=20)
    same_picture(explore, phone)
    marker = phone.page.locator(".pad i").bounding_box()
    assert abs(marker["x"] + marker["width"] / 2 - (box["x"] + 0.9 * box["width"])) < 3
    for width, height in ((844, 390), (390, 844), (800, 1000)):
        phone.page.set_viewport_size({"width": width, "height": height})
        assert phone.page.evaluate(OUTSIDE) == []
        bottom = phone.page.locator(".pad").evaluate("(node) => node.getBoundingClientRect().bottom")
        assert bottom <= height, "the picture and the pad fit the window"


@pytest.mark.full
def test_the_speaker_s_lost_connection_is_shown_and_found_again(open_explore, phones):
    explore = open_explore(ZERO)
    phone = phones(start_session(explore))
    phone.wait_for_status("Live")
    explore.page.context.set_offline(True)
    explore.page.goto("about:blank")  # the speaker leaves
    phone.wait_for_status("The speaker is not connected. Waiting for the speaker")
    explore.page.context.set_offline(False)
    explore.goto(ZERO)
    explore.wait_until_drawn()
    phone.wait_for_status("Live")
    open_panel_in_session(explore)
    explore.page.get_by_role("button", name="End session").click()
    phone.wait_for_status("The speaker ended the session.")


def open_panel_in_session(explore: ExplorePage) -> None:
    explore.page.get_by_role("button", name="Audience: ").locator("visible=true").click()


@pytest.mark.full
def test_the_class_of_a_conditional_model_is_chosen_on_a_phone(browser, phones, tmp_path):
    homes = {"ZSCOPE_MODELS": str(tmp_path / "models"), "ZSCOPE_OWN_DATA": str(tmp_path / "data")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in homes.items():
            patch.setenv(name, value)
        add_zoo(tmp_path / "models")
    context = browser.new_context(reduced_motion="reduce")
    with running_app(tmp_path / "app.log", STREAMLIT_SERVER_BASE_URL_PATH="some/where", **homes) as url:
        explore = ExplorePage(context.new_page(), f"{url}/some/where")
        explore.goto("?model=conditional-6&z=" + ",".join(["0"] * 6 + ["1"] + ["0"] * 9))
        explore.wait_until_drawn()
        link = start_session(explore)
        assert link.startswith(f"{url}/some/where/audience/")
        explore.page.get_by_label("Let phones move the point").check()
        phone = phones(link)
        same_picture(explore, phone)
        phone.page.get_by_label("Class").select_option("7")
        soon(phone.page, lambda: np.testing.assert_array_equal(explore.z()[6:].argmax(), 7), seconds=20)
        assert explore.z()[6:].sum() == 1
        same_picture(explore, phone)
        explore.page.get_by_role("button", name="End session").click()
        phone.wait_for_status("The speaker ended the session.")
    context.close()


@pytest.mark.full
def test_the_panel_fits_a_phone_and_the_keyboard_reaches_it(open_explore):
    explore = open_explore(ZERO, viewport={"width": 390, "height": 844})
    page = explore.page
    open_panel(explore)
    expect(page.get_by_text(ALONE).locator("visible=true")).to_have_count(1)  # before the start too
    page.get_by_role("button", name="Start session").focus()
    page.keyboard.press("Enter")
    url = link_of(explore)
    assert scanned(explore) == url
    assert page.evaluate(OUTSIDE) == []
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.shadowRoot?.activeElement?.textContent ?? ''"))
    assert {"Copy link", "End session", url.removeprefix("http://")} <= reached
    page.get_by_role("button", name="End session").click()
