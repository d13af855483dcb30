"""Actions and checks on the Learn page."""

from playwright.sync_api import expect

__all__ = ["LearnPage"]

# The views of all components of the page that have loaded.
VIEWS = "[...document.querySelectorAll('*')].map((node) => node.zscope).filter((view) => view?.files)"


class LearnPage:
    """The Learn page in a browser."""

    def __init__(self, page, url: str):
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, chapter: str = "") -> None:
        self.page.goto(f"{self.url}/learn" + (f"?chapter={chapter}" if chapter else ""))
        if chapter:
            self.ready()

    def ready(self) -> None:
        """Wait until every figure shows its files."""
        self.page.wait_for_selector(".figures-of-chapter [data-ready=true]", timeout=180_000)
        self.page.wait_for_function(
            f"() => {VIEWS}.length && [...{VIEWS}].every((view) =>"
            " [...view.root.querySelectorAll('[data-figure]')].every((box) => box.dataset.ready))",
            timeout=180_000,
        )

    def show_answers(self) -> None:
        """Solve all mistakes of the chapter, and wait for their models and figures."""
        unsolved = self.page.locator(".mistake:not([data-solved]) .show")
        while unsolved.count():
            unsolved.first.click()
        for card in self.page.locator(".comparison").all():
            expect(card).to_have_attribute("data-ready", "true", timeout=60_000)
        self.ready()

    def figure(self, name: str):
        """Return the first figure of that name."""
        return self.page.locator(f"[data-figure='{name}']").first

    def fact(self, name: str, key: str) -> float:
        """Return a number that a figure shows."""
        return float(
            self.figure(name).locator(f".facts[data-{_dashed(key)}]").first.get_attribute(f"data-{_dashed(key)}")
        )

    def slide(self, name: str, label: str, value: float) -> None:
        """Move a slider, as a drag does."""
        self.figure(name).get_by_label(label, exact=True).first.evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    def press(self, name: str, text: str) -> None:
        self.figure(name).get_by_role("button", name=text, exact=True).click()


def _dashed(key: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in key)
