"""The kind of a model file, by its first bytes; files of other kinds are refused with what they are."""

import zipfile
from collections.abc import Collection
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.formats.bundle import BUNDLE_FILES
from vae.formats.importing.external_data import model_of
from vae.formats.importing.foreign_formats import ONNX_INSTEAD, foreign_format, hdf5_refusal, is_onnx

__all__ = ["MOST_BYTES", "kind_of"]

MOST_BYTES = 210_000_000  # of one file
_MOST_DIRECTORY = 100_000  # bytes: a thousand members; the parser of zips makes an object of each
_TAIL = 65_557 + 76  # a zip's end record with the longest comment, and the two records of zip64 before it
_HEAD = 4096
_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK"
_OF_BUNDLES_ALONE = BUNDLE_FILES.keys() - {"weights.safetensors"}  # others write files of that name, too
_ANY = "Import a bundle, a .keras or an .onnx file."


def kind_of(path: Path, name: str, names: Collection[str] = ()) -> str:
    """ "bundle", "keras" or "onnx".

    Args:
        path: where its bytes lie.
        name: as the person calls it.
        names: of all files that were given.

    Raises:
        ImportRefusedError: any other kind, an empty or too large file, or a folder.
    """
    if not path.is_file() or path.is_symlink():
        raise ImportRefusedError(f"{name} is no file: folders are refused.", "Zip a bundle, or name its files.")
    size = path.stat().st_size
    if not size or size > MOST_BYTES:
        raise ImportRefusedError(f"{name} has {size:,} bytes, 1 to {MOST_BYTES:,} are read.", "Import a smaller model.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        _check_directory(path, size, name, head)
    foreign = foreign_format(head, name)
    if (
        name in BUNDLE_FILES
        and _OF_BUNDLES_ALONE & {name, *names}
        and not (foreign and "TensorFlow.js" in foreign.what)
    ):
        return "bundle"  # the reader of bundles looks at all of its files together
    if head.startswith(_HDF5):
        raise hdf5_refusal(path, name)
    if head.startswith(_ZIP):
        return _kind_of_zip(path, name)
    if model := model_of(name):
        raise ImportRefusedError(
            f"{name} holds the weights of {model}, which was not given.", f"Import it together with {model}."
        )
    if foreign:
        raise ImportRefusedError(f"{name} is {foreign.what}.", foreign.mend)
    if name.lower().endswith(".keras"):
        raise ImportRefusedError(
            f"{name} is not what Keras 3 saves, which is a zip: it is damaged or of another kind.",
            "Copy it again, or save it again: model.save('model.keras').",
        )
    if not name.lower().endswith(".onnx") and not is_onnx(head):
        raise ImportRefusedError(f"{name} is of a kind that is not known here.", _ANY)
    return "onnx"  # protobuf has no sign of its own: the parser tells


def _check_directory(path: Path, size: int, name: str, head: bytes) -> None:
    """Refuse a zip that announces a long list of members, before the list is parsed."""
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        ends = {tail.rfind(b"PK\x05\x06"), len(tail) - 22 if tail[-22:].startswith(b"PK\x05\x06") else -1} - {-1}
        lengths = [int.from_bytes(tail[end + 12 : end + 16], "little") for end in ends]
        for end in ends:
            if end >= 20 and tail[end - 20 : end].startswith(b"PK\x06\x07"):  # zip64, as PyTorch always writes it
                said = int.from_bytes(tail[end - 12 : end - 4], "little")
                before = max(0, size - len(tail) + end - 76)
                lengths += [_directory_bytes(file, place) for place in (said, before)]
                lengths = [length for length in lengths if length != 0xFFFFFFFF]  # "see zip64"
    if not lengths or max(lengths) <= _MOST_DIRECTORY:
        return
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode(errors="replace")
    if _is_torch([first]):
        raise _torch_refusal(name, [first])
    raise ImportRefusedError(
        f"{name} announces too many members for a model's archive.", "Save the model again, alone."
    )


def _directory_bytes(file, place: int) -> int:
    """The length of the directory by the zip64 record there, 0 if there is none."""
    if place >= 1 << 62:
        return 0
    file.seek(place)
    record = file.read(56)
    return int.from_bytes(record[40:48], "little") if record.startswith(b"PK\x06\x06") else 0


def _is_torch(members: list[str]) -> bool:
    """Whether these are members of what `torch.save`, `torch.jit.save` or `torch.export.save` write."""
    tails = [member.partition("/")[2] for member in members]
    return any(tail in ("data.pkl", "archive_format", "constants.pkl") or tail.startswith("data/") for tail in tails)


def _torch_refusal(name: str, members: list[str]) -> ImportRefusedError:
    tails = {member.partition("/")[2] for member in members}
    if "archive_format" in tails or name.lower().endswith(".pt2"):
        return ImportRefusedError(f"{name} is a program that torch.export saved.", ONNX_INSTEAD)
    return ImportRefusedError(f"{name} is a PyTorch file: it holds a pickle, which is program code.", ONNX_INSTEAD)


def _kind_of_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:10_000]
    except Exception as error:  # what the parser of zips raises is no promise of its
        raise ImportRefusedError(
            f"{name} cannot be unpacked: {error}.", "It is damaged or cut off: copy it again."
        ) from error
    tails = {member.rsplit("/", 1)[-1] for member in names}
    if "saved_model.pb" in tails:
        raise ImportRefusedError(
            f"{name} holds a SavedModel, which is a program.",
            "Save the Keras model as .keras, or convert the SavedModel to ONNX with tf2onnx.",
        )
    if _is_torch(names):
        raise _torch_refusal(name, names)
    if any(member.endswith((".pkl", ".pickle")) for member in names):
        raise ImportRefusedError(f"{name} holds a pickle, which is program code.", ONNX_INSTEAD)
    if "model.json" in tails and "card.json" not in tails and any(tail.endswith(".bin") for tail in tails):
        raise ImportRefusedError(
            f"{name} holds a TensorFlow.js model.", "Import the model it was made from, as .keras or .onnx."
        )
    if "model.json" in tails:
        return "bundle"
    if name.lower().endswith(".keras") or ("config.json" in tails and tails & {"metadata.json", "model.weights.h5"}):
        return "keras"
    if names and all(member.endswith(".npy") for member in names):
        raise ImportRefusedError(f"{name} holds NumPy arrays, not a network.", _ANY)
    for member in sorted(tails):
        if member.lower().endswith((".keras", ".onnx", ".h5", ".pt", ".pth", ".safetensors", ".tflite")):
            raise ImportRefusedError(
                f"{name} is a zip with {member[:80]} in it, not a bundle.",
                "Unpack it and import the model files inside.",
            )
    raise ImportRefusedError(f"{name} is a zip of neither a bundle nor a Keras model.", _ANY)
