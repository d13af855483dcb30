"""Finds the format of a model file by its content; refuses files of other formats and names their format."""

from collections.abc import Collection
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.formats.importing.external_data import model_of
from vae.formats.importing.foreign_formats import foreign_format, hdf5_refusal, refused_archive
from vae.formats.importing.formats import IMPORTED, ZIP, ImportFormat, ModelFile
from vae.message import message

__all__ = ["MOST_BYTES", "format_of"]

MOST_BYTES = 210_000_000  # of one file
_MOST_DIRECTORY = 100_000  # bytes: a thousand members; `zipfile` makes an object of each
_TAIL = 65_557 + 76  # a zip's end record with the longest comment, and the two zip64 records before it
_HEAD = 4096
_HDF5 = b"\x89HDF\r\n\x1a\n"


def format_of(path: Path, name: str, names: Collection[str] = ()) -> ImportFormat:
    """Return the format of a model file.

    Args:
        path: of the file's content.
        name: the user's name of the file.
        names: of all files of the import.

    Raises:
        ImportRefusedError: the format is not imported; or the file is empty, too large or a folder.
    """
    if not path.is_file() or path.is_symlink():
        raise ImportRefusedError(
            message("{name} is not a regular file.", name=name), "Import files, or a bundle as a ZIP file."
        )
    size = path.stat().st_size
    if not size:
        raise ImportRefusedError(
            message("{name} is an empty file.", name=name), "Export the model again, or choose another file."
        )
    if size > MOST_BYTES:
        raise ImportRefusedError(
            message(
                "{name} has {size} bytes; the limit is {most_bytes}.",
                name=name,
                size=f"{size:,}",
                most_bytes=f"{MOST_BYTES:,}",
            ),
            "Import a smaller model.",
        )
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(ZIP):
        _check_directory(path, size, name, head)
    file = ModelFile(path, name, names, head)
    found = next((one for one in IMPORTED.values() if one.is_of(file)), None)
    # The bundle reader checks all files of a bundle together: each may have any format.
    if found and (found.read is None or file.members is not None):
        return found
    if head.startswith(_HDF5):
        raise hdf5_refusal(path, name)
    if file.members is not None:
        raise _refused_zip(file)
    if model := model_of(name):
        raise ImportRefusedError(
            message("{name} contains the weights of {model}, which is missing.", name=name, model=model),
            message("Import it together with {model}.", model=model),
        )
    if foreign := foreign_format(head, name):
        raise ImportRefusedError(message("{name} is {what}.", name=name, what=foreign.what), foreign.hint)
    if file.ends(".keras"):
        raise ImportRefusedError(
            message("{name} is not a file of Keras 3, which is a zip: it is damaged or has another format.", name=name),
            "Copy it again, or save it again: model.save('model.keras').",
        )
    if found is None:
        raise ImportRefusedError(message("{name} has an unknown format.", name=name), _import_any())
    return found


def _import_any() -> str:
    *others, last = (one.name for one in IMPORTED.values())
    return message("Import {others} or {last}.", others=", ".join(others), last=last)


def _check_directory(path: Path, size: int, name: str, head: bytes) -> None:
    """Refuse a zip with a long directory, before the directory is parsed."""
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        ends = {tail.rfind(b"PK\x05\x06"), len(tail) - 22 if tail[-22:].startswith(b"PK\x05\x06") else -1} - {-1}
        lengths = [int.from_bytes(tail[end + 12 : end + 16], "little") for end in ends]
        for end in ends:
            if end >= 20 and tail[end - 20 : end].startswith(b"PK\x06\x07"):  # zip64, as PyTorch always writes it
                stated = int.from_bytes(tail[end - 12 : end - 4], "little")
                before = max(0, size - len(tail) + end - 76)
                lengths += [_directory_bytes(file, place) for place in (stated, before)]
                lengths = [length for length in lengths if length != 0xFFFFFFFF]  # "see zip64"
    if not lengths or max(lengths) <= _MOST_DIRECTORY:
        return
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode(errors="replace")
    if refused := refused_archive(name, [first]):
        raise refused
    raise ImportRefusedError(
        message("{name} has too many members for a model's archive.", name=name), "Save the model again, alone."
    )


def _directory_bytes(file, place: int) -> int:
    """Return the length of the directory from the zip64 record at `place`, 0 if there is none."""
    if place >= 1 << 62:
        return 0
    file.seek(place)
    record = file.read(56)
    return int.from_bytes(record[40:48], "little") if record.startswith(b"PK\x06\x06") else 0


def _refused_zip(file: ModelFile) -> ImportRefusedError:
    members = file.members or ()
    if members and all(member.endswith(".npy") for member in members):
        return ImportRefusedError(
            message("{name} contains NumPy arrays, not a network.", name=file.name), _import_any()
        )
    for member in sorted(file.tails):
        if member.lower().endswith((".keras", ".onnx", ".h5", ".pt", ".pth", ".safetensors", ".tflite")):
            return ImportRefusedError(
                message("{name} is a zip with {member}, not a bundle.", name=file.name, member=member[:80]),
                "Unpack it and import the model files inside.",
            )
    return ImportRefusedError(
        message("{name} is a zip, but neither a bundle nor a Keras model.", name=file.name), _import_any()
    )
