"""Lists and reads the files under a folder. Symbolic links are not followed: they may lead out of it."""

import os
import stat
from pathlib import Path

from vae.data.files import MAX_FILES, FileEntry, is_system_file, too_many
from vae.data.picture_files import MAX_BYTES
from vae.data.refusals import Reason, RefusedError
from vae.errors import DataError
from vae.message import message

__all__ = ["FolderFiles"]


class FolderFiles:
    """See `vae.data.files.FileList`."""

    def __init__(self, folder: Path, name: str):
        self.name = name
        self.entries: list[FileEntry] = []
        waiting: list[tuple[str, ...]] = [()]
        while waiting:  # no recursion: folders may be nested deeper than Python's stack
            parts = waiting.pop()
            try:
                children = list(os.scandir(folder.joinpath(*parts)))
            except OSError as error:
                if not parts:
                    raise DataError(
                        message("Can't open {name}: {strerror}.", name=name, strerror=error.strerror),
                        "Choose another folder.",
                    ) from error
                self.entries.append(FileEntry(parts, Reason.UNREADABLE))
                continue
            for child in children:
                entry = _entry((*parts, child.name), child)
                if entry is None:
                    continue
                if entry.handle is None and entry.refused is None:
                    waiting.append(entry.parts)
                else:
                    self.entries.append(entry)
            if len(self.entries) + len(waiting) > MAX_FILES:
                raise too_many(name)
        self.entries.sort(key=lambda entry: entry.parts)

    def read(self, entry: FileEntry) -> bytes:
        try:
            # The name may have become a link or a pipe since the listing: do not follow it or wait for it.
            descriptor = os.open(entry.handle, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise RefusedError(Reason.UNREADABLE)
                return file.read(MAX_BYTES + 1)
        except OSError:
            raise RefusedError(Reason.UNREADABLE) from None

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _entry(parts: tuple[str, ...], child: os.DirEntry) -> FileEntry | None:
    """Return the entry of a file; None for a system file. The entry of a folder has neither `handle` nor `refused`."""
    if is_system_file(parts):
        return None
    try:
        if child.is_symlink():
            return FileEntry(parts, Reason.LINK)
        if child.is_dir(follow_symlinks=False):
            return FileEntry(parts)
        if not child.is_file(follow_symlinks=False):  # a pipe, a device: may never end
            return FileEntry(parts, Reason.UNREADABLE)
        too_large = child.stat(follow_symlinks=False).st_size > MAX_BYTES
        return FileEntry(parts, Reason.TOO_LARGE if too_large else None, child.path)
    except OSError:
        return FileEntry(parts, Reason.UNREADABLE)
