"""Reads query parameters. A route declares its parameters with these functions."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import numpy as np
from starlette.requests import Request

from vae.errors import BadRequestError, NotFoundError
from vae.message import message

__all__ = ["Parameter", "numbers", "one_of", "query_without_version", "read_query", "text", "whole", "wholes"]

Name = TypeVar("Name", bound=str)
Parameter = Callable[[str, Request], object]  # (name, request) → value; raises a BadRequestError
_MAX_CHARACTERS = 20_000  # of one parameter
_MAX_DIGITS = 9  # of a whole number
_VERSION = "v"  # the version of the content, which makes its address unique; the server does not read it


def read_query(request: Request, declared: Mapping[str, Parameter]) -> dict[str, object]:
    """Read the declared parameters of a request by name; other parameters are ignored.

    Raises:
        BadRequestError: a parameter is missing or malformed.
    """
    return {name: read(name, request) for name, read in declared.items()}


def whole(hint: str) -> Parameter:
    """Declare a whole number from 0 to 999,999,999.

    Args:
        hint: how to write it.
    """

    def read(name: str, request: Request) -> int:
        number = _whole(_text(name, request))
        if number is None:
            raise BadRequestError(message("{name} is not a whole number.", name=name), hint)
        return number

    return read


def wholes(hint: str) -> Parameter:
    """Declare a list of one or more whole numbers, separated by commas."""

    def read(name: str, request: Request) -> list[int]:
        found = [_whole(part) for part in _text(name, request).split(",")]
        known = [number for number in found if number is not None]
        if len(known) < len(found):
            raise BadRequestError(message("{name} is not a list of whole numbers.", name=name), hint)
        return known

    return read


def numbers(hint: str, largest: float) -> Parameter:
    """Declare numbers separated by commas, float32 `(n,)`, each at most `largest` in absolute value."""

    def read(name: str, request: Request) -> np.ndarray:
        try:
            values = np.array([float(part) for part in _text(name, request).split(",")])
        except ValueError:
            raise BadRequestError(message("{name} is not a list of numbers.", name=name), hint) from None
        if not (np.abs(values) <= largest).all():  # also true for NaN
            raise BadRequestError(
                message(
                    "{name} contains a number that is not between −{largest} and {largest}.",
                    name=name,
                    largest=f"{largest:g}",
                ),
                hint,
            )
        return values.astype(np.float32)

    return read


def text(name: str, request: Request) -> str:
    """Read a text; "" if it is missing."""
    return _text(name, request)


def query_without_version(name: str, request: Request) -> str:
    """Read the whole query without the version of the content, for functions that parse it themselves."""
    return "&".join(part for part in request.url.query.split("&") if part.partition("=")[0] != _VERSION)


def one_of(choices: Collection[Name], name: str, what: str) -> Name:
    """Return `name`, a part of an address, if it is one of the choices.

    Args:
        what: noun for one choice, in the singular.

    Raises:
        NotFoundError: it is not one of the choices.
    """
    for choice in choices:
        if choice == name:
            return choice
    raise NotFoundError(
        message("There is no {what} called {name}.", what=what, name=repr(name[:40])),
        message("Use one of {choices}.", choices=", ".join(choices)),
    )


def _text(name: str, request: Request) -> str:
    found = request.query_params.get(name, "")
    if len(found) > _MAX_CHARACTERS:
        raise BadRequestError(
            message("{name} has {n} characters.", name=name, n=f"{len(found):,}"),
            message("Use at most {max_characters}.", max_characters=f"{_MAX_CHARACTERS:,}"),
        )
    return found


def _whole(written: str) -> int | None:
    # isdecimal alone accepts the digits of other scripts too.
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= _MAX_DIGITS else None
