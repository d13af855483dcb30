"""Lists and opens models: bundled ones, and those trained or imported on this computer."""

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
from vae.message import N_, message

__all__ = [
    "ModelEntry",
    "decode_reference",
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
    """One entry of the list of models.

    Attributes:
        id: the folder's name, unique in the list.
        shipped: whether the model is bundled with Zscope.
        contents: manifest and card; None if the bundle is broken.
        fault: why it is broken, else "".
    """

    id: str
    path: Path
    shipped: bool
    contents: tuple[Manifest, Card] | None
    fault: str = ""

    def parts(self) -> tuple[Manifest, Card]:
        """Return the manifest and the card.

        Raises:
            BundleError: the bundle is broken.
        """
        return self._read()

    @property
    def title(self) -> str:
        return (self.contents and self.contents[0].title) or self.id

    @property
    def manifest(self) -> Manifest:
        """The bundle's manifest.

        Raises:
            BundleError: the bundle is broken.
        """
        return self._read()[0]

    @property
    def card(self) -> Card:
        """The bundle's card.

        Raises:
            BundleError: the bundle is broken.
        """
        return self._read()[1]

    def check(self) -> None:
        """Raise a `BundleError` if the bundle is broken."""
        self._read()

    def _read(self) -> tuple[Manifest, Card]:
        if self.contents is None:
            raise BundleError(
                message("Can't open the model {id}: {fault}", id=self.id, fault=self.fault), "Choose another model."
            )
        return self.contents


def models_folder() -> Path:
    """Return the folder of user models: `ZSCOPE_MODELS`, else `~/.zscope/models`."""
    return Path(os.environ.get("ZSCOPE_MODELS") or Path.home() / ".zscope" / "models")


def list_models() -> list[ModelEntry]:
    """List every bundle, bundled models first, then by id; broken ones with their fault.

    A user model cannot replace a bundled one of the same id, since links rely on it.
    """
    entries: dict[str, ModelEntry] = {}
    for root, shipped in _roots():
        recover_interrupted(root)
        for path in sorted(root.iterdir()) if root.is_dir() else ():
            if not path.name.startswith((".", "__")) and (path.is_dir() or path.suffix == ".zip"):
                entries.setdefault(path.name, _entry(path, shipped))
    return list(entries.values())


def find_model(id: str) -> ModelEntry:
    """Find a model by id.

    Raises:
        ModelNotFoundError: there is no such model; the hint lists the existing ones.
    """
    for root, shipped in _roots():
        # The id may come from a URL, so it is checked before it becomes a path.
        if _ID.fullmatch(id) and (root / id).is_dir():
            return _entry(root / id, shipped)
    known = ", ".join(entry.id for entry in list_models() if not entry.fault) or "none"
    raise ModelNotFoundError(
        message("No model is called {id}.", id=repr(id[:80])), message("Models: {known}.", known=known)
    )


def is_shipped(id: str) -> bool:
    """Return whether the model of that id is bundled with Zscope."""
    return bool(_ID.fullmatch(id)) and (SHIPPED / id).is_dir()


def fingerprint(id: str) -> str:
    """Return the hash of a model's weights, which changes when the model is trained or imported again.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: it is broken.
    """
    return find_model(id).parts()[0].networks_hash


def open_model(id: str) -> Bundle:
    """Open the bundle of a listed id, which is untrusted and never used as a path. Cached until its files change.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: it is broken, or its codes do not belong to its data set's test images.
    """
    path = find_model(id).path
    return _load_cached(path, _stamps(path, [*BUNDLE_FILES, *ONNX_FILES]))


def locate_bundle(model: str) -> Path:
    """Return the folder or zip of a bundle.

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
    entry.check()
    return entry.path


def _roots() -> tuple[tuple[Path, bool], ...]:
    return (SHIPPED, True), (models_folder(), False)


def _entry(path: Path, shipped: bool) -> ModelEntry:
    def broken(fault: str) -> ModelEntry:
        return ModelEntry(path.name, path, shipped, None, fault)

    if path.is_file():
        return broken(N_("It is a zip file. Unpack it into a folder with the same name."))
    if not _ID.fullmatch(path.name):
        return broken(N_("The folder's name is not lower-case letters, digits and dashes. Rename it."))
    try:
        manifest, card = _read_cached(path, _stamps(path, ("model.json", "card.json")))
        _check_data(manifest)
    except (BundleError, OSError) as error:
        return broken(str(error))
    return ModelEntry(path.name, path, shipped, (manifest, card))


def _check_data(manifest: Manifest) -> None:
    """Check that the data set, whose images and class names pages show, belongs to the model."""
    if manifest.dataset == generated_id(manifest.id):
        return
    try:
        known = dataset_info(manifest.dataset)
    except DataError as error:
        raise BundleError(
            message("Can't find its data set {dataset}: {message}", dataset=manifest.dataset, message=error.message),
            "Add the data set again.",
        ) from None
    if known.version != manifest.dataset_version:
        raise BundleError(
            message("The images of {title} have changed since it was trained.", title=known.title),
            "Train a new model on them.",
        )
    if known.image_shape != manifest.model.image_shape:
        raise BundleError(
            message(
                "Its images are {image_shape}, those of {title} are {image_shape2}.",
                image_shape=manifest.model.image_shape,
                title=known.title,
                image_shape2=known.image_shape,
            ),
            "Keep the files of one export together.",
        )


def _load_checked(path: Path) -> Bundle:
    bundle = load_bundle(path)
    _check_data(bundle.manifest)
    own = bundle.manifest.dataset == generated_id(bundle.manifest.id)
    if not own and not np.array_equal(bundle.reference.labels, load_test_split(bundle.manifest.dataset).labels):
        raise BundleError(
            message("The reference codes of {name} do not belong to its data set's test images.", name=path.name),
            "Export the bundle again.",
        )
    return bundle


# Cached: listings run at every page view, and a page and the live channel open the same model.
_read_cached = lru_cache(maxsize=256)(lambda folder, stamps: read_manifest(folder))
_load_cached = lru_cache(maxsize=4)(lambda folder, stamps: _load_checked(folder))


def _stamps(folder: Path, names: Iterable[str]) -> tuple[int, ...]:
    """Modification times as part of a cache key, so that a changed file is read again; 0 for a missing file."""
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).exists() else 0 for name in names)


def decode_reference(model_id: str) -> np.ndarray:
    """Decode the reference codes of a listed model, uint8 `(n, h, w, c)`.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    from vae.inference.runtime import open_codec

    bundle = open_model(model_id)
    return open_codec(bundle).decode_pixels(bundle.reference.z_mean)


use_library(sys.modules[__name__])
