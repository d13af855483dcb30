"""What folders say about classes."""

import pytest

from vae.data.class_folders import MAX_CLASSES, read_class_folders


def _read(*names):
    found = read_class_folders([tuple(name.split("/")) for name in names])
    return found.class_names, found.labels.tolist(), found.notes


def test_two_folders_are_two_classes_in_the_order_of_their_names():
    assert _read("dogs/1.png", "Cats/2.png", "dogs/3.png") == (("Cats", "dogs"), [1, 0, 1], ())


@pytest.mark.parametrize("names", [(), ("1.png", "2.png"), ("cats/1.png", "cats/2.png"), ("a/b/1.png", "a/b/2.png")])
def test_none_or_one_is_no_class(names):
    assert _read(*names) == ((), [0] * len(names), ())


def test_a_folder_around_everything_is_passed_over_however_often():
    assert _read("a/b/cats/1.png", "a/b/dogs/2.png")[:2] == (("cats", "dogs"), [0, 1])


def test_deeper_folders_belong_to_the_class_above():
    names = ("cats/persian/1.png", "cats/2.png", "dogs/x/y/3.png")
    assert _read(*names)[:2] == (("cats", "dogs"), [0, 0, 1])


def test_pictures_beside_the_class_folders_are_outside_and_said_to_be():
    class_names, labels, notes = _read("cats/1.png", "2.png", "dogs/3.png")
    assert (class_names, labels) == (("cats", "dogs"), [0, -1, 1])
    assert notes == ("1 pictures are outside the class folders and have no class: they are left out.",)


def test_pictures_beside_a_single_folder_are_not_outside():
    assert _read("cats/1.png", "2.png") == ((), [0, 0], ())


def test_a_set_that_was_parted_is_put_together():
    class_names, labels, notes = _read("s/Train/cats/1.png", "s/Train/dogs/2.png", "s/test/cats/3.png")
    assert (class_names, labels) == (("cats", "dogs"), [0, 1, 0])
    assert notes == ("The folders test, train were merged: Zscope splits the data set itself.",)
    assert _read("train/1.png", "test/2.png")[:2] == ((), [0, 0])
    # Once another folder is among them, they are classes like any other.
    assert _read("train/1.png", "bus/2.png")[0] == ("bus", "train")


def test_too_many_folders_are_not_classes_and_it_is_said():
    names = [f"{index:03d}/1.png" for index in range(MAX_CLASSES)]
    assert len(_read(*names)[0]) == 100
    class_names, labels, notes = _read(*names, "more/1.png", "root.png")
    assert (class_names, labels) == ((), [0] * 102)
    assert notes == ("101 folders contain pictures; more than 100 are not read as classes.",)


def test_names_become_labels_and_stay_apart():
    long = "x" * 80
    class_names, labels, _ = _read(f"{long}1/1.png", f"{long}2/2.png", "a\x00b/3.png", "ab/4.png", "\x07/5.png")
    assert class_names == ("ab", "unnamed", "x" * 59 + "…", "x" * 51 + "… (2)")
    assert labels == [2, 3, 0, 0, 1]
