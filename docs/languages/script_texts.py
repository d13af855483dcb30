"""Finds the texts in JavaScript files that are translated: literals in `t("…")` and `tn("…", "…", n)`."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract

__all__ = ["texts_of"]

_KEYWORDS = {"t": None, "tn": (1, 2)}
_OPTIONS = {"parse_template_string": True}  # calls inside `…${t("…")}…` too


def texts_of(path: Path) -> Iterator[str | tuple[str, str]]:
    """Yield the texts of a script, or of the scripts in an HTML file: strings, and for counts the pair (one, many)."""
    with path.open("rb") as file:
        for _line, text, _comments, _context in extract("javascript", file, _KEYWORDS, options=_OPTIONS):
            yield text if isinstance(text, str) else (text[0], text[1])
