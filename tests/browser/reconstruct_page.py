"""Actions and checks on the Reconstruct page."""

import base64

import numpy as np

__all__ = ["ReconstructPage"]

VIEW = "[...document.querySelectorAll('*')].find((node) => node.zscope?.result)?.zscope"


class ReconstructPage:
    """One open page; `ask` evaluates JavaScript with the page's `view`."""

    def __init__(self, page, url: str, query: str = "?model=mnist-16"):
        self.page = page
        self.faults = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{url}/reconstruct{query}")
        self.ready()

    def ready(self) -> None:
        """Wait until a picture has been assessed."""
        self.page.wait_for_function(f"() => {VIEW}?.root.dataset.read", timeout=180_000)

    def ask(self, script: str, argument=None):
        return self.page.evaluate(f"(argument) => {{ const view = {VIEW}; return {script}; }}", argument)

    def until(self, script: str, argument=None) -> None:
        self.page.wait_for_function(
            f"(argument) => {{ const view = {VIEW}; return {script}; }}", arg=argument, timeout=180_000
        )

    def after(self, action) -> None:
        """Call a function, and wait until its result has been assessed."""
        before = int(self.ask("view.root.dataset.read"))
        action()
        self.until("Number(view.root.dataset.read) > argument", before)

    def take(self, index: int) -> None:
        """Open a test image."""
        self.after(lambda: self.ask("view.takeImage(argument)", index))

    def upload(self, *files) -> None:
        self.page.set_input_files("input[type=file]", list(files))

    def canvas(self, name: str) -> np.ndarray:
        """Return the pixels of one of the result's canvases ("input", "output", "error"), uint8 `(h, w, 3)`."""
        return self.pixels(f"view.result.{name}.canvas")

    def pixels(self, canvas: str) -> np.ndarray:
        """Return the pixels of a canvas, uint8 `(h, w, 3)`."""
        # As text: Playwright takes seconds for a list of a million numbers.
        height, width, text = self.ask(
            f"""((canvas) => {{
                const {{ width, height }} = canvas;
                const {{ data }} = canvas.getContext("2d").getImageData(0, 0, width, height);
                let bytes = "";
                for (let i = 0; i < data.length; i += 32768)
                    bytes += String.fromCharCode(...data.subarray(i, i + 32768));
                return [height, width, btoa(bytes)];
            }})({canvas})"""
        )
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]

    def code(self) -> np.ndarray:
        return np.array(self.ask("Array.from(view.point.z)"), np.float32)

    def draw(self, *points: tuple[float, float], steps: int = 12, finish: bool = True) -> None:
        """Draw a stroke on the pad through points, given as shares of its size."""
        box = self.page.locator(".pad").bounding_box()
        mouse = self.page.mouse
        for number, (x, y) in enumerate(points):
            mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=steps if number else 1)
            if number == 0:
                mouse.down()
        if finish:
            mouse.up()

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def words(self) -> str:
        return self.page.locator(".headline").inner_text()
