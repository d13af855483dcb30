"""A gamepad, MIDI knobs and OSC move the point of Explore.

The gamepad and the knobs are made up: the browser's functions return them. OSC comes in real UDP packets.
"""

import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import expect
from pythonosc.udp_client import SimpleUDPClient

from tests.browser.app_server import free_port
from tests.browser.explore_page import FIND
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

ZERO = "?model=mnist-16&z=" + ",".join(["0"] * 16)
PAD = """
window.pad = null;
window.reads = 0;
Object.defineProperty(navigator, "getGamepads", { value: () => (window.reads++, [null, window.pad]) });
window.plug = () => {
  const buttons = Array.from({ length: 16 }, () => ({ pressed: false }));
  window.pad = { id: "Test pad", connected: true, axes: [0, 0, 0, 0], buttons };
  window.dispatchEvent(new Event("gamepadconnected"));
};
window.hold = (button, pressed) => (window.pad.buttons[button] = { pressed });
"""
MIDI = """
const input = Object.assign(new EventTarget(), { name: "Test knobs", state: "connected", onmidimessage: null });
const access = Object.assign(new EventTarget(), { inputs: new Map([["1", input]]) });
navigator.requestMIDIAccess = async () => { window.asked = (window.asked ?? 0) + 1; return access; };
navigator.permissions.query = async () => ({ state: "granted" });
window.turn = (knob, value) =>
  input.onmidimessage?.({ data: Uint8Array.of(0xb0, knob, value), timeStamp: performance.now() });
"""


@pytest.fixture
def open_with(open_explore):
    """Open Explore with a script that runs first: `open_with(script, query)`."""

    def open_page(script: str, query: str = ZERO, **options):
        explore = open_explore(query, **options)
        explore.page.add_init_script(script)
        explore.page.reload()
        explore.wait_until_drawn()
        return explore

    return open_page


def press(explore, button: int) -> None:
    """Press and release a button, each for longer than a frame."""
    explore.page.evaluate("(button) => window.hold(button, true)", button)
    explore.page.wait_for_timeout(60)
    explore.page.evaluate("(button) => window.hold(button, false)", button)
    explore.page.wait_for_timeout(60)


def test_a_gamepad_moves_the_point_and_its_buttons_act(open_with):
    explore = open_with(PAD)
    page = explore.page
    page.get_by_role("button", name="Controllers", exact=True).click()
    page.get_by_text("No gamepad is connected").wait_for()
    before = page.evaluate("window.reads")
    page.wait_for_timeout(300)
    assert page.evaluate("window.reads") == before, "without a gamepad, nothing is read"

    page.evaluate("window.plug()")
    page.get_by_text("Connected: Test pad").wait_for()
    page.get_by_label("Left stick ↔ moves").select_option("z5")
    page.get_by_label("Left stick ↕ moves").select_option("z7")
    page.evaluate("window.pad.axes = [1, 1, 0, 0]")
    page.wait_for_function(f"() => ({FIND})().point.z[5] > 0.3")
    page.evaluate("window.pad.axes = [0.1, 0, 0, 0]")  # a stick that does not rest exactly in its middle
    explore.wait_for_link()  # the point rests
    z = explore.z()
    assert z[5] > 0.3 and z[7] < -0.2, "down lowers the value"
    np.testing.assert_array_equal(np.delete(z, [5, 7]), 0)

    press(explore, 0)  # sample
    explore.wait_until_away(z)
    drawn = explore.z()
    press(explore, 1)  # undo
    explore.wait_for_point(z)
    press(explore, 5)  # redo
    explore.wait_for_point(drawn)
    press(explore, 2)  # favourite
    page.get_by_text("This model has 1 favourite.").wait_for()
    press(explore, 3)  # play
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    press(explore, 3)
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    page.reload()
    explore.wait_until_drawn()
    page.get_by_role("button", name="Controllers", exact=True).click()
    expect(page.get_by_label("Left stick ↔ moves")).to_have_value("z5")


