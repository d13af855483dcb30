"""Actions and checks on the Compare page."""

import numpy as np

__all__ = ["ComparePage"]

VIEW = "[...document.querySelectorAll('*')].find((node) => node.zscope?.dimensionMap)?.zscope"


class ComparePage:
    """One open page; `ask` evaluates JavaScript with the page's `view`."""

    def __init__(self, page, url: str, query: str = "?model=mnist-16&with=mnist-binary-32", linked: bool = True):
        self.page = page
        self.faults = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{url}/compare{query}")
        self.ready(linked)

    def ready(self, linked: bool = True) -> None:
        """Wait until both models have drawn the input and, if they share a data set, for maps, matching and change."""
        drawn = "view && view.root.dataset.image && view.a.node.dataset.drawn && view.b.node.dataset.drawn"
        there = "view.root.dataset.matched && view.maps.node.dataset.method && view.changed.node.dataset.first"
        self.until(f"{drawn} && {there} && view.changed.node.dataset.neighbours" if linked else drawn)

    def ask(self, script: str, argument=None):
        return self.page.evaluate(f"(argument) => {{ const view = {VIEW}; return {script}; }}", argument)

    def until(self, script: str, argument=None) -> None:
        self.page.wait_for_function(
            f"(argument) => {{ const view = {VIEW}; return {script}; }}", arg=argument, timeout=180_000
        )

    def take(self, row: int) -> None:
        """Use a test image as the input, and wait for its neighbours."""
        self.ask("void view.startFrom(argument)", row)
        self.until("view.root.dataset.image === String(argument)", row)
        self.until("!view.changed || view.changed.node.dataset.neighbours === String(argument)", row)

    def after_drawing(self, action) -> None:
        """Call a function, and wait until both pictures have been drawn again."""
        before = self.drawn()
        action()
        self.until("argument.every((n, i) => Number(view.sides[i].node.dataset.drawn) > n)", before)

    def drawn(self) -> list[int]:
        return self.ask("view.sides.map((side) => Number(side.node.dataset.drawn))")

    def code(self, side: str) -> np.ndarray:
        return np.array(self.ask(f"Array.from(view.{side}.point.z)"), np.float64)

    def picture(self, side: str) -> np.ndarray:
        """Return the red channel of a model's picture, uint8 `(h, w)`."""
        height, width, values = self.ask(
            f"""((canvas) => {{
                const {{ width, height }} = canvas;
                const {{ data }} = canvas.getContext("2d").getImageData(0, 0, width, height);
                return [height, width, Array.from(data).filter((_, i) => i % 4 === 0)];
            }})(view.{side}.output)"""
        )
        return np.array(values, np.uint8).reshape(height, width)

    def place(self, side: str, row: int) -> tuple[float, float]:
        """Scroll to a test image on a map and return its position in pixels of the window."""
        surface = self.page.locator(".linked-map .surface").nth("ab".index(side))
        surface.scroll_into_view_if_needed()
        box = surface.bounding_box()
        x, y = self.ask(
            f"""((map) => {{
                const at = map.indexOf[argument];
                return map.canvas.toScreen(map.points.places[2 * at], map.points.places[2 * at + 1]);
            }})(view.maps.{side})""",
            row,
        )
        return box["x"] + x, box["y"] + y

    def marked(self, what: str) -> list[str]:
        """Return the image that both maps mark as hovered or chosen."""
        return self.ask(f"[view.maps.a, view.maps.b].map((map) => map.surface.dataset.{what})")

    def query(self) -> dict[str, str]:
        return self.ask("Object.fromEntries(new URLSearchParams(location.search))")
