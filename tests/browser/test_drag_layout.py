"""While a hand moves, the page is not laid out again."""

import numpy as np
import pytest

from tests.browser.tracing import traced

pytestmark = pytest.mark.browser

MOVES = 60


def drag(explore, index: int) -> None:
    """Drag a slider back and forth, one move a frame."""
    low, high, middle = explore.grab(index)
    explore.page.wait_for_timeout(500)
    for share in 0.5 + 0.4 * np.sin(np.linspace(0, 4 * np.pi, MOVES)):
        explore.page.mouse.move(low + share * (high - low), middle)
        explore.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


@pytest.mark.full
def test_a_drag_lays_out_only_the_slider_and_adds_no_nodes(open_explore):
    explore = open_explore("?model=mnist-16&z=" + ",".join(["0"] * 16))
    explore.page.wait_for_selector(".side-map .surface[data-place]")
    drag(explore, 13)  # everything is there: the nearest image, the figures
    explore.page.mouse.up()
    explore.page.wait_for_timeout(1500)
    explore.ask("explorer.readout.clear()")
    with traced(explore.page) as trace:
        drag(explore, 13)
    explore.page.mouse.up()
    assert explore.ask("explorer.readout.figures().latencies.length") > MOVES / 4
    assert trace.changed_nodes == []
    # The native slider has five objects, each text two: its own and its box. A text without a box takes 20 and more.
    assert len(trace.layouts) > 10 and max(trace.layouts) <= 16, trace.layouts