def test_a_knob_learns_its_slider_and_is_kept(open_with):
    explore = open_with(MIDI)
    page = explore.page
    page.get_by_role("button", name="Controllers", exact=True).click()
    page.get_by_role("button", name="Learn knob").click()
    page.get_by_text("Move a knob of the MIDI device").wait_for()
    page.evaluate("window.turn(21, 5)")
    page.get_by_text("Knob 21: now move the slider").wait_for()
    explore.slider(3).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Knob 21 controls z₃.").wait_for()
    page.wait_for_timeout(500)  # the arrow key's rest
    start = explore.z()
    low, high = (float(explore.slider(3).get_attribute(name)) for name in ("min", "max"))

    page.evaluate("window.turn(21, 20)")  # below the slider's value: nothing moves
    np.testing.assert_array_equal(explore.z(), start)
    page.evaluate("window.turn(21, 100)")  # past it
    expected = start.copy()
    expected[3] = low + 100 / 127 * (high - low)
    explore.wait_for_point(expected)
    explore.wait_for_link()

    page.reload()
    explore.wait_until_drawn()
    assert page.evaluate("window.asked") == 1, "allowed before, so the device is opened again"
    page.evaluate("window.turn(21, 99)")
    expected[3] = low + 99 / 127 * (high - low)
    explore.wait_for_point(expected)
    page.get_by_role("button", name="Controllers", exact=True).click()
    page.get_by_label("Kind of Knob 21").select_option("relative")
    page.evaluate("window.turn(21, 127)")  # one step back
    expected[3] -= (high - low) / 127
    explore.wait_for_point(expected)
    page.get_by_role("button", name="Remove Knob 21").click()
    page.evaluate("window.turn(21, 10)")
    page.wait_for_timeout(200)
    explore.wait_for_point(expected)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("navigator.requestMIDIAccess = undefined;", "This browser has no Web MIDI."),
        (
            "navigator.requestMIDIAccess = async () => { throw new DOMException('no', 'NotAllowedError'); };",
            "The browser gives no access to MIDI devices.",
        ),
    ],
    ids=["unsupported", "refused"],
)
def test_missing_midi_is_explained(open_with, script, message):
    explore = open_with(script)
    explore.page.get_by_role("button", name="Controllers", exact=True).click()
    explore.page.get_by_role("button", name="Learn knob").click()
    explore.page.get_by_text(message).wait_for()
    expect(explore.page.get_by_role("button", name="Learn knob")).to_be_visible()


def test_osc_moves_a_page_that_follows(open_explore, app_url):
    port = free_port()
    command = [sys.executable, "-m", "zscope", "osc", "--port", str(port), "--app", app_url]
    explore = open_explore(ZERO)
    page = explore.page
    page.get_by_role("button", name="Controllers", exact=True).click()
    page.get_by_label("Follow OSC").check()
    page.get_by_text("Waiting for messages. Start the bridge with: zscope osc").wait_for()
    bridge = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert bridge.stdout.readline().endswith("Pages that follow: 1.\n")
        client = SimpleUDPClient("127.0.0.1", port)
        client.send_message("/zscope/z", [5, 1.25])
        client.send_message("/zscope/slider/3", 1.0)
        expected = np.zeros(16, np.float32)
        expected[5], expected[3] = 1.25, float(explore.slider(3).get_attribute("max"))
        explore.wait_for_point(expected)
        page.get_by_text("Receiving messages.").wait_for()
        with LiveClient(app_url, "mnist-16") as live:
            explore.wait_for_picture(live.decode(explore.z()[None])[0, ..., 0])
        explore.wait_for_link()
        code = np.linspace(-1, 1, 16)
        client.send_message("/zscope/z", code.tolist())
        explore.wait_for_point(code)
        client.send_message("/zscope/z", [0.5, 0.5])
        page.get_by_text("A message has 2 values, but this model has 16 dimensions.").wait_for()
        client.send_message("/zscope/random", [])
        explore.wait_until_away(code.astype(np.float32))

        page.reload()
        explore.wait_until_drawn()
        page.get_by_role("button", name="Controllers", exact=True).click()
        expect(page.get_by_label("Follow OSC")).to_be_checked()
        page.get_by_text("Waiting for messages.").wait_for()
        page.get_by_label("Follow OSC").uncheck()
        before = explore.z()
        client.send_message("/zscope/z", code.tolist())
        page.wait_for_timeout(300)
        np.testing.assert_array_equal(explore.z(), before)
    finally:
        bridge.terminate()
        bridge.wait(20)
