"""The models at hand: bundles that ship with the project, and those trained or imported here."""

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from vae.assets import ASSETS
from vae.data import dataset_info, load_test_split
from vae.data.generated import generated_id, use_library
from vae.errors import BundleError, DataError, ModelNotFoundError
from vae.formats.bundle import (
    BUNDLE_FILES,
    ONNX_FILES,
    Bundle,
    Card,
    Manifest,
    load_bundle,
    read_manifest,
    recover_interrupted,
)
from vae.formats.bundle.schema import MODEL_ID

__all__ = [
    "ModelEntry",
    "find_model",
    "fingerprint",
    "is_shipped",
    "list_models",
    "locate_bundle",
    "models_folder",
    "open_model",
]

SHIPPED = ASSETS / "models"
_ID = re.compile(MODEL_ID)


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
        return (self.manifest and self.manifest.title) or self.id


def models_folder() -> Path:
    """Where models trained here are kept: `ZSCOPE_MODELS`, else `~/.zscope/models`."""
    return Path(os.environ.get("ZSCOPE_MODELS") or Path.home() / ".zscope" / "models")


def list_models() -> list[ModelEntry]:
    """Every bundle folder, shipped ones first, then by id; broken ones with their fault: nothing just vanishes.

    A shipped id cannot be taken by another bundle: links and talks rely on it.
    """
    entries: dict[str, ModelEntry] = {}
    for root, shipped in _roots():
        recover_interrupted(root)
        for path in sorted(root.iterdir()) if root.is_dir() else ():
            if not path.name.startswith((".", "__")) and (path.is_dir() or path.suffix == ".zip"):
                entries.setdefault(path.name, _entry(path, shipped))
    return list(entries.values())


def find_model(id: str) -> ModelEntry:
    """The entry of that id.

    Raises:
        ModelNotFoundError: there is none; the message names those there are.
    """
    for root, shipped in _roots():
        # Checked as a name before it is used as one: an id comes from a URL.
        if _ID.fullmatch(id) and (root / id).is_dir():
            return _entry(root / id, shipped)
    known = ", ".join(entry.id for entry in list_models() if not entry.fault) or "none"
    raise ModelNotFoundError(f"No model is called {id[:80]!r}.", f"Models here: {known}.")


def is_shipped(id: str) -> bool:
    """Whether a model of that id came with the project."""
    return bool(_ID.fullmatch(id)) and (SHIPPED / id).is_dir()


def fingerprint(id: str) -> str:
    """What changes when a model of the same id is trained or imported anew: its weights' hash.

    Raises:
        ModelNotFoundError: there is none of that id.
        BundleError: it is broken.
    """
    entry = find_model(id)
    if entry.fault:
        raise BundleError(f"The model {entry.id} cannot be opened: {entry.fault}", "Choose another model.")
    return entry.manifest.networks_hash


def open_model(id: str) -> Bundle:
    """The bundle of a listed id, never of a path: an id comes from strangers. Read once while its files stay the same.

    Raises:
        ModelNotFoundError: there is none of that id.
        BundleError: it is broken, or its codes are not those of its data set's test images.
    """
    path = find_model(id).path
    return _load_cached(path, _stamps(path, [*BUNDLE_FILES, *ONNX_FILES]))


def locate_bundle(model: str) -> Path:
    """The folder or zip of a bundle.

    Args:
        model: a listed id, else a path.

    Raises:
        ModelNotFoundError: neither a listed id nor a path that exists.
        BundleError: the listed model is broken.
    """
    try:
        entry = find_model(model)
    except ModelNotFoundError:
        if not Path(model).exists():
            raise
        return Path(model)
    if entry.fault:
        raise BundleError(f"The model {entry.id} cannot be opened: {entry.fault}", "Choose another model.")
    return entry.path


def _roots() -> tuple[tuple[Path, bool], ...]:
    return (SHIPPED, True), (models_folder(), False)


def _entry(path: Path, shipped: bool) -> ModelEntry:
    def broken(fault: str) -> ModelEntry:
        return ModelEntry(path.name, path, shipped, None, None, fault)

    if path.is_file():
        return broken("It is a zip: unpack it into a folder of that name.")
    if not _ID.fullmatch(path.name):
        return broken("A model's folder is named with lower-case letters, digits and dashes: rename it.")
    try:
        manifest, card = _read_cached(path, _stamps(path, ("model.json", "card.json")))
        _check_data(manifest)
    except (BundleError, OSError) as error:
        return broken(str(error))
    return ModelEntry(path.name, path, shipped, manifest, card)


def _check_data(manifest: Manifest) -> None:
    """A page shows the data's images and class names beside the model: they must belong together."""
    if manifest.dataset == generated_id(manifest.id):  # its own
        return
    try:
        known = dataset_info(manifest.dataset)
    except DataError as error:
        raise BundleError(
            f"It was trained on {manifest.dataset}, which is not here: {error.message}", "Add that data set again."
        ) from None
    if known.version != manifest.dataset_version:
        raise BundleError(
            f"The images of {known.title} are not those that it was trained on.", "Train again on the new ones."
        )
    if known.image_shape != manifest.model.image_shape:
        raise BundleError(
            f"Its images are {manifest.model.image_shape}, those of {known.title} are {known.image_shape}.",
            "Keep the files of one export together.",
        )


def _load_checked(path: Path) -> Bundle:
    bundle = load_bundle(path)
    _check_data(bundle.manifest)
    own = bundle.manifest.dataset == generated_id(bundle.manifest.id)
    if not own and not np.array_equal(bundle.reference.labels, load_test_split(bundle.manifest.dataset).labels):
        raise BundleError(
            f"The reference codes of {path.name} are not those of its data set's test images.",
            "Export the bundle again.",
        )
    return bundle


# Listings run at every page view, and a page and the live channel open the same model.
_read_cached = lru_cache(maxsize=256)(lambda folder, stamps: read_manifest(folder))
_load_cached = lru_cache(maxsize=4)(lambda folder, stamps: _load_checked(folder))


def _stamps(folder: Path, names: Iterable[str]) -> tuple[int, ...]:
    """Part of a cache's key: a changed file is read again. A missing one is the reader's to report."""
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).exists() else 0 for name in names)


use_library(sys.modules[__name__])
