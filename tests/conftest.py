"""Settings of all tests: no settings of the user, one thread per worker, and `E2E=0` to skip browser tests."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

from tests.browser.shared_chromium import CHROMIUM
from tests.tier import scaled

pytest_plugins = ["tests.model_fixtures"]

ROOT = Path(__file__).resolve().parents[1]

# Own models, own data and own Keras settings would change what is tested. Set before Keras is first imported.
_HOME = tempfile.TemporaryDirectory(prefix="zscope-tests-")
os.environ["KERAS_HOME"] = f"{_HOME.name}/keras"
os.environ["ZSCOPE_MODELS"] = f"{_HOME.name}/models"
os.environ["ZSCOPE_RUNS"] = f"{_HOME.name}/runs"
os.environ["ZSCOPE_MAPS"] = f"{_HOME.name}/maps"
os.environ["ZSCOPE_EXPORTS"] = f"{_HOME.name}/exports"
os.environ["ZSCOPE_DIRECTIONS"] = f"{_HOME.name}/directions"
os.environ["ZSCOPE_TALKS"] = f"{_HOME.name}/talks"
os.environ["ZSCOPE_OWN_DATA"] = f"{_HOME.name}/data"
os.environ.pop("ZSCOPE_DATA", None)

# As many workers as cores: with more threads each they only wait for one another. Their servers and runs inherit it.
if "PYTEST_XDIST_WORKER" in os.environ:
    for library in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM", "OPENBLAS_NUM", "NUMBA_NUM"):
        os.environ.setdefault(f"{library}_THREADS", "1")

hypothesis.settings.register_profile("tier", deadline=None, max_examples=scaled(quick=30, full=300, torture=10_000))
hypothesis.settings.load_profile("tier")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put the files that take longest first, so that no process works alone at the end; `E2E=0` skips the browser."""
    items.sort(key=lambda item: ("browser" not in item.keywords, "zscope" not in item.path.parts))
    if os.environ.get("E2E") == "0":
        for item in items:
            if "browser" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="E2E=0"))


def pytest_runtest_setup(item):
    """Close the browser before a test that may run an event loop of its own."""
    if "browser" not in item.keywords:
        CHROMIUM.close()


def pytest_sessionfinish():
    CHROMIUM.close()


@pytest.fixture(scope="session")
def run_python():
    """Run the interpreter in the project's root: `run_python("-m", "vae", "--help", KERAS_BACKEND="jax")`."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
