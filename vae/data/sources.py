"""Loads data sets: user data, or from a data folder, Keras' cache, Keras' download or the bundled sample."""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from vae.assets import ASSETS
from vae.data.catalog import CATALOG, DatasetInfo, dataset_info
from vae.data.dataset import Dataset, Split, make_dataset, make_split
from vae.data.generated import generated_split, is_generated, load_generated
from vae.data.user_data import UserDataset, find_user_dataset, load_user_split
from vae.errors import DataError, DataNotFoundError
from vae.message import message
from vae.npz import read_npz
from vae.references import resolve

__all__ = ["has_test_split", "load_cached", "load_dataset", "load_test_split", "published_test_split"]

_Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # training images and labels, test images and labels

BUNDLED = ASSETS / "data"
_ARCHIVE_BYTES = 400_000_000  # limit for unpacked arrays: seven times Fashion-MNIST


def load_dataset(name: str, data_dir: str | Path | None = None, download: bool = True) -> Dataset:
    """Load a whole data set: user data, or the first of data folder, Keras' cache, download and bundled sample.

    The images of a user data set are memory maps: they are read when they are used.

    Args:
        name: an id of `CATALOG` or of a user data set.
        data_dir: a folder with the archives (`mnist.npz`, …); `ZSCOPE_DATA` when None. If a folder is given, the
            archive must be in it: a silent fallback would train on other data than requested.
        download: whether to download what Keras' cache lacks.

    Raises:
        DataError: no such data set; or the folder's archive is missing or broken; or there is no source at all.
    """
    info = dataset_info(name)
    if name not in CATALOG:
        entry = find_user_dataset(name)
        return load_generated(name) if entry is None and is_generated(name) else _load_user_data(_user_data(name))
    if info.load:
        return resolve(info.load)(info)
    data_dir = data_dir or os.environ.get("ZSCOPE_DATA")
    if data_dir:
        return _from_folder(info, Path(data_dir))
    return _from_keras(info, download) or _from_bundle(info)


def load_test_split(name: str) -> Split:
    """Load the test split alone, without a download: from the bundled files, an archive or user data.

    Raises:
        DataError: no such data set; or it is broken; or it is neither bundled nor in a local archive.
    """
    if name in CATALOG:
        return _builtin_test_split(CATALOG[name])
    if is_generated(name) and find_user_dataset(name) is None:
        return generated_split(name)
    # Not cached: mapping costs nothing, and a data set may be removed and added again under the same id.
    return load_user_split(_user_data(name), "test")


def has_test_split(name: str) -> bool:
    """Return whether the files that `load_test_split` reads exist, without opening them."""
    info = CATALOG.get(name)
    if info is None or info.load or _bundled(info, "test").is_file():
        return True
    return _local_archive(info, _archive_name(info)).exists()


def published_test_split(data: Dataset) -> Split:
    """Return the test split that the rows of a model's reference codes refer to: the bundled one, if it exists.

    Otherwise it is the archive's test split, which is the same on every machine.
    """
    info = data.info
    if info.id in CATALOG and info.archive and not _bundled(info, "test").is_file():
        return data.test
    return load_test_split(info.id)


def load_cached(name: str) -> Dataset:
    """Load a data set without a download and cache it in memory, for repeated requests of the pages.

    Raises:
        DataError: as `load_dataset`.
    """
    info = dataset_info(name)
    if info.archive is None:
        return load_dataset(name, download=False)  # user data are memory maps, other sets without an archive are small
    archive = _local_archive(info, info.archive)
    changed = archive.stat().st_mtime_ns if archive.exists() else 0
    return _cached(name, os.environ.get("ZSCOPE_DATA"), changed)


@lru_cache(maxsize=2)
def _cached(name: str, data_dir: str | None, changed: int) -> Dataset:
    """Args:
    changed: modification time of the archive, so that a later download is noticed.
    """
    return load_dataset(name, download=False)


def _builtin_test_split(info: DatasetInfo) -> Split:
    if info.load or _bundled(info, "test").is_file():
        return _shipped_test_split(info)
    if has_test_split(info.id):
        return load_cached(info.id).test
    if not info.download:
        raise DataError(*_no_archive(info, "test"))
    raise DataError(
        message("Can't find the test split of {title}: it is neither bundled nor downloaded.", title=info.title),
        message(
            "Put {archive} in a folder and set it with ZSCOPE_DATA, or train on {title} once to download it.",
            archive=info.archive,
            title=info.title,
        ),
    )


@lru_cache(maxsize=4)
def _shipped_test_split(info: DatasetInfo) -> Split:
    if info.load:
        return resolve(info.load)(info).test
    return _read_split(info, _bundled(info, "test"), "test")


def _bundled(info: DatasetInfo, part: str) -> Path:
    return BUNDLED / f"{info.id}-{part}.npz"


def _archive_name(info: DatasetInfo) -> str:
    if info.archive is None:
        raise DataError(
            message("The data set {title} has no archive.", title=info.title), "Register it with `archive` or `load`."
        )
    return info.archive


def _no_archive(info: DatasetInfo, part: str) -> tuple[str, str]:
    """Return the message and the hint for a data set that cannot be downloaded and whose archive is missing."""
    name = _archive_name(info)
    return (
        message(
            "Can't find the {part} split of {title}: there is no file {local_archive}.",
            part=part,
            title=info.title,
            local_archive=_local_archive(info, name),
        ),
        message("Put {name} there, or in a folder that you set with ZSCOPE_DATA.", name=name),
    )


