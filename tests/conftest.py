"""What every test shares: nothing of the person who runs them, and the two flags for what takes long."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Own models, own data and own Keras settings would change what is tested. Set before Keras is first imported.
_HOME = tempfile.TemporaryDirectory(prefix="zscope-tests-")
os.environ["KERAS_HOME"] = f"{_HOME.name}/keras"
os.environ["ZSCOPE_MODELS"] = f"{_HOME.name}/models"
os.environ.pop("ZSCOPE_DATA", None)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes, too")


def pytest_collection_modifyitems(config, items):
    left_out = {
        "slow": None if config.getoption("--slow") else "minutes long: run with --slow",
        "browser": "E2E=0" if os.environ.get("E2E") == "0" else None,
    }
    for item in items:
        for marker, reason in left_out.items():
            if reason and marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


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
