"""The Train page in a browser: actions and checks that tests share."""

import re

from playwright.sync_api import Locator, expect

__all__ = ["TrainPage"]

_PATIENCE = 180_000  # milliseconds; for a process to start, a model to be measured


class TrainPage:
    """A page of the app with Train open.

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

    def goto(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/train{query}")
        self.button("New model").wait_for(timeout=_PATIENCE)

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """Click a button as soon as exactly one has that name."""
        expect(self.button(name)).to_have_count(1, timeout=_PATIENCE)
        self.button(name).click()

    def wait_for_text(self, text: str) -> None:
        self.main.get_by_text(text).first.wait_for(timeout=_PATIENCE)

    def wait_for_state(self, words: str) -> None:
        """Wait until the badge of the shown run matches a regular expression."""
        badge = self.main.locator(".stMarkdownBadge").filter(has_text=re.compile(f"^{words}$"))
        badge.first.wait_for(timeout=_PATIENCE)

    def wait_for_run(self, id: str, title: str) -> None:
        """Wait until the run is shown and is in the address."""
        self.main.get_by_role("heading", name=title, exact=True).wait_for(timeout=_PATIENCE)
        self.page.wait_for_url(f"**/train?run={id}", timeout=_PATIENCE)

    def wait_for_form(self) -> None:
        """Wait until a new run can be started and no run is in the address."""
        self.button("Start training").wait_for(timeout=_PATIENCE)
        self.page.wait_for_url("**/train", timeout=_PATIENCE)

    def buttons(self) -> list[str]:
        """Return the names of the buttons without icons, apart from the list of runs."""
        names = [text.split("\n")[-1] for text in self.main.get_by_role("button").all_inner_texts()]
        return [name for name in names if name and name != "New model" and "·" not in name]

    def listed(self, title: str) -> Locator:
        """Return the button in the list of runs; its text ends with the run's state."""
        return self.main.get_by_role("button", name=re.compile(rf"{re.escape(title)} · "))

    # The form.

    def choose_pictures(self, title: str) -> None:
        self.main.get_by_role("radio", name=title, exact=True).click(force=True)  # the label lies over it
        self.wait_for_pictures(title)

    def wait_for_pictures(self, title: str) -> None:
        """Wait until this data set is selected and the form shows it."""
        expect(self.main.get_by_role("radio", name=title, exact=True)).to_be_checked(timeout=_PATIENCE)
        self.main.get_by_placeholder(re.compile(f"^{re.escape(title)}, ")).wait_for(timeout=_PATIENCE)

    def settings(self) -> None:
        """Open "All settings"."""
        self.main.get_by_text("All settings").click()
        self.setting("Epochs").wait_for()

    def setting(self, label: str) -> Locator:
        return self.main.get_by_label(label, exact=True)

    def set(self, label: str, value) -> None:
        expect(self.setting(label)).to_have_count(1, timeout=_PATIENCE)
        self.setting(label).fill(str(value))
        self.setting(label).press("Enter")

    # The film. Playwright's selectors see into the component's shadow root.

    @property
    def slider(self) -> Locator:
        return self.main.get_by_label("Epoch", exact=True)

    def frames(self) -> int:
        """Return the number of frames of the slider."""
        return int(self.slider.get_attribute("max")) + 1

    def wait_for_frames(self, count: int) -> None:
        """Wait until the slider has at least that many frames."""
        self.page.wait_for_function(
            "([slider, count]) => Number(slider.max) + 1 >= count",
            arg=[self.slider.element_handle(timeout=_PATIENCE), count],
            timeout=_PATIENCE,
        )

    def wait_for_frame(self, epoch: int) -> None:
        """Wait until both pictures are those of that epoch."""
        for kind in ("reconstructions", "codes"):
            # While the run of the script that ends a training goes on, the old film is still there beside the new one.
            expect(self.main.locator(f"img[alt={kind}][data-epoch='{epoch}']")).to_have_count(1, timeout=_PATIENCE)
            expect(self.main.locator(f"img[alt={kind}]")).to_have_count(1, timeout=_PATIENCE)

    def played(self) -> list[str]:
        """Press Play and return the text of each frame until the film stops at its end."""
        output = self.main.locator("output")
        output.evaluate(
            """(output) => {
                window.played = [];
                new MutationObserver(() => window.played.push(output.textContent)).observe(output, { childList: true });
            }"""
        )
        self.press("Play")
        self.button("Pause").last.wait_for()
        expect(self.button("Play")).to_have_count(1, timeout=_PATIENCE)
        return self.page.evaluate("window.played")

    def frame(self) -> int:
        """Return the shown epoch, after checking that both pictures belong to it."""
        shown = {
            self.main.locator(f"img[alt={kind}]").get_attribute("data-epoch") for kind in ("reconstructions", "codes")
        }
        (epoch,) = shown
        return int(epoch)

    # The curves.

    def curves(self) -> list[dict]:
        """Return the lines of the first chart: panel ("y", "y2", "y3"), name, x and y."""
        chart = self.main.locator(".js-plotly-plot").first
        chart.wait_for(timeout=_PATIENCE)
        return chart.evaluate(
            "(chart) => chart.data.map(({ yaxis, name, x, y }) => ({ yaxis, name, x: [...x], y: [...y] }))"
        )
