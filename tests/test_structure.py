"""The structure of the code: import directions, `__all__` of each module, and what importing it loads."""

import ast
import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

import vae

ROOT = Path(__file__).resolve().parents[1]

# Each layer may import itself and those before it; app.py, at the top, everything.
LAYERS = (
    ("vae",),
    ("zscope.library",),
    ("zscope.jobs",),
    ("zscope.serving",),
    ("zscope.ui", "zscope.cli"),
    ("pages",),
    ("app", "tests", "bench"),
)
FRAMEWORKS = {"tensorflow", "jax", "torch"}
SERVERS = {"streamlit", "starlette", "uvicorn"}
# What a layer must not import from elsewhere.
BANNED = {
    "vae": SERVERS | FRAMEWORKS,
    "zscope.library": SERVERS | FRAMEWORKS,
    "zscope.jobs": SERVERS | FRAMEWORKS,
    "zscope.serving": {"streamlit", "keras"} | FRAMEWORKS,
    "zscope.ui": {"keras"} | FRAMEWORKS,
    "zscope.cli": SERVERS | FRAMEWORKS,
    "pages": {"keras"} | FRAMEWORKS,
}
EXEMPT = {
    "vae/__main__.py": {"zscope.cli"},  # `python -m vae` is the command line
    "vae/backend.py": FRAMEWORKS,
    "vae/models/host_function.py": FRAMEWORKS,
    "vae/formats/exporting/litert.py": {"tensorflow"},  # its own format
}


def import_faults(root: Path) -> list[str]:
    """Every import that breaks the rule, as "path: name"."""
    faults = []
    for position, layers in enumerate(LAYERS[:-1]):
        above = {layer for later in LAYERS[position + 1 :] for layer in later}
        for layer in layers:
            banned = BANNED[layer] | above | set(layers) - {layer}
            for path in sorted((root / layer.replace(".", "/")).rglob("*.py")):
                place = path.relative_to(root).as_posix()
                names = {fault for name in _imported(path, root) for fault in banned if _is_in(name, fault)}
                faults += [f"{place}: {name}" for name in sorted(names - EXEMPT.get(place, set()))]
    return faults


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def circles(root: Path) -> list[list[str]]:
    """Modules of `vae` and `zscope` that import one another, each circle sorted; imports within functions count."""
    modules = {}
    for package in ("vae", "zscope"):
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    names = sorted(modules)
    pairs = []
    for name, path in modules.items():
        for target in _imported(path, root):
            # `from package import name` names the module, or something in the package.
            found = target if target in modules else target.rpartition(".")[0]
            if found in modules and found != name:
                pairs.append((names.index(name), names.index(found)))
    graph = coo_matrix(([1] * len(pairs), tuple(zip(*pairs, strict=True))), shape=(len(names), len(names)))
    parts = connected_components(graph, connection="strong")[1].tolist()
    circle_of = {part: [name for name, one in zip(names, parts, strict=True) if one == part] for part in parts}
    return sorted(circle for circle in circle_of.values() if len(circle) > 1)


