"""The files of a folder or a zip under one face: listed first, then read one by one, bounded, never unpacked."""

from dataclasses import dataclass
from typing import Protocol

from vae.data.refusals import Reason
from vae.errors import DataError

__all__ = ["MAX_FILES", "FileEntry", "FileList", "is_dropping", "too_many"]

MAX_FILES = 200_000
# What systems leave behind everywhere, besides names with a dot in front.
_DROPPINGS = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}


@dataclass(frozen=True)
class FileEntry:
    """One file.

    Attributes:
        parts: folders and name, as listed; for labels and order only.
        refused: why it is not read, when the listing alone says so.
        handle: what its list finds it by.
    """

    parts: tuple[str, ...]
    refused: Reason | None = None
    handle: object = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)


class FileList(Protocol):
    """A folder or a zip that is open.

    Attributes:
        name: bare name of the folder or the zip, for people.
        entries: all files but droppings, in the order of their names: the same whichever way they were packed.
    """

    name: str
    entries: list[FileEntry]

    def read(self, entry: FileEntry) -> bytes:
        """The file's bytes, at most one more than a picture may have.

        Raises:
            RefusedError: it cannot be had.
            DataError: all that was read is more than any archive may unpack to.
        """

    def close(self) -> None: ...


def is_dropping(parts: tuple[str, ...]) -> bool:
    """Whether a file is hidden, or one that a system leaves everywhere."""
    return any(part.startswith(".") or part.lower() in _DROPPINGS for part in parts)


def too_many(name: str) -> DataError:
    return DataError(f"{name} holds more than {MAX_FILES:,} files.", "Use a part of it.")
