"""References "module:name" to objects that are imported when they are used."""

from importlib import import_module
from typing import Any

__all__ = ["resolve"]


def resolve(reference: Any) -> Any:
    """Import and return the object that "module:name" refers to; anything but a string is returned unchanged."""
    if not isinstance(reference, str):
        return reference
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
