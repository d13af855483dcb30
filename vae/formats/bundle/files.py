"""The bytes of a bundle, from a folder or a zip: known names only, sizes checked before anything is read."""

import io
import zipfile
from pathlib import Path

from vae.errors import BundleError

__all__ = ["BUNDLE_FILES", "ONNX_FILES", "read_files", "read_one"]

# Every file of a bundle, and the most bytes it may have. All must be there; nothing else may.
BUNDLE_FILES = {
    "model.json": 300_000,  # ours take 2,000; the layers of an imported one are listed in it
    "card.json": 2_000_000,
    "weights.safetensors": 100_000_000,
    "reference.npz": 100_000_000,
}
# What an imported model may have instead of weights, or beside them; `model.json` tells.
ONNX_FILES = {"encoder.onnx": 100_000_000, "decoder.onnx": 100_000_000}


def read_files(path: Path) -> dict[str, bytes]:
    """The content of every file of the bundle at `path`.

    Raises:
        BundleError: a file is missing, foreign or too large, or the folder or archive cannot be read.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        if path.is_file():
            return _read_zip(path)
    except BundleError:
        raise
    except RuntimeError as error:  # encrypted or exotic members
        raise BundleError(f"The bundle {path.name} cannot be unpacked: {error}.", "Zip it plainly.") from error
    except Exception as error:  # what the parsers of zips and of their compressions raise is no promise of theirs
        raise BundleError(f"The bundle {path.name} cannot be read: {error}.", "Copy or export it again.") from error
    raise BundleError(f"There is no bundle at {path}.", "Name a bundle's folder or its .zip.")


def read_one(path: Path, name: str) -> bytes:
    """One file of a bundle folder, for listings that must not touch the weights."""
    try:
        file = path / name
        if not file.is_file():  # missing, a folder, or a device, which may never end
            raise BundleError(f"The bundle {path.name} has no file {name}.", "Copy it again.")
        _check_size(path.name, name, file.stat().st_size)
        return file.read_bytes()
    except OSError as error:
        raise BundleError(
            f"The bundle {path.name} has no readable {name}: {error.strerror}.", "Copy it again."
        ) from error


def _read_folder(folder: Path) -> dict[str, bytes]:
    sizes = {
        entry.name: entry.stat().st_size if entry.is_file() else 0
        for entry in folder.iterdir()
        if not _is_dropping(entry.name)
    }
    _check_names(folder.name, sizes)
    return {name: read_one(folder, name) for name in sizes}


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.filename.endswith("/") and not _is_dropping(m.filename)]
        # "Compress" on most desktops zips the folder itself: take its name off, if it is one name for all.
        tops = {member.filename.split("/", 1)[0] for member in members if "/" in member.filename}
        named = len(tops) == 1 and not tops & {"", ".", ".."} and all("/" in m.filename for m in members)
        prefix = f"{tops.pop()}/" if named else ""
        by_name = {member.filename.removeprefix(prefix): member for member in members}
        if len(by_name) != len(members):
            raise BundleError(f"The bundle {path.name} holds a file twice.", "Export it again.")
        _check_names(path.name, by_name)
        return {name: _read_member(archive, member, path.name, name) for name, member in by_name.items()}


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, bundle: str, name: str) -> bytes:
    _check_size(bundle, name, member.file_size)
    with archive.open(member) as stream:
        buffer = io.BytesIO(stream.read(_most_bytes(name) + 1))
    # The directory's size is only a claim: what came out is checked again.
    _check_size(bundle, name, buffer.getbuffer().nbytes)
    return buffer.getvalue()


def _is_dropping(name: str) -> bool:
    """What macOS adds to every folder and zip; never read."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] == ".DS_Store"


def _check_names(bundle: str, names) -> None:
    names = set(names)
    optional = ONNX_FILES.keys() | ({"weights.safetensors"} if names & ONNX_FILES.keys() else set())
    missing, foreign = (
        sorted(BUNDLE_FILES.keys() - optional - names),
        sorted(names - BUNDLE_FILES.keys() - ONNX_FILES.keys()),
    )
    if missing:
        raise BundleError(f"The bundle {bundle} lacks {', '.join(missing)}.", "Copy or export it whole.")
    if foreign:
        raise BundleError(
            f"The bundle {bundle} holds {', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}, "
            "which no bundle has.",
            f"Keep only {', '.join(BUNDLE_FILES)}.",
        )


def _check_size(bundle: str, name: str, size: int) -> None:
    if size > _most_bytes(name):
        raise BundleError(
            f"{name} of the bundle {bundle} has {size:,} bytes, at most {_most_bytes(name):,} are read.",
            "It is damaged or not a bundle of ours.",
        )


def _most_bytes(name: str) -> int:
    return BUNDLE_FILES[name] if name in BUNDLE_FILES else ONNX_FILES[name]
