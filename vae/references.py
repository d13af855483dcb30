"""References to objects that are imported only when they are used."""

from importlib import import_module
from typing import Any

__all__ = ["resolve"]


def resolve(reference: Any) -> Any:
    """The object that "module:name" refers to, imported now; anything but a string is returned as it is."""
    if not isinstance(reference, str):
        return reference
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
