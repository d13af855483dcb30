"""The files of a zip that anyone may have made. Read into memory one at a time; no name in it ever becomes a path."""

import os
import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from vae.data.files import MAX_FILES, FileEntry, is_dropping, too_many
from vae.data.picture_files import MAX_BYTES
from vae.data.refusals import Reason, RefusedError
from vae.errors import DataError

__all__ = ["MAX_UNPACKED", "ZipFiles", "name_parts"]

MAX_UNPACKED = 8_000_000_000  # bytes, of all files together
_MAX_DIRECTORY = 64_000_000  # bytes of the list at a zip's end: 200,000 names of 270 characters
# An empty page as BMP packs a thousandfold, and is small; what is both large and that empty is no picture.
_BOMB_BYTES, _BOMB_RATIO = 4_000_000, 500
# Python bounds what it unpacks at once for these two only; LZMA's header may also claim gigabytes of dictionary.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


class ZipFiles:
    """See `vae.data.files.FileList`."""

    def __init__(self, source: Path | BinaryIO, name: str):
        self.name = name
        self._unpacked = 0
        try:
            _check_directory(source, name)
            self._zip = zipfile.ZipFile(source)
        except DataError:
            raise
        except Exception as error:  # what the parser of damaged zips raises is no promise of its own
            raise DataError(
                f"{name} is no zip, or is cut off: {error}.", "Zip the folder of pictures again, or name the folder."
            ) from error
        try:
            members = [member for member in self._zip.infolist() if not _is_folder(member)]
            if len(members) > MAX_FILES:
                raise too_many(name)
            entries = (_entry(member) for member in members)
            self.entries = sorted((entry for entry in entries if entry), key=lambda entry: entry.parts)
            claimed = sum(entry.handle.file_size for entry in self.entries if entry.refused is None)
            if claimed > MAX_UNPACKED:
                raise self._too_large()
        except BaseException:
            self._zip.close()
            raise

    def read(self, entry: FileEntry) -> bytes:
        try:
            with self._zip.open(entry.handle) as stream:
                # The directory's size is only a claim: what comes out is bounded by it, and by what a picture may have.
                data = stream.read(min(entry.handle.file_size, MAX_BYTES) + 1)
        except Exception as error:
            raise RefusedError(Reason.DAMAGED) from error
        self._unpacked += len(data)
        if self._unpacked > MAX_UNPACKED:
            raise self._too_large()
        return data

    def close(self) -> None:
        self._zip.close()

    def _too_large(self) -> DataError:
        return DataError(
            f"{self.name} unpacks to more than {MAX_UNPACKED / 1e9:.0f} GB.", "Use smaller pictures, or a folder."
        )


def name_parts(name: str) -> tuple[str, ...] | None:
    """Folders and name of a zip's member; None if it is absolute, names a drive or climbs out."""
    name = name.replace("\\", "/")  # as some packers on Windows write them
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or not parts:
        return None
    return parts


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith("/")  # `is_dir` fails on a damaged name, which may be empty


def _entry(member: zipfile.ZipInfo) -> FileEntry | None:
    """None for droppings."""
    name = _decoded(member)
    parts = name_parts(name)
    if parts is None:
        return FileEntry((name,), Reason.LEADS_OUT, member)
    if is_dropping(parts):
        return None
    return FileEntry(parts, _refused(member), member)


def _refused(member: zipfile.ZipInfo) -> Reason | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return Reason.LINK
    if member.flag_bits & _ENCRYPTED_FLAG:
        return Reason.ENCRYPTED
    if member.file_size > MAX_BYTES:
        return Reason.TOO_LARGE
    if member.compress_type not in _METHODS:
        return Reason.METHOD
    if member.file_size > max(_BOMB_BYTES, _BOMB_RATIO * member.compress_size):
        return Reason.BOMB
    return None


def _decoded(member: zipfile.ZipInfo) -> str:
    """macOS writes UTF-8 without saying so, and the standard's default makes garbage of it."""
    if member.flag_bits & _UTF8_FLAG or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _check_directory(source: Path | BinaryIO, name: str) -> None:
    """Bound the archive's list before `ZipFile` makes an object of each line: a small file can hold millions."""
    file = source.open("rb") if isinstance(source, Path) else source
    try:
        # Private, but the one reading of the end record that is sure to be what ZipFile then acts on.
        end = zipfile._EndRecData(file)
        if not end:
            raise zipfile.BadZipFile("it has no list of files")
        size, place = end[zipfile._ECD_SIZE], end[zipfile._ECD_LOCATION]
        if size > _MAX_DIRECTORY:
            raise too_many(name)
        # The list ends before the end record or, in large archives, before the two records in front of that.
        room = size + zipfile.sizeEndCentDir64 + zipfile.sizeEndCentDir64Locator
        file.seek(max(0, place - room), os.SEEK_SET)
        if file.read(room).count(zipfile.stringCentralDir) > MAX_FILES:
            raise too_many(name)
    finally:
        if isinstance(source, Path):
            file.close()
        else:
            file.seek(0)
