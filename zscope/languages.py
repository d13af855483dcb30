"""The languages of the pages, and the catalogues of their texts (`assets/languages`).

`python -m docs.languages` writes the catalogues. English needs none: its texts stand in the source.
"""

import gettext
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vae.assets import ASSETS
from vae.message import Message, translated

__all__ = ["COOKIE", "ENGLISH", "FOLDER", "LANGUAGES", "Language", "language_of", "translate"]

ENGLISH = "en"
COOKIE = "zscope-language"  # the tag of the language that the user chose
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
    if isinstance(text, Message):
        return str(text) if tag == ENGLISH else translated(text, lambda *template: translate(tag, *template))
    if not text:  # gettext keeps the catalogue's header there
        return text
    if tag == ENGLISH:
        return plural if plural and n != 1 else text
    catalogue = _catalogue(tag)
    return catalogue.ngettext(text, plural, n) if plural else catalogue.gettext(text)


@cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    with (FOLDER / LANGUAGES[tag].tag / "messages.mo").open("rb") as file:
        return gettext.GNUTranslations(file)
