"""A click on another page's link opens it, also when the old page still has to send a state to Python."""

import os
import signal

import pytest

from tests.browser.app_server import RUNNING

pytestmark = pytest.mark.browser

_EXPLORER = "[...document.querySelectorAll('*')].find((node) => node.zscope?.filmstrip)?.zscope"
_PATHS = "[...document.querySelectorAll('*')].find((node) => node.zscope?.rows)?.zscope"


@pytest.fixture
def page(browser, app_url):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{app_url}/?model=mnist-16&z={','.join(['0'] * 16)}")
    page.wait_for_function(f"() => {_EXPLORER}")
    page.wait_for_timeout(1500)  # the page's own first words
    yield page
    context.close()


_TELL = f"""const view = {_EXPLORER};
    const tell = () => view.send("point", {{ model: view.model.id, z: Array(16).fill(0.5), image: null }});
    const link = [...document.querySelectorAll("a")].find((link) => link.textContent.includes("Interpolate"));"""


@pytest.mark.full
@pytest.mark.parametrize("milliseconds", [-1, *(pytest.param(late, marks=pytest.mark.full) for late in (0, 2, 10, 25))])
def test_state_sent_around_a_click_on_a_link_does_not_cancel_it(page, milliseconds):
    """Without `mounting.beforeLeaving`, from -1 (the same moment) to about 30 ms bring the page that was left back."""
    go = "tell(); link.click();" if milliseconds < 0 else f"link.click(); setTimeout(tell, {milliseconds});"
    page.evaluate(f"() => {{ {_TELL} {go} }}")
    page.wait_for_function(f"() => {_PATHS}")
    page.wait_for_timeout(1000)
    assert page.evaluate(f"() => Boolean({_PATHS}) && !({_EXPLORER})")


@pytest.mark.full
def test_state_sent_before_a_click_is_kept_by_a_slow_server(page, app_url):
    """A busy server finds both at once: the state, and the request for the other page."""
    server, _ = RUNNING[app_url]
    os.kill(server, signal.SIGSTOP)
    try:
        page.evaluate(f"() => {{ {_TELL} tell(); link.click(); }}")
        page.wait_for_timeout(300)
    finally:
        os.kill(server, signal.SIGCONT)
    page.wait_for_function(f"() => {_PATHS}")
    page.get_by_role("link", name="Explore").click()
    page.wait_for_function(f"() => {_EXPLORER}")
    assert page.evaluate(f"() => ({_EXPLORER}).point.z") == pytest.approx([0.5] * 16)


@pytest.mark.full
def test_state_held_back_is_sent_when_the_page_stays(page):
    said = page.evaluate(
        f"""async () => {{
            {_TELL}
            const stay = (event) => (event.preventDefault(), event.stopPropagation());
            link.addEventListener("click", stay);
            link.click();
            setTimeout(() => link.removeEventListener("click", stay), 1000);
            tell();
            return new URLSearchParams(location.search).get("model");
        }}"""
    )
    assert said == "mnist-16"
    page.wait_for_timeout(3000)
    page.get_by_role("link", name="Map").click()
    # The other page begins with it.
    page.wait_for_function(
        """() => {
            const map = [...document.querySelectorAll("*")].find((node) => node.zscope?.overlay)?.zscope;
            return map && map.point.z.every((value) => Math.abs(value - 0.5) < 1e-3);
        }"""
    )