def _local_archive(info: DatasetInfo, name: str) -> Path:
    """Path of an archive that may exist: in the folder `ZSCOPE_DATA` if it is set, else in Keras' cache."""
    folder = os.environ.get("ZSCOPE_DATA")
    return Path(folder) / name if folder else _keras_copy(info)


def _user_data(name: str) -> UserDataset:
    entry = find_user_dataset(name)
    if entry is None or entry.fault:
        dataset_info(name)  # raises with the reason
        raise DataNotFoundError(message("The data set {name} has just been removed.", name=name), "Choose another one.")
    return entry


def _load_user_data(entry: UserDataset) -> Dataset:
    train, validation, test = (load_user_split(entry, split) for split in ("train", "validation", "test"))
    # The origin is a part of the names of saved maps: other words would not find them.
    return Dataset(
        entry.info, train, validation, test, message("own images, {source}", source=entry.record.source), complete=True
    )


def _from_folder(info: DatasetInfo, folder: Path) -> Dataset:
    name = _archive_name(info)
    path = folder / name
    if not path.is_file():
        raise DataNotFoundError(
            message("There is no {name} in the data folder {folder}.", name=name, folder=folder),
            "Put it there, or leave the folder out to use Keras' cache, a download or the bundled sample.",
        )
    return _make_dataset(info, _read_archive(info, path), name, message("{name} in the data folder", name=name))


def _read_archive(info: DatasetInfo, path: Path) -> _Arrays:
    arrays = read_npz(path, info.keys, max_bytes=_ARCHIVE_BYTES)
    x_train, y_train, x_test, y_test = (arrays[key] for key in info.keys)
    return x_train, y_train, x_test, y_test


def _make_dataset(info: DatasetInfo, arrays: _Arrays, where: str, origin: str) -> Dataset:
    x_train, y_train, x_test, y_test = arrays
    train, test = make_split(info, x_train, y_train, where), make_split(info, x_test, y_test, where)
    return make_dataset(info, train, test, origin)


_NOT_FETCHED = "URL fetch failure"  # how Keras begins the message: a part of the data set is not in its cache


def _from_keras(info: DatasetInfo, download: bool) -> Dataset | None:
    """Load from Keras' cache, or download into it; None if it is not in the cache and cannot be downloaded.

    Raises:
        DataError: the cached copy is broken; or the download failed and there is no bundled sample.
    """
    copy = _keras_copy(info)
    cached = copy.exists()
    if not (cached or (download and info.download)):
        return None
    try:
        arrays = _load_by_keras(info) if info.keras else _read_archive(info, copy if cached else _download(info, copy))
    except Exception as error:
        reason = (error.message if isinstance(error, DataError) else str(error)).rstrip(".")
        if cached and not reason.startswith(_NOT_FETCHED):
            raise DataError(
                message("Can't read Keras' cached copy of {title}: {reason}.", title=info.title, reason=reason),
                message("Delete it from {folder} and try again.", folder=copy.parent)
                if info.download
                else message("Replace it in {folder} and try again.", folder=copy.parent),
            ) from error
        if not _bundled(info, "train-sample").is_file():
            raise DataNotFoundError(
                message("Can't download {title}: {reason}.", title=info.title, reason=reason),
                message(
                    "Try again, or put {archive} in a folder and set it with --data-dir or ZSCOPE_DATA.",
                    archive=info.archive,
                ),
            ) from error
        return None
    where = "Keras' cache" if cached else info.download
    return _make_dataset(info, arrays, where, where)


def _load_by_keras(info: DatasetInfo) -> _Arrays:
    import keras

    (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, info.keras).load_data()
    return x_train, y_train, x_test, y_test


def _download(info: DatasetInfo, copy: Path) -> Path:
    """Download the archive into Keras' cache, compare it with its hash and return its path."""
    import keras

    path = keras.utils.get_file(
        copy.name, info.url, file_hash=info.sha256 or None, cache_dir=copy.parents[1], cache_subdir="datasets"
    )
    return Path(path)


def _keras_copy(info: DatasetInfo) -> Path:
    """Path of the file or folder in Keras' cache."""
    cache = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    return cache / (info.cached or _archive_name(info))


def _from_bundle(info: DatasetInfo) -> Dataset:
    path = _bundled(info, "train-sample")
    if not (path.is_file() and _bundled(info, "test").is_file()):
        if not info.download:
            raise DataNotFoundError(*_no_archive(info, "train"))
        raise DataNotFoundError(
            message(
                "Can't find the train split of {title}: no data folder was given and there was no download.",
                title=info.title,
            ),
            message("Put {archive} in a folder and set it with --data-dir or ZSCOPE_DATA.", archive=info.archive),
        )
    train = _read_split(info, path, "train")
    origin = message("bundled sample, {n} of the train split", n=f"{len(train):,}")
    return make_dataset(info, train, load_test_split(info.id), origin, complete=False)


def _read_split(info: DatasetInfo, path: Path, part: str) -> Split:
    keys = (f"x_{part}", f"y_{part}")
    arrays = read_npz(path, keys, max_bytes=_ARCHIVE_BYTES)
    return make_split(info, arrays[keys[0]], arrays[keys[1]], path.name)
