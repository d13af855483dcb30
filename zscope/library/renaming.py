"""Another title for a person's own model; its id, and with it every link, stays."""

import os
from contextlib import suppress

from vae.data.names import clean_label
from vae.durable import flush_folder, write_file
from vae.errors import BadRequestError, BundleError
from vae.formats.bundle import BUNDLE_FILES, Manifest
from zscope.library.changes import changing, find_user_model
from zscope.library.registry import models_folder

__all__ = ["rename"]

_LONGEST = 80  # letters, as the schema has it


def rename(id: str, title: str) -> str:
    """Rewrite the title in a model's `model.json`; whatever crashes, the old file or the new one is there.

    Args:
        title: a person's words; made one line of visible text.

    Returns:
        The title as it is now.

    Raises:
        BadRequestError: it has no letters, or more than 80.
        ModelNotFoundError, BundleError: see `changing` and `find_user_model`; or the bundle is broken.
    """
    wanted = " ".join(title.split())
    if len(wanted) > _LONGEST:
        raise BadRequestError(f"The name has {len(wanted)} letters.", f"Use at most {_LONGEST}.")
    wanted = clean_label(wanted, _LONGEST)
    if not wanted:
        raise BadRequestError("The model has no name.", "Give it one.")
    with changing("rename", id):
        entry = find_user_model(id)
        if entry.fault:
            raise BundleError(f"The model {id} cannot be opened: {entry.fault}", "Delete it, or copy it here again.")
        data = entry.manifest.model_copy(update={"title": wanted}).model_dump_json(indent=1).encode()
        if len(data) > BUNDLE_FILES["model.json"] or Manifest.model_validate_json(data).title != wanted:
            raise BadRequestError(f"A model cannot be called {wanted!r}.", "Use other letters.")
        # Beside the bundle, not in it: a bundle with a fifth file is none, and a kill would leave one.
        fresh = models_folder() / f".{id}-renamed"
        try:
            write_file(fresh, data)
            os.replace(fresh, entry.path / "model.json")  # noqa: PTH105 (the name of the guarantee)
        finally:
            with suppress(OSError):  # it has moved
                fresh.unlink(missing_ok=True)
        flush_folder(entry.path)
    return wanted
