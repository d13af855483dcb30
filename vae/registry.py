"""The models at hand: bundles that ship with the project, and those trained or imported here."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vae.bundle import BUNDLE_FILES, Bundle, Card, Manifest, load_bundle, read_manifest
from vae.errors import BundleError, ModelNotFoundError

__all__ = ["ModelEntry", "find_model", "list_models", "models_folder", "open_model"]

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "models"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class ModelEntry:
    """One line of the list of models.

    Attributes:
        id: the folder's name, unique in the list.
        shipped: whether it came with the project.
        manifest, card: None when the bundle is broken.
        fault: why it is broken, else "".
    """

    id: str
    path: Path
    shipped: bool
    manifest: Manifest | None
    card: Card | None
    fault: str = ""

    @property
    def title(self) -> str:
        return self.manifest.title if self.manifest else self.id


def models_folder() -> Path:
    """Where models trained here are kept: `ZSCOPE_MODELS`, else `~/.zscope/models`."""
    return Path(os.environ.get("ZSCOPE_MODELS") or Path.home() / ".zscope" / "models")


def list_models() -> list[ModelEntry]:
    """Every bundle folder, shipped ones first, then by id; broken ones with their fault, so that nothing just vanishes.

    A shipped id cannot be taken by another bundle: links and talks rely on it.
    """
    entries: dict[str, ModelEntry] = {}
    for root, shipped in ((SHIPPED, True), (models_folder(), False)):
        if root.is_dir():
            for path in sorted(root.iterdir()):
                if path.is_dir() and _ID.fullmatch(path.name):
                    entries.setdefault(path.name, _entry(path, shipped))
    return list(entries.values())


def find_model(id: str) -> ModelEntry:
    """The entry of that id.

    Raises:
        ModelNotFoundError: there is none; the message names those there are.
    """
    for root, shipped in ((SHIPPED, True), (models_folder(), False)):
        # Checked as a name before it is used as one: an id comes from a URL.
        if _ID.fullmatch(id) and (root / id).is_dir():
            return _entry(root / id, shipped)
    known = ", ".join(entry.id for entry in list_models() if not entry.fault) or "none"
    raise ModelNotFoundError(f"No model is called {id[:80]!r}.", f"Models here: {known}.")


def open_model(id: str) -> Bundle:
    """The bundle of a listed id, never of a path: an id comes from strangers. Read once while its files stay the same.

    Raises:
        ModelNotFoundError: there is none of that id.
        BundleError: it is broken.
    """
    path = find_model(id).path
    return _load_cached(path, _stamps(path, BUNDLE_FILES))


def _entry(path: Path, shipped: bool) -> ModelEntry:
    try:
        manifest, card = _read_cached(path, _stamps(path, ("model.json", "card.json")))
    except (BundleError, OSError) as error:
        return ModelEntry(path.name, path, shipped, None, None, str(error))
    return ModelEntry(path.name, path, shipped, manifest, card)


# Listings run at every page view, and a page and the live channel open the same model.
_read_cached = lru_cache(maxsize=256)(lambda folder, stamps: read_manifest(folder))
_load_cached = lru_cache(maxsize=4)(lambda folder, stamps: load_bundle(folder))


def _stamps(folder: Path, names: Iterable[str]) -> tuple[int, ...]:
    """Part of a cache's key: a changed file is read again. A missing one is the reader's to report."""
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).exists() else 0 for name in names)
