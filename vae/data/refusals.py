"""Reasons why files are refused for a data set, and their counts."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from vae.data.names import clean_label
from vae.data.picture_files import MAX_BYTES, MAX_PIXELS
from vae.message import N_, message

__all__ = ["Reason", "Refusal", "RefusedError", "Tally"]

_EXAMPLES = 3


class Reason(StrEnum):
    """Why a file is refused, as text that follows its count ("3 damaged")."""

    NOT_A_PICTURE = N_("not JPEG, PNG, WebP, GIF or BMP")
    DAMAGED = N_("damaged")
    TOO_LARGE = message(
        "larger than {mb} MB or {megapixels} megapixels", mb=MAX_BYTES // 1_000_000, megapixels=MAX_PIXELS // 1_000_000
    )
    DUPLICATE = N_("duplicate")
    COPY = N_("with the same picture as another")
    BLANK = N_("blank: one flat colour")
    OUTSIDE = N_("outside the class folders")
    NO_CLASS = N_("without a class in the table")
    LEADS_OUT = N_("with a path outside the archive")
    LINK = N_("symbolic link(s)")
    ENCRYPTED = N_("encrypted")
    BOMB = N_("too large when unpacked")
    METHOD = N_("with an unsupported compression")
    UNREADABLE = N_("unreadable")


class RefusedError(Exception):
    """One file is refused. Used inside the intake only: it is counted, never shown by itself."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Refusal:
    """The number of files refused for one reason, with the first few names."""

    reason: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.examples) else ""
        return f"{self.count:,} {self.reason} ({', '.join(self.examples)}{more})"


class Tally:
    """Counts refusals and keeps the first few names for each reason."""

    def __init__(self):
        self._counts: Counter[Reason] = Counter()
        self._examples: dict[Reason, list[str]] = {}

    def add(self, reason: Reason, name: str) -> None:
        self._counts[reason] += 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(clean_label(name) or "unnamed")

    def refusals(self) -> tuple[Refusal, ...]:
        """Return the refusals, most frequent first."""
        return tuple(
            Refusal(str(reason), count, tuple(self._examples[reason])) for reason, count in self._counts.most_common()
        )
