"""Names of talks in pickers."""

from collections import Counter
from collections.abc import Iterable

from zscope.library.talks import TalkEntry
from zscope.ui.language import N_

__all__ = ["NEW", "talk_names"]

NEW = N_("(new talk)")


def talk_names(entries: Iterable[TalkEntry]) -> dict[str, str]:
    """Return the name of each talk by id. Names differ: Streamlit identifies the options of a picker by their names."""
    entries = tuple(entries)
    times = Counter((NEW, *(entry.title for entry in entries)))
    return {entry.id: entry.title if times[entry.title] == 1 else f"{entry.title} ({entry.id})" for entry in entries}
