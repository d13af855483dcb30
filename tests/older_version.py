"""Files that the version before wrote, `tests/fixtures/version_1`, in folders where this version finds them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["FIXTURES", "LINKS", "add_broken", "opened_home"]

FIXTURES = Path(__file__).resolve().parent / "fixtures" / "version_1"
LINKS = json.loads((FIXTURES / "expected" / "links.json").read_text())
_WRITTEN_IN = "/tmp/zscope-version-1"
_FOLDERS = {"MODELS": "models", "RUNS": "runs", "MAPS": "maps", "DIRECTIONS": "directions", "OWN_DATA": "data"}


@contextmanager
def opened_home(home: Path) -> Iterator[None]:
    """Copy the files to a folder, which Zscope uses inside the context; add a broken model."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, folder in _FOLDERS.items():
            shutil.copytree(FIXTURES / folder, home / folder)
            patch.setenv(f"ZSCOPE_{variable}", str(home / folder))
        for request in home.glob("runs/*/run.json"):
            request.write_text(request.read_text().replace(_WRITTEN_IN, str(home)))
        add_broken(home / "models")
        yield


def add_broken(models: Path) -> None:
    """Add a broken model to a folder of models."""
    (models / "broken").mkdir(parents=True)
    (models / "broken" / "model.json").write_text("{")
