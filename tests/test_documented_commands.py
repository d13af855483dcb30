"""Every command line of README and the documents: its options exist, and README's run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.core import TyperGroup

from tests.vae.formats.importing.torch_cases import FOLDER
from vae.data import load_test_split
from zscope.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "BENCHMARKS.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
NOT_RUN = {
    "train",
    "pause",
}  # a training takes minutes; `test_train.py` and `test_runs.py` in `tests/zscope/cli` have short ones


def _commands(path: Path) -> list[str]:
    """What follows `zscope`, or `python -m vae` of older cards, at the start of code, without comments."""
    found = re.findall(r"(?:^|`)(?:python -m vae|zscope) ([^`\n]+)", path.read_text(), re.MULTILINE)
    return list(dict.fromkeys(re.split(r"\s+#", text)[0].strip() for text in found))


ALL = [(path.name, text) for path in DOCUMENTS for text in _commands(path)]
README = [text for name, text in ALL if (name == "README.md" and len(text.split()) > 1) or text in ("models", "runs")]


def test_all_of_readme_s_are_found():
    names = {text.split()[0] for text in README}
    assert names >= {"models", "train", "runs", "pause", "data", "map", "interpolate", "import", "export", "decode"}


@pytest.mark.parametrize(("document", "text"), ALL)
def test_its_options_exist(document, text):
    command, arguments = typer.main.get_command(app), shlex.split(text)
    while isinstance(command, TyperGroup) and arguments and not arguments[0].startswith("-"):
        assert arguments[0] in command.commands
        command = command.commands[arguments.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert known.issuperset(word for word in arguments if word.startswith("-"))
    if arguments and "…" not in arguments:  # otherwise it only names the command
        command.make_context("vae", arguments)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the files that README's commands name, and folders for what they make."""
    folder = tmp_path_factory.mktemp("desk")
    images = load_test_split("mnist").images
    Image.fromarray(images[7, ..., 0]).save(folder / "seven.png")
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for index in range(70):
            Image.fromarray(images[index, ..., 0]).resize((60, 60)).save(folder / "one.png")
            archive.write(folder / "one.png", f"{index}.png")
    for index in range(2):
        Image.fromarray(255 - images[index, ..., 0]).resize((200, 200)).save(folder / f"{index}.jpg")
    np.savetxt(folder / "codes.csv", np.zeros((2, 16)), delimiter=",")
    for part in ("encoder", "decoder"):
        shutil.copy(FOLDER / "mnist" / f"{part}.onnx", folder)
    return folder


@pytest.mark.full
@pytest.mark.parametrize(
    "text", [text for text in README if text.split()[0] not in NOT_RUN and not text.startswith("--")]
)
def test_readme_s_run(desk, text):
    homes = {f"ZSCOPE_{name}": str(desk / name) for name in ("MODELS", "MAPS", "RUNS", "OWN_DATA", "DIRECTIONS")}
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -m vae {text}"],
        cwd=desk, env=os.environ | homes | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
