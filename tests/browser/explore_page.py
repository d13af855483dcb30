"""The Explore page in a browser: actions and checks that tests and benchmarks share."""

import numpy as np

__all__ = ["FIND", "ExplorePage"]

# Playwright's selectors see into the component's shadow root.
FIND = "() => [...document.querySelectorAll('*')].find((node) => node.zscope?.sliders).zscope"


class ExplorePage:
    """A page of the app with Explore open.

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
        self.page.goto(f"{self.url}/{query}")

    def wait_until_drawn(self) -> None:
        """Wait until the channel is open, the picture is not black, and the meter shows a value."""
        self.page.wait_for_selector(".root[data-channel=open] .latents", timeout=180_000)  # not another page's
        self.page.wait_for_selector(".meter[data-percentile]", timeout=180_000)

    def ask(self, expression: str):
        """Evaluate JavaScript in which `explorer` is the page's explorer."""
        return self.page.evaluate(f"() => {{ const explorer = ({FIND})(); return {expression}; }}")

    def z(self) -> np.ndarray:
        """Return the page's point, `(latent_dim,)`."""
        return np.array(self.ask("Array.from(explorer.point.z)"), np.float32)

    def wait_until_away(self, z: np.ndarray, distance: float = 1e-3) -> None:
        """Wait until the page's point is farther from `z` than that distance."""
        away = f"(z) => Math.hypot(...({FIND})().point.z.map((value, i) => value - z[i])) > {distance}"
        self.page.wait_for_function(away, arg=z.tolist())

    def source(self) -> int:
        """Wait until the point has a source image, and return its index."""
        self.page.wait_for_selector(".origin:not(.without-source)")
        return self.ask("explorer.point.source.image")

    def pixels(self, selector: str = ".picture.main") -> np.ndarray:
        """Return the red channel of a canvas, uint8 `(h, w)`."""
        shown = self.page.eval_on_selector(
            selector,
            """(canvas) => {
                const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return [height, width, Array.from(data).filter((_, i) => i % 4 === 0)];
            }""",
        )
        return np.array(shown[2], np.uint8).reshape(shown[0], shown[1])

    def colours(self, selector: str = ".picture.main", size: int = 0) -> np.ndarray:
        """Return the pixels of a canvas, uint8 `(h, w, 3)`; with a size, only a square of that size in its middle."""
        shown = self.page.eval_on_selector(
            selector,
            """(canvas, size) => {
                const [w, h] = [size || canvas.width, size || canvas.height];
                const { data, width, height } = canvas.getContext("2d")
                    .getImageData((canvas.width - w) >> 1, (canvas.height - h) >> 1, w, h);
                return [height, width, Array.from(data)];
            }""",
            size,
        )
        return np.array(shown[2], np.uint8).reshape(shown[0], shown[1], 4)[..., :3]

    def wait_for_point(self, expected, tolerance: float = 1e-3) -> None:
        """Wait until the page's point is `z`, to the three decimals of links."""
        self.page.wait_for_function(
            f"""([z, tolerance]) => {{
                const explorer = ({FIND})();
                return explorer.point.z.every((value, i) => Math.abs(value - z[i]) <= tolerance);
            }}""",
            arg=[[float(value) for value in expected], tolerance],
        )

    def wait_for_link(self) -> str:
        """Wait until the address bar contains the page's point, and return the query."""
        self.page.wait_for_function(
            f"""() => {{
                const z = new URLSearchParams(location.search).get("z")?.split(",").map(Number);
                const explorer = ({FIND})();
                return z?.length === explorer.point.z.length
                    && explorer.point.z.every((value, i) => Math.abs(value - z[i]) <= 1e-3);
            }}"""
        )
        return self.page.evaluate("location.search")

    def wait_for_picture(self, expected: np.ndarray, selector: str = ".picture.main") -> None:
        """Wait until a canvas shows these pixels, uint8 `(h, w)`, to one grey level (batches round differently)."""
        self.page.wait_for_function(
            f"""([selector, expected]) => {{
                const explorer = ({FIND})();
                const canvas = explorer.root.querySelector(selector);
                const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return expected.every((value, i) => Math.abs(data[4 * i] - value) <= 1);
            }}""",
            arg=[selector, expected.ravel().tolist()],
        )

    def slider(self, index: int):
        """The range input of latent dimension `index`."""
        return self.page.locator(f"input[data-dimension='{index}']")

    def grab(self, index: int) -> tuple[float, float, float]:
        """Press the mouse on a slider's thumb; return both ends of its track and the height of its middle."""
        box = self.slider(index).bounding_box()
        low, high = box["x"] + 8, box["x"] + box["width"] - 8  # the middle of the native thumb at the ends
        middle = box["y"] + box["height"] / 2
        minimum, maximum = (float(self.slider(index).get_attribute(name)) for name in ("min", "max"))
        share = (float(self.z()[index]) - minimum) / (maximum - minimum)
        self.page.mouse.move(low + min(1, max(0, share)) * (high - low), middle)
        self.page.mouse.down()
        return low, high, middle
