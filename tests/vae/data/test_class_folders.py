"""Classes from the folders of pictures."""

import pytest

from vae.data.class_folders import MAX_CLASSES, read_class_folders


def _read(*names):
    found = read_class_folders([tuple(name.split("/")) for name in names])
    return found.class_names, found.labels.tolist(), found.notes


def test_two_folders_are_two_classes_in_the_order_of_their_names():
    assert _read("dogs/1.png", "Cats/2.png", "dogs/3.png") == (("Cats", "dogs"), [1, 0, 1], ())


@pytest.mark.parametrize("names", [(), ("1.png", "2.png"), ("cats/1.png", "cats/2.png"), ("a/b/1.png", "a/b/2.png")])
def test_one_folder_or_none_gives_no_classes(names):
    assert _read(*names) == ((), [0] * len(names), ())


def test_folders_around_everything_are_ignored():
    assert _read("a/b/cats/1.png", "a/b/dogs/2.png")[:2] == (("cats", "dogs"), [0, 1])


def test_subfolders_belong_to_the_class_of_their_parent():
    names = ("cats/persian/1.png", "cats/2.png", "dogs/x/y/3.png")
    assert _read(*names)[:2] == (("cats", "dogs"), [0, 0, 1])


def test_pictures_outside_the_class_folders_are_reported():
    class_names, labels, notes = _read("cats/1.png", "2.png", "dogs/3.png")
    assert (class_names, labels) == (("cats", "dogs"), [0, -1, 1])
    assert notes == ("1 pictures are outside the class folders and have no class: they are left out.",)


def test_pictures_outside_a_single_folder_are_kept():
    assert _read("cats/1.png", "2.png") == ((), [0, 0], ())


def test_splits_in_folders_are_merged():
    class_names, labels, notes = _read("s/Train/cats/1.png", "s/Train/dogs/2.png", "s/test/cats/3.png")
    assert (class_names, labels) == (("cats", "dogs"), [0, 1, 0])
    assert notes == ("The folders test, train were merged: Zscope splits the data set itself.",)
    assert _read("train/1.png", "test/2.png")[:2] == ((), [0, 0])
    # With another folder among them, they are classes.
    assert _read("train/1.png", "bus/2.png")[0] == ("bus", "train")


def test_too_many_folders_are_not_classes_and_this_is_reported():
    names = [f"{index:03d}/1.png" for index in range(MAX_CLASSES)]
    assert len(_read(*names)[0]) == 100
    class_names, labels, notes = _read(*names, "more/1.png", "root.png")
    assert (class_names, labels) == ((), [0] * 102)
    assert notes == ("101 folders contain pictures; more than 100 are not read as classes.",)


def test_names_become_distinct_labels():
    long = "x" * 80
    class_names, labels, _ = _read(f"{long}1/1.png", f"{long}2/2.png", "a\x00b/3.png", "ab/4.png", "\x07/5.png")
    assert class_names == ("ab", "unnamed", "x" * 59 + "…", "x" * 51 + "… (2)")
    assert labels == [2, 3, 0, 0, 1]
