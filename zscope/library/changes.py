"""Checks and locks for every change of a model: it must be a user model that no run is writing."""

import threading
from contextlib import contextmanager, nullcontext

from vae.errors import BundleError, ModelNotFoundError
from vae.message import message
from zscope.library.folders import PUBLISH_LOCK, runs_folder
from zscope.library.locks import Lock
from zscope.library.registry import ModelEntry, list_models

__all__ = ["changing", "find_user_model", "refusals"]

_PATIENCE = 2.0  # seconds
_WRITING = threading.RLock()  # two visitors of one server


def find_user_model(id: str) -> ModelEntry:
    """Find a model that may be changed, by its name in the list; a broken model's name may not be a valid id.

    Raises:
        ModelNotFoundError: the list has no such name.
        BundleError: the model is bundled.
    """
    # Looked up among the existing names and never made into a path: the name is untrusted.
    entry = next((entry for entry in list_models() if entry.id == id), None)
    if entry is None:
        raise ModelNotFoundError(
            message("No model is called {id}.", id=repr(id[:80])), "It may have been deleted or renamed."
        )
    if entry.shipped:
        raise BundleError(message("The bundled model {id} can't be changed.", id=id), "Change one of your own models.")
    return entry


@contextmanager
def changing(what: str, id: str):
    """Hold the locks during a change of the model `id`.

    Args:
        what: "rename", "delete", …, for the error message.

    Raises:
        BundleError: a run is saving this model, or the operating system reports an error.
    """
    with refusals(what, id), _WRITING, _while_not_saved(id):
        yield


@contextmanager
def refusals(what: str, id: str):
    """Turn an `OSError` into a `BundleError`; for the arguments see `changing`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise BundleError(
            message("Can't {what} the model {id}: {reason}.", what=what, id=id[:80], reason=reason),
            "Free some space, or make its folder writable.",
        ) from error


def _while_not_saved(id: str):
    """Take the lock under which a run of this id writes its model."""
    runs = runs_folder()
    # Looked up among the existing names, as in `find_user_model`.
    names = {path.name for path in runs.iterdir()} if runs.is_dir() else set()
    if id not in names:
        return nullcontext()
    lock = Lock.take(runs / id / PUBLISH_LOCK, _PATIENCE)
    if lock is None:
        raise BundleError(message("A run is saving the model {id}.", id=id), "Try again in a minute.")
    return lock
