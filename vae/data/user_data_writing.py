"""Writes a user data set atomically: after a crash it is listed whole or not at all."""

import errno
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib import format as npy

from vae.data.builtin import CATALOG
from vae.data.names import clean_label, make_id
from vae.data.splits import SPLIT_NAMES, keeps_groups, split_rows
from vae.data.staging import Staging
from vae.data.user_data import RECORD_FILE, UserDataset, read_user_record
from vae.data.user_data_schema import ArrayFile, AttributeRecord, RefusalRecord, SplitRecord, UserRecord
from vae.durable import flush_folder, write_through
from vae.errors import DataError
from vae.message import N_, message

if TYPE_CHECKING:
    from vae.data.intake import IntakeReport

__all__ = ["check_room", "disk_errors", "write_user_dataset"]

_SPARE = 50_000_000  # bytes that must remain free
_CHUNK = 16_000_000  # bytes gathered in memory at a time
_TITLE = 80


def check_room(folder: Path, needed: int) -> None:
    """Check that the disk has enough free space, before any work.

    Raises:
        DataError: the free space is too small.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < needed + _SPARE:
        raise DataError(
            message(
                "The disk needs {needed} MB of free space and has {free} MB.",
                needed=f"{(needed + _SPARE) / 1000000.0:,.0f}",
                free=f"{free / 1000000.0:,.0f}",
            ),
            "Free some space, or use smaller images.",
        )


@contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn an `OSError` into a `DataError` that names `what`."""
    try:
        yield
    except OSError as error:
        raise DataError(
            message("Can't write {what}: {value}.", what=what, value=error.strerror or error),
            "Free some space, or check the folder's permissions.",
        ) from error


def write_user_dataset(
    staging: Staging,
    report: "IntakeReport",
    images: np.ndarray,
    labels: np.ndarray,
    attributes: np.ndarray,
    groups: np.ndarray,
    title: str,
    seed: int,
    progress: Callable[[int, int], None],
) -> UserDataset:
    """Split the pictures, write them to the staging folder, flush and check it, then rename it.

    Args:
        attributes: float32 `(n, k)`, of `report.attributes`; k may be 0.

    Raises:
        DataError: the disk is full or read-only.
    """
    inside = np.flatnonzero(labels >= 0)
    splits = split_rows(labels[inside], seed, groups[inside])
    if not keeps_groups(splits, groups[inside]):
        note = N_("So many pictures are near copies that the train and test splits share some of them.")
        report = replace(report, notes=(*report.notes, note))
    rows = {split: inside[chosen] for split, chosen in splits.items()}
    title = clean_label(title, _TITLE) or clean_label(report.source, _TITLE) or "Images"
    folder, root = staging.path, staging.path.parent
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(inside))

    with disk_errors(f"the data set {title}"):
        check_room(root, len(inside) * images[0].nbytes)
        splits = {
            split: SplitRecord(
                rows=len(chosen),
                images=_write_rows(folder / f"{split}-images.npy", images, chosen, step),
                labels=_write_rows(folder / f"{split}-labels.npy", labels, chosen, lambda count: None),
                attributes=_write_rows(folder / f"{split}-attributes.npy", attributes, chosen, lambda count: None)
                if report.attributes
                else None,
            )
            for split, chosen in rows.items()
        }
        for path in folder.iterdir():
            if path.name.removesuffix(".npy").split("-")[0] not in SPLIT_NAMES:
                path.unlink()  # the unsplit pictures; open memory maps of them stay valid
        # Another process may take the name between the check and the renaming: then the next name is tried.
        while True:
            id = make_id(title, lambda name: name in CATALOG or os.path.lexists(root / name))
            record = _record(id, title, report, images.shape[1:], seed, splits)
            write_through(folder / RECORD_FILE, record.model_dump_json(indent=1, exclude_none=True).encode())
            read_user_record(folder)
            flush_folder(folder)
            try:
                folder.rename(root / id)
                break
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                    raise
        flush_folder(root)
    return UserDataset(id, root / id, record)


def _record(id, title, report, shape, seed, splits) -> UserRecord:
    return UserRecord(
        id=id,
        title=title,
        source=clean_label(report.source, 200) or "unnamed",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        image_shape=shape,
        class_names=list(report.class_names),
        attributes=[AttributeRecord(name=one.name, kind=one.kind) for one in report.attributes] or None,
        seed=seed,
        found=report.found,
        refused=[RefusalRecord(reason=r.reason, count=r.count, examples=list(r.examples)) for r in report.refused],
        notes=list(report.notes),
        **splits,
    )


def _write_rows(path: Path, array: np.ndarray, rows: np.ndarray, step: Callable[[int], None]) -> ArrayFile:
    """Write `array[rows]` as `.npy`, a few megabytes at a time, and flush it to the disk."""
    header = io.BytesIO()
    described = {
        "descr": npy.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": (len(rows), *array.shape[1:]),
    }
    npy.write_array_header_1_0(header, described)
    digest = hashlib.sha256(header.getvalue())
    at_once = max(1, _CHUNK // array[0].nbytes)
    with path.open("xb") as file:
        file.write(header.getvalue())
        for start in range(0, len(rows), at_once):
            chosen = rows[start : start + at_once]
            data = array[chosen].tobytes()
            file.write(data)
            digest.update(data)
            step(len(chosen))
        size = file.tell()
        file.flush()
        os.fsync(file.fileno())
    return ArrayFile(bytes=size, sha256=digest.hexdigest())
