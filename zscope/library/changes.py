"""What every change of a model goes through: it is the person's own, nobody else writes it, refusals are sentences."""

import threading
from contextlib import contextmanager, nullcontext

from vae.errors import BundleError, ModelNotFoundError
from zscope.library.folders import PUBLISH_LOCK, runs_folder
from zscope.library.locks import Lock
from zscope.library.registry import ModelEntry, list_models

__all__ = ["changing", "find_user_model", "refusals"]

_PATIENCE = 2.0  # seconds
_WRITING = threading.RLock()  # two visitors of one server


def find_user_model(id: str) -> ModelEntry:
    """A model that may be changed, by the name that the list has for it: of a broken one, that may be no proper id.

    Raises:
        ModelNotFoundError: the list has none of that name.
        BundleError: it came with the project.
    """
    # Looked up among the names there are, never put together to a path: a name may come from anyone.
    entry = next((entry for entry in list_models() if entry.id == id), None)
    if entry is None:
        raise ModelNotFoundError(f"No model is called {id[:80]!r}.", "It may have been deleted or renamed meanwhile.")
    if entry.shipped:
        raise BundleError(f"The model {id} came with the project and stays as it is.", "Change one of your own.")
    return entry


@contextmanager
def changing(what: str, id: str):
    """Around a change of the model `id`.

    Args:
        what: "rename", "delete", …, for the sentence when the system refuses.

    Raises:
        BundleError: a run is saving this model right now, or the system refused.
    """
    with refusals(what, id), _WRITING, _while_not_saved(id):
        yield


@contextmanager
def refusals(what: str, id: str):
    """Turns the system's refusal into a `BundleError`; arguments as of `changing`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise BundleError(
            f"Zscope failed to {what} the model {id[:80]}: {reason}.", "Free space, or make its folder writable."
        ) from error


def _while_not_saved(id: str):
    """The lock under which a run of this id writes its model."""
    runs = runs_folder()
    # As `find_user_model` does: one of the names there are.
    names = {path.name for path in runs.iterdir()} if runs.is_dir() else set()
    if id not in names:
        return nullcontext()
    lock = Lock.take(runs / id / PUBLISH_LOCK, _PATIENCE)
    if lock is None:
        raise BundleError(f"The model {id} is being saved right now.", "Try again in a minute.")
    return lock
