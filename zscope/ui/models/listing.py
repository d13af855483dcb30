"""Filters, sorts and describes models for the Models page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from vae.data.catalog import dataset_info
from vae.errors import DataError
from zscope.library.registry import ModelEntry
from zscope.ui.language import N_, _

__all__ = ["KINDS", "ORDERS", "Kind", "data_title", "find", "kind_of", "made_on", "size_of", "unseen"]

Kind = Literal["bundled", "trained", "imported", "broken"]
KINDS: dict[Kind, str] = {
    "bundled": N_("Bundled"),
    "trained": N_("Trained here"),
    "imported": N_("Imported"),
    "broken": N_("Broken"),
}


def kind_of(entry: ModelEntry) -> Kind:
    if entry.fault:
        return "broken"
    if entry.shipped:
        return "bundled"
    return "trained" if entry.card.training and not entry.card.brought else "imported"


def made_on(entry: ModelEntry) -> datetime:
    """Return when a model was trained or imported, UTC; for a broken one, when its files were written."""
    if not entry.fault:
        with suppress(ValueError, OverflowError):  # untrusted text: not a date, or out of range
            made = datetime.fromisoformat(entry.card.finished)
            return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    try:
        stamp = entry.path.stat().st_mtime
    except OSError:  # deleted at this moment
        stamp = 0
    return datetime.fromtimestamp(stamp, UTC)


def size_of(entry: ModelEntry) -> int:
    """Return the bytes of a model's files, from its manifest; 0 for a broken one."""
    return 0 if entry.fault else sum(file.bytes for file in entry.manifest.files.values())


def unseen(entry: ModelEntry) -> str:
    """Say whether the test images were used for training, to follow "10,000 test images"."""
    if entry.card.training:
        return _(", which were not used for training")
    return _(", some of which it may have been trained on")


def data_title(entry: ModelEntry) -> str:
    """Return the title of the data set of a model that is not broken."""
    try:
        return _(dataset_info(entry.manifest.dataset).title)
    except DataError:  # removed at this moment
        return entry.manifest.dataset


def _name(entry: ModelEntry):
    return entry.title.casefold(), entry.id


def _newest(entry: ModelEntry):
    return -made_on(entry).timestamp(), entry.id


def _accuracy(entry: ModelEntry):
    figure = None if entry.fault else entry.card.metrics.knn_accuracy
    return (figure is None, -figure.value if figure else 0, entry.id)


def _error(entry: ModelEntry):
    figure = None if entry.fault else entry.card.metrics.mse
    return (figure is None, figure.value if figure else 0, entry.id)


# Sort keys of the page; models without the figure come last.
ORDERS: dict[str, Callable] = {
    N_("Name"): _name,
    N_("Newest"): _newest,
    N_("kNN accuracy"): _accuracy,
    N_("MSE"): _error,
}


def find(
    entries: Sequence[ModelEntry], notes: Mapping[str, str], words: str, kind: Kind | None, order: str
) -> list[ModelEntry]:
    """Return the models of a kind whose title, id, data set or note contains all words, sorted; broken ones last.

    Args:
        notes: by id.
        words: the search text; case is ignored.
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
