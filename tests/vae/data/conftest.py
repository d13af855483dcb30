"""Fixtures: pictures in folders and zips, and an empty folder for user data sets."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def user_data_home(tmp_path, monkeypatch):
    """An empty folder for user data sets."""
    home = tmp_path / "own-data"
    monkeypatch.setenv("ZSCOPE_OWN_DATA", str(home))
    return home


@pytest.fixture(scope="session")
def picture():
    """The bytes of a small picture, another for each number: `picture(7, size=(40, 30), kind="JPEG")`."""

    def make(number: int, size=(32, 32), kind="PNG", mode="RGB", **settings) -> bytes:
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 256, (max(1, size[1] // 4), max(1, size[0] // 4), 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).convert(mode).save(buffer, kind, **settings)
        return buffer.getvalue()

    return make


@pytest.fixture
def make_zip(tmp_path):
    """A zip of names and bytes: `make_zip({"a/1.png": b"…"})`."""

    def make(files: dict[str, bytes], name="pictures.zip", method=zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for member, data in files.items():
                archive.writestr(member, data)
        return path

    return make


@pytest.fixture
def make_folder(tmp_path):
    """A folder of names and bytes."""

    def make(files: dict[str, bytes], name="pictures") -> Path:
        for member, data in files.items():
            path = tmp_path / name / member
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    return make


@pytest.fixture(scope="session")
def pictures(picture):
    """Names and bytes of `count` pictures in turn of the given folders: `pictures(60, "cats", "dogs")`."""

    def make(count: int, *folders: str, first: int = 0, **settings) -> dict[str, bytes]:
        places = folders or ("",)
        return {
            f"{places[index % len(places)]}/{index:04d}.png".lstrip("/"): picture(first + index, **settings)
            for index in range(count)
        }

    return make
