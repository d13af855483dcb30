"""The files of a language: one `.po` file per catalogue, and what Python and the browser read."""

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

__all__ = ["Translation", "json_text", "mo_bytes", "po_text", "read_translations"]

Text = str | tuple[str, str]
Translation = str | tuple[str, ...]


class _Catalog(Catalog):
    """A catalogue whose header has no date and no version, so that equal texts give equal files."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        forms = f"nplurals={self.num_plurals}; plural={self.plural_expr};"
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", forms),
        ]


def _empty(tag: str) -> _Catalog:
    return _Catalog(locale=tag.replace("-", "_"), fuzzy=False, header_comment="")


def read_translations(path: Path) -> dict[Text, Translation]:
    """Return the translations of a `.po` file by text; texts without a translation are left out."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file)
    found: dict[Text, Translation] = {}
    for entry in catalog:
        forms = entry.string if isinstance(entry.string, list | tuple) else (entry.string,)
        if entry.id and all(forms):
            translation = tuple(map(str, forms)) if isinstance(entry.id, list | tuple) else str(entry.string)
            found[entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])] = translation
    return found


def po_text(tag: str, places: Mapping[Text, list[str]], translations: Mapping[Text, Translation]) -> str:
    """Return the content of a `.po` file: all texts in alphabetical order, with their files and translations.

    Args:
        places: the files of each text.
    """
    catalog = _empty(tag)
    for text, files in places.items():
        catalog.add(text, translations.get(text), locations=[(file, 1) for file in sorted(files)])
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, sort_output=True, include_lineno=False)
    return buffer.getvalue().decode()


def mo_bytes(tag: str, translations: Mapping[Text, Translation]) -> bytes:
    """Return the content of the file that Python's gettext reads."""
    catalog = _empty(tag)
    for text, translation in translations.items():
        catalog.add(text, translation)
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def json_text(texts: Iterable[Text], translations: Mapping[Text, Translation]) -> str:
    """Return the content of the file that the browser reads: translations by text; counts have lists of forms."""
    found = {}
    for text in texts:
        if text in translations:
            translation = translations[text]
            found[text if isinstance(text, str) else text[0]] = (
                translation if isinstance(translation, str) else list(translation)
            )
    return json.dumps(found, ensure_ascii=False, sort_keys=True, indent=0) + "\n"
