"""Writes bundles atomically: after a crash at any moment, the old or the new bundle exists in full.

A folder cannot be replaced in one step: between two renames, no folder has the bundle's name. If the process is killed
at that moment, the old bundle remains under another name, and `recover_interrupted` renames it back.
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
from vae.message import message
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
    """Write a bundle folder; an existing one is replaced.

    The files are written to a folder beside the target, flushed to the disk, read with all checks of `load_bundle`, and
    renamed.

    Args:
        onnx: ONNX files of an imported model, by part.

    Raises:
        BundleError: the bundle does not load again, or the disk is full or read-only; an old folder is unchanged.
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
        raise BundleError(
            message(
                "The bundle {name} cannot be written: {first_fault}.", name=folder.name, first_fault=first_fault(error)
            ),
            "Correct this value.",
        ) from None
    content["model.json"] = manifest.model_dump_json(indent=1).encode()

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(folder.parent, sum(map(len, content.values())))
        # With a leading dot: listings skip it if a crash leaves it.
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
            message("The bundle {name} cannot be written: {error}.", name=folder.name, error=error),
            "Free space or choose another folder.",
        ) from error
    return folder


def check_writable(folder: Path) -> None:
    """Check that a bundle can be written into `folder`, before a long training.

    Raises:
        BundleError: the folder cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BundleError(
            message("{folder} is not writable: {strerror}.", folder=folder, strerror=error.strerror),
            "Choose another folder.",
        ) from error


def recover_interrupted(root: Path) -> None:
    """Restore old bundles in `root` after a killed `save_bundle`; see this module's docstring."""
    for aside in root.glob(f".*{_ASIDE}"):
        target = root / aside.name[1:].rsplit("-", 2)[0]  # .{name}-{random}-old
        # Another process may move it at the same time, or the folder may be read-only: a listing must not fail.
        with suppress(OSError):
            # After a minute: another process may be between its two renames now.
            if not target.exists() and time.time() - aside.stat().st_ctime > _GRACE:
                os.replace(aside, target)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 2 * needed:
        raise BundleError(
            message(
                "Writing the bundle needs {needed} MB of free space; {free} MB are free.",
                needed=f"{2 * needed / 1000000.0:.0f}",
                free=f"{free / 1000000.0:.0f}",
            ),
            "Free some space first.",
        )


def _swap(fresh: Path, folder: Path) -> None:
    # A folder cannot be replaced in one step: the old one is renamed first, and renamed back on failure.
    aside = fresh.with_name(f"{fresh.name}{_ASIDE}")
    try:
        if folder.exists():
            os.replace(folder, aside)
        os.replace(fresh, folder)
        flush_folder(folder.parent)
    except BaseException:  # also after an interrupt
        if not fresh.exists():
            os.replace(folder, fresh)
        if aside.exists():
            os.replace(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
