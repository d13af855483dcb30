"""Actions on the Audience panel and on the phones' page, which tests and benchmarks share."""

import re

from tests.browser.explore_page import ExplorePage

__all__ = ["AudiencePhone", "link_of", "open_panel", "start_session"]


def open_panel(explore: ExplorePage) -> None:
    """Open the Audience panel from the Share menu."""
    explore.page.get_by_role("button", name="Share ▾").click()
    explore.page.get_by_role("button", name="Audience", exact=True).click()


def start_session(explore: ExplorePage) -> str:
    """Start a session with the Audience panel, and return the link; the panel stays open."""
    open_panel(explore)
    explore.page.get_by_role("button", name="Start session").click()
    return link_of(explore)


def link_of(explore: ExplorePage) -> str:
    """Wait until the panel shows a link, and return it."""
    explore.page.locator(".audience-link[href]").wait_for()
    return explore.page.locator(".audience-link").get_attribute("href")


class AudiencePhone:
    """The phones' page in a context of its own, 390 pixels wide."""

    def __init__(self, browser, url: str, **options):
        options = {"viewport": {"width": 390, "height": 844}, "has_touch": True} | options
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.faults = []
        self.page.on("pageerror", lambda error: self.page.faults.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.page.faults.append(str(message.text)))
        self.page.goto(url)

    def status(self) -> str:
        return self.page.locator(".status").inner_text()

    def wait_for_status(self, words: str) -> None:
        self.page.locator(".status").filter(has_text=re.compile(rf"^{re.escape(words)}$")).wait_for()

    def pixels(self):
        """Return the red channel of the picture, uint8 `(h, w)`."""
        return ExplorePage.pixels(self, "canvas")

    def colours(self):
        """Return the picture, uint8 `(h, w, 3)`."""
        return ExplorePage.colours(self, "canvas")

    def close(self) -> None:
        assert self.page.faults == []
        self.context.close()
