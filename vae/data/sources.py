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
from vae.errors import DataError
from vae.npz import read_npz

__all__ = ["load_at_hand", "load_dataset", "load_test_split"]

BUNDLED = ASSETS / "data"
_ARCHIVE_BYTES = 400_000_000  # of arrays, unpacked: seven times Fashion-MNIST
_KEYS = ("x_train", "y_train", "x_test", "y_test")


def load_dataset(name: str, data_dir: str | Path | None = None, download: bool = True) -> Dataset:
    """Load a whole data set: user data, or the first of data folder, Keras' cache, download and bundled sample.

    The images of a user data set are memory maps: they are read when they are used.

    Args:
        name: an id of `CATALOG` or of a user data set.
        data_dir: a folder with Keras' archives (`mnist.npz`, …); `ZSCOPE_DATA` when None. If a folder is given, the
            archive must be in it: a silent fallback would train on other data than requested.
        download: whether Keras may download what its cache lacks.

    Raises:
        DataError: no such data set; or the folder's archive is missing or broken; or there is no source at all.
    """
    info = dataset_info(name)
    if name not in CATALOG:
        entry = find_user_dataset(name)
        return load_generated(name) if entry is None and is_generated(name) else _load_own(_own(name))
    if info.archive is None:
        return _load_digits(info)
    data_dir = data_dir or os.environ.get("ZSCOPE_DATA")
    if data_dir:
        return _from_folder(info, Path(data_dir))
    return _from_keras(info, download) or _from_bundle(info)


def load_test_split(name: str) -> Split:
    """Load the test split alone, from the bundled files (no network, the same images everywhere) or from user data.

    Raises:
        DataError: no such data set, or it is broken.
    """
    if name in CATALOG:
        return _bundled_test_split(name)
    if is_generated(name) and find_user_dataset(name) is None:
        return generated_split(name)
    # Not cached: mapping costs nothing, and a data set may be removed and added again under the same id.
    return load_user_split(_own(name), "test")


def load_at_hand(name: str) -> Dataset:
    """Load a data set without a download and cache it in memory, for repeated requests of the pages.

    Raises:
        DataError: as `load_dataset`.
    """
    info, folder = dataset_info(name), os.environ.get("ZSCOPE_DATA")
    if info.archive is None:
        return load_dataset(name, download=False)  # user data are mapped, digits are small
    archive = Path(folder) / info.archive if folder else _keras_copy(info)
    return _at_hand(name, folder, archive.stat().st_mtime_ns if archive.exists() else 0)


@lru_cache(maxsize=2)
def _at_hand(name: str, data_dir: str | None, changed: int) -> Dataset:
    """Args:
    changed: modification time of the archive, so that a later download is noticed.
    """
    return load_dataset(name, download=False)


@lru_cache(maxsize=4)
def _bundled_test_split(name: str) -> Split:
    info = CATALOG[name]
    if info.archive is None:
        return _load_digits(info).test
    return _read_split(info, BUNDLED / f"{info.id}-test.npz", "test")


def _own(name: str) -> UserDataset:
    entry = find_user_dataset(name)
    if entry is None or entry.fault:
        dataset_info(name)  # raises with the reason
        raise DataError(f"The data set {name} has just been removed.", "Choose another one.")
    return entry


def _load_own(entry: UserDataset) -> Dataset:
    train, validation, test = (load_user_split(entry, split) for split in ("train", "validation", "test"))
    return Dataset(entry.info, train, validation, test, f"own images, {entry.record.source}", complete=True)


def _from_folder(info: DatasetInfo, folder: Path) -> Dataset:
    path = folder / info.archive
    if not path.is_file():
        raise DataError(
            f"There is no {info.archive} in the data folder {folder}.",
            "Put Keras' archive there, or leave the folder out to use Keras' download or the bundled sample.",
        )
    arrays = read_npz(path, _KEYS, max_bytes=_ARCHIVE_BYTES)
    train = make_split(info, arrays["x_train"], arrays["y_train"], path.name)
    test = make_split(info, arrays["x_test"], arrays["y_test"], path.name)
    return make_dataset(info, train, test, f"{info.archive} in the data folder")


def _from_keras(info: DatasetInfo, download: bool) -> Dataset | None:
    """None if it is not in the cache and cannot be downloaded."""
    copy = _keras_copy(info)
    cached = copy.exists()
    if not (cached or download):
        return None
    import keras

    module = {"mnist": keras.datasets.mnist, "fashion-mnist": keras.datasets.fashion_mnist}[info.id]
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:
        if cached:
            raise DataError(
                f"Can't read Keras' cached copy of {info.title}: {error}.",
                f"Delete it from {copy.parent} and try again.",
            ) from error
        return None
    where = f"Keras' {'cache' if cached else 'download'}"
    return make_dataset(info, make_split(info, x_train, y_train, where), make_split(info, x_test, y_test, where), where)


def _keras_copy(info: DatasetInfo) -> Path:
    """Where Keras caches a download: MNIST as one archive, Fashion-MNIST as four files in a folder."""
    cache = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    return cache / ("mnist.npz" if info.id == "mnist" else "fashion-mnist")


def _from_bundle(info: DatasetInfo) -> Dataset:
    path = BUNDLED / f"{info.id}-train-sample.npz"
    if not path.is_file():
        raise DataError(
            f"Can't find the train split of {info.title}: no data folder was given and the download failed.",
            f"Put {info.archive} in a folder and set it with --data-dir or ZSCOPE_DATA.",
        )
    train = _read_split(info, path, "train")
    origin = f"bundled sample, {len(train):,} of the train split"
    return make_dataset(info, train, load_test_split(info.id), origin, complete=False)


def _read_split(info: DatasetInfo, path: Path, part: str) -> Split:
    keys = (f"x_{part}", f"y_{part}")
    arrays = read_npz(path, keys, max_bytes=_ARCHIVE_BYTES)
    return make_split(info, arrays[keys[0]], arrays[keys[1]], path.name)


def _load_digits(info: DatasetInfo) -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)  # 0…16 → 0…255
    # Shuffled, since the file is ordered by writer: the test split would hold other writers than the train split.
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], digits.target[order]
    origin = "scikit-learn"
    return make_dataset(
        info,
        make_split(info, images[:1500], labels[:1500], origin),
        make_split(info, images[1500:], labels[1500:], origin),
        origin,
    )
