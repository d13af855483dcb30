"""Writes files durably: after a crash at any moment, a file has its old or its new content, never a part of it.

The data are written to a temporary file in the same folder, flushed to the disk, read back and compared. That file then
replaces the target, and the folder is flushed. System errors are raised as `OSError`; the caller adds what was being
saved.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from vae.errors import TrainingError
from vae.message import message

__all__ = ["append_line", "check_space", "flush_folder", "sweep_leftovers", "write_file", "write_through"]

_UNFINISHED = ".unfinished"


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to the file `path` and replace its content.

    Raises:
        OSError: the disk is full or read-only, an I/O error, or the bytes read back differ. The file is unchanged and
            no temporary file remains.
    """
    # Begins with a dot, so that listings skip it if a crash leaves it behind.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=_UNFINISHED, dir=path.parent)
    fresh = Path(name)
    try:
        os.close(descriptor)
        fresh.chmod(0o644)  # only the owner can read a file of mkstemp
        write_through(fresh, data)
        if fresh.read_bytes() != data:
            raise OSError(f"the bytes of {path.name} read back from the disk differ from those written")
        os.replace(fresh, path)  # noqa: PTH105 (atomic)
    finally:
        with suppress(OSError):  # the file has been renamed, or the failing disk fails again
            fresh.unlink(missing_ok=True)
    flush_folder(path.parent)


def append_line(path: Path, line: str, flush: bool = False) -> None:
    """Append one line to a log. If a crash or a full disk cut off the last line, end that line first.

    Args:
        line: without a line end.
        flush: wait until the line is on the disk, so that it survives a power cut.

    Raises:
        OSError: the line was not written completely.
    """
    data = line.encode() + b"\n"
    with path.open("ab+", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                data = b"\n" + data
        if (written := file.write(data)) != len(data):  # a partial write without a system error
            raise OSError(f"only {written} of {len(data)} bytes of a line of {path.name} were written")
        if flush:
            os.fsync(file.fileno())


def check_space(folder: Path, needed: int) -> None:
    """Check that `needed` bytes fit on the disk of `folder`.

    Raises:
        TrainingError: they do not fit.
        OSError: the free space cannot be read.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(
            message(
                "Can't write {needed} MB to {folder}: {free} MB are free.",
                needed=f"{needed / 1000000.0:.0f}",
                folder=folder,
                free=f"{free / 1000000.0:.0f}",
            ),
            "Free some space first.",
        )


def sweep_leftovers(folder: Path) -> None:
    """Remove temporary files of killed `write_file` calls from `folder`; only for a folder with a single writer."""
    for leftover in folder.glob(f".*{_UNFINISHED}"):
        with suppress(OSError):
            leftover.unlink()


def write_through(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk. A crash during the write may leave a part of it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the names of the files in `folder` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
