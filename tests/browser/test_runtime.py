"""A server on a CPU shows every page without a deep-learning framework; a geodesic loads one in another process."""

import json
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.browser.app_server import RUNNING, running_app
from tests.browser.compare_page import ComparePage
from tests.browser.explore_page import ExplorePage
from tests.browser.map_page import MapPage
from tests.browser.models_page import ModelsPage
from tests.browser.reconstruct_page import ReconstructPage
from zscope.library.registry import open_model

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the libraries of a process in /proc"),
]


def _has_loaded_tensorflow(process: int) -> bool:
    return "_pywrap_tensorflow" in Path(f"/proc/{process}/maps").read_text()


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@pytest.mark.full
def test_pages_load_no_framework_and_a_geodesic_loads_it_in_another_process(browser, tmp_path):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    with running_app(tmp_path / "server.log", ZSCOPE_RUNTIME="onnx") as url:
        explore = ExplorePage(page, url)
        explore.goto("?model=mnist-16")
        explore.wait_until_drawn()
        explore.page.get_by_text("ms on CPU · ONNX Runtime").wait_for()
        map_page = MapPage(page, url)
        map_page.goto("?model=mnist-16")
        map_page.wait_until_drawn()
        ReconstructPage(page, url)
        models = ModelsPage(page, url)
        models.goto("?card=mnist-16")
        models.main.get_by_text("Best").first.wait_for()
        ComparePage(page, url, "?model=mnist-16&with=mnist-binary-32")
        server, _ = RUNNING[url]
        assert not _has_loaded_tensorflow(server) and _children(server) == []

        ends = [",".join(f"{value:.3f}" for value in code) for code in open_model("mnist-16").reference.z_mean[:2]]
        path = f"{url}/content/models/mnist-16/path?kind=geodesic&a={ends[0]}&b={ends[1]}"
        with urllib.request.urlopen(path, timeout=180) as answer:
            lines = [json.loads(line) for line in answer.read().splitlines()]
        assert "Loading TensorFlow" in lines[0]["note"] and lines[-1]["done"]
        assert not _has_loaded_tensorflow(server)
        assert [_has_loaded_tensorflow(child) for child in _children(server)] == [True]
        with urllib.request.urlopen(f"{path}&again=1", timeout=180) as answer:
            assert b"note" not in answer.read()
    page.close()
