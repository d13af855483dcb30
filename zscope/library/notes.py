"""A person's note on a model: plain text beside the models, for shipped ones too."""

import re
import unicodedata
from contextlib import suppress
from pathlib import Path

from vae.bidi import without_direction
from vae.durable import write_file
from vae.errors import BadRequestError, ModelNotFoundError
from vae.formats.bundle.schema import MODEL_ID
from zscope.library.changes import refusals
from zscope.library.registry import find_model, models_folder

__all__ = ["MOST_LETTERS", "note_file", "read_note", "write_note"]

MOST_LETTERS = 2000
_ID = re.compile(MODEL_ID)


def read_note(id: str) -> str:
    """The note on the model of that id; "" where there is none. One that somebody else wrote there is cut at the most.

    Raises:
        BundleError: it cannot be read.
    """
    path = note_file(id)
    if path is None:
        return ""
    with refusals("read the note on", id):
        try:
            with path.open("rb") as file:
                data = file.read(4 * MOST_LETTERS)  # UTF-8 has at most four bytes a letter
        except FileNotFoundError:
            return ""
    return _plain(data.decode(errors="replace"))[:MOST_LETTERS]


def write_note(id: str, text: str) -> str:
    """Keep a note, or remove it: an empty one.

    Returns:
        The note as it is now: without control signs, and without space around it.

    Raises:
        BadRequestError: more than 2,000 letters.
        ModelNotFoundError: there is no model of that id.
        BundleError: it cannot be written; the one before is unchanged.
    """
    text = _plain(text)
    if len(text) > MOST_LETTERS:
        raise BadRequestError(f"The note has {len(text):,} letters.", f"Keep it to {MOST_LETTERS:,}.")
    path = note_file(find_model(id).id)
    if path is None:
        raise ModelNotFoundError(f"No model is called {id[:80]!r}.")
    with refusals("write the note on", id):
        if text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, text.encode())
        else:
            with suppress(FileNotFoundError):
                path.unlink()
    return text


def note_file(id: str) -> Path | None:
    """Where the note on a model is kept, whether there is one or not; None for a name that is no id."""
    return models_folder() / ".notes" / f"{id}.txt" if _ID.fullmatch(id) else None


def _plain(text: str) -> str:
    """Letters, spaces and line ends: no signs that control anything, no halves of letters, which no file can hold."""
    text = without_direction(text.replace("\r\n", "\n"))
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()
