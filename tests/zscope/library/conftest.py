"""A shelf of one's own with small models of random weights on it, and one that ships."""

import pytest

from vae.formats.bundle import save_bundle
from zscope.library import registry


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of one's own models."""
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "shipped")
    for name in ("MODELS", "RUNS"):
        monkeypatch.setenv(f"ZSCOPE_{name}", str(tmp_path / name.lower()))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def save(own, make_content):
    """`save("tiny")`: one more model; with `shipped=True` one that came with the project."""

    def save(name: str, shipped: bool = False, **change):
        root = registry.SHIPPED if shipped else own
        return save_bundle(root / name, **make_content() | {"id": name} | change)

    return save


@pytest.fixture
def listed():
    """What the shelf shows, `{id: title}`."""
    return lambda: {entry.id: entry.title for entry in registry.list_models() if not entry.fault}
