"""Reads untrusted `.npz` archives: plain arrays only, with their sizes checked before memory is allocated."""

import zipfile
from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from vae.errors import DataError
from vae.message import message

__all__ = ["read_npz"]

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(
    source: Path | BinaryIO, keys: Collection[str], max_bytes: int, name: str | None = None
) -> dict[str, np.ndarray]:
    """Read the arrays of an archive, after checking their headers.

    NumPy allocates the size that a header declares before it reads any data, and a header of 100 bytes can declare
    any size. So the headers are read first and must agree with the sizes in the archive's directory and with the limit.

    Args:
        source: a path, or an open binary file.
        keys: the arrays to read, which must exist; others are ignored.
        max_bytes: limit for the memory of these arrays together.
        name: the archive's name in error messages; None for the file name of a path.

    Raises:
        DataError: not an archive, damaged, an array is missing or contains objects, or more than `max_bytes`.
    """
    name = name or (source.name if isinstance(source, Path) else "the archive")
    try:
        with zipfile.ZipFile(source) as archive:
            members = {key: _member(archive, key, name) for key in keys}
            total = sum(_checked_size(archive, member, name) for member in members.values())
            if total > max_bytes:
                raise DataError(
                    message(
                        "{name} contains {total} MB of arrays; the limit is {max_bytes} MB.",
                        name=name,
                        total=f"{total / 1000000.0:.0f}",
                        max_bytes=f"{max_bytes / 1000000.0:.0f}",
                    ),
                    "Use a smaller archive.",
                )
            arrays = {}
            for key, member in members.items():
                with archive.open(member) as stream:
                    arrays[key] = npy.read_array(stream, allow_pickle=False)
            return arrays
    except DataError:
        raise
    except Exception as error:  # the parsers do not document what they raise for damaged files
        raise DataError(
            message("Can't read {name}: {error}.", name=name, error=error), "Download or export it again."
        ) from error


def _member(archive: zipfile.ZipFile, key: str, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(f"{key}.npy")
    except KeyError:
        raise DataError(
            message("{name} has no array {key}.", name=name, key=repr(key)), "Use an archive with Keras' keys."
        ) from None


def _checked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> int:
    """Return the array's size in bytes, after checking that its header, dtype and member size agree."""
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        if version not in _HEADERS:
            raise DataError(
                message(
                    "{name}: {filename} has npy version {version}.",
                    name=name,
                    filename=member.filename,
                    version=version,
                ),
                "Save it again with NumPy.",
            )
        shape, _, dtype = _HEADERS[version](stream)
        if dtype.itemsize == 0:
            raise DataError(
                message("{name}: {filename} contains items of size zero.", name=name, filename=member.filename),
                "Save plain numbers.",
            )
        if dtype.hasobject:
            raise DataError(
                message(
                    "{name}: {filename} contains Python objects, not numbers.", name=name, filename=member.filename
                ),
                "Save plain arrays.",
            )
        size = prod(shape) * dtype.itemsize
        if stream.tell() + size != member.file_size:
            raise DataError(
                message(
                    "{name}: {filename} declares {size} bytes; with its header it has {file_size}.",
                    name=name,
                    filename=member.filename,
                    size=size,
                    file_size=member.file_size,
                ),
                "The file is damaged: download or export it again.",
            )
        return size
