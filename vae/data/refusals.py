"""Why a file does not become an image of a data set, and how many did not."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from vae.data.names import clean_label
from vae.data.picture_files import FORMATS, MAX_BYTES, MAX_PIXELS

__all__ = ["Reason", "Refusal", "RefusedError", "Tally"]

_EXAMPLES = 3


class Reason(StrEnum):
    """In words for people; the reasons of `vae.data.picture_files.read_on_grounds` are spelt as there."""

    NOT_A_PICTURE = f"not a picture of a kind that is read ({', '.join(FORMATS)})"
    DAMAGED = "damaged"
    TOO_LARGE = f"beyond {MAX_BYTES // 1_000_000} MB or {MAX_PIXELS // 1_000_000} million pixels"
    DUPLICATE = "the same file again"
    COPY = "the same picture again"
    BLANK = "blank: one colour all over"
    OUTSIDE = "outside the class folders"
    LEADS_OUT = "a name that leads out of the archive"
    LINK = "a link, not a file"
    ENCRYPTED = "encrypted"
    BOMB = "unpacks to far more than a picture does"
    METHOD = "packed in a way that is not read"
    UNREADABLE = "cannot be opened"


class RefusedError(Exception):
    """Inside the intake: one file is not to be had. Counted, never shown by itself."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Refusal:
    """How many files were refused for one reason, with the names of the first few."""

    reason: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.examples) else ""
        return f"{self.count:,} {self.reason} ({', '.join(self.examples)}{more})"


class Tally:
    """Counts refusals; keeps the first few names of each reason."""

    def __init__(self):
        self._counts: Counter[Reason] = Counter()
        self._examples: dict[Reason, list[str]] = {}

    def add(self, reason: Reason, name: str) -> None:
        self._counts[reason] += 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(clean_label(name) or "unnamed")

    def refusals(self) -> tuple[Refusal, ...]:
        """The most frequent first."""
        return tuple(
            Refusal(str(reason), count, tuple(self._examples[reason])) for reason, count in self._counts.most_common()
        )
