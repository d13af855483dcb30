"""The languages of the pages, and the catalogues of their texts (`assets/languages`).

`python -m docs.languages` writes the catalogues. English needs none: its texts stand in the source.
"""

import gettext
import os
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from vae.assets import ASSETS
from vae.message import Message, translated

__all__ = ["COOKIE", "ENGLISH", "FOLDER", "LANGUAGES", "Language", "language_of", "translate", "translate_told"]

ENGLISH = "en"
COOKIE = "zscope-language"  # the tag of the language that the user chose
_LEAST_TEXT = 10  # letters of a template that is recognised in a text
# Tests set another folder, with a catalogue that marks every text.
FOLDER = Path(os.environ.get("ZSCOPE_LANGUAGES") or ASSETS / "languages")


@dataclass(frozen=True)
class Language:
    """A language.

    Attributes:
        tag: BCP 47 tag, and the folder of its catalogues.
        name: its own name.
        locales: locales of browsers that get it, besides the tag itself; in lower case.
    """

    tag: str
    name: str
    locales: tuple[str, ...] = ()


LANGUAGES = {
    language.tag: language
    for language in (
        Language(ENGLISH, "English"),
        Language("zh-Hans", "简体中文", locales=("zh", "zh-cn", "zh-sg", "zh-my", "zh-hans-cn", "zh-hans-sg")),
    )
}


def language_of(locale: str | None) -> str | None:
    """Return the tag of the language that a browser with this locale gets; None if the locale is not known."""
    wanted = (locale or "").lower().replace("_", "-")
    for language in LANGUAGES.values():
        if wanted == language.tag.lower() or wanted in language.locales:
            return language.tag
    return ENGLISH if wanted.startswith("en-") else None


def translate(tag: str, text: str, plural: str = "", n: int = 1) -> str:
    """Return a text in a language; the text itself where the catalogue has no translation.

    Args:
        text: English text, a template, or a `Message`, which is formatted.
        plural: template for counts other than one; "" if there is no count.
        n: the count.
    """
    if tag == ENGLISH:
        return plural if plural and n != 1 else str(text)
    if isinstance(text, Message):
        return translated(text, lambda *template: translate(tag, *template))
    if not text:  # gettext keeps the catalogue's header there
        return text
    catalogue = _catalogue(tag)
    return catalogue.ngettext(text, plural, n) if plural else catalogue.gettext(text)


@lru_cache(maxsize=4096)
def translate_told(tag: str, text: str) -> str:
    """Return a text that was formatted in another process or by an earlier version, in a language.

    Its template is the one of the catalogue that it fits best. A text of two sentences can have one template for each.
    Text without a template stays as it is.
    """
    if tag == ENGLISH or not text:
        return text
    catalogue = _catalogue(tag)
    found = catalogue.gettext(text)
    if found != text:
        return found
    for end in re.finditer(r"(?<=[.:]) (?=[A-Z])", text):
        parts = text[: end.start()], text[end.end() :]
        translations = [translate_told(tag, part) for part in parts]
        if all(translation != part for translation, part in zip(translations, parts, strict=True)):
            return "".join(translations)
    for pattern, template in _patterns(tag):
        if match := pattern.fullmatch(text):
            values = {name: translate_told(tag, value) for name, value in match.groupdict().items()}
            return catalogue.gettext(template).format(**values)
    return text


@cache
def _patterns(tag: str) -> list[tuple[re.Pattern[str], str]]:
    """Return a pattern of each template with values, the one with the longest text first."""
    found = []
    for template in getattr(_catalogue(tag), "_catalog", {}):
        parts = re.split(r"\{(\w+)\}", template if isinstance(template, str) else "")
        names, literal = parts[1::2], "".join(parts[::2])
        if not names or len(set(names)) < len(names) or len(literal) < _LEAST_TEXT:
            continue
        pattern = "".join(f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
        found.append((len(literal), re.compile(pattern, re.DOTALL), template))
    return [(pattern, template) for _, pattern, template in sorted(found, key=lambda one: -one[0])]


@cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    with (FOLDER / LANGUAGES[tag].tag / "messages.mo").open("rb") as file:
        return gettext.GNUTranslations(file)
