"""The settings of a projection: default, range, and their text form in URLs."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["Axes", "Components", "Direction", "Number", "Setting", "Value"]

Value = int | float | str | tuple[int, int]

_LAST_AXIS = 511
_DIRECTION = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Setting(ABC):
    """A setting of a projection.

    Attributes:
        name: its name in URLs and as an option of the command line.
        title: its label on a page.
        help: what it does, a sentence.
        default: the value if none is given; "" if it is required.
    """

    name: str
    title: str
    help: str
    default: Value

    @abstractmethod
    def check(self, value: object) -> Value:
        """Check a value and return it in the type of the setting.

        Raises:
            BadRequestError: it has another type or is out of range.
        """

    @abstractmethod
    def read(self, text: str) -> object:
        """Parse the text that `write` returns. The value is not yet checked.

        Raises:
            ValueError: the text cannot be parsed.
        """

    def write(self, value: Value) -> str:
        """Return the value as text."""
        return str(value)

    def is_implied(self, value: Value) -> bool:
        """Return whether a value is left out of texts and keys."""
        return False

    def _refusal(self, value: object, expected: str) -> BadRequestError:
        return BadRequestError(
            message(
                "The map's {name} must be {expected}, not {value}.",
                name=self.name,
                expected=expected,
                value=str(value)[:40],
            ),
            "Correct that setting.",
        )


@dataclass(frozen=True)
class Number(Setting):
    """A whole number if the default is an int, else any number.

    Attributes:
        least, most: the range, inclusive.
        step: step of the page's control; None for its default.
    """

    default: int | float
    least: int | float
    most: int | float
    step: int | float | None = None

    def check(self, value: object) -> int | float:
        whole = isinstance(self.default, int)
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not isinstance(value, int | float) or not self.least <= value <= self.most:  # NaN is not
            kind = "a whole number" if whole else "a number"
            raise self._refusal(value, f"{kind} from {self.least:g} to {self.most:g}")
        return value if whole else float(value)

    def read(self, text: str) -> int | float:
        return type(self.default)(text)


@dataclass(frozen=True)
class Components(Number):
    """The number of a map's components. Two are left out of texts and keys, which are older than this setting."""

    name: str = "components"
    title: str = "3-D"
    help: str = "Number of components; a map of three can be rotated."
    default: int = 2
    least: int = 2
    most: int = 3

    def is_implied(self, value: Value) -> bool:
        return value == self.default


@dataclass(frozen=True)
class Axes(Setting):
    """Two different axes, counted from 0.

    Attributes:
        word: name of an axis on a page.
        first: number of the first axis on a page.
        of_a_line: whether a model of one dimension has a second, empty axis.
    """

    default: tuple[int, int]
    word: str
    first: int = 0
    of_a_line: bool = False

    def check(self, value: object) -> tuple[int, int]:
        match value:
            case [int(first), int(second)] if first != second and _is_axis(first) and _is_axis(second):
                return first, second
            case _:
                raise self._refusal(value, f"two different axes from 0 to {_LAST_AXIS}")

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(","))

    def write(self, value: Value) -> str:
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def count(self, dims: int) -> int:
        """Return the number of axes of a model with `dims` latent dimensions."""
        return max(dims, 2) if self.of_a_line else dims


def _is_axis(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= _LAST_AXIS


@dataclass(frozen=True)
class Direction(Setting):
    """The id of a saved direction; it is required. The function of the projection gets the direction itself."""

    default: str = ""

    def check(self, value: object) -> str:
        if not (isinstance(value, str) and _DIRECTION.fullmatch(value)):
            raise self._refusal(repr(value), "the id of a saved direction")
        return value

    def read(self, text: str) -> str:
        return text
