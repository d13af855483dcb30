"""Field types that both configurations share."""

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from vae.registry import Registry

__all__ = ["STRICT", "key_of"]

# Unknown keys are refused: a misspelt setting must not silently take its default.
STRICT = ConfigDict(extra="forbid", strict=True)


def key_of(registry: Registry, or_empty: bool = False) -> AfterValidator:
    """Return a validator that refuses values that are no keys of the registry, with pydantic's message for a choice.

    Args:
        or_empty: whether "" is valid too.
    """

    def check(value: str) -> str:
        if value in registry or (or_empty and not value):
            return value
        *others, last = (repr(key) for key in registry)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})

    return AfterValidator(check)
