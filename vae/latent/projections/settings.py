"""The settings of a projection: each with its default, its range, and how it is written in an address."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from vae.errors import BadRequestError

__all__ = ["Axes", "Direction", "Number", "Setting", "Value"]

Value = int | float | str | tuple[int, int]

_LAST_AXIS = 511
_DIRECTION = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Setting(ABC):
    """A setting of a projection.

    Attributes:
        name: in addresses, and of the command line's option.
        title: its label on a page.
        help: what it does, a sentence.
        default: its value where none is given; "" if it must be given.
    """

    name: str
    title: str
    help: str
    default: Value

    @abstractmethod
    def check(self, value: object) -> Value:
        """Return the value in its own type.

        Raises:
            BadRequestError: it has another type or is out of range.
        """

    @abstractmethod
    def read(self, text: str) -> object:
        """Return what `write` has written. `check` comes after it.

        Raises:
            ValueError: the text is no such value.
        """

    def write(self, value: Value) -> str:
        """Return the value as text."""
        return str(value)

    def _refusal(self, value: object, expected: str) -> BadRequestError:
        return BadRequestError(
            f"The map's {self.name} must be {expected}, not {str(value)[:40]}.", "Correct that setting."
        )


@dataclass(frozen=True)
class Number(Setting):
    """A whole number where the default is an int, else any number.

    Attributes:
        least, most: both are allowed.
        step: of the page's control; None leaves it to the control.
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
class Axes(Setting):
    """Two different axes, counted from 0.

    Attributes:
        word: what one of them is called on a page.
        first: the number of the first one on a page.
        of_a_line: whether a model of one dimension has a second axis, along which nothing varies.
    """

    default: tuple[int, int]
    word: str
    first: int = 0
    of_a_line: bool = False

    def check(self, value: object) -> tuple[int, int]:
        axes = tuple(value) if isinstance(value, tuple | list) else ()
        right = all(isinstance(axis, int) and not isinstance(axis, bool) and 0 <= axis <= _LAST_AXIS for axis in axes)
        if not right or len(axes) != 2 or axes[0] == axes[1]:
            raise self._refusal(value, f"two different axes from 0 to {_LAST_AXIS}")
        return axes[0], axes[1]

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(","))

    def write(self, value: Value) -> str:
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def count(self, dims: int) -> int:
        """Return how many axes a model of so many latent dimensions has."""
        return max(dims, 2) if self.of_a_line else dims


@dataclass(frozen=True)
class Direction(Setting):
    """The id of a saved direction, which must be given. The function of the projection gets the direction itself."""

    default: str = ""

    def check(self, value: object) -> str:
        if not (isinstance(value, str) and _DIRECTION.fullmatch(value)):
            raise self._refusal(repr(value), "the id of a saved direction")
        return value

    def read(self, text: str) -> str:
        return text
