"""Loads data sets: user data, or from a data folder, Keras' cache, Keras' download or the bundled sample."""

import os
from functools import lru_cache
from pathlib import Path

from vae.assets import ASSETS
from vae.data.catalog import CATALOG, DatasetInfo, dataset_info
from vae.data.dataset import Dataset, Split, make_dataset, make_split
from vae.data.generated import generated_split, is_generated, load_generated
from vae.data.user_data import UserDataset, find_user_dataset, load_user_split
from vae.errors import DataError, DataNotFoundError
from vae.npz import read_npz
from vae.references import resolve

__all__ = ["has_test_split", "load_at_hand", "load_dataset", "load_test_split", "published_test_split"]

BUNDLED = ASSETS / "data"
_ARCHIVE_BYTES = 400_000_000  # of arrays, unpacked: seven times Fashion-MNIST


def load_dataset(name: str, data_dir: str | Path | None = None, download: bool = True) -> Dataset:
    """Load a whole data set: user data, or the first of data folder, Keras' cache, download and bundled sample.

    The images of a user data set are memory maps: they are read when they are used.

    Args:
        name: an id of `CATALOG` or of an own data set.
        data_dir: a folder with the archives (`mnist.npz`, …); `ZSCOPE_DATA` when None. When one is named, the
            archive must be in it: falling back silently would train on other data than was asked for.
        download: whether what Keras' cache lacks may be downloaded.

    Raises:
        DataError: no such data set; or the folder's archive is missing or broken; or there is no source at all.
    """
    info = dataset_info(name)
    if name not in CATALOG:
        entry = find_user_dataset(name)
        return load_generated(name) if entry is None and is_generated(name) else _load_own(_own(name))
    if info.load:
        return resolve(info.load)(info)
    data_dir = data_dir or os.environ.get("ZSCOPE_DATA")
    if data_dir:
        return _from_folder(info, Path(data_dir))
    return _from_keras(info, download) or _from_bundle(info)


def load_test_split(name: str) -> Split:
    """The test split alone, without a download: the bundled one, the archive's, or a user's.

    Raises:
        DataError: no such data set, it is broken, or it is neither bundled nor at hand.
    """
    if name in CATALOG:
        return _builtin_test_split(CATALOG[name])
    if is_generated(name) and find_user_dataset(name) is None:
        return generated_split(name)
    # Not cached: mapping costs nothing, and a set that was removed and made anew under its name is another one.
    return load_user_split(_own(name), "test")


def has_test_split(name: str) -> bool:
    """Whether `load_test_split` has files to read, without opening them."""
    info, folder = CATALOG.get(name), os.environ.get("ZSCOPE_DATA")
    if info is None or info.load or _bundled(info, "test").is_file():
        return True
    return (Path(folder) / info.archive if folder else _keras_copy(info)).exists()


def published_test_split(data: Dataset) -> Split:
    """The test split that index i of a model's reference codes means: the one that ships, where one does.

    A built-in data set without bundled files has the same test split in its archive on every machine.
    """
    info = data.info
    if info.id in CATALOG and info.archive and not _bundled(info, "test").is_file():
        return data.test
    return load_test_split(info.id)


def load_at_hand(name: str) -> Dataset:
    """Load a data set without a download and cache it in memory, for repeated requests of the pages.

    Raises:
        DataError: as `load_dataset`.
    """
    info, folder = dataset_info(name), os.environ.get("ZSCOPE_DATA")
    if info.archive is None:
        return load_dataset(name, download=False)  # one's own are mapped, those of packages are small
    archive = Path(folder) / info.archive if folder else _keras_copy(info)
    return _at_hand(name, folder, archive.stat().st_mtime_ns if archive.exists() else 0)


@lru_cache(maxsize=2)
def _at_hand(name: str, data_dir: str | None, changed: int) -> Dataset:
    """Args:
    changed: modification time of the archive, so that a later download is noticed.
    """
    return load_dataset(name, download=False)


def _builtin_test_split(info: DatasetInfo) -> Split:
    if info.load or _bundled(info, "test").is_file():
        return _shipped_test_split(info)
    if has_test_split(info.id):
        return load_at_hand(info.id).test
    raise DataError(
        f"The test split of {info.title} is not here: it does not ship, and nothing was downloaded.",
        f"Put {info.archive} in a folder and name it with ZSCOPE_DATA, or train on it once with the download.",
    )


