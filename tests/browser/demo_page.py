"""The stand-alone web page of a model: a file, opened from disk."""

from pathlib import Path

import numpy as np

from vae.inference.codec import Codec

__all__ = ["DemoPage"]

DEMO = "document.querySelector('.root').demo"


class DemoPage:
    """The page in its own offline browser context.

    Args:
        context: Playwright's.
        file: the page.
    """

    def __init__(self, context, file: Path):
        context.set_offline(True)
        self.page = context.new_page()
        self.faults, self.requests = [], []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector(".root[data-drawn]")

    def ask(self, expression: str):
        return self.page.evaluate(f"() => {{ const demo = {DEMO}; return {expression}; }}")

    def z(self) -> np.ndarray:
        """Return the page's point, `(code_dim,)`."""
        return np.array(self.ask("Array.from(demo.point.z)"), np.float32)

    def drawn(self) -> int:
        """Return the number of painted pictures."""
        return int(self.page.get_attribute(".root", "data-drawn"))

    def settle(self) -> None:
        """Wait for two frames, until the picture belongs to the point."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pixels(self) -> np.ndarray:
        """Return the pixels of the picture, int `(h, w, 3)`."""
        self.settle()
        height, width, data = self.page.eval_on_selector(
            ".picture.main",
            """(canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return [canvas.height, canvas.width, Array.from(data)];
            }""",
        )
        return np.array(data).reshape(height, width, 4)[..., :3]

    def check_picture(self, bundle) -> None:
        """Compare the picture with that of Keras, to two grey levels: one for half precision, one for rounding."""
        expected = np.round(Codec(bundle.vae).decode(self.z()[None])[0] * 255)
        assert np.ptp(expected) > 40
        np.testing.assert_allclose(self.pixels(), np.broadcast_to(expected, self.pixels().shape), atol=1.01)

    def drag(self, selector: str, way: list[tuple[float, float]]) -> None:
        """Drag along positions, given as shares of an element's box. The first one is the start."""
        box = self.page.locator(selector).first.bounding_box()
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in way]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up()
        self.settle()
