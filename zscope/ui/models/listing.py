"""Which models the shelf shows and in what order: plain functions of its entries."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from vae.data.catalog import dataset_info
from vae.errors import DataError
from zscope.library.registry import ModelEntry

__all__ = ["KINDS", "ORDERS", "data_title", "find", "kind_of", "made_on", "size_of"]

Kind = Literal["bundled", "trained", "imported", "broken"]
KINDS: dict[Kind, str] = {
    "bundled": "Bundled",
    "trained": "Trained here",
    "imported": "Imported",
    "broken": "Broken",
}


def kind_of(entry: ModelEntry) -> Kind:
    if entry.fault:
        return "broken"
    if entry.shipped:
        return "bundled"
    return "trained" if entry.card.training and not entry.card.brought else "imported"


def made_on(entry: ModelEntry) -> datetime:
    """When it was trained or imported, UTC; of a broken one, when its files came here."""
    if entry.card:
        with suppress(ValueError, OverflowError):  # a bundle's own words: no time, or one before all times
            made = datetime.fromisoformat(entry.card.finished)
            return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    try:
        stamp = entry.path.stat().st_mtime
    except OSError:  # deleted this very moment
        stamp = 0
    return datetime.fromtimestamp(stamp, UTC)


def size_of(entry: ModelEntry) -> int:
    """Bytes of its files, as its manifest has them; 0 of a broken one."""
    return sum(file.bytes for file in entry.manifest.files.values()) if entry.manifest else 0


def data_title(entry: ModelEntry) -> str:
    """Of the data set of a model that is not broken."""
    try:
        return dataset_info(entry.manifest.dataset).title
    except DataError:  # removed this very moment
        return entry.manifest.dataset


def _name(entry: ModelEntry):
    return entry.title.casefold(), entry.id


def _newest(entry: ModelEntry):
    return -made_on(entry).timestamp(), entry.id


def _accuracy(entry: ModelEntry):
    figure = entry.card.metrics.knn_accuracy if entry.card else None
    return (figure is None, -figure.value if figure else 0, entry.id)


def _error(entry: ModelEntry):
    figure = entry.card.metrics.mse if entry.card else None
    return (figure is None, figure.value if figure else 0, entry.id)


# By which the shelf is sorted; models without such a figure come last.
ORDERS: dict[str, Callable] = {"Name": _name, "Newest": _newest, "kNN accuracy": _accuracy, "MSE": _error}


def find(
    entries: Sequence[ModelEntry], notes: Mapping[str, str], words: str, kind: Kind | None, order: str
) -> list[ModelEntry]:
    """Those of a kind whose title, id, data set or note has each of the words, sorted; broken ones
    last.

    Args:
        notes: by id.
        words: what a person typed; case does not count.
        kind: None for all.
        order: a key of `ORDERS`.
    """
    wanted = words.casefold().split()
    found = [
        entry
        for entry in entries
        if kind in (None, kind_of(entry)) and all(word in _text(entry, notes.get(entry.id, "")) for word in wanted)
    ]
    return sorted(found, key=lambda entry: (bool(entry.fault), ORDERS[order](entry)))


def _text(entry: ModelEntry, note: str) -> str:
    data = "" if entry.fault else f"{entry.manifest.dataset} {data_title(entry)}"
    return f"{entry.title} {entry.id} {data} {note} {entry.fault}".casefold()
