"""One interface for the files of a folder and of a zip: listed first, then read one by one with size limits."""

from dataclasses import dataclass
from typing import Any, Protocol

from vae.data.refusals import Reason
from vae.errors import DataError
from vae.message import message

__all__ = ["MAX_FILES", "FileEntry", "FileList", "is_system_file", "too_many"]

MAX_FILES = 200_000
# Files that operating systems create by themselves, besides names that begin with a dot.
_SYSTEM_FILES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}


@dataclass(frozen=True)
class FileEntry:
    """One file.

    Attributes:
        parts: folders and name, as listed; used for labels and order only, never as a path.
        refused: why it is not read, if that is known from the listing alone.
        handle: what its list needs to open it.
    """

    parts: tuple[str, ...]
    refused: Reason | None = None
    handle: Any = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)


class FileList(Protocol):
    """An open folder or zip.

    Attributes:
        name: bare name of the folder or the zip, for messages.
        entries: all files but system files, sorted by name, so that the order does not depend on how they were packed.
    """

    name: str
    entries: list[FileEntry]

    def read(self, entry: FileEntry) -> bytes:
        """Return the file's bytes, at most one more than a picture may have.

        Raises:
            RefusedError: the file cannot be read.
            DataError: the total read so far exceeds the limit of an archive.
        """
        ...

    def close(self) -> None: ...


def is_system_file(parts: tuple[str, ...]) -> bool:
    """Return whether a file is hidden or was created by an operating system."""
    return any(part.startswith(".") or part.lower() in _SYSTEM_FILES for part in parts)


def too_many(name: str) -> DataError:
    return DataError(
        message("{name} contains more than {max_files} files.", name=name, max_files=f"{MAX_FILES:,}"),
        "Use fewer files.",
    )
