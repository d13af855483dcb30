"""The Map page in a browser: actions and checks that tests and benchmarks share."""

import math

import numpy as np

__all__ = ["FIND", "MapPage"]

FIND = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.plotNode).zscope"


class MapPage:
    """A page of the app with Map open.

    Args:
        page: Playwright's.
        url: of the app.
    """

    def __init__(self, page, url: str):
        self.page = page
        self.url = url
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))

    def goto(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/map{query}")

    def display(self, name: str) -> None:
        """Press a button of the *Display* panel, which opens and closes."""
        self.page.get_by_role("button", name="Display", exact=False).click()
        self.page.get_by_role("group", name="Display").get_by_role("button", name=name).click()
        self.page.keyboard.press("Escape")

    def wait_until_drawn(self) -> None:
        """Wait until the points are loaded, the channel is open, and the marker is on the map."""
        self.page.wait_for_selector(".root.map[data-channel=open]", timeout=180_000)
        self.page.wait_for_selector(".marker[data-place]", state="attached", timeout=180_000)

    def ask(self, expression: str, argument=None):
        """Evaluate JavaScript in which `view` is the page's map view, with `argument`."""
        return self.page.evaluate(f"(argument) => {{ const view = ({FIND})(); return {expression}; }}", argument)

    def z(self) -> np.ndarray:
        return np.array(self.ask("Array.from(view.point.z)"), np.float32)

    def places(self) -> np.ndarray:
        """Return the positions of all points, float `(n, 2)`."""
        return np.array(self.ask("Array.from(view.points.places)")).reshape(-1, 2)

    def labels(self) -> np.ndarray:
        return np.array(self.ask("Array.from(view.points.labels)"))

    def to_screen(self, place) -> tuple[float, float]:
        """Return the position of a place of the map on the page, in pixels."""
        x, y = self.ask(
            """(() => {
                const box = view.plotNode.getBoundingClientRect();
                const [x, y] = view.plot.toScreen(...argument);
                return [box.left + x, box.top + y];
            })()""",
            [float(value) for value in place],
        )
        return x, y

    def point_to(self, place) -> None:
        """Move the mouse there from nearby, because some browsers do not treat a jump as hovering."""
        x, y = self.to_screen(place)
        self.page.mouse.move(x - 3, y - 3)
        self.page.mouse.move(x, y)

    def lonely_point(self, chosen: np.ndarray) -> int:
        """Return the visible one of the chosen points whose neighbours are farthest away."""
        places = self.places()
        distances = np.linalg.norm(places[chosen][:, None] - places[None], axis=2)
        return int(chosen[np.sort(distances, axis=1)[:, 1].argmax()])

    def wait_for_hover(self, name: str) -> None:
        """Wait until the point of this name, such as "test/17", is hovered."""
        self.page.wait_for_selector(f".stage[data-hovered='{name}']")

    def card_pixels(self, which: str) -> np.ndarray:
        """Return the pixels of the hover card's `image` or `decoded` canvas, uint8 `(h, w)`."""
        height, width, values = self.ask(
            """(() => {
                const canvas = view.card[argument];
                const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return [height, width, Array.from(data).filter((_, i) => i % 4 === 0)];
            })()""",
            which,
        )
        return np.array(values, np.uint8).reshape(height, width)

    def wait_for_card(self, which: str, expected: np.ndarray) -> None:
        """Wait until that canvas shows these pixels, to one grey level."""
        self.page.wait_for_function(
            f"""([which, expected]) => {{
                const canvas = ({FIND})().card[which];
                const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return expected.every((value, i) => Math.abs(data[4 * i] - value) <= 1);
            }}""",
            arg=[which, expected.ravel().tolist()],
        )

    def lasso(self, middle, radius: float) -> int:
        """Select the points within `radius` of a place, in the map's units; return their number."""
        self.lasso_open(middle, radius)
        self.page.mouse.up()
        self.page.wait_for_selector(".stage[data-selected]:not([data-selected=''])")
        return int(self.page.locator(".stage").get_attribute("data-selected"))

    def lasso_open(self, middle, radius: float) -> None:
        """Draw a lasso around a place without releasing the mouse button."""
        self.page.locator(".modebar-btn[data-val=lasso]").click()
        self.ask("(view.stage.dataset.selected = '')")
        x, y = self.to_screen(middle)
        pixels = radius / self.ask("view.plot.view().unit")
        corners = [
            (x + pixels * math.cos(turn), y + pixels * math.sin(turn)) for turn in np.linspace(0, 2 * math.pi, 13)
        ]
        self.page.mouse.move(*corners[0])
        self.page.mouse.down()
        for corner in corners[1:]:
            self.page.mouse.move(*corner)
