"""Search, filter and order of the shelf, as functions."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from zscope.library.registry import SHIPPED, list_models
from zscope.ui.models.figures import record_rows
from zscope.ui.models.listing import ORDERS, find, kind_of, made_on, size_of


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """The shipped models, one copy as one's own, and a broken one."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    shutil.copytree(SHIPPED / "mnist-2d", tmp_path / "mine")
    shutil.copytree(SHIPPED / "mnist-2d", tmp_path / "a-broken")
    (tmp_path / "a-broken" / "card.json").write_text("{")
    return list_models()


def ids(found) -> list[str]:
    return [entry.id for entry in found]


def test_kinds(entries):
    kinds = {entry.id: kind_of(entry) for entry in entries}
    assert kinds["mine"] == "trained" and kinds["a-broken"] == "broken"
    assert {kinds[id] for id in ("mnist-16", "mnist-2d", "fashion-16", "mnist-binary-32")} == {"bundled"}
    assert ids(find(entries, {}, "", "trained", "Name")) == ["mine"]
    assert len(find(entries, {}, "", None, "Name")) == len(entries) == 6


def test_a_bundle_that_was_brought_was_not_trained_here(entries, tmp_path):
    card = json.loads((tmp_path / "mine" / "card.json").read_text())
    card["brought"] = "2026-03-01T10:00:00+00:00"
    (tmp_path / "mine" / "card.json").write_text(json.dumps(card))
    (entry,) = find(list_models(), {}, "", "imported", "Name")
    assert entry.id == "mine"
    assert ("Imported", "2026-03-01", "as a bundle, whose information was not verified") in record_rows(entry)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fashion", {"fashion-16"}),  # id, title and data
        ("BINARISED", {"mnist-binary-32"}),  # title
        ("mine", {"mine"}),  # id
        ("2 dimensions mnist-2d", {"mnist-2d"}),  # each word somewhere
        ("favourite", {"mnist-16"}),  # note
        ("broken", {"a-broken"}),
        ("nothing-like-it", set()),
        ("  ", {"fashion-16", "mnist-16", "mnist-2d", "mnist-binary-32", "mine", "a-broken"}),
    ],
)
def test_words(entries, words, expected):
    notes = {"mnist-16": "My Favourite one"}
    assert set(ids(find(entries, notes, words, None, "Name"))) == expected


def test_orders(entries):
    usable = [entry for entry in entries if not entry.fault]
    for order, key in {
        "Name": lambda entry: entry.title.casefold(),
        "Newest": lambda entry: -made_on(entry).timestamp(),
        "kNN accuracy": lambda entry: -entry.card.metrics.knn_accuracy.value,
        "MSE": lambda entry: entry.card.metrics.mse.value,
    }.items():
        found = find(entries, {}, "", None, order)
        assert found[-1].id == "a-broken", "broken ones last"
        values = [key(entry) for entry in found[:-1]]
        assert values == sorted(values) and len(set(values)) > 2 and len(values) == len(usable)
    assert ids(find(entries, {}, "", None, "MSE"))[0] == "mnist-binary-32"
    assert set(ORDERS) == {"Name", "Newest", "kNN accuracy", "MSE"}


def test_a_model_without_the_figure_comes_after_those_with_it(entries, tmp_path):
    card = json.loads((tmp_path / "mine" / "card.json").read_text())
    card["metrics"] |= {"knn_accuracy": None, "mse": None}
    (tmp_path / "mine" / "card.json").write_text(json.dumps(card))
    for order in ("kNN accuracy", "MSE"):
        assert ids(find(list_models(), {}, "", None, order))[-2:] == ["mine", "a-broken"]


@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_card_s_date_of_any_words(entries, tmp_path, finished, expected):
    card = json.loads((tmp_path / "mine" / "card.json").read_text())
    card["training"]["finished"] = finished
    (tmp_path / "mine" / "card.json").write_text(json.dumps(card))
    (entry,) = (entry for entry in list_models() if entry.id == "mine")
    assert made_on(entry) == (expected or datetime.fromtimestamp(entry.path.stat().st_mtime, UTC))


def test_sizes(entries):
    by_id = {entry.id: entry for entry in entries}
    files = (SHIPPED / "mnist-16").iterdir()
    assert 0 <= sum(file.stat().st_size for file in files) - size_of(by_id["mnist-16"]) < 20_000  # model.json itself
    assert size_of(by_id["a-broken"]) == 0
