"""A person's own data sets: one folder each, made by `vae.data.intake`, read as memory maps."""

import hashlib
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from pydantic import ValidationError

from vae.data.builtin import CATALOG, DatasetInfo
from vae.data.dataset import Split, make_split
from vae.data.names import DATA_ID
from vae.data.splits import SPLIT_NAMES
from vae.data.staging import GONE, clean_leftovers
from vae.data.user_data_schema import ArrayFile, OwnRecord
from vae.errors import DataError
from vae.models.config import first_fault

__all__ = [
    "RECORD_FILE",
    "OwnDataset",
    "check_own",
    "delete_own",
    "find_own",
    "list_own",
    "load_own_split",
    "own_data_folder",
    "read_own",
]

RECORD_FILE = "data.json"
_MAX_RECORD_BYTES = 1_000_000
_ID = re.compile(DATA_ID)
_REMOVE = "Remove this data set and add its pictures again."


@dataclass(frozen=True)
class OwnDataset:
    """One line of the list of own data sets.

    Attributes:
        id: the folder's name.
        record: None when it is broken.
        fault: why it is broken, else "".
    """

    id: str
    path: Path
    record: OwnRecord | None
    fault: str = ""

    @property
    def title(self) -> str:
        return (self.record and self.record.title) or self.id

    @property
    def info(self) -> DatasetInfo:
        """As of any data set.

        Raises:
            DataError: it is broken.
        """
        if self.record is None:
            raise DataError(f"The data set {self.id} cannot be used: {self.fault}")
        return DatasetInfo(
            id=self.id,
            title=self.title,
            image_shape=self.record.image_shape,
            class_names=tuple(self.record.class_names),
            archive=None,
            licence="Your own images",
            source=self.record.source,
            version=self.record.test.images.sha256[:16],
        )


def own_data_folder() -> Path:
    """Where own data sets are kept: `ZSCOPE_OWN_DATA`, else `~/.zscope/data`."""
    return Path(os.environ.get("ZSCOPE_OWN_DATA") or Path.home() / ".zscope" / "data")


def list_own() -> list[OwnDataset]:
    """All of them by id; broken ones with their fault: nothing just vanishes. Sweeps what crashes left behind."""
    root = own_data_folder()
    clean_leftovers(root)
    try:
        names = sorted(path.name for path in root.iterdir() if path.is_dir())
    except OSError:
        return []
    return [_entry(root / name) for name in names if not name.startswith((".", "__")) and name not in CATALOG]


def find_own(id: str) -> OwnDataset | None:
    """The data set of that id, if there is one. Checked as a name before it is used as one: it may come from a URL."""
    path = own_data_folder() / id if _ID.fullmatch(id) and id not in CATALOG else None
    return _entry(path) if path and path.is_dir() else None


def read_own(folder: Path) -> OwnRecord:
    """A folder's record, after its files were checked to be there and of the right size.

    Raises:
        DataError: it is damaged, foreign or incomplete.
    """
    record = _read_record(folder)
    if record.id != folder.name and not folder.name.startswith("."):  # a dot: it is being made
        raise DataError(f"The data set {folder.name} says that it is {record.id}.", "Give the folder its own name.")
    for split in SPLIT_NAMES:
        part = getattr(record, split)
        _check_size(folder, f"{split}-images.npy", part.images)
        _check_size(folder, f"{split}-labels.npy", part.labels)
    return record


def load_own_split(entry: OwnDataset, split: str) -> Split:
    """One split; its images stay on the disk and are read as they are used.

    Args:
        split: train, validation or test.

    Raises:
        DataError: it is broken.
    """
    info = entry.info
    rows = getattr(entry.record, split).rows
    images = _map_array(entry.path / f"{split}-images.npy", np.dtype(np.uint8), (rows, *info.image_shape))
    labels = _map_array(entry.path / f"{split}-labels.npy", np.dtype(np.int64), (rows,))
    return make_split(info, images, labels, f"The data set {entry.id}", _REMOVE)


def check_own(entry: OwnDataset) -> None:
    """Read every byte and compare it with what was written.

    Raises:
        DataError: it is broken.
    """
    info = entry.info
    for split in SPLIT_NAMES:
        for kind in ("images", "labels"):
            path = entry.path / f"{split}-{kind}.npy"
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != getattr(getattr(entry.record, split), kind).sha256:
                raise DataError(f"{path.name} of the data set {info.id} is damaged.", _REMOVE)
        load_own_split(entry, split)


def delete_own(id: str) -> None:
    """Remove an own data set. Who is training on it keeps what is mapped until then.

    Raises:
        DataError: there is none of that id, or it cannot be removed.
    """
    entry = find_own(id)
    if entry is None:
        raise DataError(f"You have no data set called {id[:80]!r}.", "See: zscope data list")
    try:
        # Out of the list in one step; what a crash leaves of the rest is swept later.
        gone = Path(tempfile.mkdtemp(prefix=GONE, dir=entry.path.parent))
        entry.path.rename(gone / id)
    except OSError as error:
        raise DataError(f"{id} cannot be removed: {error.strerror}.", "Look who may write there.") from error
    shutil.rmtree(gone, ignore_errors=True)


def _entry(path: Path) -> OwnDataset:
    try:
        if not _ID.fullmatch(path.name):
            raise DataError("A data set's folder is named with lower-case letters, digits and dashes.", "Rename it.")
        return OwnDataset(path.name, path, read_own(path))
    except DataError as error:
        return OwnDataset(path.name, path, None, str(error))


def _read_record(folder: Path) -> OwnRecord:
    path = folder / RECORD_FILE
    try:
        if not path.is_file():
            raise DataError(f"The data set {folder.name} has no {RECORD_FILE}.", _REMOVE)
        state = path.stat()
        if state.st_size > _MAX_RECORD_BYTES:
            raise DataError(f"{RECORD_FILE} of the data set {folder.name} is too large.", _REMOVE)
        return _parsed(path, (state.st_mtime_ns, state.st_ino, state.st_size))
    except OSError as error:
        raise DataError(f"The data set {folder.name} cannot be read: {error.strerror}.", _REMOVE) from error


@lru_cache(maxsize=64)  # listings run at every page view; a record made anew has another stamp
def _parsed(path: Path, stamp: tuple[int, ...]) -> OwnRecord:
    try:
        return OwnRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"{RECORD_FILE} of {path.parent.name}: {first_fault(error)}.", _REMOVE) from None


def _check_size(folder: Path, name: str, expected: ArrayFile) -> None:
    path = folder / name
    found = -1
    with suppress(OSError):
        found = path.stat().st_size if path.is_file() else -1
    if found != expected.bytes:
        what = f"has {found:,} bytes, not {expected.bytes:,}" if found >= 0 else "is missing"
        raise DataError(f"{name} of the data set {folder.name} {what}.", _REMOVE)


def _map_array(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """A read-only memory map, once the header says what is expected and the file has room for it."""
    try:
        with path.open("rb") as file:
            if npy.read_magic(file) != (1, 0):
                raise ValueError("another version of npy")
            found = npy.read_array_header_1_0(file)
            begin = file.tell()
        if found != (shape, False, dtype) or path.stat().st_size != begin + prod(shape) * dtype.itemsize:
            raise ValueError(f"{dtype} of shape {shape} was expected, found {found[2]} of shape {found[0]}")
        return np.memmap(path, dtype, mode="r", offset=begin, shape=shape)
    except (OSError, ValueError, SyntaxError, TypeError) as error:
        raise DataError(f"{path.name} of the data set {path.parent.name} cannot be read: {error}.", _REMOVE) from error
