"""Writing a bundle so that a crash at any moment leaves the old one or the new one, never half of either.

One moment needs help: a folder cannot be replaced in one step, so between two renames nothing has its name. A process
killed just there leaves the old bundle beside its place; `recover_interrupted` puts it back.
"""

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from vae.durable import flush_folder
from vae.durable import write_through as _write_through
from vae.errors import BundleError
from vae.formats.bundle.read import load_bundle
from vae.formats.bundle.reference import Reference, pack_reference
from vae.formats.bundle.schema import Card, FileRecord, Manifest
from vae.formats.bundle.weights import check_budget, pack_weights
from vae.models.config import ModelConfig, first_fault
from vae.models.imported_config import ImportedConfig
from vae.pictures.preparation.input_style import InputStyle

__all__ = ["check_writable", "recover_interrupted", "save_bundle"]

_ASIDE = "-old"
_GRACE = 60.0  # seconds


def save_bundle(
    folder: str | Path,
    *,
    id: str,
    title: str,
    dataset: str,
    config: ModelConfig | ImportedConfig,
    weights: dict[str, np.ndarray],
    card: Card,
    reference: Reference,
    dataset_version: str = "",
    preprocessing: InputStyle | None = None,
    onnx: dict[str, bytes] | None = None,
) -> Path:
    """Write a bundle folder, replacing one that is there.

    Args:
        onnx: of an imported model, by part.

    Written beside the target, flushed to the disk, read back with all of `load_bundle`'s checks, then renamed.

    Raises:
        BundleError: the bundle would not load again, or the disk is full or read-only; the old folder is unchanged.
    """
    folder = Path(folder)
    check_budget(config)
    content = {
        "card.json": card.model_dump_json(indent=1).encode(),
        "reference.npz": pack_reference(reference),
    }
    if weights:
        content["weights.safetensors"] = pack_weights(weights)
    content |= {f"{part}.onnx": data for part, data in (onnx or {}).items()}
    records = {
        name: FileRecord(bytes=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in content.items()
    }
    try:
        manifest = Manifest(
            id=id,
            title=title,
            dataset=dataset,
            dataset_version=dataset_version,
            model=config,
            preprocessing=preprocessing,
            files=records,
        )
    except ValidationError as error:
        raise BundleError(f"The bundle {folder.name} cannot be made: {first_fault(error)}.", "Correct that.") from None
    content["model.json"] = manifest.model_dump_json(indent=1).encode()

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(folder.parent, sum(map(len, content.values())))
        # A dot in front: a listing passes over it if a crash leaves it behind.
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            for name, data in content.items():
                _write_through(fresh / name, data)
            flush_folder(fresh)
            load_bundle(fresh)
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise BundleError(
            f"The bundle {folder.name} cannot be written: {error}.", "Free space or choose another folder."
        ) from error
    return folder


def check_writable(folder: Path) -> None:
    """Make sure that a bundle can be put into `folder`, before hours are spent on making it.

    Raises:
        BundleError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BundleError(f"Nothing can be written to {folder}: {error.strerror}.", "Choose another folder.") from error


def recover_interrupted(root: Path) -> None:
    """Put back what a killed `save_bundle` left aside in `root`; see this module's docstring."""
    for aside in root.glob(f".*{_ASIDE}"):
        target = root / aside.name[1:].rsplit("-", 2)[0]  # .{name}-{random}-old
        # Another process may put it back or away meanwhile, or nobody may write here: a listing is no place to fail.
        with suppress(OSError):
            # A minute's grace: another process may be between its two renames this very moment.
            if not target.exists() and time.time() - aside.stat().st_ctime > _GRACE:
                os.replace(aside, target)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 2 * needed:
        raise BundleError(
            f"{needed / 1e6:.0f} MB are to be written, {free / 1e6:.0f} MB are free.",
            "Free some space first.",
        )


def _swap(fresh: Path, folder: Path) -> None:
    # A folder cannot be replaced in one step: the old one steps aside first and is put back if the new one cannot move.
    aside = fresh.with_name(f"{fresh.name}{_ASIDE}")
    try:
        if folder.exists():
            os.replace(folder, aside)
        os.replace(fresh, folder)
        flush_folder(folder.parent)
    except BaseException:  # an interrupt is no reason to lose a model
        if not fresh.exists():
            os.replace(folder, fresh)
        if aside.exists():
            os.replace(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
