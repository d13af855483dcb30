"""The Models page in a browser: actions and checks that tests share."""

import re

from playwright.sync_api import Locator, expect

__all__ = ["ModelsPage"]

_PATIENCE = 180_000  # milliseconds


class ModelsPage:
    """A page of the app with Models open.

    Args:
        page: Playwright's.
        url: of the app.
    """

    def __init__(self, page, url: str):
        self.page = page
        self.url = url
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        self.main = page.get_by_test_id("stMain")
        self.sidebar = page.get_by_test_id("stSidebar")

    def goto(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/models{query}")

    # The shelf.

    def card(self, id: str) -> Locator:
        return self.main.locator(f".st-key-zscope_model_{id}")

    def titles(self) -> list[str]:
        """Return the titles of all cards in their order."""
        return self.main.locator(".st-key-zscope_shelf .zs-head strong").all_inner_texts()

    def wait_for_titles(self, titles: list[str]) -> None:
        expect(self.main.locator(".st-key-zscope_shelf .zs-head strong")).to_have_text(titles, timeout=_PATIENCE)

    def search(self, words: str) -> None:
        box = self.main.get_by_label("Search", exact=True)
        box.fill(words)
        box.press("Enter")

    def show(self, kind: str) -> None:
        """Select a filter, named with its count."""
        self.main.get_by_role("radio", name=kind, exact=True).click(force=True)

    def choose(self, id: str, action: str) -> None:
        """Choose an item of a card's menu."""
        self.card(id).get_by_role("button", name="More").click(timeout=_PATIENCE)
        self.page.get_by_role("menuitem", name=action).click()

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def submit(self, name: str) -> None:
        """Press the dialog's button and wait until the dialog has closed."""
        self.dialog().get_by_role("button", name=name, exact=True).click()
        expect(self.dialog()).to_have_count(0, timeout=_PATIENCE)

    # A model's own page.

    def wait_for_card(self, title: str) -> None:
        # What keeps signs of Markdown apart is shown as nothing, and may stand between any two.
        text = re.compile("^" + "\u2060?".join(map(re.escape, title)) + "$")
        heading = self.main.get_by_role("heading", level=1).filter(has_text=text)
        expect(heading).to_be_visible(timeout=_PATIENCE)

    def wait_for_text(self, text: str) -> None:
        expect(self.main.get_by_text(text).first).to_be_visible(timeout=_PATIENCE)

    def wait_for_pictures(self, count: int) -> list[int]:
        """Wait until that many pictures are drawn; return their widths."""
        pictures = self.main.locator("img.zs-sheet")
        expect(pictures).to_have_count(count, timeout=_PATIENCE)
        for number in range(count):
            pictures.nth(number).scroll_into_view_if_needed()
        self.page.wait_for_function(
            "[...document.querySelectorAll('img.zs-sheet')].every((image) => image.complete && image.naturalWidth > 0)",
            timeout=_PATIENCE,
        )
        return pictures.evaluate_all("(images) => images.map((image) => image.naturalWidth)")

    def export(self, format: str) -> Locator:
        """Return the row of a format."""
        return self.main.locator(f".st-key-zscope_export_{format}")
