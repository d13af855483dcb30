"""The shape of the code base: who may import whom, what each module offers, and what importing it costs."""

import ast
import importlib
import pkgutil
import subprocess
from pathlib import Path

import pytest

import vae

ROOT = Path(__file__).resolve().parents[1]

# Each layer may import itself and those before it; app.py, at the top, everything.
LAYERS = ("vae", "live", "ui", "pages")
FRAMEWORKS = {"tensorflow", "jax", "torch"}
# What a layer must not import from elsewhere. Keras itself is the science's alone.
BANNED = {
    "vae": {"streamlit", "starlette"} | FRAMEWORKS,
    "live": {"streamlit", "keras"} | FRAMEWORKS,
    "ui": {"keras"} | FRAMEWORKS,
    "pages": {"keras"} | FRAMEWORKS,
}
EXEMPT = {
    "vae/backend.py": FRAMEWORKS,
    "vae/models/host_function.py": FRAMEWORKS,
    "vae/formats/exporting/litert.py": {"tensorflow"},  # its own format
}
ABOVE_ALL = {"app", "tests", "bench"}


def import_faults(root: Path) -> list[str]:
    """Every import that breaks the rule, as "path: name"."""
    faults = []
    for position, layer in enumerate(LAYERS):
        banned = BANNED[layer] | set(LAYERS[position + 1 :]) | ABOVE_ALL
        for path in sorted((root / layer).rglob("*.py")):
            place = path.relative_to(root).as_posix()
            for name in sorted(_imported(path, root) & (banned - EXEMPT.get(place, set()))):
                faults.append(f"{place}: {name}")
    return faults


def _imported(path: Path, root: Path) -> set[str]:
    """The top-level packages a file imports anywhere in it, relative imports included."""
    names = set()
    package = path.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            # `from .. import live`, out of the top package, names its target only in what is imported.
            names |= {base[0]} if base else {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            texts = (part for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Constant))
            names |= {text.value.split(".")[0] for text in texts if isinstance(text.value, str)}
    return names


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_imports_go_one_way_and_frameworks_stay_in_their_place():
    assert import_faults(ROOT) == []


def test_the_rule_looks_at_the_whole_science():
    seen = {path.relative_to(ROOT).as_posix() for path in (ROOT / "vae").rglob("*.py")}
    assert {"vae/backend.py", "vae/formats/bundle/read.py", "zscope/cli/train.py"} <= seen
    assert FRAMEWORKS & _imported(ROOT / "vae/backend.py", ROOT), (
        "the one file that may name a framework is read as such"
    )


@pytest.mark.parametrize(
    ("place", "source", "fault"),
    [
        ("vae/deep/one.py", "import zscope.serving.engine", "live"),
        ("vae/one.py", "from ui import state", "ui"),
        ("vae/one.py", "def late():\n    import streamlit as st", "streamlit"),
        ("vae/one.py", "if True:\n    from starlette.responses import Response", "starlette"),
        ("vae/one.py", "from tensorflow.keras import layers", "tensorflow"),
        ("vae/deep/backend.py", "import jax.numpy as jnp", "jax"),
        ("vae/one.py", "import os, torch", "torch"),
        ("vae/deep/one.py", "from ... import live", "live"),
        ("vae/one.py", "import importlib\nimportlib.import_module('zscope.serving.engine')", "live"),
        ("zscope/serving/one.py", "from pages.explore import draw", "pages"),
        ("zscope/serving/one.py", "import streamlit", "streamlit"),
        ("zscope/serving/one.py", "import keras", "keras"),
        ("zscope/ui/one.py", "import pages", "pages"),
        ("pages/one.py", "import app", "app"),
    ],
)
def test_the_rule_finds_a_fault(tmp_path, place, source, fault):
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(source)
    assert import_faults(tmp_path) == [f"{place}: {fault}"]


def test_the_rule_passes_what_is_right(tmp_path):
    for place, source in {
        "vae/backend.py": "import tensorflow, jax, torch",
        "vae/deep/one.py": "from ..backend import device_name\nfrom . import two\nimport keras",
        "zscope/serving/one.py": "from vae.errors import ZscopeError\nimport starlette",
        "pages/one.py": "import streamlit, zscope.ui.state, live, vae",
    }.items():
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    assert import_faults(tmp_path) == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: everything that is here came with it")
def test_git_ignores_no_source():
    """A folder of ours by a name in .gitignore would be missing from every commit, and from no test run here."""
    ours = ("app.py", "assets", "bench", "docs", "live", "pages", "tests", "ui", "vae")
    asked = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "--", *ours]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [path for path in found if not path.endswith(("__pycache__/", "bench/raw/"))] == []


def _modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    inner = (info.name for info in pkgutil.walk_packages(found.__path__, f"{package}."))
    return [package, *(name for name in inner if not name.endswith("__main__"))]


@pytest.mark.parametrize("name", [*_modules("vae"), *_modules("live")])
def test_all_names_what_a_module_offers(name):
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", [])
    assert len(set(offered)) == len(offered)
    assert [entry for entry in offered if not hasattr(module, entry)] == []
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert {entry for entry in defined if not entry.startswith("_")} <= set(offered)


def test_the_public_surface_of_vae():
    assert vae.__all__ == [
        "CATALOG",
        "Codec",
        "ModelConfig",
        "TrainConfig",
        "VAE",
        "ZscopeError",
        "evaluate",
        "list_models",
        "load_bundle",
        "load_dataset",
        "save_bundle",
        "train",
    ]
    assert dir(vae) == vae.__all__
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        vae.nothing_of_that_name  # noqa: B018


HEAVY = ("tensorflow", "keras", "jax", "torch", "streamlit", "sklearn")
LOADED = f"""
import sys
heavy = sorted(name for name in {HEAVY!r} if name in sys.modules)
sys.exit("loaded " + ", ".join(heavy) if heavy else 0)
"""


@pytest.mark.parametrize(
    "name",
    [
        "vae",
        "zscope.library.registry",
        "vae.formats.bundle",
        "vae.models.config",
        "vae.data",
        "zscope.cli",
        "vae.models.networks.plan",
    ],
)
def test_importing_loads_no_framework(run_python, name):
    done = run_python("-c", f"import {name}\n{LOADED}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["models", "--json"]])
def test_help_and_lists_load_no_framework(run_python, arguments):
    code = f"""
import runpy, sys
sys.argv = ["vae", *{arguments!r}]
try:
    runpy.run_module("vae", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
{LOADED}"""
    done = run_python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_loaded_framework_would_be_seen(run_python):
    done = run_python("-c", f"import sklearn\n{LOADED}")
    assert (done.returncode, done.stderr.strip()) == (1, "loaded sklearn")
