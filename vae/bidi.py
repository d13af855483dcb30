"""Signs that turn the direction of writing: in a name they can make it, and the words beside it, look like others."""

from pydantic import AfterValidator

__all__ = ["WITHOUT_DIRECTION", "without_direction"]

# Unicode's bidirectional controls (UAX #9, section 2): marks, embeddings, overrides, isolates.
_SIGNS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_direction(text: str) -> str:
    """The text without bidirectional control characters; Arabic and Hebrew letters keep their own direction."""
    return text.translate(_SIGNS)


# For the words of a schema: removed as they are read, whoever wrote the file.
WITHOUT_DIRECTION = AfterValidator(without_direction)
