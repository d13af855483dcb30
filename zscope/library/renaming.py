"""Renames a user model: the title changes, the id and links to it stay."""

import os
from contextlib import suppress

from pydantic import ValidationError

from vae.data.names import clean_label
from vae.durable import flush_folder, write_file
from vae.errors import BadRequestError, BundleError
from vae.formats.bundle import BUNDLE_FILES, Manifest
from vae.message import message
from zscope.library.changes import changing, find_user_model
from zscope.library.registry import models_folder

__all__ = ["rename"]

_LONGEST = 80  # characters, as in the schema


def rename(id: str, title: str) -> str:
    """Replace the title in a model's `model.json` atomically.

    Args:
        title: text of the user; reduced to one line of visible characters.

    Returns:
        The new title.

    Raises:
        BadRequestError: the title is empty or has more than 80 characters.
        ModelNotFoundError, BundleError: see `changing` and `find_user_model`; or the bundle is broken.
    """
    wanted = " ".join(title.split())
    if len(wanted) > _LONGEST:
        raise BadRequestError(
            message("The name has {n} characters.", n=len(wanted)), message("Use at most {longest}.", longest=_LONGEST)
        )
    wanted = clean_label(wanted, _LONGEST)
    if not wanted:
        raise BadRequestError("The name is empty.", "Enter a name.")
    with changing("rename", id):
        entry = find_user_model(id)
        if entry.fault:
            raise BundleError(
                message("Can't open the model {id}: {fault}", id=id, fault=entry.fault),
                "Delete it, or copy it here again.",
            )
        data = entry.manifest.model_copy(update={"title": wanted}).model_dump_json(indent=1).encode()
        if not _is_read_back(data, wanted):
            raise BadRequestError(message("Can't use the name {wanted}.", wanted=repr(wanted)), "Use other characters.")
        # Beside the bundle, not in it: a bundle with a fifth file is invalid, and a killed process would leave one.
        fresh = models_folder() / f".{id}-renamed"
        try:
            write_file(fresh, data)
            os.replace(fresh, entry.path / "model.json")  # noqa: PTH105 (atomic)
        finally:
            with suppress(OSError):  # it was moved
                fresh.unlink(missing_ok=True)
        flush_folder(entry.path)
    return wanted


def _is_read_back(data: bytes, title: str) -> bool:
    """Return whether a `model.json` is valid and has this title."""
    try:
        return len(data) <= BUNDLE_FILES["model.json"] and Manifest.model_validate_json(data).title == title
    except ValidationError:
        return False
