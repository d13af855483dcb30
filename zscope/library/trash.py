"""The trash: deleted models can be restored for a week. They are moved in one step to a hidden folder.

models/.trash/{token}/{name}    the bundle; the token begins with the time of deletion
models/.trash/{token}/.note     the note on it, if there was one
"""

import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vae.durable import flush_folder
from vae.errors import BundleError, ModelNotFoundError
from vae.formats.bundle import read_manifest
from vae.message import message
from zscope.library.changes import changing, find_user_model
from zscope.library.notes import note_file
from zscope.library.registry import models_folder

__all__ = ["KEPT_DAYS", "Deleted", "delete", "deleted", "undo"]

KEPT_DAYS = 7
_TOKEN = re.compile(r"(\d{8}T\d{6})-[a-z0-9_]+")
_TIME = "%Y%m%dT%H%M%S"
_NOTE = ".note"
_GRACE = timedelta(minutes=1)  # between creating a folder in the trash and filling it


@dataclass(frozen=True)
class Deleted:
    """One model in the trash.

    Attributes:
        token: argument of `undo`.
        id: the model's name in the list.
        when: time of deletion, UTC.
    """

    token: str
    id: str
    title: str
    when: datetime


def delete(id: str) -> Deleted:
    """Delete a user model; `undo` restores it for `KEPT_DAYS` days.

    Its files are moved in one step, so after a crash the model is whole, in the list or in the trash. Open pages keep
    the loaded model.

    Args:
        id: the model's name in the list.

    Raises:
        ModelNotFoundError, BundleError: see `find_user_model` and `changing`.
    """
    with changing("delete", id):
        entry = find_user_model(id)
        trash = _trash()
        trash.mkdir(exist_ok=True)
        when = datetime.now(UTC).replace(microsecond=0)
        place = Path(tempfile.mkdtemp(prefix=f"{when:{_TIME}}-", dir=trash))
        try:
            os.rename(entry.path, place / entry.path.name)  # noqa: PTH104 (one step)
        except BaseException:
            place.rmdir()
            raise
        note = note_file(entry.id)
        with suppress(FileNotFoundError):
            if note:
                os.rename(note, place / _NOTE)  # noqa: PTH104
        for folder in (place, trash, entry.path.parent):
            flush_folder(folder)
        _sweep()
        return Deleted(place.name, entry.path.name, entry.title, when)


def undo(token: str) -> str:
    """Restore a deleted model.

    Returns:
        Its id.

    Raises:
        ModelNotFoundError: it is no longer in the trash.
        BundleError: another model has its id, or the operating system reports an error; the trash is unchanged.
    """
    found = next((one for one in deleted() if one.token == token), None)
    if found is None:
        raise ModelNotFoundError(
            "The model is no longer in the trash.",
            message("It was restored, or deleted more than {kept_days} days ago.", kept_days=KEPT_DAYS),
        )
    with changing("restore", found.id):
        place, target = _trash() / found.token, models_folder() / found.id
        if os.path.lexists(target):
            raise BundleError(
                message("Another model is called {id} now.", id=found.id),
                "Delete that model first, then restore this one.",
            )
        note = note_file(found.id)
        # The note first: if the process is killed between the two, the note is already where the model will look.
        if note and (place / _NOTE).exists() and not note.exists():
            os.rename(place / _NOTE, note)  # noqa: PTH104
        os.rename(place / found.id, target)  # noqa: PTH104
        flush_folder(target.parent)
        shutil.rmtree(place, ignore_errors=True)
    return found.id


def deleted() -> list[Deleted]:
    """List the models that can be restored, latest first."""
    oldest = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    found = [_deleted(place, when) for place, when in _places().items() if when > oldest]
    return sorted((one for one in found if one), key=lambda one: one.token, reverse=True)


def _trash() -> Path:
    return models_folder() / ".trash"


def _places() -> dict[Path, datetime]:
    """The folders in the trash whose names are tokens, and the time of each."""
    trash, places = _trash(), {}
    for path in trash.iterdir() if trash.is_dir() else ():
        if match := _TOKEN.fullmatch(path.name):
            with suppress(ValueError):  # digits that are not a time
                places[path] = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
    return places


def _content(place: Path) -> Path | None:
    try:
        return next((path for path in place.iterdir() if path.name != _NOTE), None)
    except OSError:  # restored or swept at this moment
        return None


def _deleted(place: Path, when: datetime) -> Deleted | None:
    path = _content(place)
    if path is None:
        return None
    try:
        title = read_manifest(path)[0].title
    except BundleError:  # it was broken, and is deleted as such
        title = path.name
    return Deleted(place.name, path.name, title, when)


def _sweep() -> None:
    """Delete what is too old, and empty folders that a killed process left."""
    for place, when in _places().items():
        age = datetime.now(UTC) - when
        if age > timedelta(days=KEPT_DAYS) or (age > _GRACE and _content(place) is None):
            shutil.rmtree(place, ignore_errors=True)
