"""Formats of files that are not imported: how each is recognised, what it is, and what to do instead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.message import N_, message

__all__ = [
    "ARCHIVES",
    "CONVERT_KERAS_2",
    "FORMATS",
    "ONNX_INSTEAD",
    "Archive",
    "Format",
    "foreign_format",
    "hdf5_refusal",
    "is_onnx",
    "refused_archive",
]

ONNX_INSTEAD = N_(
    "Load it in the program that made it, and export its decoder and its encoder to ONNX: "
    "torch.onnx.export(decoder, (z,), 'decoder.onnx')."
)
CONVERT_KERAS_2 = N_(
    "Load it with the Keras 2 that wrote it (TensorFlow up to 2.15, or tf_keras) and convert it to ONNX: "
    "tf2onnx.convert.from_keras(model, output_path='decoder.onnx')."
)
_ANY = N_("Save a Keras model as .keras, or export the network to ONNX (.onnx).")
_ORIGINAL = N_("Import the model that it was converted from, as .keras or .onnx.")
_WEIGHTS = N_("Load the weights into their network and export that to ONNX, or save it as .keras.")
_UNPACK = N_("Unpack it and import the model files inside.")
_ALONE = N_("weights without the layers of a network")
_PICTURE = N_("Open it on the Reconstruct page, or import a model.")


@dataclass(frozen=True)
class Format:
    """A file format that is not imported.

    Attributes:
        what: completes "The file is …".
        hint: what the user can do instead.
        endings: suffixes of file names, in lower case.
        signs: signatures, (offset, bytes) each; a file has one of them.
        fits: for a format without a signature, whether the first 4096 bytes have it.
        text: whether its files are text; only their suffixes tell such formats apart.
    """

    what: str
    hint: str
    endings: tuple[str, ...] = ()
    signs: tuple[tuple[int, bytes], ...] = ()
    fits: Callable[[bytes], bool] | None = None
    text: bool = False

    def is_of(self, head: bytes) -> bool:
        """Return whether a file with these first bytes has this format."""
        signed = any(head[offset : offset + len(sign)] == sign for offset, sign in self.signs)
        return signed or (self.fits is not None and self.fits(head))


def _is_safetensors(head: bytes) -> bool:
    return len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 100_000_000


def _is_pickle(head: bytes) -> bool:
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # the last character may be cut
            return False
        text = head[: error.start].decode("utf-8-sig")
    return all(sign.isprintable() or sign in "\t\n\r\f" for sign in text)


def _starts_text(*starts: str) -> Callable[[bytes], bool]:
    def fits(head: bytes) -> bool:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        return text.startswith(tuple(start.encode() for start in starts)) and _is_text(head)

    return fits


def _is_tfjs(head: bytes) -> bool:
    keys = (b'"modelTopology"', b'"weightsManifest"', b"layers-model", b"graph-model")
    return head.lstrip()[:1] == b"{" and any(key in head for key in keys)


# The first format whose signature fits counts; otherwise, the first whose suffix fits.
FORMATS = (
    Format("a pickle, which is program code", ONNX_INSTEAD, (
        ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".pdparams", ".dill", ".pt2",
    ), fits=_is_pickle),
    Format(message("a safetensors file: {alone}", alone=_ALONE), _WEIGHTS, (".safetensors",), fits=_is_safetensors),
    Format("a NumPy array, not a network", _ANY, (".npy", ".npz"), ((0, b"\x93NUMPY"),)),
    Format(message("a GGUF file: {alone}", alone=_ALONE), _ANY, (".gguf", ".ggml"), ((0, b"GGUF"),)),
    Format(message("a Flax file: {alone}", alone=_ALONE), _WEIGHTS, (".msgpack", ".flax")),
    Format("a LiteRT (TensorFlow Lite) model", _ORIGINAL, (".tflite", ".lite"), ((4, b"TFL3"),)),
    Format("a model in ONNX Runtime's own format", _ORIGINAL, (".ort",), ((4, b"ORTM"),)),
    Format(
        "a part of a SavedModel, which is a program",
        "Save the Keras model as .keras, or convert the SavedModel to ONNX with tf2onnx.",
        ("saved_model.pb", "keras_metadata.pb", "fingerprint.pb"), ((0, b"\x08\x01\x12"),),
    ),
    Format("a TensorFlow graph", "Convert it to ONNX with tf2onnx.", (".pb", ".pbtxt", ".meta")),
    Format(message("a part of a TensorFlow checkpoint: {alone}", alone=_ALONE), _WEIGHTS, (
        ".index", ".data-00000-of-00001",
    )),
    Format("an archive", _UNPACK, (
        ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar",
    ), (
        (0, b"\x1f\x8b"), (0, b"BZh"), (0, b"\xfd7zXZ\0"), (0, b"\x28\xb5\x2f\xfd"), (0, b"7z\xbc\xaf\x27\x1c"),
        (0, b"Rar!"), (257, b"ustar"),
    )),
    Format("a Core ML model", _ORIGINAL, (".mlmodel", ".mlpackage")),
    Format("a TensorRT engine", _ORIGINAL, (".engine", ".trt", ".plan")),
    Format("a picture, not a model", _PICTURE, (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"), (
        (0, b"\x89PNG\r\n"), (0, b"\xff\xd8\xff"), (0, b"GIF8"), (8, b"WEBP"), (0, b"II*\0"), (0, b"MM\0*"),
    )),
    Format("a PDF document", _ANY, (".pdf",), ((0, b"%PDF"),)),
    Format(
        "a Git LFS pointer, not the file itself", "Fetch the file itself: git lfs pull.",
        fits=_starts_text("version https://git-lfs"),
    ),
    Format(
        "a web page, not a model file", "Download the file itself: the address leads to a web page about it.",
        (".html", ".htm"), fits=_starts_text("<!doctype html", "<html"),
    ),
    Format("a TensorFlow.js model", _ORIGINAL, fits=_is_tfjs),
    Format(
        "a Jupyter notebook, which contains program code and no network",
        "Run it and save the model it makes: a Keras model as .keras, others as ONNX.", (".ipynb",), text=True,
    ),
    Format(
        "Python code, not a saved model",
        "Run it and save the model it makes: a Keras model as .keras, others as ONNX.", (".py",), text=True,
    ),
    Format("an OpenVINO description", _ORIGINAL, (".xml",), text=True),
    Format("a JSON file: settings, without the weights of a network", _ANY, (".json",), text=True),
    Format("a text file, not a model", _ANY, (".txt", ".md", ".csv", ".yaml", ".yml"), fits=_is_text, text=True),
)  # fmt: skip


@dataclass(frozen=True)
class Archive:
    """A kind of zip that is not imported.

    Attributes:
        what: completes "The file …".
        hint: what the user can do instead.
        fits: names in the zip, their last parts, and the name of the file → whether it is of this kind.
    """

    what: str
    hint: str
    fits: Callable[[Sequence[str], set[str], str], bool]


def _is_torch(members: Sequence[str]) -> bool:
    """Return whether `torch.save`, `torch.jit.save` or `torch.export.save` wrote these members."""
    inside = [member.partition("/")[2] for member in members]
    return any(one in ("data.pkl", "archive_format", "constants.pkl") or one.startswith("data/") for one in inside)


def _is_torch_export(members: Sequence[str], tails: set[str], name: str) -> bool:
    marked = any(member.partition("/")[2] == "archive_format" for member in members)
    return _is_torch(members) and (marked or name.lower().endswith(".pt2"))


# The first that fits counts.
ARCHIVES = (
    Archive(
        "contains a SavedModel, which is a program",
        "Save the Keras model as .keras, or convert the SavedModel to ONNX with tf2onnx.",
        lambda members, tails, name: "saved_model.pb" in tails,
    ),
    Archive("is a program saved by torch.export", ONNX_INSTEAD, _is_torch_export),
    Archive(
        "is a PyTorch file: it contains a pickle, which is program code",
        ONNX_INSTEAD,
        lambda members, tails, name: _is_torch(members),
    ),
    Archive(
        "contains a pickle, which is program code",
        ONNX_INSTEAD,
        lambda members, tails, name: any(member.endswith((".pkl", ".pickle")) for member in members),
    ),
    Archive(
        "contains a TensorFlow.js model",
        _ORIGINAL,
        lambda members, tails, name: (
            "model.json" in tails and "card.json" not in tails and any(tail.endswith(".bin") for tail in tails)
        ),
    ),
)


def refused_archive(name: str, members: Sequence[str]) -> ImportRefusedError | None:
    """Return why a zip is refused, by the names in it; None if it may contain a model."""
    tails = {member.rsplit("/", 1)[-1] for member in members}
    found = next((one for one in ARCHIVES if one.fits(members, tails, name)), None)
    return ImportRefusedError(message("{name} {what}.", name=name, what=found.what), found.hint) if found else None


def foreign_format(head: bytes, name: str) -> Format | None:
    """Return the format of a file that is not imported; None if the file may be imported.

    Args:
        head: its first bytes.
        name: the user's name of the file.
    """
    by_content = next((one for one in FORMATS if one.is_of(head)), None)
    if by_content and by_content.fits is not _is_text:
        return by_content
    if is_onnx(head) and not name.lower().endswith(".mlmodel"):  # files of Core ML begin in the same way
        return None
    by_name = next((one for one in FORMATS if name.lower().endswith(one.endings)), None)
    return by_name if by_name and (by_name.text or not by_content) else by_content


def is_onnx(head: bytes) -> bool:
    """Return whether a file begins with an ONNX version of 3 or later; all writers write it first."""
    return len(head) > 2 and head[0] == 8 and 3 <= head[1] < 32


def hdf5_refusal(path: Path, name: str) -> ImportRefusedError:
    """Return why an HDF5 file is refused, by its contents from Keras."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            kind, version, keys = "model_config" in file.attrs, file.attrs.get("keras_version", ""), set(file)
            weights = "layer_names" in file.attrs or keys & {"layers", "_layer_checkpoint_dependencies"}
    except (OSError, RuntimeError, KeyError, TypeError, ValueError):  # damaged
        kind, version, weights = False, "", False
    version = version.decode(errors="replace") if isinstance(version, bytes) else str(version)
    if kind:
        hint = N_("Load it with Keras 3 and save it as .keras: model.save('model.keras').")
        hint = hint if version.startswith("3.") else CONVERT_KERAS_2
        return ImportRefusedError(
            message("{name} is a legacy HDF5 model, which can contain program code.", name=name), hint
        )
    if weights:
        return ImportRefusedError(
            message("{name} contains weights alone, without the layers of a network.", name=name),
            "Build the model, load the weights with model.load_weights, and save it: model.save('model.keras').",
        )
    return ImportRefusedError(message("{name} is an HDF5 file without a Keras model.", name=name), _ANY)
