"""Parameters of a query, declared by a route and read before its work begins."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import numpy as np
from starlette.requests import Request

from vae.errors import BadRequestError, NotFoundError

__all__ = ["Parameter", "numbers", "one_of", "query_without_version", "read_query", "text", "whole", "wholes"]

Name = TypeVar("Name", bound=str)
Parameter = Callable[[str, Request], object]  # (name, request) → value; raises a BadRequestError
_MAX_CHARACTERS = 20_000  # of one parameter
_MAX_DIGITS = 9  # of a whole number
_VERSION = "v"  # names the content that an address is of; the server does not read it


def read_query(request: Request, declared: Mapping[str, Parameter]) -> dict[str, object]:
    """The values of a request's declared parameters, by name. Other parameters are ignored.

    Raises:
        BadRequestError: one is missing or malformed.
    """
    return {name: read(name, request) for name, read in declared.items()}


def whole(mend: str) -> Parameter:
    """A whole number from 0 to 999,999,999.

    Args:
        mend: how to write it.
    """

    def read(name: str, request: Request) -> int:
        number = _whole(_text(name, request))
        if number is None:
            raise BadRequestError(f"{name} is not a whole number.", mend)
        return number

    return read


def wholes(mend: str) -> Parameter:
    """A list of whole numbers, separated by commas; at least one."""

    def read(name: str, request: Request) -> list[int]:
        found = [_whole(part) for part in _text(name, request).split(",")]
        known = [number for number in found if number is not None]
        if len(known) < len(found):
            raise BadRequestError(f"{name} is not a list of whole numbers.", mend)
        return known

    return read


def numbers(mend: str, largest: float) -> Parameter:
    """Numbers separated by commas, float32 `(n,)`, each at most `largest` in absolute value."""

    def read(name: str, request: Request) -> np.ndarray:
        try:
            values = np.array([float(part) for part in _text(name, request).split(",")])
        except ValueError:
            raise BadRequestError(f"{name} is not a list of numbers.", mend) from None
        if not (np.abs(values) <= largest).all():  # nor NaN
            raise BadRequestError(f"{name} has a number that is not finite or beyond {largest:g}.", mend)
        return values.astype(np.float32)

    return read


def text(name: str, request: Request) -> str:
    """A text; "" where it is missing."""
    return _text(name, request)


def query_without_version(name: str, request: Request) -> str:
    """The whole query but the version of the content, for a function that reads it itself."""
    return "&".join(part for part in request.url.query.split("&") if part.partition("=")[0] != _VERSION)


def one_of(choices: Collection[Name], name: str, what: str) -> Name:
    """`name`, part of an address, if it is one of the choices.

    Args:
        what: they are, in the singular.

    Raises:
        NotFoundError: it is none of them.
    """
    for choice in choices:
        if choice == name:
            return choice
    raise NotFoundError(f"There is no {what} {name[:40]!r}.", f"Use one of {', '.join(choices)}.")


def _text(name: str, request: Request) -> str:
    found = request.query_params.get(name, "")
    if len(found) > _MAX_CHARACTERS:
        raise BadRequestError(f"{name} has {len(found):,} characters.", f"Use at most {_MAX_CHARACTERS:,}.")
    return found


def _whole(written: str) -> int | None:
    # isdecimal alone takes the digits of other scripts too.
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= _MAX_DIGITS else None
