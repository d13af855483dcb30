"""Reads the files of an untrusted zip, one at a time, into memory; a name in it is never used as a path."""

import os
import re
import stat
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from vae.data.files import MAX_FILES, FileEntry, is_system_file, too_many
from vae.data.picture_files import MAX_BYTES
from vae.data.refusals import Reason, RefusedError
from vae.errors import DataError
from vae.message import message

__all__ = ["MAX_UNPACKED", "ZipFiles", "name_parts"]

MAX_UNPACKED = 8_000_000_000  # bytes of all files together
_MAX_DIRECTORY = 64_000_000  # bytes of the list at a zip's end: 200,000 names of 270 characters
# A blank page as BMP compresses a thousandfold but is small; a large file with that ratio is not a picture.
_BOMB_BYTES, _BOMB_RATIO = 4_000_000, 500
# Python limits how much it unpacks at once for these two only; an LZMA header may also claim a dictionary of gigabytes.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_PRIVATE: Any = zipfile  # for the functions and constants that its type stubs leave out


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
        except Exception as error:  # the parser does not document what it raises for damaged zips
            raise DataError(
                message("Can't read {name}: not a zip file, or truncated ({error}).", name=name, error=error),
                "Zip the folder of pictures again, or choose the folder itself.",
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
                # The size in the directory is only a claim: never unpack more than it or than a picture may have.
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
            message(
                "{name} unpacks to more than {max_unpacked} GB.",
                name=self.name,
                max_unpacked=f"{MAX_UNPACKED / 1000000000.0:.0f}",
            ),
            "Use smaller pictures or a folder.",
        )


def name_parts(name: str) -> tuple[str, ...] | None:
    """Return folders and name of a zip's member; None for an absolute path, a drive, or a path that contains `..`."""
    name = name.replace("\\", "/")  # some Windows programs write backslashes
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or not parts:
        return None
    return parts


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith("/")  # `is_dir` fails on an empty name, which a damaged zip may have


def _entry(member: zipfile.ZipInfo) -> FileEntry | None:
    """Return the entry of a member; None for a system file."""
    name = _decoded(member)
    parts = name_parts(name)
    if parts is None:
        return FileEntry((name,), Reason.LEADS_OUT, member)
    if is_system_file(parts):
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
    """Decode a name: macOS writes UTF-8 without the flag for it, so the standard's cp437 would give garbage."""
    if member.flag_bits & _UTF8_FLAG or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _check_directory(source: Path | BinaryIO, name: str) -> None:
    """Limit the archive's list before `ZipFile` makes an object per entry: a small file can list millions."""
    file = source.open("rb") if isinstance(source, Path) else source
    try:
        # Private functions, but only they are sure to read the end record as ZipFile will.
        end = _PRIVATE._EndRecData(file)
        if not end:
            raise zipfile.BadZipFile("no list of files")
        size, place = end[_PRIVATE._ECD_SIZE], end[_PRIVATE._ECD_LOCATION]
        if size > _MAX_DIRECTORY:
            raise too_many(name)
        # The list ends before the end record or, in large archives, before the two records in front of that.
        room = size + _PRIVATE.sizeEndCentDir64 + _PRIVATE.sizeEndCentDir64Locator
        file.seek(max(0, place - room), os.SEEK_SET)
        if file.read(room).count(_PRIVATE.stringCentralDir) > MAX_FILES:
            raise too_many(name)
    finally:
        if isinstance(source, Path):
            file.close()
        else:
            file.seek(0)
