"""The order of images: it depends only on seed and epoch, and reading ahead does not change it."""

import itertools
import threading
import time

import numpy as np
import pytest

from vae.data.dataset import Split
from vae.errors import TrainingError
from vae.training.augmentation import Augmentation, mirrored, shifted
from vae.training.batches import ahead, shuffled_batches


@pytest.fixture(scope="module")
def split():
    # Each image consists of its row number, so a batch shows its rows.
    numbers = np.arange(103, dtype=np.uint8)
    return Split(np.tile(numbers.reshape(-1, 1, 1, 1), (1, 2, 2, 1)), 1000 + numbers.astype(np.int64))


def _epochs(split, count, seed=0, first_step=0, batch_size=10):
    batches = shuffled_batches(split, batch_size, seed, first_step)
    per_epoch = len(split) // batch_size
    return [[images[:, 0, 0, 0] for images, _ in itertools.islice(batches, per_epoch)] for _ in range(count)]


@pytest.fixture(scope="module")
def dots():
    images = np.zeros((600, 7, 7, 1), np.uint8)
    images[:, 3, 3, 0] = 1 + np.arange(600) % 200
    return Split(images, np.arange(600))


class TestAugmentation:
    """Each image has one bright pixel in its centre, which shows the offset."""

    def _seen(self, dots, epochs=1, first_step=0, shift=0, mirror=False, of=1000):
        """Return batches of the first epochs of a run of `of`, by default so many that almost all images change."""
        augmentation = Augmentation(shift, mirror, of)
        batches = shuffled_batches(dots, 60, 0, first_step, augmentation)
        return list(itertools.islice(batches, 10 * epochs))

    def test_a_shift_moves_each_image_by_a_random_whole_offset(self, dots):
        places = set()
        for images, labels in self._seen(dots, shift=2):
            assert images.dtype == np.uint8 and images.flags.c_contiguous
            n, y, x, _ = np.nonzero(images)
            np.testing.assert_array_equal(n, np.arange(60), "one bright pixel each")
            np.testing.assert_array_equal(images[n, y, x, 0], 1 + labels % 200, "images keep their labels")
            places |= set(zip(y.tolist(), x.tolist(), strict=True))
        assert places == {(y, x) for y in range(1, 6) for x in range(1, 6)}

    def test_another_epoch_uses_another_offset(self, dots):
        places = {}
        for images, labels in self._seen(dots, epochs=2, shift=3):
            for image, label in zip(images, labels, strict=True):
                places.setdefault(int(label), []).append(tuple(np.argwhere(image[..., 0])[0]))
        assert np.mean([first == second for first, second in places.values()]) < 0.1

    def test_fewer_images_are_moved_in_later_epochs(self, dots):
        batches = self._seen(dots, epochs=4, shift=3, of=4)
        stayed = np.array([(images[:, 3, 3, 0] > 0).mean() for images, _ in batches]).reshape(4, 10).mean(axis=1)
        # A moved image stays in place once in 49.
        np.testing.assert_allclose(stayed, np.arange(4) / 4 + (1 - np.arange(4) / 4) / 49, atol=0.06)

    def test_edge_pixels_are_repeated(self):
        images = np.full((40, 4, 4, 3), 200, np.uint8)
        assert (shifted(images, 2, np.random.default_rng(0)) == 200).all()

    def test_about_half_of_the_images_are_mirrored(self):
        images = np.random.default_rng(1).integers(0, 256, (400, 5, 6, 3), np.uint8)
        changed = mirrored(images, np.random.default_rng(0))
        turned = (changed == images[:, :, ::-1]).all(axis=(1, 2, 3))
        np.testing.assert_array_equal(changed[~turned], images[~turned])
        assert 150 < turned.sum() < 250

    def test_a_resumed_run_makes_the_same_changes(self, dots):
        whole = self._seen(dots, epochs=2, shift=2, mirror=True)
        resumed = self._seen(dots, first_step=13, shift=2, mirror=True)
        for (images, _), (expected, _) in zip(resumed[:7], whole[13:], strict=True):
            np.testing.assert_array_equal(images, expected)

    def test_without_augmentation_images_are_those_of_the_data_set(self, dots):
        for images, labels in self._seen(dots):
            np.testing.assert_array_equal(images, dots.images[labels])


