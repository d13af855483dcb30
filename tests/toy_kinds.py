"""A toy export format, projection and path: registered by tests, also in the processes that tests start."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vae.formats.exporting import FORMATS
from vae.formats.exporting.formats.onnx import OnnxFormat
from vae.latent.paths import PATHS, LinearPath, PathKind
from vae.latent.projections import PROJECTIONS, FittedProjection
from vae.latent.projections.settings import Number
from vae.registry import Registry

__all__ = ["ROOT", "TOY_FORMAT", "TOY_PATH", "TOY_PROJECTION", "register_all", "register_in_processes", "registered"]

ROOT = Path(__file__).resolve().parents[1]
_NO_CLASSES = "The toy format has no class weights."


class ToyFormat(OnnxFormat):
    key = "toy"
    title = "Toy format"
    suffix = "-toy.zip"
    meaning = "for a test that follows it"
    contents = "a toy"
    note = "It squeaks."
    limits = _NO_CLASSES

    def why_not(self, config) -> str:
        return self.limits if config.classes else ""


def _fit(codes: np.ndarray, scale: float, on_frame: Callable, should_stop: Callable) -> np.ndarray:
    """The first two dimensions, `scale` times as wide."""
    xy = (scale * codes[:, :2]).astype(np.float32)
    on_frame(1, xy)
    return xy


TOY_FORMAT = ToyFormat()
TOY_PROJECTION = FittedProjection(
    key="toy",
    title="Toy map",
    meaning="A toy map keeps the first two dimensions.",
    source="this test",
    settings=(Number("scale", "Scale", "How wide the map is.", 2.0, 1.0, 9.0, 0.5),),
    comparable=True,
    fit=_fit,
)
TOY_PATH = PathKind(
    key="toy",
    title="Toy path",
    meaning="From the other end",
    source="this test",
    find=lambda a, b, tools: LinearPath(b, a),
    color="#ff00ff",
    dashes=(1, 2),
)


@contextmanager
def registered(registry: Registry, item) -> Iterator[None]:
    """Register an object for as long as the context lasts."""
    registry.register(item)
    try:
        yield
    finally:
        del registry._objects[item.key]


def register_in_processes(monkeypatch, folder: Path) -> None:
    """Have every Python process that is started from now on begin with the toys registered."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import tests.toy_kinds as toys\ntoys.register_all()\n")
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{ROOT}")


def register_all() -> None:
    """Register all toys for good."""
    FORMATS.register(TOY_FORMAT)
    PROJECTIONS.register(TOY_PROJECTION)
    PATHS.register(TOY_PATH)
