"""User data sets: one folder each, written by `vae.data.intake`, read as memory maps."""

import hashlib
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from pydantic import ValidationError

from vae.data.attribute import Attribute
from vae.data.builtin import CATALOG, DatasetInfo
from vae.data.dataset import Split, make_split
from vae.data.names import DATA_ID
from vae.data.splits import SPLIT_NAMES
from vae.data.staging import GONE, clean_leftovers
from vae.data.user_data_schema import ArrayFile, UserRecord
from vae.errors import DataError
from vae.message import N_, message
from vae.models.config import first_fault

__all__ = [
    "RECORD_FILE",
    "UserDataset",
    "check_user_dataset",
    "delete_user_dataset",
    "find_user_dataset",
    "list_user_datasets",
    "load_user_split",
    "read_user_record",
    "user_data_folder",
]

RECORD_FILE = "data.json"
_MAX_RECORD_BYTES = 1_000_000
_ID = re.compile(DATA_ID)
_REMOVE = N_("Remove this data set and add its pictures again.")


@dataclass(frozen=True)
class UserDataset:
    """One entry of the list of user data sets.

    Attributes:
        id: the folder's name.
        saved: its record; None if the data set is broken.
        fault: why it is broken, else "".
    """

    id: str
    path: Path
    saved: UserRecord | None
    fault: str = ""

    @property
    def title(self) -> str:
        return (self.saved and self.saved.title) or self.id

    @property
    def record(self) -> UserRecord:
        """Its record.

        Raises:
            DataError: the data set is broken.
        """
        if self.saved is None:
            raise DataError(message("Can't use the data set {id}: {fault}", id=self.id, fault=self.fault))
        return self.saved

    @property
    def info(self) -> DatasetInfo:
        """The description that every data set has.

        Raises:
            DataError: the data set is broken.
        """
        return DatasetInfo(
            id=self.id,
            title=self.title,
            image_shape=self.record.image_shape,
            class_names=tuple(self.record.class_names),
            archive=None,
            licence="Your images",
            source=self.record.source,
            version=self._version(),
            attributes=tuple(Attribute(one.name, one.kind) for one in self.record.attributes or ()),
        )

    def _version(self) -> str:
        test = self.record.test.images.sha256
        attributes = [
            part.attributes.sha256 for split in SPLIT_NAMES if (part := getattr(self.record, split)).attributes
        ]
        return hashlib.sha256(" ".join([test, *attributes]).encode()).hexdigest()[:16] if attributes else test[:16]


def user_data_folder() -> Path:
    """Return the folder of user data sets: `ZSCOPE_OWN_DATA`, else `~/.zscope/data`."""
    return Path(os.environ.get("ZSCOPE_OWN_DATA") or Path.home() / ".zscope" / "data")


def list_user_datasets() -> list[UserDataset]:
    """List the user data sets by id, broken ones with their fault. Removes leftovers of crashed processes."""
    root = user_data_folder()
    clean_leftovers(root)
    try:
        names = sorted(path.name for path in root.iterdir() if path.is_dir())
    except OSError:
        return []
    return [_entry(root / name) for name in names if not name.startswith((".", "__")) and name not in CATALOG]


def find_user_dataset(id: str) -> UserDataset | None:
    """Find a user data set by id; None if there is none. The id may come from a URL, so it is checked before use."""
    path = user_data_folder() / id if _ID.fullmatch(id) and id not in CATALOG else None
    return _entry(path) if path and path.is_dir() else None


def read_user_record(folder: Path) -> UserRecord:
    """Read a folder's record and check that its files exist and have the right sizes.

    Raises:
        DataError: the folder is damaged, of another format or incomplete.
    """
    record = _read_record(folder)
    if record.id != folder.name and not folder.name.startswith("."):  # a dot: it is being written
        raise DataError(
            message("The folder {name} contains the data set {id}.", name=folder.name, id=record.id),
            message("Rename the folder to {id}.", id=record.id),
        )
    for split in SPLIT_NAMES:
        part = getattr(record, split)
        _check_size(folder, f"{split}-images.npy", part.images)
        _check_size(folder, f"{split}-labels.npy", part.labels)
        if part.attributes:
            _check_size(folder, f"{split}-attributes.npy", part.attributes)
    return record


def load_user_split(entry: UserDataset, split: str) -> Split:
    """Load one split; its images stay on the disk and are read when they are used.

    Args:
        split: train, validation or test.

    Raises:
        DataError: the data set is broken.
    """
    info = entry.info
    rows = getattr(entry.record, split).rows
    images = _map_array(entry.path / f"{split}-images.npy", np.dtype(np.uint8), (rows, *info.image_shape))
    labels = _map_array(entry.path / f"{split}-labels.npy", np.dtype(np.int64), (rows,))
    found = make_split(info, images, labels, message("The data set {id}", id=entry.id), _REMOVE)
    if not info.attributes:
        return found
    shape = (rows, len(info.attributes))
    return replace(found, attributes=_map_array(entry.path / f"{split}-attributes.npy", np.dtype(np.float32), shape))


