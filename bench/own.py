"""Drawings and uploads in a headless browser: latency from pen or file to the reconstruction."""

import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench.photographs import photographs
from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.reconstruct_page import ReconstructPage
from vae.data import load_test_split

STROKES = 6
MOVES = 120  # of a stroke
UPLOADS = 7
SIZE = 4000, 3000  # pixels

# From the choice of a file until the picture's own reconstruction is painted, and until it is judged too.
UPLOAD = """async ([bytes, name]) => {
    const view = [...document.querySelectorAll("*")].find((node) => node.zscope?.result).zscope;
    const { result: answer, root } = view;
    const painted = new Promise((resolve) => {
        const show = answer.show.bind(answer);
        answer.show = (...told) => {
            show(...told);
            answer.show = show;
            resolve(performance.now());
        };
    });
    const judged = new Promise((resolve) => {
        const watch = new MutationObserver(() => {
            watch.disconnect();
            resolve(performance.now());
        });
        watch.observe(root, { attributeFilter: ["data-read"] });
    });
    const file = new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name);
    const start = performance.now();
    view.input.take([file]);
    return [(await painted) - start, (await judged) - start];
}"""


def run() -> dict:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running_app(Path(folder) / "app.log") as url:
            own = ReconstructPage(browser.new_page(viewport={"width": 1440, "height": 1000}), url)
            own.page.wait_for_timeout(4000)  # the warm-up of all batch sizes goes on behind the first picture
            result = {"pen": _pen(own), "upload": _upload(own, _process(url), Path(folder)), "by_file": _by_file(own)}
        browser.close()
    return result


def _pen(own: ReconstructPage) -> dict:
    own.button("Draw").click()
    latencies, rates = [], []
    for number in range(STROKES + 1):
        own.ask("view.readout.clear()")
        points = [(0.2 + 0.6 * a, 0.25 + 0.5 * b) for a, b in np.random.default_rng(number).random((5, 2))]
        own.draw(*points, steps=MOVES // 4)
        own.page.wait_for_timeout(300)
        figures = own.ask("view.readout.figures()")
        own.button("Clear").click()
        if number:  # the first one finds nothing warm
            latencies += figures["latencies"]
            times = np.array(figures["frames"])
            rates.append((len(times) - 1) * 1000 / (times[-1] - times[0]))
    return {**percentiles(latencies), "pictures_per_second": round(float(np.median(rates)), 1)}


def _by_file(own: ReconstructPage) -> dict:
    """Measure the baseline: each state of the drawing is sent as a picture file."""
    own.button("Draw").click()
    own.draw((0.2, 0.25), (0.75, 0.22), (0.45, 0.85))
    own.page.wait_for_timeout(1500)
    times = own.ask(
        """(async () => {
            const times = [];
            for (let i = 0; i < argument; i++) {
                const start = performance.now();
                const file = await new Promise((resolve) => view.input.pad.canvas.toBlob(resolve));
                const answer = await fetch(`${view.page.url}/reconstruct`, { method: "POST", body: file });
                await answer.arrayBuffer();
                times.push(performance.now() - start);
            }
            return times;
        })()""",
        40,
    )
    return percentiles(times[5:])


def _upload(own: ReconstructPage, process: int, folder: Path) -> dict:
    import base64

    painted, judged, growth, size = [], [], [], 0
    for number, content in enumerate(_large(folder)):
        size, before = len(content), _reset_peak(process)
        one, other = own.page.evaluate(UPLOAD, [base64.b64encode(content).decode(), f"{number}.jpg"])
        growth.append((_memory(process, "VmHWM") - before) / 1e6)  # the first one's too: later ones find its room
        if number:
            painted.append(one)
            judged.append(other)
    return {
        "megapixels": round(SIZE[0] * SIZE[1] / 1e6),
        "megabytes": round(size / 1e6, 1),
        "to_reconstruction": percentiles(painted),
        "to_verdict": percentiles(judged),
        "server_peak_megabytes": round(max(growth)),
    }


def _large(folder: Path):
    """Make photographs of digits in the size of a phone's."""
    digits = load_test_split("mnist").images[: UPLOADS + 1, ..., 0]
    for picture in photographs(digits):
        file = folder / "large.jpg"
        large = Image.fromarray(picture).resize(SIZE, Image.Resampling.BICUBIC)
        noise = np.random.default_rng(0).integers(-16, 17, (*SIZE[::-1], 1))
        Image.fromarray(np.clip(np.asarray(large, np.int16) + noise, 0, 255).astype(np.uint8)).save(file, quality=90)
        yield file.read_bytes()


def _process(url: str) -> int:
    """Return the id of the server's process, whose command contains the port."""
    port = url.rpartition(":")[2].encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if b"--server.port" in command and port in command:
                return int(folder.name)
    raise RuntimeError("The server has no process.")


def _reset_peak(process: int) -> int:
    """Reset the peak of the process's memory, and return its current memory in bytes."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return _memory(process, "VmRSS")


def _memory(process: int, name: str) -> int:
    line = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith(name))
    return 1024 * int(line.split()[1])
