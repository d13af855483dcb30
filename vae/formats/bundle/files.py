"""Reads the files of a bundle from a folder or a zip: known names only, sizes checked before reading."""

import io
import zipfile
from collections.abc import Collection
from pathlib import Path

from vae.errors import BundleError
from vae.message import message

__all__ = ["BUNDLE_FILES", "ONNX_FILES", "read_files", "read_one"]

# Every file of a bundle with its largest size in bytes. All are required, and no others are allowed.
BUNDLE_FILES = {
    "model.json": 300_000,  # trained models: 2,000; it lists the layers of imported ones
    "card.json": 2_000_000,
    "weights.safetensors": 100_000_000,
    "reference.npz": 100_000_000,
}
# An imported model may have these instead of weights or besides them, as listed in `model.json`.
ONNX_FILES = {"encoder.onnx": 100_000_000, "decoder.onnx": 100_000_000}


def read_files(path: Path) -> dict[str, bytes]:
    """Return the content of every file of the bundle at `path`.

    Raises:
        BundleError: a file is missing, unknown or too large, or the folder or archive cannot be read.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        if path.is_file():
            return _read_zip(path)
    except BundleError:
        raise
    except RuntimeError as error:  # encrypted members or unknown compression
        raise BundleError(
            message("The bundle {name} cannot be unpacked: {error}.", name=path.name, error=error),
            "Zip it without encryption.",
        ) from error
    except Exception as error:  # zip and decompression libraries do not document their exceptions
        raise BundleError(
            message("The bundle {name} cannot be read: {error}.", name=path.name, error=error),
            "Copy or export it again.",
        ) from error
    raise BundleError(
        message("There is no bundle at {path}.", path=path), "Use the path of a bundle's folder or its .zip."
    )


def read_one(path: Path, name: str) -> bytes:
    """Return one file of a bundle folder, for listings that do not read the weights."""
    try:
        file = path / name
        if not file.is_file():  # missing, a folder, or a device, which may be endless
            raise BundleError(
                message("The bundle {name} has no file {name2}.", name=path.name, name2=name), "Copy it again."
            )
        _check_size(path.name, name, file.stat().st_size)
        return file.read_bytes()
    except OSError as error:
        raise BundleError(
            message(
                "The bundle {name} has no readable {name2}: {strerror}.",
                name=path.name,
                name2=name,
                strerror=error.strerror,
            ),
            "Copy it again.",
        ) from error


def _read_folder(folder: Path) -> dict[str, bytes]:
    sizes = {
        entry.name: entry.stat().st_size if entry.is_file() else 0
        for entry in folder.iterdir()
        if not _is_macos_metadata(entry.name)
    }
    _check_names(folder.name, sizes)
    return {name: read_one(folder, name) for name in sizes}


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.filename.endswith("/") and not _is_macos_metadata(m.filename)]
        # "Compress" on most desktops zips the folder itself: remove its name if all members have it.
        tops = {member.filename.split("/", 1)[0] for member in members if "/" in member.filename}
        named = len(tops) == 1 and not tops & {"", ".", ".."} and all("/" in m.filename for m in members)
        prefix = f"{tops.pop()}/" if named else ""
        by_name = {member.filename.removeprefix(prefix): member for member in members}
        if len(by_name) != len(members):
            raise BundleError(message("The bundle {name} contains a file twice.", name=path.name), "Export it again.")
        _check_names(path.name, by_name)
        return {name: _read_member(archive, member, path.name, name) for name, member in by_name.items()}


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, bundle: str, name: str) -> bytes:
    _check_size(bundle, name, member.file_size)
    with archive.open(member) as stream:
        buffer = io.BytesIO(stream.read(_most_bytes(name) + 1))
    # The size in the directory may be wrong: the data are checked again.
    _check_size(bundle, name, buffer.getbuffer().nbytes)
    return buffer.getvalue()


def _is_macos_metadata(name: str) -> bool:
    """Return whether macOS adds this file to folders and zips; such files are ignored."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] == ".DS_Store"


def _check_names(bundle: str, present: Collection[str]) -> None:
    names = set(present)
    optional = ONNX_FILES.keys() | ({"weights.safetensors"} if names & ONNX_FILES.keys() else set())
    missing = sorted(BUNDLE_FILES.keys() - optional - names)
    foreign = sorted(names - BUNDLE_FILES.keys() - ONNX_FILES.keys())
    if missing:
        raise BundleError(
            message("The bundle {bundle} lacks {missing}.", bundle=bundle, missing=", ".join(missing)),
            "Copy or export all of it again.",
        )
    if foreign:
        raise BundleError(
            message(
                "The bundle {bundle} contains {foreign}{value}, which are not files of a bundle.",
                bundle=bundle,
                foreign=", ".join(foreign[:3]),
                value=" …" if len(foreign) > 3 else "",
            ),
            message("Keep only {bundle_files}.", bundle_files=", ".join(BUNDLE_FILES)),
        )


def _check_size(bundle: str, name: str, size: int) -> None:
    if size > _most_bytes(name):
        raise BundleError(
            message(
                "{name} of the bundle {bundle} has {size} bytes; the limit is {most_bytes}.",
                name=name,
                bundle=bundle,
                size=f"{size:,}",
                most_bytes=f"{_most_bytes(name):,}",
            ),
            "It is damaged or not a bundle of Zscope.",
        )


def _most_bytes(name: str) -> int:
    return BUNDLE_FILES[name] if name in BUNDLE_FILES else ONNX_FILES[name]
