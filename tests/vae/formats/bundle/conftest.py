"""Fixtures that damage a bundle."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from vae.formats.bundle import BUNDLE_FILES


@pytest.fixture(scope="session")
def rewrite():
    """`rewrite(folder, "card.json", data)`: another content, with the size and hash that fit it."""

    def write(folder: Path, name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        if name != "model.json":
            manifest = json.loads((folder / "model.json").read_text())
            manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            (folder / "model.json").write_text(json.dumps(manifest))

    return write


@pytest.fixture(scope="session")
def edit_json(rewrite):
    """`edit_json(folder, "card.json", change)`: `change` alters the parsed content in place."""

    def edit(folder: Path, name: str, change) -> None:
        content = json.loads((folder / name).read_text())
        change(content)
        rewrite(folder, name, json.dumps(content).encode())

    return edit


@pytest.fixture(scope="session")
def zip_of():
    """A bundle folder's zip, its files under `prefix`."""

    def make(folder: Path, prefix: str = "", names=BUNDLE_FILES, method: int = zipfile.ZIP_DEFLATED) -> Path:
        path = folder.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", method) as archive:
            for name in names:
                archive.writestr(f"{prefix}{name}", (folder / name).read_bytes())
        return path

    return make
