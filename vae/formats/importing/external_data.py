"""Moves ONNX weights from a data file beside the model (`decoder.onnx.data`) into the model.

PyTorch 2.9 and newer write such a file by default. A model names it by a path. Only the last part of that path is used,
to choose among the files of the import. No path from a model is ever opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath

from vae.errors import ImportRefusedError
from vae.formats.bundle.onnx_file import MOST_NODES
from vae.message import message

__all__ = ["data_file_of", "data_files", "model_of", "with_data"]

_SUFFIXES = (".data", "_data")  # of PyTorch and of Hugging Face's exporters: decoder.onnx.data, decoder.onnx_data
_MOST_BYTES = 210_000_000  # of all tensors together: two tensors may share bytes
_INSIDE = "torch.onnx.export(…, external_data=False)"


def data_file_of(model: Path) -> Path | None:
    """Return the data file that exporters write beside a model, if it exists. The model is not read."""
    for suffix in _SUFFIXES:
        path = model.with_name(model.name + suffix)
        if path.is_file() and not path.is_symlink():
            return path
    return None


def model_of(name: str) -> str:
    """Return the name of the model that a data file's name belongs to, "" if it is not the name of a data file."""
    low = name.lower()
    return next((name[: -len(suffix)] for suffix in _SUFFIXES if low.endswith(f".onnx{suffix}")), "")


def data_files(files: Sequence[tuple[Path, str]]) -> set[int]:
    """Return the indices of the files that ONNX models among them name as their data.

    Raises:
        ImportRefusedError: a model names a path outside its folder, or a file that is missing.
    """
    names = {name for _, name in files}
    named: set[str] = set()
    for path, name in files:
        places = _places(path.read_bytes()) if name.lower().endswith(".onnx") else []
        for location in (place["location"] for place in places):
            if _is_outside(location):
                raise _outside(location, name)
            if _basename(location) not in names:
                raise _missing(location, name)
            named.add(_basename(location))
    return {index for index, (_, name) in enumerate(files) if name in named and not name.lower().endswith(".onnx")}


def with_data(data: bytes, name: str, files: Sequence[tuple[Path, str]]) -> bytes:
    """Return an ONNX file with the weights from its data files inside.

    Args:
        data: the model. Without external data, or if it is not an ONNX file, it is returned unchanged.
        name: of the model, for errors.
        files: the data files of the import.

    Raises:
        ImportRefusedError: a data file is missing, present twice or too short, or its path is outside the model's
            folder.
    """
    if not files:  # `data_files` has refused a model that names one
        return data
    model = _parsed(data)
    if model is None:
        return data
    external = [tensor for tensor in _tensors(model) if _is_external(tensor)]
    if not external:
        return data
    places = [_place(tensor, name) for tensor in external]
    if sum(length for *_, length in places) > _MOST_BYTES:
        raise ImportRefusedError(
            message(
                "{name} announces more than {most_bytes} bytes of weights.", name=name, most_bytes=f"{_MOST_BYTES:,}"
            ),
            "Import a smaller model.",
        )
    by_name: dict[str, list[Path]] = {}
    for path, own in files:
        by_name.setdefault(own, []).append(path)
    for tensor, (location, offset, length) in zip(external, places, strict=True):
        tensor.raw_data = _read(_chosen(by_name, location, name), offset, length, location, name)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
    return model.SerializeToString()


def _parsed(data: bytes):
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError:  # `vae.formats.bundle.onnx_file` refuses it, as it does a model with too many operators
        return None
    return model if len(model.graph.node) <= MOST_NODES else None


def _tensors(model) -> Iterator:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t


def _is_external(tensor) -> bool:
    return tensor.data_location == tensor.EXTERNAL


def _places(data: bytes) -> list[dict[str, str]]:
    """Return the external data entries of a model: "location", and "offset" and "length" if present."""
    model = _parsed(data)
    tensors = [] if model is None else [tensor for tensor in _tensors(model) if _is_external(tensor)]
    return [{"location": ""} | {entry.key: entry.value for entry in tensor.external_data} for tensor in tensors]


def _place(tensor, name: str) -> tuple[str, int, int]:
    """Return location, offset and length of a tensor, checked against its shape."""
    import onnx

    entries: Mapping[str, str] = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if _is_outside(location):
        raise _outside(location, name)
    try:
        size = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        expected = prod(tensor.dims) * size
        offset, length = int(entries.get("offset", "0")), int(entries.get("length", str(expected)))
        if any(side < 0 for side in tensor.dims) or offset < 0 or length != expected:
            raise ValueError(f"{length} bytes from {offset} for the shape {list(tensor.dims)}")
    except (ValueError, KeyError, TypeError) as error:
        raise ImportRefusedError(
            message(
                "{name}: the location of the weight {name2} is invalid: {error}.",
                name=name,
                name2=repr(tensor.name[:60]),
                error=str(error)[:100],
            ),
            "Export it again.",
        ) from None
    return location, offset, length


def _outside(location: str, name: str) -> ImportRefusedError:
    return ImportRefusedError(
        message(
            "{name} stores weights in another file, {location}, outside its own folder.",
            name=name,
            location=repr(location[:100]),
        ),
        message("Export it with its weights inside: {inside}.", inside=_INSIDE),
    )


def _missing(location: str, name: str) -> ImportRefusedError:
    return ImportRefusedError(
        message(
            "{name} stores weights in another file, {location}, which is missing.",
            name=name,
            location=repr(location[:100]),
        ),
        message("Add that file, or export the model with its weights inside: {inside}.", inside=_INSIDE),
    )


def _is_outside(location: str) -> bool:
    """Return whether a path leaves the folder of its model, on any operating system."""
    posix, windows = PurePosixPath(location), PureWindowsPath(location)
    return not location or bool(posix.root or windows.anchor) or ".." in windows.parts or not posix.name


def _basename(location: str) -> str:
    return "" if _is_outside(location) else PureWindowsPath(location).name


def _chosen(by_name: Mapping[str, list[Path]], location: str, name: str) -> Path:
    found = by_name.get(_basename(location), [])
    if not found:
        raise _missing(location, name)
    if len(found) > 1:
        raise ImportRefusedError(
            message(
                "Several files are called {location}: it is unclear which one belongs to {name}.",
                location=repr(location[:100]),
                name=name,
            ),
            message("Export the models under different names, or with their weights inside: {inside}.", inside=_INSIDE),
        )
    return found[0]


def _read(path: Path, offset: int, length: int, location: str, name: str) -> bytes:
    size = path.stat().st_size
    if offset + length > size:
        raise ImportRefusedError(
            message(
                "{location} has {size} bytes, {name} needs {offset}: it is cut off or belongs to another model.",
                location=repr(location[:100]),
                size=f"{size:,}",
                name=name,
                offset=f"{offset + length:,}",
            ),
            "Keep the two files of one export together.",
        )
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
