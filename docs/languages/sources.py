"""The four catalogues of a language, and the files that each one's texts come from."""

from collections.abc import Iterator
from pathlib import Path

from docs.languages import python_texts, script_texts

__all__ = ["CATALOGUES", "ROOT", "find_texts", "for_browser"]

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ("interface", "errors", "scripts", "learn")
# The lecture walks through the chapters; its file has the texts in English.
_LEARN = ("zscope/ui/learn/", "assets/js/learn/", "docs/lecture.py")
# The comment at the head of modules whose errors say that a call or a client breaks a contract.
NOT_TRANSLATED = "# Errors of this module reach developers, not users of the pages: they are not translated."

Text = str | tuple[str, str]


def find_texts(root: Path = ROOT) -> dict[str, dict[Text, list[str]]]:
    """Return the texts of each catalogue, with the files that contain each."""
    found: dict[str, dict[Text, list[str]]] = {name: {} for name in CATALOGUES}
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        catalogue = _catalogue_of(place)
        if catalogue is None or (catalogue == "errors" and NOT_TRANSLATED in path.read_text(encoding="utf-8")):
            continue
        texts = python_texts.texts_of(path) if path.suffix == ".py" else script_texts.texts_of(path)
        for text in texts:
            places = found[catalogue].setdefault(text, [])
            if place not in places:
                places.append(place)
    return found


def for_browser(catalogue: str, places: list[str]) -> bool:
    """Return whether the browser translates a text: those of scripts, and errors, which arrive in English."""
    return catalogue in ("scripts", "errors") or any(place.startswith("assets/") for place in places)


def _files(root: Path) -> Iterator[Path]:
    for folder, pattern in (
        ("pages", "*.py"),
        ("zscope", "*.py"),
        ("vae", "*.py"),
        ("assets/js", "*.js"),
        ("docs", "lecture.py"),
    ):
        yield from sorted((root / folder).rglob(pattern))
    yield from sorted((root / "assets").glob("*.html"))


def _catalogue_of(place: str) -> str | None:
    if place.startswith(_LEARN):
        return "learn"
    if place.startswith("assets/"):
        return "scripts"
    if place.startswith(("pages/", "zscope/ui/")):
        return "interface"
    return None if place.startswith("zscope/cli/") else "errors"