def _imported(path: Path, root: Path) -> set[str]:
    """What a file imports anywhere in it, as full names; those for type checkers alone do not count."""
    names = set()
    package = path.relative_to(root).parts[:-1]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {id(inner) for node in ast.walk(tree) if _for_types(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            whole = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{whole}.{alias.name}" if whole else alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            texts = (part for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Constant))
            names |= {text.value for text in texts if isinstance(text.value, str)}
    return names


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_imports_go_one_way_and_frameworks_stay_in_their_place():
    assert import_faults(ROOT) == []


def test_no_module_imports_itself_through_others():
    assert circles(ROOT) == []


def test_a_circle_is_found(tmp_path):
    for place, source in {
        "vae/one.py": "def late():\n    from vae import two",
        "vae/two.py": "from vae.deep.three import name",
        "vae/deep/three.py": "from ..one import late",
        "vae/four.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import vae.five",
        "vae/five.py": "import vae.four",
    }.items():
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    assert circles(tmp_path) == [["vae.deep.three", "vae.one", "vae.two"]]


def test_the_rule_looks_at_the_whole_library():
    seen = {path.relative_to(ROOT).as_posix() for path in (ROOT / "vae").rglob("*.py")}
    assert {"vae/backend.py", "vae/formats/bundle/read.py", "vae/latent/paths/graph.py"} <= seen
    found = {name.split(".")[0] for name in _imported(ROOT / "vae/backend.py", ROOT)}
    assert FRAMEWORKS & found, "the one file that may name a framework is read as such"


@pytest.mark.parametrize(
    ("place", "source", "fault"),
    [
        ("vae/deep/one.py", "import zscope.serving.engine", "zscope.serving"),
        ("vae/one.py", "from zscope.ui import state", "zscope.ui"),
        ("vae/one.py", "from zscope import library", "zscope.library"),
        ("vae/one.py", "def late():\n    import streamlit as st", "streamlit"),
        ("vae/one.py", "if True:\n    from starlette.responses import Response", "starlette"),
        ("vae/one.py", "from tensorflow.keras import layers", "tensorflow"),
        ("vae/deep/backend.py", "import jax.numpy as jnp", "jax"),
        ("vae/one.py", "import os, torch", "torch"),
        ("vae/deep/one.py", "import importlib\nimportlib.import_module('zscope.cli')", "zscope.cli"),
        ("zscope/library/one.py", "from zscope.jobs.runs import listing", "zscope.jobs"),
        ("zscope/jobs/one.py", "from ..serving import engine", "zscope.serving"),
        ("zscope/serving/one.py", "from pages.explore import draw", "pages"),
        ("zscope/serving/one.py", "import streamlit", "streamlit"),
        ("zscope/serving/one.py", "import keras", "keras"),
        ("zscope/cli/one.py", "from zscope.ui import state", "zscope.ui"),
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
        "zscope/jobs/one.py": "from zscope.library import registry\nfrom vae.errors import ZscopeError",
        "zscope/serving/one.py": "from vae.errors import ZscopeError\nimport starlette",
        "zscope/cli/one.py": "import zscope.serving.client",
        "pages/one.py": "import streamlit, zscope.ui.state, zscope.serving, vae",
    }.items():
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    assert import_faults(tmp_path) == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: everything that is here came with it")
def test_git_ignores_no_source():
    """A folder of ours by a name in .gitignore would be missing from every commit, and from no test run here."""
    ours = ("app.py", "assets", "bench", "docs", "pages", "tests", "vae", "zscope")
    asked = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "--", *ours]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [path for path in found if not path.endswith(("__pycache__/", "bench/raw/"))] == []


def _modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    inner = (info.name for info in pkgutil.walk_packages(found.__path__, f"{package}."))
    return [package, *(name for name in inner if not name.endswith("__main__"))]


_PACKAGES = ("vae", "zscope.library", "zscope.jobs", "zscope.serving", "zscope.cli")


@pytest.mark.parametrize("name", [name for package in _PACKAGES for name in _modules(package)])
def test_all_names_what_a_module_offers(name):
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", [])
    assert len(set(offered)) == len(offered)
    assert [entry for entry in offered if not hasattr(module, entry)] == []
    assert module.__file__
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


@pytest.mark.parametrize(
    "arguments", [pytest.param(["--help"], marks=pytest.mark.full), ["train", "--help"], ["models", "--json"]]
)
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


# Learn runs small networks in the browser, as the exported page does.
ALSO_IMPORTS = {"learn": {"demo"}}


def script_import_faults(scripts: Path) -> list[str]:
    """Every import of a page's JavaScript that is neither of its own folder nor of `core/`, JSDoc types included."""
    faults = []
    for path in sorted(scripts.rglob("*.js")):
        for target in re.findall(r"""["'](\.{1,2}/[^"'\n]+\.js)["']""", path.read_text(encoding="utf-8")):
            found = (path.parent / target).resolve()
            folders = {path.parent.name, "core"} | ALSO_IMPORTS.get(path.parent.name, set())
            if not found.is_file() or found.parent not in {(scripts / folder).resolve() for folder in folders}:
                faults.append(f"{path.relative_to(scripts).as_posix()}: {target}")
    return faults


def test_scripts_of_a_page_import_only_core_and_their_folder():
    assert script_import_faults(ROOT / "assets" / "js") == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("map/one.js", 'import { two } from "../paths/two.js";'),
        ("map/one.js", '/** @param {import("../paths/two.js").Two} two */'),
        ("map/one.js", 'const late = () => import("../paths/two.js");'),
        ("core/one.js", 'export { two } from "../paths/two.js";'),
        ("map/one.js", 'import "./missing.js";'),
        ("demo/one.js", 'import "../learn/two.js";'),
    ],
)
def test_a_script_s_import_of_another_page_is_found(tmp_path, place, source):
    right = {
        "paths/two.js": 'import "../core/three.js";',
        "core/three.js": "",
        "learn/two.js": 'import "../demo/four.js";',
    }
    for path, text in {**right, "demo/four.js": "", place: source}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert [fault.split(":")[0] for fault in script_import_faults(tmp_path)] == [place]
