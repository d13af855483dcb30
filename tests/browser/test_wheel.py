"""The app from an installed wheel, started in another folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.app_server import running_app
from tests.browser.explore_page import ExplorePage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's packages in a folder of their own; what they require is that of this environment."""
    wheels, packages = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("packages")
    for command in (
        ["hatchling", "build", "-t", "wheel", "-d", str(wheels)],
        ["pip", "install", "-q", "--no-deps", "--no-index", "--no-compile", "--target", str(packages)],
    ):
        built = [str(path) for path in wheels.glob("*.whl")]
        subprocess.run([sys.executable, "-m", *command, *built], cwd=ROOT, check=True, capture_output=True)
    return packages


def test_the_wheel_has_the_app_and_no_tests(installed):
    found = {path.name for path in installed.iterdir()}
    assert {"vae", "zscope"} <= found and not found & {"tests", "bench", "pages", "assets"}
    app = {path.name for path in (installed / "zscope" / "app").iterdir()}
    assert app == {"app.py", ".streamlit", "pages", "assets"}


def test_the_command_line_of_a_wheel_lists_the_bundled_models(installed, tmp_path):
    done = subprocess.run(
        [installed / "bin" / "zscope", "models"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "mnist-16" in done.stdout


@pytest.mark.full
@pytest.mark.browser
def test_the_app_of_a_wheel_opens_in_another_folder(installed, browser, tmp_path):
    with running_app(tmp_path / "app.log", installed=(installed, tmp_path)) as url:
        context = browser.new_context(color_scheme="dark")
        explore = ExplorePage(context.new_page(), url)
        explore.goto()
        explore.wait_until_drawn()
        assert explore.pixels().max() > 128
        # The theme of the wheel's own `.streamlit/config.toml`, not Streamlit's.
        ground = explore.page.eval_on_selector(".stApp", "(app) => getComputedStyle(app).backgroundColor")
        assert ground == "rgb(13, 17, 23)"
        assert explore.page.faults == []
        context.close()
    assert f"Zscope starts at {url}" in (tmp_path / "app.log").read_text()
