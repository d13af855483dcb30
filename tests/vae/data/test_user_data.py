"""User data sets: saving, listing, loading, checks, removal, and crashes in between."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vae.data import CATALOG, load_dataset, load_test_split
from vae.data.catalog import dataset_info, list_datasets
from vae.data.intake import prepare
from vae.data.user_data import (
    check_user_dataset,
    delete_user_dataset,
    find_user_dataset,
    list_user_datasets,
    load_user_split,
    user_data_folder,
)
from vae.errors import DataError

_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def save(user_data_home, make_zip, pictures):
    """Save a set of 72 pictures: `save("Cats")`."""

    def make(title="Cats and dogs", *folders, side=28, channels=1, count=72, first=0, seed=0):
        source = make_zip(pictures(count, *(folders or ("cats", "dogs")), first=first), "holiday.zip")
        with prepare(source, side, channels, seed=seed) as prepared:
            return prepared.save(title)

    return make


def _splits(data):
    return (data.train, data.validation, data.test)


class TestSaving:
    def test_loaded_images_are_those_that_were_read(self, user_data_home, make_zip, pictures):
        with prepare(make_zip(pictures(72, "cats", "dogs")), 32, 3) as prepared:
            expected = {
                image.tobytes(): label for image, label in zip(prepared.images, prepared.labels.tolist(), strict=True)
            }
            entry = prepared.save("Cats & dogs")
        data = load_dataset(entry.id)
        assert (entry.id, data.info.title, data.info.image_shape) == ("cats-dogs", "Cats & dogs", (32, 32, 3))
        assert tuple(map(len, _splits(data))) == (48, 12, 12)
        found = {
            image.tobytes(): label
            for split in _splits(data)
            for image, label in zip(split.images, split.labels.tolist(), strict=True)
        }
        assert found == expected
        assert len(found) == 72
        assert all(np.bincount(split.labels).tolist() == [len(split) // 2] * 2 for split in _splits(data))

    def test_its_description(self, save):
        info = dataset_info(save().id)
        assert info.class_names == ("cats", "dogs")
        assert (info.archive, info.licence, info.source) == (None, "Your images", "holiday.zip")
        assert load_dataset(info.id).origin == "own images, holiday.zip"
        assert load_dataset(info.id).complete

    def test_a_set_without_classes(self, save):
        data = load_dataset(save("Plain", "").id)
        assert data.info.class_names == ()
        assert all(set(split.labels.tolist()) == {0} for split in _splits(data))

    def test_pictures_outside_the_classes_are_in_no_split(self, user_data_home, make_zip, pictures):
        files = pictures(72, "s/a", "s/b") | {"s/zz.png": pictures(1, first=600)["0000.png"]}
        with prepare(make_zip(files), 28, 1) as prepared:
            left_out = prepared.images[prepared.labels < 0]
            data = load_dataset(prepared.save("x").id)
        assert len(left_out) == 1
        rows = [image.tobytes() for split in _splits(data) for image in split.images]
        assert len(rows) == 72
        assert left_out[0].tobytes() not in rows

    def test_the_same_pictures_give_the_same_files(self, save):
        one, two, other = save("One"), save("Two"), save("Other", seed=1)
        assert one.record.train == two.record.train
        assert one.record.test == two.record.test
        assert one.record.test != other.record.test
        assert one.info.version == two.info.version != other.info.version

    def test_images_are_read_only_maps_of_the_files(self, save):
        entry = save()
        for split in (*_splits(load_dataset(entry.id)), load_test_split(entry.id)):
            assert isinstance(split.images, np.memmap)
            assert split.images.dtype == np.uint8
            assert split.labels.dtype == np.int64
            with pytest.raises(ValueError, match="read-only"):
                split.images[0] = 0

    def test_the_test_split_alone_is_that_of_the_whole_set(self, save):
        entry = save()
        data, test = load_dataset(entry.id), load_test_split(entry.id)
        np.testing.assert_array_equal(test.images, data.test.images)
        np.testing.assert_array_equal(test.labels, data.test.labels)

    def test_the_record_contains_the_refusals(self, user_data_home, make_zip, pictures):
        with prepare(make_zip(pictures(60) | {"notes.txt": b"x"}), 28, 1) as prepared:
            record = prepared.save().record
        assert (record.found, record.title, record.id) == (61, "pictures.zip", "pictures-zip")
        assert [(refusal.count, refusal.examples) for refusal in record.refused] == [(1, ["notes.txt"])]

    def test_the_folder_contains_only_its_files(self, save, user_data_home):
        entry = save()
        assert sorted(path.name for path in entry.path.iterdir()) == [
            "data.json",
            *(f"{split}-{kind}.npy" for split in ("test", "train", "validation") for kind in ("images", "labels")),
        ]
        assert [path.name for path in user_data_home.iterdir()] == [entry.id]

    def test_progress_is_reported_and_can_stop_it(self, user_data_home, make_zip, pictures, monkeypatch):
        from vae.data import user_data_writing

        monkeypatch.setattr(user_data_writing, "_CHUNK", 28 * 28 * 10)
        calls = []
        with prepare(make_zip(pictures(60)), 28, 1) as prepared:
            prepared.save("x", lambda *step: calls.append(step))
        assert calls[-1] == (60, 60)
        assert calls == sorted(calls)
        assert len(calls) == 4 + 2 + 2  # 36, 12 and 12 images, ten at a time

        def stop(done, total):
            raise KeyboardInterrupt

        prepared = prepare(make_zip(pictures(60)), 28, 1)
        with pytest.raises(KeyboardInterrupt):
            prepared.save("y", stop)
        assert [path.name for path in user_data_home.iterdir()] == ["x"]

    @pytest.mark.parametrize(
        ("title", "stored", "id"),
        [
            ("../../evil", "../../evil", "evil"),
            ("a\x00b\u202e", "ab", "ab"),
            ("", "holiday.zip", "holiday-zip"),
            ("MNIST", "MNIST", "mnist-2"),
            ("x" * 200, "x" * 79 + "…", "x" * 48),
            ("猫", "猫", "images"),
        ],
    )
    def test_titles_are_labels_and_ids_are_made(self, save, user_data_home, title, stored, id):
        entry = save(title)
        assert (entry.title, entry.id, entry.path) == (stored, id, user_data_home / id)

    def test_a_taken_name_gets_a_number(self, save, user_data_home):
        assert [save("Cats").id for _ in range(3)] == ["cats", "cats-2", "cats-3"]
        (user_data_home / "dogs").symlink_to(user_data_home / "nowhere")
        (user_data_home / "birds").mkdir()
        assert [save("Dogs").id, save("Birds").id] == ["dogs-2", "birds-2"]

    def test_a_name_taken_by_another_process_is_not_overwritten(self, save, monkeypatch):
        from vae.data import user_data_writing

        first = save("Cats")
        real, calls = user_data_writing.make_id, []

        def late(title, taken):
            calls.append(title)
            return "cats" if len(calls) == 1 else real(title, taken)

        monkeypatch.setattr(user_data_writing, "make_id", late)
        assert save("Cats", first=300).id == "cats-2"
        check_user_dataset(first)


class TestListing:
    def test_data_sets_are_listed_by_id(self, save):
        assert list_user_datasets() == []
        save("Zebras")
        save("Ants")
        assert [(entry.id, entry.title, entry.fault) for entry in list_user_datasets()] == [
            ("ants", "Ants", ""),
            ("zebras", "Zebras", ""),
        ]
        assert [info.id for info in list_datasets()] == [*CATALOG, "ants", "zebras"]
        with pytest.raises(DataError, match=r"'imagenet'.*mnist, fashion-mnist, digits, ants, zebras"):
            dataset_info("imagenet")

    def test_the_folder_is_that_of_the_environment_or_in_the_home(self, user_data_home, monkeypatch):
        assert user_data_folder() == user_data_home
        monkeypatch.delenv("ZSCOPE_OWN_DATA")
        monkeypatch.setenv("HOME", "/home/someone")
        assert str(user_data_folder()) == "/home/someone/.zscope/data"

    @pytest.mark.parametrize("id", ["../own-data/cats", "cats/", "/etc", "", "Cats", ".", "..", "cats\n", "a" * 65])
    def test_an_id_is_never_a_path(self, save, id):
        save("Cats")
        assert find_user_dataset(id) is None
        for call in (dataset_info, load_dataset, load_test_split):
            with pytest.raises(DataError, match="No data set is called"):
                call(id)

    def test_a_built_in_id_cannot_be_taken(self, save, user_data_home):
        save("Cats").path.rename(user_data_home / "mnist")
        assert list_user_datasets() == []
        assert find_user_dataset("mnist") is None
        assert len(load_test_split("mnist")) == 10_000


def _rewrite(entry, change):
    path = entry.path / "data.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


class TestBroken:
    @pytest.mark.parametrize(
        ("damage", "fault"),
        [
            (lambda e: (e.path / "data.json").unlink(), r"has no data\.json"),
            (lambda e: (e.path / "data.json").write_text("{"), r"data\.json of cats: "),
            (lambda e: (e.path / "data.json").write_bytes(bytes(2_000_000)), "too large"),
            (lambda e: (e.path / "test-images.npy").unlink(), r"test-images\.npy .*is missing"),
            (lambda e: os.truncate(e.path / "train-images.npy", 500), r"train-images\.npy .* has 500 bytes, not "),
            (lambda e: os.truncate(e.path / "train-labels.npy", 10), r"train-labels\.npy .* has 10 bytes"),
            (lambda e: _rewrite(e, lambda c: c.update(extra=1)), "extra"),
            (lambda e: _rewrite(e, lambda c: c.update(version=2)), "version"),
            (lambda e: _rewrite(e, lambda c: c.update(image_shape=[28, 28, 2])), "image_shape"),
            (lambda e: _rewrite(e, lambda c: c.update(image_shape=[4000, 28, 1])), "image_shape"),
            (lambda e: _rewrite(e, lambda c: c.update(class_names=["one"])), "at least two"),
            (lambda e: _rewrite(e, lambda c: c.update(id="other")), "The folder cats contains the data set other"),
        ],
    )
    def test_it_is_listed_with_its_fault_and_not_loaded(self, save, damage, fault):
        entry = save("Cats")
        damage(entry)
        (found,) = list_user_datasets()
        assert found.id == found.title == "cats"
        with pytest.raises(DataError, match=fault):
            raise DataError(found.fault)
        for call in (dataset_info, load_dataset, load_test_split):
            with pytest.raises(DataError, match=r"Can't use the data set cats: "):
                call("cats")
        assert "cats" not in [info.id for info in list_datasets()]
        delete_user_dataset("cats")
        assert list_user_datasets() == []

    @pytest.mark.parametrize(
        "change",
        [
            lambda c: c.update(image_shape=[14, 56, 1]),  # the same number of bytes
            lambda c: c["train"].update(rows=1_000_000_000),
            lambda c: c["train"].update(rows=47),
            lambda c: c.update(class_names=["only-one-of-two", "x", "y"]) or c["train"].update(rows=49),
        ],
    )
    def test_arrays_must_fit_the_record(self, save, change):
        _rewrite(save("Cats"), change)
        with pytest.raises(DataError, match=r"Can't read train-images\.npy of the data set cats: .*Remove"):
            load_dataset("cats")

    def test_labels_must_be_classes(self, save):
        entry = save("Cats")
        _rewrite(entry, lambda c: c.update(class_names=[]))
        with pytest.raises(DataError, match=r"The data set cats: 48 images need as many labels from 0 to 0\. Remove"):
            load_dataset("cats")

    def test_a_header_of_objects_is_refused(self, save):
        entry = save("Cats")
        path = entry.path / "test-labels.npy"
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"'<i8'", b"'|O' "))
        with pytest.raises(DataError, match=r"test-labels\.npy"):
            load_test_split("cats")

    def test_a_check_finds_a_changed_byte(self, save):
        entry = save("Cats")
        check_user_dataset(entry)
        for name in ("validation-images.npy", "test-labels.npy"):
            path = entry.path / name
            raw = bytearray(path.read_bytes())
            raw[-1] ^= 1
            path.write_bytes(raw)
            with pytest.raises(DataError, match=rf"{name} of the data set cats is damaged"):
                check_user_dataset(entry)
            raw[-1] ^= 1
            path.write_bytes(raw)
        check_user_dataset(entry)


class TestRemoving:
    def test_it_is_removed_from_all_lists_immediately(self, save, user_data_home):
        save("Cats")
        kept = load_dataset("cats").train.images
        load_test_split("cats")
        delete_user_dataset("cats")
        assert list(user_data_home.iterdir()) == []
        for call in (dataset_info, load_dataset, load_test_split):
            with pytest.raises(DataError, match="No data set is called 'cats'"):
                call("cats")
        assert kept.sum() > 0  # a training run continues

    def test_a_data_set_added_again_under_its_id_is_new(self, save):
        save("Cats")
        old = load_test_split("cats").images.copy(), dataset_info("cats")
        delete_user_dataset("cats")
        save("Cats", first=400, side=32)
        assert load_test_split("cats").images.shape == (12, 32, 32, 1)
        assert dataset_info("cats").version != old[1].version

    @pytest.mark.parametrize("id", ["mnist", "absent", "../x", "."])
    def test_other_data_sets_cannot_be_removed(self, user_data_home, id):
        user_data_home.mkdir()
        with pytest.raises(DataError, match=r"You have no data set called"):
            delete_user_dataset(id)
        assert user_data_home.exists()


_MAKE = """
import os, sys
from vae.data.intake import prepare
mode, source = sys.argv[1:3]
from vae.data import user_data_writing
user_data_writing._CHUNK = 28 * 28
def at(place):
    def report(done, total):
        if mode == place and done >= total // 2:
            print("there", flush=True)
            sys.stdin.read()
    return report