def check_user_dataset(entry: UserDataset) -> None:
    """Read every file and compare it with its hash.

    Raises:
        DataError: the data set is broken.
    """
    info = entry.info
    for split in SPLIT_NAMES:
        for kind in ("images", "labels", "attributes") if info.attributes else ("images", "labels"):
            path = entry.path / f"{split}-{kind}.npy"
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != getattr(getattr(entry.record, split), kind).sha256:
                raise DataError(message("{name} of the data set {id} is damaged.", name=path.name, id=info.id), _REMOVE)
        load_user_split(entry, split)


def delete_user_dataset(id: str) -> None:
    """Remove a user data set. A training run that uses it keeps the files that it has mapped.

    Raises:
        DataError: there is no such data set, or it cannot be removed.
    """
    entry = find_user_dataset(id)
    if entry is None:
        raise DataError(message("You have no data set called {id}.", id=repr(id[:80])), "See: zscope data list")
    try:
        # The renaming removes it from the list in one step. After a crash, `clean_leftovers` deletes the rest.
        gone = Path(tempfile.mkdtemp(prefix=GONE, dir=entry.path.parent))
        entry.path.rename(gone / id)
    except OSError as error:
        raise DataError(
            message("Can't remove {id}: {strerror}.", id=id, strerror=error.strerror), "Check the folder's permissions."
        ) from error
    shutil.rmtree(gone, ignore_errors=True)


def _entry(path: Path) -> UserDataset:
    try:
        if not _ID.fullmatch(path.name):
            raise DataError(
                "The name of a data set's folder has lower-case letters, digits and dashes only.", "Rename the folder."
            )
        return UserDataset(path.name, path, read_user_record(path))
    except DataError as error:
        return UserDataset(path.name, path, None, str(error))


def _read_record(folder: Path) -> UserRecord:
    path = folder / RECORD_FILE
    try:
        if not path.is_file():
            raise DataError(
                message("The data set {name} has no {record_file}.", name=folder.name, record_file=RECORD_FILE), _REMOVE
            )
        state = path.stat()
        if state.st_size > _MAX_RECORD_BYTES:
            raise DataError(
                message(
                    "{record_file} of the data set {name} is too large.", record_file=RECORD_FILE, name=folder.name
                ),
                _REMOVE,
            )
        return _parsed(path, (state.st_mtime_ns, state.st_ino, state.st_size))
    except OSError as error:
        raise DataError(
            message("Can't read the data set {name}: {strerror}.", name=folder.name, strerror=error.strerror), _REMOVE
        ) from error


@lru_cache(maxsize=64)  # listings run at every page view; a changed record has another stamp
def _parsed(path: Path, stamp: tuple[int, ...]) -> UserRecord:
    try:
        return UserRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            message(
                "{record_file} of {name}: {first_fault}.",
                record_file=RECORD_FILE,
                name=path.parent.name,
                first_fault=first_fault(error),
            ),
            _REMOVE,
        ) from None


def _check_size(folder: Path, name: str, expected: ArrayFile) -> None:
    path = folder / name
    found = -1
    with suppress(OSError):
        found = path.stat().st_size if path.is_file() else -1
    if found != expected.bytes:
        what = f"has {found:,} bytes, not {expected.bytes:,}" if found >= 0 else N_("is missing")
        raise DataError(
            message("{name} of the data set {name2} {what}.", name=name, name2=folder.name, what=what), _REMOVE
        )


def _map_array(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Return a read-only memory map after checking the header and the file's size."""
    try:
        with path.open("rb") as file:
            if npy.read_magic(file) != (1, 0):
                raise ValueError("another version of npy")
            found = npy.read_array_header_1_0(file)
            begin = file.tell()
        if found != (shape, False, dtype) or path.stat().st_size != begin + prod(shape) * dtype.itemsize:
            raise ValueError(f"expected {dtype} of shape {shape}, found {found[2]} of shape {found[0]}")
        return np.memmap(path, dtype, mode="r", offset=begin, shape=shape)
    except (OSError, ValueError, SyntaxError, TypeError) as error:
        raise DataError(
            message(
                "Can't read {name} of the data set {name2}: {error}.",
                name=path.name,
                name2=path.parent.name,
                error=error,
            ),
            _REMOVE,
        ) from error
