"""Imported models: drag latency of an ONNX copy, and time to the first picture of an unloaded model."""

import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from bench.hand import drag
from bench.statistics import percentiles
from tests.browser.app_server import running_app
from tests.browser.chromium import find_chromium
from tests.browser.explore_page import FIND, ExplorePage
from zscope.library.registry import locate_bundle

MODEL = "mnist-16"
ROUNDS = 4  # of dragging both in turns
OPENED = ("fashion-16", "mnist-2d", "mnist-binary-32")
STARTS = 3  # of the server, for models that it has not loaded yet


def run() -> dict:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        home = {"ZSCOPE_MODELS": str(folder / "models"), "ZSCOPE_MAPS": str(folder / "maps")}
        ids = _import(folder, home)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running_app(folder / "app.log") as url:
            dragged = _drag_both(browser, url, ids)
        waits = []
        for attempt in range(STARTS):
            with running_app(folder / f"{attempt}.log") as url:
                waits += _open(browser, url, OPENED[attempt])
        browser.close()
    return {
        "model": MODEL,
        **dragged,
        "p50_ratio": round(dragged["onnx"]["p50_ms"] / dragged["original"]["p50_ms"], 2),
        "first_pixels_seconds_median": round(float(np.median(waits)), 2),
        "first_pixels_seconds_max": round(max(waits), 2),
        "first_pixels_opened": len(waits),
    }


def _import(folder: Path, home: dict[str, str]) -> dict[str, str]:
    """Import the model as a bundle and as ONNX, both without a map, so that they differ only in the runtime."""
    os.environ |= home
    from vae.data import load_test_split
    from vae.formats.exporting import export_model
    from zscope.jobs.importing.bundles import adopt
    from zscope.jobs.importing.candidate import Candidate
    from zscope.jobs.importing.launcher import take_in

    original = folder / "original.zip"
    export_model(locate_bundle(MODEL), "bundle", original)
    onnx = folder / "onnx.zip"
    export_model(locate_bundle(MODEL), "onnx", onnx)
    with zipfile.ZipFile(onnx) as archive:
        files = [(Path(name).name, archive.read(name)) for name in archive.namelist() if name.endswith(".onnx")]
    candidate = Candidate(take_in(files))
    guess = candidate.guess(load_test_split("mnist").images)
    imported = candidate.keep(guess.choices, "ONNX copy", "mnist")
    candidate.intake.discard()
    intake = take_in([("original.zip", _renamed(original))])
    copy, _ = adopt(intake)
    intake.discard()
    return {"original": copy, "onnx": imported}


def _renamed(bundle: Path) -> Path:
    """Copy a bundle under another id with one bit of its weights changed: the same bundle cannot be imported twice."""
    import keras

    from vae.formats.bundle import load_bundle, save_bundle

    whole = load_bundle(bundle)
    manifest = whole.manifest
    weights = {name: array.copy() for name, array in whole.weights.items()}
    some = next(iter(weights))
    weights[some].flat[0] = np.nextafter(weights[some].flat[0], np.float32(1))
    folder = bundle.parent / "copy"
    save_bundle(
        folder,
        id="copy",
        title="Copy",
        dataset=manifest.dataset,
        dataset_version=manifest.dataset_version,
        config=manifest.model,
        preprocessing=manifest.preprocessing,
        weights=weights,
        card=whole.card,
        reference=whole.reference,
    )
    keras.utils.clear_session()
    path = bundle.parent / "copy.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return path


def _drag_both(browser, url: str, ids: dict[str, str]) -> dict:
    pages = {}
    for name, id in ids.items():
        page = ExplorePage(browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce"), url)
        page.goto(f"?model={id}&z=" + ",".join(["0"] * 16))
        page.wait_until_drawn()
        page.page.wait_for_timeout(3000)  # the warm-up of all batch sizes goes on behind the first picture
        pages[name] = page
    latencies = {name: [] for name in ids}
    for _ in range(ROUNDS):
        for name, page in pages.items():
            page.page.bring_to_front()
            low, high, middle = page.grab(13)
            page.ask("explorer.readout.clear()")
            drag(page.page, low, high, middle)
            latencies[name] += page.ask("explorer.readout.figures()")["latencies"]
            page.page.mouse.up()
            page.page.wait_for_timeout(500)
    for page in pages.values():
        page.page.close()
    return {name: percentiles(values) for name, values in latencies.items()}


def _open(browser, url: str, id: str) -> list[float]:
    """Measure the time from selecting a model that is not loaded to its first picture."""
    explore = ExplorePage(browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce"), url)
    explore.goto(f"?model={MODEL}&z=" + ",".join(["0"] * 16))
    explore.wait_until_drawn()
    explore.page.wait_for_timeout(4000)
    picker = explore.page.locator("[data-testid=stSidebar] [data-testid=stSelectbox]").first
    picker.click()
    explore.page.wait_for_timeout(500)
    explore.page.evaluate(
        f"""(id) => {{
            addEventListener("pointerdown", (event) => (window.clicked = event.timeStamp), {{ capture: true }});
            const lit = (canvas) => {{
                const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return data.some((value, i) => i % 4 < 3 && value > 32);
            }};
            const shows = () => {{
                try {{
                    const explorer = ({FIND})();
                    return explorer.model.id === id && lit(explorer.root.querySelector(".picture.main"));
                }} catch {{
                    return false; // between two pages
                }}
            }};
            const look = () => {{
                if (shows()) window.arrived = performance.now();
                else requestAnimationFrame(look);
            }};
            look();
        }}""",
        id,
    )
    explore.page.get_by_role("option", name=_titles()[id], exact=True).click()
    explore.page.wait_for_function("() => window.arrived", timeout=30_000)
    seconds = explore.page.evaluate("() => (window.arrived - window.clicked) / 1000")
    explore.page.close()
    return [seconds]


def _titles() -> dict[str, str]:
    from zscope.library.registry import list_models

    return {entry.id: entry.title for entry in list_models()}