if mode == "full":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
prepare(source, 28, 1, report=at("read")).save("Cats", at("write"))
"""


class TestCrashes:
    @pytest.mark.parametrize("moment", ["read", "write"])
    def test_after_a_kill_nothing_is_listed_and_leftovers_are_removed(
        self, user_data_home, make_zip, pictures, moment, save, monkeypatch
    ):
        source = make_zip(pictures(120))
        with subprocess.Popen(
            [sys.executable, "-c", _MAKE, moment, str(source)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.fspath(_ROOT)},
            cwd=_ROOT,
        ) as process:
            assert process.stdout.readline().strip() == b"there"
            (making,) = user_data_home.iterdir()
            monkeypatch.setattr("vae.data.staging._GRACE", -1.0)
            assert list_user_datasets() == []
            assert making.exists(), "the folder of a running process is kept"
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert making.exists()
        monkeypatch.setattr("vae.data.staging._GRACE", 60.0)
        assert list_user_datasets() == []
        assert making.exists(), "a new folder may not be locked yet"
        monkeypatch.setattr("vae.data.staging._GRACE", -1.0)
        assert list_user_datasets() == []
        assert not making.exists()
        assert save("Cats").id == "cats"

    def test_leftovers_of_a_removal_are_deleted(self, save, user_data_home, monkeypatch):
        save("Cats")
        monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
        delete_user_dataset("cats")
        assert len(list(user_data_home.iterdir())) == 1
        assert list_user_datasets() == []
        monkeypatch.undo()
        os.environ["ZSCOPE_OWN_DATA"] = str(user_data_home)
        monkeypatch.setattr("vae.data.staging._GRACE", -1.0)
        list_user_datasets()
        assert list(user_data_home.iterdir()) == []

    @pytest.mark.parametrize("limit", [0, 1000, 28 * 28 * 100, 28 * 28 * 120 + 50])
    def test_a_disk_that_takes_no_more(self, user_data_home, make_zip, pictures, limit, save, run_python):
        kept = save("Kept")
        done = run_python("-c", _MAKE, "full", str(make_zip(pictures(120, size=(40, 40)))), str(limit))
        if limit > 28 * 28 * 120:
            assert done.returncode == 0, done.stderr
            return
        assert "DataError" in done.stderr.splitlines()[-1]
        assert "File too large. Free some space" in done.stderr.splitlines()[-1]
        assert [path.name for path in user_data_home.iterdir()] == ["kept"]
        check_user_dataset(kept)

    def test_a_failure_of_any_write_leaves_no_files(self, user_data_home, make_zip, pictures, monkeypatch):
        """Each flush to the disk fails once."""
        from vae.data import user_data_writing

        source, failures = make_zip(pictures(60)), 0
        real = os.fsync
        while True:
            calls = 0

            def fail(descriptor, at=failures):
                nonlocal calls
                calls += 1
                if calls == at + 1:
                    raise OSError(28, "No space left on device")
                real(descriptor)

            monkeypatch.setattr(os, "fsync", fail)
            try:
                with prepare(source, 28, 1) as prepared:
                    prepared.save("Cats")
            except DataError as error:
                assert str(error).startswith("Can't write the data set Cats: No space left on device. Free some space")
                failures += 1
                # After the renaming, the set is complete even if the flush of the folder fails.
                left = [path.name for path in user_data_home.iterdir()]
                assert left == [] or (left == ["cats"] and calls == 9)
                for entry in list_user_datasets():
                    check_user_dataset(entry)
                    delete_user_dataset(entry.id)
                continue
            break
        assert failures == 9  # six arrays, the record, the folder, the folder above
        assert user_data_writing.read_user_record(user_data_home / "cats")

    def test_a_read_only_folder(self, tmp_path, make_zip, pictures, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("ZSCOPE_OWN_DATA", str(tmp_path / "file" / "data"))
        with pytest.raises(DataError, match=r"Can't write the pictures of pictures\.zip: Not a directory"):
            prepare(make_zip(pictures(60)), 28, 1)
        assert list_user_datasets() == []

    def test_two_at_once_do_not_interfere(self, user_data_home, make_zip, pictures, monkeypatch):
        monkeypatch.setattr("vae.data.staging._GRACE", -1.0)
        one = prepare(make_zip(pictures(60), "one.zip"), 28, 1)
        two = prepare(make_zip(pictures(60, first=300), "two.zip"), 28, 1)
        time.sleep(0.01)
        assert (two.save("Same").id, one.save("Same").id) == ("same", "same-2")
        for entry in list_user_datasets():
            check_user_dataset(entry)
        assert not np.array_equal(
            load_user_split(list_user_datasets()[0], "test").images, load_test_split("same-2").images
        )
