"""A folder of user models with random weights, and a bundled model."""

import pytest

from vae.formats.bundle import save_bundle
from zscope.library import registry


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of user models."""
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "shipped")
    for name in ("MODELS", "RUNS"):
        monkeypatch.setenv(f"ZSCOPE_{name}", str(tmp_path / name.lower()))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def save(own, make_content):
    """`save("tiny")` adds a user model; with `shipped=True`, a bundled model."""

    def save(name: str, shipped: bool = False, **change):
        root = registry.SHIPPED if shipped else own
        return save_bundle(root / name, **make_content() | {"id": name} | change)

    return save


@pytest.fixture
def listed():
    """Return the listed models, `{id: title}`."""
    return lambda: {entry.id: entry.title for entry in registry.list_models() if not entry.fault}
