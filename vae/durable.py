"""Writing files so that a crash at any moment leaves the old content or the new one, never half of either.

Beside the target, flushed to the disk, read back and compared, then renamed over it, and the folder flushed too. What
the system refuses comes out as `OSError`: the caller knows what was being saved and says it in the person's words.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from vae.errors import TrainingError

__all__ = ["append_line", "check_space", "flush_folder", "sweep_leftovers", "write_file", "write_through"]

_UNFINISHED = ".unfinished"


def write_file(path: Path, data: bytes) -> None:
    """Put `data` into the file `path`, replacing what is there.

    Raises:
        OSError: disk full, read-only, I/O error, or other bytes came back than were written; the file at `path` is
            unchanged and nothing is left beside it.
    """
    # A dot in front: listings pass over it if a crash leaves it behind.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=_UNFINISHED, dir=path.parent)
    fresh = Path(name)
    try:
        os.close(descriptor)
        fresh.chmod(0o644)  # mkstemp's files are their owner's alone
        write_through(fresh, data)
        if fresh.read_bytes() != data:
            raise OSError(f"{path.name} came back from the disk with other bytes than were written")
        os.replace(fresh, path)  # noqa: PTH105 (the name of the guarantee)
    finally:
        with suppress(OSError):  # it has moved, or the disk that failed fails once more
            fresh.unlink(missing_ok=True)
    flush_folder(path.parent)


def append_line(path: Path, line: str, flush: bool = False) -> None:
    """Add one line to a log; a line that an earlier crash or a full disk cut off is closed first.

    Args:
        line: without its end.
        flush: wait until it is on the disk, for lines that must outlive a power cut.

    Raises:
        OSError: it could not be written whole.
    """
    data = line.encode() + b"\n"
    with path.open("ab+", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                data = b"\n" + data
        if (written := file.write(data)) != len(data):  # no error of the system's, yet the disk took only a part
            raise OSError(f"only {written} of {len(data)} bytes of a line of {path.name} were written")
        if flush:
            os.fsync(file.fileno())


def check_space(folder: Path, needed: int) -> None:
    """Make sure that `needed` bytes fit on the disk of `folder`.

    Raises:
        TrainingError: they do not.
        OSError: the disk cannot be asked.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(
            f"{needed / 1e6:.0f} MB are to be written to {folder}, {free / 1e6:.0f} MB are free.",
            "Free some space first.",
        )


def sweep_leftovers(folder: Path) -> None:
    """Remove what killed calls of `write_file` left in `folder`; only for a folder with a single writer."""
    for leftover in folder.glob(f".*{_UNFINISHED}"):
        with suppress(OSError):
            leftover.unlink()


def write_through(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it; not safe against a crash by itself."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
