"""The registered objects of one kind, such as export formats or projections."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from vae.errors import BadRequestError

__all__ = ["Registry"]


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


T = TypeVar("T", bound=_Keyed)


class Registry(Generic[T]):
    """Objects of one kind by their keys, in order of registration.

    Args:
        kind: what one object is called in messages, such as "export format".
    """

    def __init__(self, kind: str):
        self.kind = kind
        self._objects: dict[str, T] = {}

    def register(self, item: T) -> T:
        """Add an object and return it.

        Raises:
            ValueError: its key is taken.
        """
        if item.key in self._objects:
            raise ValueError(f"The {self.kind} {item.key!r} is registered already.")
        self._objects[item.key] = item
        return item

    def __getitem__(self, key: str) -> T:
        """Return the object of a key.

        Raises:
            BadRequestError: no object has that key. The message lists the known keys.
        """
        try:
            return self._objects[key]
        except (KeyError, TypeError):
            known = ", ".join(self._objects)
            raise BadRequestError(f"No {self.kind} is called {str(key)[:40]!r}.", f"Use one of {known}.") from None

    def __contains__(self, key: object) -> bool:
        return key in self._objects

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._objects.values()))

    def __len__(self) -> int:
        return len(self._objects)

    def keys(self) -> tuple[str, ...]:
        """Return all keys, in order of registration."""
        return tuple(self._objects)
