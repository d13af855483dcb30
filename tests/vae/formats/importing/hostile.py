"""Harmful files, one for each known attack. Their payload only touches a canary.

`CASES` lists them: `Case.make` writes one, `Case.reason` is what it must be refused for. Whatever code is hidden in
them would write the canary's marker; whatever path is named in them is the canary's.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CASES", "Canary", "Case", "Files", "case"]

Files = list[tuple[str, Path | bytes]]


@dataclass(frozen=True)
class Canary:
    """A file that must stay unchanged, and a path at which no file must appear.

    Attributes:
        folder: for a case's own files.
        file: holds `SONG`.
        marker: must not exist.
    """

    folder: Path
    file: Path
    marker: Path

    SONG = "still singing\n"

    @classmethod
    def hatch(cls, folder: Path) -> "Canary":
        (folder / "files").mkdir()
        canary = cls(folder / "files", folder / "canary.txt", folder / "marker")
        canary.file.write_text(cls.SONG)
        return canary

    @property
    def alive(self) -> bool:
        around = {path.name for path in self.folder.parent.iterdir()}
        return self.file.read_text() == self.SONG and around == {"files", "canary.txt"}

    @property
    def program(self) -> str:
        """Return code whose execution the test would notice."""
        return f"open({str(self.marker)!r}, 'w').close()"


@dataclass(frozen=True)
class Case:
    """Attributes:
    name: for people.
    reason: a pattern of the refusal.
    make: writes the files.
    """

    name: str
    reason: str
    make: Callable[[Canary], Files]


CASES: list[Case] = []


def case(reason: str) -> Callable:
    """Add a maker of files, named as its function."""

    def add(make: Callable[[Canary], Files]) -> Callable[[Canary], Files]:
        CASES.append(Case(make.__name__, reason, make))
        return make

    return add


def as_json(content) -> bytes:
    return json.dumps(content).encode()