class TestShuffledBatches:
    def test_an_epoch_uses_no_image_twice(self, split):
        for epoch in _epochs(split, 5):
            rows = np.concatenate(epoch)
            assert len(rows) == len(set(rows.tolist())) == 100
            assert {len(batch) for batch in epoch} == {10}

    def test_the_remaining_images_differ_in_each_epoch(self, split):
        left = [frozenset(range(103)) - set(np.concatenate(epoch).tolist()) for epoch in _epochs(split, 5)]
        assert len(set(left)) > 1

    def test_if_batches_divide_the_images_all_are_used(self, split):
        even = Split(split.images[:100], split.labels[:100])
        for epoch in _epochs(even, 3):
            assert sorted(np.concatenate(epoch).tolist()) == list(range(100))

    def test_each_image_comes_with_its_label(self, split):
        for images, labels in itertools.islice(shuffled_batches(split, 10, 0), 25):
            np.testing.assert_array_equal(labels, 1000 + images[:, 0, 0, 0].astype(int))

    def test_seed_and_epoch_determine_the_order(self, split):
        first, again, other = (np.array(_epochs(split, 3, seed)) for seed in (7, 7, 8))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        assert (first[0] != first[1]).any()

    @pytest.mark.parametrize("step", [1, 9, 10, 13, 30, 47])
    def test_a_resumed_run_continues_with_the_next_batch(self, split, step):
        whole = [batch for epoch in _epochs(split, 6) for batch in epoch]
        resumed = [batch for epoch in _epochs(split, 1, first_step=step) for batch in epoch]
        np.testing.assert_array_equal(resumed, whole[step : step + 10])

    def test_batches_are_mixed_in_the_next_epoch(self, split):
        first, second = _epochs(split, 2)
        assert max(len(set(one.tolist()) & set(other.tolist())) for one in first for other in second) < 8

    def test_a_batch_that_cannot_be_filled_is_refused(self, split):
        with pytest.raises(TrainingError, match="103 images do not fill a batch of 104"):
            next(shuffled_batches(split, 104, 0))

    def test_pixels_stay_bytes(self, split):
        images, labels = next(shuffled_batches(split, 10, 0))
        assert (images.dtype, images.shape) == (np.uint8, (10, 2, 2, 1))
        assert (labels.dtype, labels.shape) == (np.int32, (10,))

    def test_a_memory_map_is_read_batch_by_batch(self, split, tmp_path):
        np.save(tmp_path / "images.npy", split.images)
        mapped = Split(np.load(tmp_path / "images.npy", mmap_mode="r"), split.labels)
        images, _ = next(shuffled_batches(mapped, 10, 0))
        assert type(images) is np.ndarray
        np.testing.assert_array_equal(images, next(shuffled_batches(split, 10, 0))[0])


class TestAhead:
    def test_reading_ahead_yields_the_same_batches(self, split):
        plain = itertools.islice(shuffled_batches(split, 10, 3, 4), 25)
        early = itertools.islice(ahead(shuffled_batches(split, 10, 3, 4)), 25)
        for one, other in zip(plain, early, strict=True):
            np.testing.assert_array_equal(one[0], other[0])
            np.testing.assert_array_equal(one[1], other[1])

    def test_the_next_one_is_read_while_the_current_one_is_used(self):
        read = []
        second = threading.Event()

        def numbers():
            for number in itertools.count():
                read.append(number)
                if number == 1:
                    second.set()
                yield number

        early = ahead(numbers())
        assert next(early) == 0
        assert second.wait(10), "the second batch is read in advance"
        time.sleep(0.05)
        assert read == [0, 1], "only one batch in advance"
        early.close()

    def test_an_error_while_reading_is_raised_by_next(self, split):
        with pytest.raises(TrainingError, match="do not fill a batch"):
            next(ahead(shuffled_batches(split, 104, 0)))

    def test_closing_ends_the_thread(self, split):
        def readers():
            return [thread for thread in threading.enumerate() if thread.name.startswith("batches")]

        before = len(readers())
        early = ahead(shuffled_batches(split, 10, 0))
        next(early)
        assert len(readers()) == before + 1
        early.close()
        assert len(readers()) == before
