"""A registry: objects of one kind by key, in the order of registration."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Generic, TypeVar, overload

from vae.errors import BadRequestError, ZscopeError
from vae.message import message

__all__ = ["Registry"]

T = TypeVar("T")
D = TypeVar("D")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping of keys to objects of one kind. Objects can be added, but not replaced.

    Args:
        noun: name of the kind in error messages, such as "likelihood".
        key: the attribute that contains an object's key.
        error: the error that an unknown key raises.
    """

    def __init__(self, noun: str, key: str = "key", error: type[ZscopeError] = BadRequestError):
        self.noun = noun
        self._key_of = attrgetter(key)
        self._error = error
        self._objects: dict[str, T] = {}

    def register(self, member: T) -> T:
        """Add an object and return it.

        Raises:
            ValueError: an object with this key exists.
        """
        key = self._key_of(member)
        if key in self._objects:
            raise ValueError(f"the {self.noun} {key!r} already exists")
        self._objects[key] = member
        return member

    def __getitem__(self, key: str) -> T:
        if key not in self._objects:
            raise self._error(
                message("No {noun} is called {key}.", noun=self.noun, key=repr(str(key)[:80])),
                message("Use one of {value}.", value=", ".join(self)),
            )
        return self._objects[key]

    # `Mapping.get` expects a KeyError for an unknown key.
    @overload
    def get(self, key: str, /) -> T | None: ...
    @overload
    def get(self, key: str, default: T, /) -> T: ...
    @overload
    def get(self, key: str, default: D, /) -> T | D: ...
    def get(self, key: str, default: object = None, /) -> object:
        return self._objects.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._objects

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)
