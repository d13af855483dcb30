"""Notes on models: plain text files beside the models, for bundled ones too."""

import re
import unicodedata
from contextlib import suppress
from pathlib import Path

from vae.bidi import without_direction
from vae.durable import write_file
from vae.errors import BadRequestError, ModelNotFoundError
from vae.formats.bundle.schema import MODEL_ID
from vae.message import message
from zscope.library.changes import refusals
from zscope.library.registry import find_model, models_folder

__all__ = ["MOST_LETTERS", "note_file", "read_note", "write_note"]

MOST_LETTERS = 2000
_ID = re.compile(MODEL_ID)


def read_note(id: str) -> str:
    """Read the note on a model; "" if there is none. A longer file is cut to `MOST_LETTERS` characters.

    Raises:
        BundleError: the note cannot be read.
    """
    path = note_file(id)
    if path is None:
        return ""
    with refusals("read the note on", id):
        try:
            with path.open("rb") as file:
                data = file.read(4 * MOST_LETTERS)  # UTF-8 has at most four bytes a character
        except FileNotFoundError:
            return ""
    return _plain(data.decode(errors="replace"))[:MOST_LETTERS]


def write_note(id: str, text: str) -> str:
    """Save a note; an empty text removes it.

    Returns:
        The saved note, without control characters and surrounding space.

    Raises:
        BadRequestError: more than 2,000 characters.
        ModelNotFoundError: there is no such model.
        BundleError: the note cannot be written; the old one is unchanged.
    """
    text = _plain(text)
    if len(text) > MOST_LETTERS:
        raise BadRequestError(
            message("The note has {n} characters.", n=f"{len(text):,}"),
            message("Use at most {most_letters}.", most_letters=f"{MOST_LETTERS:,}"),
        )
    path = note_file(find_model(id).id)
    if path is None:
        raise ModelNotFoundError(message("No model is called {id}.", id=repr(id[:80])))
    with refusals("write the note on", id):
        if text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, text.encode())
        else:
            with suppress(FileNotFoundError):
                path.unlink()
    return text


def note_file(id: str) -> Path | None:
    """Return the path of the note on a model, whether it exists or not; None for a name that is not a valid id."""
    return models_folder() / ".notes" / f"{id}.txt" if _ID.fullmatch(id) else None


def _plain(text: str) -> str:
    """Remove control characters, and lone surrogates, which no file can hold."""
    text = without_direction(text.replace("\r\n", "\n"))
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()
