"""Reading `.npz` archives that anyone may have made: data only, of the announced size, or a plain refusal."""

import zipfile
from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from vae.errors import DataError

__all__ = ["read_npz"]

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(
    source: Path | BinaryIO, keys: Collection[str], max_bytes: int, name: str | None = None
) -> dict[str, np.ndarray]:
    """The named arrays, after their headers were checked against the members' sizes.

    NumPy's own reader allocates what a header claims before it reads a byte; a header is a hundred bytes that can claim
    any size. So headers are read first, here, and must agree with the archive's directory and with the cap.

    Args:
        source: a path, or an open binary file.
        keys: the arrays that must be there; others are ignored.
        max_bytes: the most that all of them together may take in memory.
        name: what to call it in errors; a path's own name when None.

    Raises:
        DataError: not an archive, damaged, an array missing or holding objects, or more than `max_bytes`.
    """
    name = name or Path(source).name
    try:
        with zipfile.ZipFile(source) as archive:
            members = {key: _member(archive, key, name) for key in keys}
            total = sum(_checked_size(archive, member, name) for member in members.values())
            if total > max_bytes:
                raise DataError(
                    f"{name} holds {total / 1e6:.0f} MB of arrays, at most {max_bytes / 1e6:.0f} MB are read.",
                    "Use a smaller archive.",
                )
            arrays = {}
            for key, member in members.items():
                with archive.open(member) as stream:
                    arrays[key] = npy.read_array(stream, allow_pickle=False)
            return arrays
    except DataError:
        raise
    except Exception as error:  # what the parsers of zips and of headers raise is no promise of theirs
        raise DataError(f"{name} cannot be read: {error}.", "Fetch or export it again.") from error


def _member(archive: zipfile.ZipFile, key: str, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(f"{key}.npy")
    except KeyError:
        raise DataError(f"{name} holds no array {key!r}.", "Use an archive with Keras' keys.") from None


def _checked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> int:
    """Bytes the array takes, once its header, its dtype and the member's size agree."""
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        if version not in _HEADERS:
            raise DataError(f"{name}: {member.filename} has npy version {version}.", "Save it again with NumPy.")
        shape, _, dtype = _HEADERS[version](stream)
        if dtype.itemsize == 0:
            raise DataError(f"{name}: {member.filename} holds items of no size.", "Save plain numbers.")
        if dtype.hasobject:
            raise DataError(f"{name}: {member.filename} holds Python objects, not numbers.", "Save plain arrays.")
        size = prod(shape) * dtype.itemsize
        if stream.tell() + size != member.file_size:
            raise DataError(
                f"{name}: {member.filename} announces {size} bytes, the archive holds {member.file_size}.",
                "The file is damaged: fetch or export it again.",
            )
        return size
