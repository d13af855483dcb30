"""Checks of raw arrays against the catalog, and the split into train and validation."""

from dataclasses import replace

import numpy as np
import pytest

from vae.data.catalog import CATALOG
from vae.data.dataset import Split, make_dataset, make_split
from vae.errors import DataError

MNIST = CATALOG["mnist"]


def _arrays(count=12):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count) % 10


def test_grey_images_get_their_channel_axis_and_labels_become_int64():
    images, labels = _arrays()
    split = make_split(MNIST, images, labels.astype(np.uint8).reshape(-1, 1), "here")
    assert split.images.shape == (12, 28, 28, 1)
    assert split.images.dtype == np.uint8
    np.testing.assert_array_equal(split.images[..., 0], images)
    np.testing.assert_array_equal(split.labels, labels)
    assert split.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((3, 28, 28), np.float32), np.zeros(3, int)),
        (np.zeros((3, 28, 28), np.int64), np.zeros(3, int)),
        (np.zeros((3, 27, 28), np.uint8), np.zeros(3, int)),
        (np.zeros((3, 28, 28, 3), np.uint8), np.zeros(3, int)),
        (np.zeros((3, 784), np.uint8), np.zeros(3, int)),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, int)),
        (np.uint8(0), np.zeros(1, int)),
        (np.zeros((3, 28, 28), np.uint8), np.zeros(2, int)),
        (np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 10])),
        (np.zeros((3, 28, 28), np.uint8), np.array([0, 1, -1])),
        (np.zeros((3, 28, 28), np.uint8), np.array([0.0, 0.5, 1.0])),
        (np.zeros((3, 28, 28), np.uint8), np.array(["a", "b", "c"])),
    ],
)
def test_arrays_that_are_not_the_data_set_are_refused(images, labels):
    with pytest.raises(DataError, match=r"somewhere\.npz: .*archive"):
        make_split(MNIST, images, labels, "somewhere.npz")


def test_the_last_sixth_is_for_validation_in_order():
    images, labels = _arrays(61)
    whole = make_split(MNIST, images, labels, "here")
    data = make_dataset(MNIST, whole, Split(whole.images[:3], whole.labels[:3]), "here")
    assert (len(data.train), len(data.validation), len(data.test)) == (51, 10, 3)
    np.testing.assert_array_equal(np.concatenate([data.train.images, data.validation.images]), whole.images)
    np.testing.assert_array_equal(np.concatenate([data.train.labels, data.validation.labels]), whole.labels)


def test_of_60_000_images_10_000_are_for_validation():
    labels = np.zeros(60_000, np.int64)
    whole = Split(np.broadcast_to(np.uint8(0), (60_000, 28, 28, 1)), labels)
    data = make_dataset(MNIST, whole, whole, "here")
    assert (len(data.train), len(data.validation)) == (50_000, 10_000)


def test_without_classes_every_label_is_0(tmp_path):
    plain = replace(MNIST, class_names=())
    images, labels = _arrays()
    assert make_split(plain, images, 0 * labels, "here").labels.tolist() == [0] * 12
    with pytest.raises(DataError, match="labels from 0 to 0"):
        make_split(plain, images, labels, "here")


def test_a_memory_map_stays_one(tmp_path):
    images, labels = _arrays()
    np.save(tmp_path / "images.npy", images[..., None])
    split = make_split(MNIST, np.load(tmp_path / "images.npy", mmap_mode="r"), labels, "here")
    assert isinstance(split.images, np.memmap)
    assert not split.images.flags.writeable
