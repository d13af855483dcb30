"""A model of digits, and an empty folder for its maps."""

import shutil

import pytest


@pytest.fixture
def maps_home(tmp_path, monkeypatch, published):
    """The maps' folder; the model `digits-6` is listed."""
    shutil.copytree(published, tmp_path / "models" / "digits-6")
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path / "maps"))
    monkeypatch.setenv("ZSCOPE_DIRECTIONS", str(tmp_path / "directions"))
    return tmp_path / "maps"
