"""What the distribution requires, and the versions it is locked to."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from zscope.cli import app

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = [
    "_typeshed",
    "jax",
    "pythonosc",
    "ray",
    "torch",
]  # of type checkers alone, extras, and other backends of Keras
PRESENT = {"pip"}  # in every environment


def _requirements(name: str) -> dict[str, Requirement]:
    lines = (re.split(r"\s+#|^#", line)[0].strip() for line in (ROOT / name).read_text().splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-r ")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def _locked(name: str) -> dict[str, list[str]]:
    """The versions of each distribution in a lock; more than one where platforms or Pythons differ."""
    versions: dict[str, list[str]] = {}
    for distribution, version in re.findall(r"^([\w.-]+)==([\w.+!]+)", (ROOT / name).read_text(), re.MULTILINE):
        versions.setdefault(canonicalize_name(distribution), []).append(version)
    return versions


@pytest.mark.parametrize(
    ("file", "declared"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_the_requirements_file_is_what_the_package_declares(file, declared):
    requirements = {canonicalize_name(Requirement(text).name): Requirement(text) for text in declared}
    assert _requirements(file) == requirements


@pytest.mark.parametrize(
    ("lock", "files"),
    [
        ("requirements.lock", ["requirements.txt"]),
        ("requirements-dev.lock", ["requirements.txt", "requirements-dev.txt"]),
    ],
)
def test_the_lock_has_a_version_that_each_requirement_allows(lock, files):
    locked = _locked(lock)
    for file in files:
        for name, requirement in _requirements(file).items():
            assert locked.get(name), f"{name} is not in {lock}: run `make lock`"
            assert all(requirement.specifier.contains(version) for version in locked[name]), f"{name}: run `make lock`"


def test_tests_run_with_the_locked_versions_of_the_app():
    app, development = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert {name: versions for name, versions in app.items() if development.get(name) != versions} == {}


def test_every_line_of_a_lock_has_a_hash():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        first = re.search(r"^\w", text, re.MULTILINE)
        assert first
        entries = re.split(r"\n(?=\w)", text[first.start() :])
        assert entries
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def _imported(folders: list[str]) -> set[str]:
    names = set()
    for folder in folders:
        for path in [ROOT / folder] if folder.endswith(".py") else (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names)


def _undeclared(names: set[str], files: list[str]) -> list[str]:
    declared = {name for file in files for name in _requirements(file)}
    owners = packages_distributions()
    ours = {
        "app",
        "bench",
        "docs",
        "pages",
        "vae",
        "zscope",
        "tests",
        *(path.stem for path in (ROOT / "tests").rglob("*.py")),
    }
    return sorted(
        name
        for name in names - ours - PRESENT
        if not {canonicalize_name(owner) for owner in owners.get(name, [name])} & declared
    )


def test_every_imported_distribution_is_declared():
    assert _undeclared(_imported(["app.py", "vae", "zscope", "pages"]), ["requirements.txt"]) == OPTIONAL
    files = ["requirements.txt", "requirements-dev.txt", "requirements-all.txt"]
    assert _undeclared(_imported(["tests", "bench", "docs"]), files) == []


def _instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its arguments."""
    lines = (line.partition(" ") for line in (ROOT / "Dockerfile").read_text().splitlines())
    return [(name, arguments) for name, _, arguments in lines if name.isupper()]


def test_the_dockerfile_copies_what_the_wheel_is_built_from():
    copied = {word for name, words in _instructions() if name == "COPY" for word in words.split()[:-1]}
    assert [path for path in copied if not (ROOT / path).exists()] == []
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*build["packages"], *(path.partition("/")[0] for path in build["force-include"])]
    needed += ["pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]]
    assert set(needed) <= copied
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not copied & set(ignored)


def test_the_container_s_command_is_one_of_ours():
    (command,) = (json.loads(words) for name, words in _instructions() if name == "CMD")
    assert command[0] == "zscope"
    typer.main.get_command(app).make_context("zscope", command[1:])
    assert command[command.index("--address") + 1] == "0.0.0.0"
    (user,) = (words for name, words in _instructions() if name == "USER")
    assert user != "root"


def test_the_gpu_image_gets_the_tensorflow_of_the_lock():
    (run,) = (words for name, words in _instructions() if name == "RUN" and "and-cuda" in words)
    command = re.search(r'"\$\((.*)\)"', run)
    assert command
    named = subprocess.run(["sh", "-c", command[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert named.stdout.strip() == f"tensorflow[and-cuda]=={_locked('requirements.lock')['tensorflow'][0]}"
