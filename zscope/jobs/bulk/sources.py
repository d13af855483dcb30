"""Sources of images for encoding: a data set, an array in a file, or a folder of pictures; read by ranges."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import hashlib
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np

from vae.data import load_dataset
from vae.data.catalog import DatasetInfo, dataset_info
from vae.errors import BadRequestError, DataError, ZscopeError
from vae.formats.bundle import Manifest
from vae.message import message
from vae.npz import read_npz
from vae.pictures.preparation.background import read_for_model

__all__ = ["Source", "Unreadable", "open_source"]

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
_MAX_NPZ_BYTES = 8_000_000_000
_SPLITS = ("train", "validation", "test")
Unreadable = list[tuple[str, str]]  # name of a picture that was left out, and why


class Source(ABC):
    """Images in a fixed order.

    Attributes:
        key: a text that changes when other images are read.
    """

    key: str

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of images."""

    @abstractmethod
    def read(self, start: int, stop: int) -> tuple[list[str], np.ndarray, Unreadable]:
        """Return the names and the pixels, uint8 `(n, h, w, c)`, of a range, and what could not be read of it."""


def open_source(text: str, manifest: Manifest) -> Source:
    """Open a source by its path, or by the id of a data set.

    Args:
        manifest: of the model that will encode the images.

    Raises:
        ZscopeError: there is no such source, or its images do not fit the model.
    """
    path = Path(text)
    if path.is_dir():
        return _Folder(path, manifest)
    if path.suffix in (".npz", ".npy"):
        return _Array(path, manifest)
    if path.exists():
        raise BadRequestError(
            message("{path} is neither a folder nor an array.", path=path),
            "Use a folder of pictures, a .npz or a .npy.",
        )
    try:
        info = dataset_info(text)
    except DataError:
        raise DataError(
            message("There is no folder, file or data set called {text}.", text=repr(text)),
            "Use a path, or an id of `zscope data list`.",
        ) from None
    return _DataSet(info, manifest)


def _check_shape(shape: tuple[int, ...], manifest: Manifest, name: str) -> None:
    if tuple(shape) != manifest.model.image_shape:
        raise BadRequestError(
            message(
                "{name} has images of {shape}, the model expects {expected}.",
                name=name,
                shape=shape,
                expected=manifest.model.image_shape,
            ),
            "Use a folder of pictures, which are cropped and resized, or another model.",
        )


class _DataSet(Source):
    """All images of a data set: the training images first, then those of the validation and test splits."""

    def __init__(self, info: DatasetInfo, manifest: Manifest):
        _check_shape(info.image_shape, manifest, info.title)
        dataset = load_dataset(info.id, download=False)
        self._splits = [(name, getattr(dataset, name).images) for name in _SPLITS]
        sizes = [len(images) for _, images in self._splits]
        self._ends = np.cumsum(sizes)
        self.key = f"data set {info.id}, {dataset.origin}, {sizes}"

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, start: int, stop: int) -> tuple[list[str], np.ndarray, Unreadable]:
        names, parts, begin = [], [], 0
        for (name, images), end in zip(self._splits, self._ends.tolist(), strict=True):
            first, last = max(start, begin) - begin, min(stop, end) - begin
            if first < last:
                names += [f"{name}/{row}" for row in range(first, last)]
                parts.append(np.asarray(images[first:last]))
            begin = end
        return names, np.concatenate(parts), []


class _Array(Source):
    """The array of a `.npy` file, which is mapped into memory, or `images` of a `.npz` file, which is read whole."""

    def __init__(self, path: Path, manifest: Manifest):
        try:
            if path.suffix == ".npy":
                images = np.load(path, mmap_mode="r", allow_pickle=False)
            else:
                images = read_npz(path, ["images"], _MAX_NPZ_BYTES)["images"]
        except (OSError, ValueError) as error:
            raise DataError(message("Can't read {path}: {error}.", path=path, error=error), "Save it again.") from None
        if images.ndim != 4 or images.dtype != np.uint8:
            raise BadRequestError(
                message("{path} has an array of {dtype} {shape}.", path=path, dtype=images.dtype, shape=images.shape),
                "Save images of uint8 (n, height, width, channels).",
            )
        _check_shape(images.shape[1:], manifest, str(path))
        status = path.stat()
        self._images, self.key = images, f"array {status.st_size} {status.st_mtime_ns} {images.shape}"

    def __len__(self) -> int:
        return len(self._images)

    def read(self, start: int, stop: int) -> tuple[list[str], np.ndarray, Unreadable]:
        return [str(row) for row in range(start, stop)], np.asarray(self._images[start:stop]), []


class _Folder(Source):
    """The picture files of a folder and its subfolders, sorted by their paths. Each is prepared as for a picture."""

    def __init__(self, folder: Path, manifest: Manifest):
        self._folder, self._manifest = folder, manifest
        found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
        self._paths = sorted(path for path in found if not any(part.startswith(".") for part in path.parts))
        if not self._paths:
            raise DataError(message("{folder} has no pictures.", folder=folder), "Use a folder with picture files.")
        names = "\n".join(map(str, self._paths))
        self.key = f"folder {len(self._paths)} {hashlib.sha256(names.encode(errors='replace')).hexdigest()}"

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, start: int, stop: int) -> tuple[list[str], np.ndarray, Unreadable]:
        names, pictures, unreadable = [], [], []
        for path in self._paths[start:stop]:
            try:
                pictures.append(read_for_model(self._folder / path, self._manifest))
                names.append(path.as_posix())
            except ZscopeError as error:
                unreadable.append((path.as_posix(), str(error)))
        pixels = np.stack(pictures) if pictures else np.zeros((0, *self._manifest.model.image_shape), np.uint8)
        return names, pixels, unreadable
