"""The sources of data sets, their order, and disjoint splits."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from vae.data import load_dataset, load_test_split
from vae.data.sources import BUNDLED
from vae.errors import DataError, DataNotFoundError


def _archive(train=60, test=20, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (train, 28, 28), np.uint8),
        "y_train": np.arange(train) % 10,
        "x_test": rng.integers(0, 256, (test, 28, 28), np.uint8),
        "y_test": np.arange(test) % 10,
    }


@pytest.fixture
def folder(tmp_path):
    """A data folder with a small archive in the format of Keras."""
    folder = tmp_path / "data"
    folder.mkdir()
    np.savez_compressed(folder / "mnist.npz", **_archive())
    return folder


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """An empty Keras home, and a replacement of Keras' loader, which would check the hash of the file."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "datasets").mkdir(parents=True)

    def answer(outcome, module=keras.datasets.mnist):
        def load_data():
            if isinstance(outcome, Exception):
                raise outcome
            return (outcome["x_train"], outcome["y_train"]), (outcome["x_test"], outcome["y_test"])

        monkeypatch.setattr(module, "load_data", load_data)

    answer(AssertionError("Keras' loader must not be called"))
    answer(AssertionError("Keras' loader must not be called"), keras.datasets.fashion_mnist)
    return tmp_path / "keras" / "datasets", answer


def _rows(*splits) -> list[bytes]:
    return [image.tobytes() for split in splits for image in split.images]


class TestOrder:
    def test_the_given_folder_is_first(self, folder, keras_home):
        cache, _ = keras_home
        (cache / "mnist.npz").touch()
        data = load_dataset("mnist", folder)
        assert data.origin == "mnist.npz in the data folder"
        assert data.complete
        assert (len(data.train), len(data.validation), len(data.test)) == (50, 10, 20)
        np.testing.assert_array_equal(data.test.images[..., 0], _archive()["x_test"])

    def test_the_folder_may_come_from_the_environment(self, folder, keras_home, monkeypatch):
        monkeypatch.setenv("ZSCOPE_DATA", str(folder))
        assert load_dataset("mnist").origin == "mnist.npz in the data folder"

    def test_an_argument_overrides_the_environment(self, folder, keras_home, monkeypatch, tmp_path):
        monkeypatch.setenv("ZSCOPE_DATA", str(tmp_path / "elsewhere"))
        assert load_dataset("mnist", folder).complete

    def test_the_cache_is_second_also_without_a_download(self, keras_home):
        cache, answer = keras_home
        (cache / "mnist.npz").touch()
        answer(_archive(seed=1))
        data = load_dataset("mnist", download=False)
        assert data.origin == "Keras' cache"
        np.testing.assert_array_equal(data.test.images[..., 0], _archive(seed=1)["x_test"])

    def test_the_download_is_third(self, keras_home):
        _, answer = keras_home
        answer(_archive(seed=2))
        data = load_dataset("mnist")
        assert (data.origin, data.complete) == ("Keras' download", True)

    def test_without_a_download_the_sample_is_used(self, keras_home):
        data = load_dataset("mnist", download=False)
        assert (data.origin, data.complete) == ("bundled sample, 10,000 of the train split", False)

    def test_without_a_network_the_sample_is_used(self, keras_home):
        _, answer = keras_home
        answer(OSError("no route to host"))
        assert load_dataset("mnist").origin == "bundled sample, 10,000 of the train split"

    def test_a_broken_cache_is_an_error(self, keras_home):
        cache, answer = keras_home
        (cache / "mnist.npz").touch()
        answer(ValueError("not a zip file"))
        with pytest.raises(DataError, match=r"cached copy of MNIST: not a zip file\. Delete it"):
            load_dataset("mnist")

    def test_an_incomplete_cache_is_a_failed_download(self, keras_home):
        """Fashion-MNIST has four files: Keras downloads those that are missing."""
        cache, answer = keras_home
        (cache / "fashion-mnist").mkdir()
        answer(
            Exception("URL fetch failure on https://example.org/labels.gz: None -- no network"),
            keras.datasets.fashion_mnist,
        )
        with pytest.raises(DataNotFoundError, match=r"Can't download Fashion-MNIST: URL fetch failure.*ZSCOPE_DATA"):
            load_dataset("fashion-mnist")

    def test_fashion_mnist_has_another_cache_and_no_sample(self, keras_home):
        cache, answer = keras_home
        with pytest.raises(DataError, match=r"train split of Fashion-MNIST.*fashion_mnist\.npz.*ZSCOPE_DATA"):
            load_dataset("fashion-mnist", download=False)
        (cache / "fashion-mnist").mkdir()
        answer(_archive(), keras.datasets.fashion_mnist)
        assert load_dataset("fashion-mnist", download=False).origin == "Keras' cache"


