"""Dialogs and runs of the page that the user did not start."""

import pytest
from playwright.sync_api import expect

from tests.browser.held_run import until
from zscope.library.talks import delete_talk, list_talks, load_talk

pytestmark = pytest.mark.browser


def move(explore, index: int, value: float) -> None:
    """Move a slider without the mouse, as a controller does, and wait until Python has run."""
    explore.slider(index).evaluate(
        """(slider, value) => {
            slider.value = value;
            for (const type of ["input", "change"]) slider.dispatchEvent(new Event(type, { bubbles: true }));
        }""",
        value,
    )
    explore.wait_for_link()
    explore.page.wait_for_timeout(1000)  # the state is sent later than the link is changed
    explore.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def test_a_dialog_stays_open_when_the_page_runs_again(open_explore):
    explore = open_explore("?model=mnist-16&z=1.5,-1,0.5,0,0,0,0,0,0,0,0,0,0,0,0,0.25")
    page, dialog = explore.page, explore.page.get_by_role("dialog").filter(visible=True)
    page.get_by_role("button", name="Add to a talk").click()
    dialog.get_by_label("Title of the scene").fill("Moved")
    dialog.get_by_label("Title of the scene").press("Tab")
    move(explore, 3, 1.0)
    expect(dialog).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(dialog.get_by_label("Title of the scene")).to_have_value("Moved")
    dialog.get_by_role("button", name="Add scene").click()
    expect(dialog).to_have_count(0)
    # It is saved while the dialog closes.
    until(lambda: any(talk.id == "new-talk" and load_talk(talk.id).scenes for talk in list_talks()))
    (scene,) = load_talk("new-talk").scenes
    assert scene.title == "Moved"
    assert scene.z[3] == pytest.approx(1.0, abs=0.05)  # saved from the point after the run
    move(explore, 3, -1.0)
    expect(dialog).to_have_count(0)
    delete_talk("new-talk")


@pytest.mark.full
def test_a_dismissed_dialog_stays_closed(open_explore):
    explore = open_explore("?model=mnist-16")
    page, dialog = explore.page, explore.page.get_by_role("dialog").filter(visible=True)
    page.get_by_role("button", name="Add to a talk").click()
    expect(dialog).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    move(explore, 2, 1.0)
    expect(dialog).to_have_count(0)


@pytest.mark.full
def test_a_dialog_belongs_to_its_page(open_explore):
    explore = open_explore("?model=mnist-16")
    page, dialog = explore.page, explore.page.get_by_role("dialog").filter(visible=True)
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    page.get_by_role("button", name="Add to a talk").click()
    expect(dialog).to_have_count(1)
    page.go_back()
    explore.wait_until_drawn()
    expect(dialog).to_have_count(0)
    page.go_forward()
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    expect(dialog).to_have_count(0)