@lru_cache(maxsize=4)
def _shipped_test_split(info: DatasetInfo) -> Split:
    if info.load:
        return resolve(info.load)(info).test
    return _read_split(info, _bundled(info, "test"), "test")


def _bundled(info: DatasetInfo, part: str) -> Path:
    return BUNDLED / f"{info.id}-{part}.npz"


def _own(name: str) -> UserDataset:
    entry = find_user_dataset(name)
    if entry is None or entry.fault:
        dataset_info(name)  # says what is wrong
        raise DataNotFoundError(f"The data set {name} has just been removed.", "Choose another.")
    return entry


def _load_own(entry: UserDataset) -> Dataset:
    train, validation, test = (load_user_split(entry, split) for split in ("train", "validation", "test"))
    return Dataset(entry.info, train, validation, test, f"own images, {entry.record.source}", complete=True)


def _from_folder(info: DatasetInfo, folder: Path) -> Dataset:
    path = folder / info.archive
    if not path.is_file():
        raise DataNotFoundError(
            f"There is no {info.archive} in the data folder {folder}.",
            "Put Keras' archive there, or leave the folder out to use Keras' download or the bundled sample.",
        )
    return _parted(info, _read_archive(info, path), path.name, f"{info.archive} in the data folder")


def _read_archive(info: DatasetInfo, path: Path) -> tuple:
    arrays = read_npz(path, info.keys, max_bytes=_ARCHIVE_BYTES)
    return tuple(arrays[key] for key in info.keys)


def _parted(info: DatasetInfo, arrays: tuple, where: str, origin: str) -> Dataset:
    x_train, y_train, x_test, y_test = arrays
    train, test = make_split(info, x_train, y_train, where), make_split(info, x_test, y_test, where)
    return make_dataset(info, train, test, origin)


def _from_keras(info: DatasetInfo, download: bool) -> Dataset | None:
    """From Keras' cache, or downloaded into it; None when the cache lacks it and it cannot be downloaded."""
    copy = _keras_copy(info)
    cached = copy.exists()
    if not (cached or (download and info.download)):
        return None
    try:
        arrays = _ask_keras(info) if info.keras else _read_archive(info, copy if cached else _downloaded(info, copy))
    except Exception as error:
        if cached:
            reason = (error.message if isinstance(error, DataError) else str(error)).rstrip(".")
            raise DataError(
                f"Can't read Keras' cached copy of {info.title}: {reason}.",
                f"Delete it from {copy.parent} and try again.",
            ) from error
        return None
    where = "Keras' cache" if cached else info.download
    return _parted(info, arrays, where, where)


def _ask_keras(info: DatasetInfo) -> tuple:
    import keras

    (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, info.keras).load_data()
    return x_train, y_train, x_test, y_test


def _downloaded(info: DatasetInfo, copy: Path) -> Path:
    """The archive, downloaded into Keras' cache and compared with its hash."""
    import keras

    got = keras.utils.get_file(
        copy.name, info.url, file_hash=info.sha256 or None, cache_dir=copy.parents[1], cache_subdir="datasets"
    )
    return Path(got)


def _keras_copy(info: DatasetInfo) -> Path:
    """Where Keras keeps what it has downloaded: a file or a folder."""
    cache = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    return cache / (info.cached or info.archive)


def _from_bundle(info: DatasetInfo) -> Dataset:
    path = _bundled(info, "train-sample")
    if not (path.is_file() and _bundled(info, "test").is_file()):
        raise DataNotFoundError(
            f"The train split of {info.title} is not here: no data folder was named and no download was possible.",
            f"Put {info.archive} in a folder and name it with --data-dir or ZSCOPE_DATA.",
        )
    train = _read_split(info, path, "train")
    origin = f"bundled sample, {len(train):,} of the train split"
    return make_dataset(info, train, load_test_split(info.id), origin, complete=False)


def _read_split(info: DatasetInfo, path: Path, part: str) -> Split:
    keys = (f"x_{part}", f"y_{part}")
    arrays = read_npz(path, keys, max_bytes=_ARCHIVE_BYTES)
    return make_split(info, arrays[keys[0]], arrays[keys[1]], path.name)
