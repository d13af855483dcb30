"""Removes bidirectional control characters, which can change how a name and the text next to it look."""

from pydantic import AfterValidator

__all__ = ["WITHOUT_DIRECTION", "without_direction"]

# Unicode's bidirectional controls (UAX #9, section 2): marks, embeddings, overrides, isolates.
_CONTROLS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_direction(text: str) -> str:
    """Return the text without bidirectional control characters; Arabic and Hebrew letters keep their direction."""
    return text.translate(_CONTROLS)


# For text fields of a schema: removes the characters when an untrusted file is read.
WITHOUT_DIRECTION = AfterValidator(without_direction)
