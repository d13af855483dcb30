"""What kind of file a stranger brings, by its first bytes; what is refused by its kind, with the reason."""

import zipfile
from pathlib import Path

from vae.bundle import BUNDLE_FILES
from vae.errors import ImportRefusedError

__all__ = ["MOST_BYTES", "kind_of"]

MOST_BYTES = 210_000_000  # of one file
_MOST_DIRECTORY = 100_000  # bytes: a thousand members; the parser of zips makes an object of each
_TAIL = 65_557  # a zip's end record with the longest comment
_HDF5, _ZIP, _PICKLE = b"\x89HDF\r\n\x1a\n", b"PK", b"\x80"
_KERAS = "Save it with Keras 3: model.save('model.keras')."


def kind_of(path: Path, name: str) -> str:
    """ "bundle", "keras" or "onnx".

    Args:
        path: where its bytes lie.
        name: as the person calls it.

    Raises:
        ImportRefusedError: any other kind, an empty or too large file, or a folder.
    """
    if not path.is_file() or path.is_symlink():
        raise ImportRefusedError(f"{name} is no file: folders are refused.", "Zip a bundle, or name its files.")
    size = path.stat().st_size
    if not size or size > MOST_BYTES:
        raise ImportRefusedError(f"{name} has {size:,} bytes, 1 to {MOST_BYTES:,} are read.", "Import a smaller model.")
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(_ZIP) or name in BUNDLE_FILES:
        _check_directory(path, size, name)
    if name in BUNDLE_FILES:  # one of a bundle's own; the reader of bundles looks at all of them together
        return "bundle"
    if head.startswith(_HDF5):
        raise ImportRefusedError(f"{name} is a legacy HDF5 model, in which code can hide.", _KERAS)
    if head.startswith(_ZIP):
        return _kind_of_zip(path, name)
    if head.startswith(_PICKLE) or name.lower().endswith((".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib")):
        raise ImportRefusedError(f"{name} is a pickle, which is program code.", "Export it to ONNX instead.")
    if name.lower().endswith((".pb", ".tflite", ".h5", ".hdf5")):
        raise ImportRefusedError(
            f"{name} is of a kind that is not read here.", "Save a .keras file, or export to ONNX."
        )
    return "onnx"  # protobuf has no sign of its own: the parser tells


def _check_directory(path: Path, size: int, name: str) -> None:
    """Refuse a zip that announces a long list of members, before the list is parsed."""
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    ends = {tail.rfind(b"PK\x05\x06"), len(tail) - 22 if tail[-22:].startswith(b"PK\x05\x06") else -1} - {-1}
    for end in ends:
        if int.from_bytes(tail[end + 12 : end + 16], "little") > _MOST_DIRECTORY or b"PK\x06\x07" in tail[:end][-20:]:
            raise ImportRefusedError(
                f"{name} announces too many members for a model's archive.", "Save the model again, alone."
            )


def _kind_of_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:10_000]
    except Exception as error:  # what the parser of zips raises is no promise of its
        raise ImportRefusedError(f"{name} cannot be unpacked: {error}.", "Copy it again.") from error
    tails = {member.rsplit("/", 1)[-1] for member in names}
    if "saved_model.pb" in tails:
        raise ImportRefusedError(f"{name} holds a SavedModel, which is a program.", _KERAS)
    if any(member.endswith(("data.pkl", ".pkl", ".pickle")) for member in names):
        raise ImportRefusedError(f"{name} holds a pickle, which is program code.", "Export it to ONNX instead.")
    if "model.json" in tails:
        return "bundle"
    if "config.json" in tails or name.lower().endswith(".keras"):
        return "keras"
    raise ImportRefusedError(
        f"{name} is a zip of neither a bundle nor a Keras model.", "Import a bundle, a .keras or an .onnx file."
    )