class TestDataFolder:
    def test_a_missing_archive_is_an_error_not_a_fallback(self, tmp_path):
        with pytest.raises(DataError, match=r"no mnist\.npz in the data folder"):
            load_dataset("mnist", tmp_path)

    def test_the_archive_of_another_data_set_is_not_used(self, folder):
        with pytest.raises(DataError, match=r"no fashion_mnist\.npz"):
            load_dataset("fashion-mnist", folder)

    @pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
    def test_a_truncated_archive_is_refused(self, folder, kept):
        whole = (folder / "mnist.npz").read_bytes()
        end = int(kept * len(whole)) if isinstance(kept, float) else kept
        (folder / "mnist.npz").write_bytes(whole[:end])
        with pytest.raises(DataError, match=r"Can't read mnist\.npz"):
            load_dataset("mnist", folder)

    @pytest.mark.parametrize(
        "change",
        [
            {"x_train": np.zeros((60, 28, 28), np.float32)},
            {"x_test": np.zeros((20, 32, 32), np.uint8)},
            {"y_train": np.full(60, 11)},
            {"y_test": np.zeros(19, int)},
            {"y_train": np.array(["seven"] * 60)},
        ],
    )
    def test_arrays_that_do_not_fit_are_refused(self, folder, change):
        np.savez_compressed(folder / "mnist.npz", **_archive() | change)
        with pytest.raises(DataError, match=r"mnist\.npz: "):
            load_dataset("mnist", folder)


class TestNoOverlap:
    def test_the_bundled_sample_validates_on_the_last_10_000_of_the_train_split(self):
        with np.load(BUNDLED / "mnist-train-sample.npz") as archive:
            index, images = archive["index"], archive["x_train"]
        data = load_dataset("mnist", download=False)
        assert len(set(index.tolist())) == len(index) == len(data.train) + len(data.validation) == 10_000
        np.testing.assert_array_equal(np.concatenate([data.train.images, data.validation.images])[..., 0], images)
        # The same images are for validation as in the complete data set of 60,000.
        assert index[: len(data.train)].max() < 50_000 <= index[len(data.train) :].min()

    def test_the_sample_has_no_duplicates(self):
        data = load_dataset("mnist", download=False)
        rows = _rows(data.train, data.validation, data.test)
        assert len(rows) == 20_000
        assert len(set(rows)) == 20_000

    def test_the_sample_keeps_the_classes_in_proportion(self):
        data = load_dataset("mnist", download=False)
        # Class shares of MNIST's 60,000 training images, from 9.0 % (fives) to 11.2 % (ones).
        expected = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]) / 60_000
        for split in (data.train, data.validation):
            shares = np.bincount(split.labels, minlength=10) / len(split)
            np.testing.assert_allclose(shares, expected, atol=0.01)

    def test_digits_are_split_completely(self, digits):
        assert (len(digits.train), len(digits.validation), len(digits.test)) == (1250, 250, 297)
        rows = _rows(digits.train, digits.validation, digits.test)
        raw = load_digits()
        labelled = dict(zip(map(bytes, np.round(raw.images * 255 / 16).astype(np.uint8)), raw.target, strict=True))
        assert len(set(rows)) == len(labelled) == 1797
        splits = (digits.train, digits.validation, digits.test)
        assert [labelled[row] for row in rows] == np.concatenate([split.labels for split in splits]).tolist()
        assert all(np.bincount(split.labels, minlength=10).min() >= 20 for split in (digits.validation, digits.test))

    def test_digits_are_the_same_each_time(self, digits):
        assert _rows(load_dataset("digits").train) == _rows(digits.train)


class TestTestSplit:
    @pytest.mark.parametrize(
        ("name", "per_class"),
        [
            ("mnist", [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
            ("fashion-mnist", [1000] * 10),
        ],
    )
    def test_it_is_the_complete_published_split(self, name, per_class):
        split = load_test_split(name)
        assert split.images.shape == (10_000, 28, 28, 1)
        assert np.bincount(split.labels).tolist() == per_class

    def test_labels_belong_to_their_images(self):
        split = load_test_split("mnist")
        assert split.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
        # Ones have the least ink and zeros the most; shifted labels would change this.
        ink = [split.images[split.labels == digit].mean() for digit in range(10)]
        assert (np.argmin(ink), np.argmax(ink)) == (1, 0)

    def test_the_test_split_of_digits_is_that_of_the_whole_set(self, digits):
        assert _rows(load_test_split("digits")) == _rows(digits.test)

    def test_an_unknown_data_set_is_refused(self):
        with pytest.raises(DataError, match="'cifar'"):
            load_test_split("cifar")
