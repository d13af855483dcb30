"""The library of models, maps, directions and notes on disk: rename, delete, restore and annotate models.

Bundled models are never changed; they can only have notes.
"""

from zscope.library.notes import MOST_LETTERS, read_note, write_note
from zscope.library.renaming import rename
from zscope.library.trash import KEPT_DAYS, Deleted, delete, deleted, undo

__all__ = ["KEPT_DAYS", "MOST_LETTERS", "Deleted", "delete", "deleted", "read_note", "rename", "undo", "write_note"]
