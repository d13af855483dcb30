"""What a person does with the models at hand: rename, delete and undo, note; and the pictures that show what they are.

Shipped models are never changed: they can only be noted on.
"""

from zscope.library.notes import MOST_LETTERS, read_note, write_note
from zscope.library.renaming import rename
from zscope.library.trash import KEPT_DAYS, Deleted, delete, deleted, undo

__all__ = ["KEPT_DAYS", "MOST_LETTERS", "Deleted", "delete", "deleted", "read_note", "rename", "undo", "write_note"]
