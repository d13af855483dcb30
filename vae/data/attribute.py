"""An attribute of pictures besides their class: a property that each picture has or lacks, or a number."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["MAX_ATTRIBUTES", "Attribute"]

MAX_ATTRIBUTES = 200


@dataclass(frozen=True)
class Attribute:
    """Describes one column of a data set's attributes.

    Attributes:
        name: as in the table, in one line; unique within the data set.
        kind: "binary" (values 0 and 1) or "continuous" (any finite number). A missing value is NaN in both.
    """

    name: str
    kind: Literal["binary", "continuous"]
