"""Faults of translations."""

import re
from collections.abc import Mapping

__all__ = ["faults_of"]

_PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}")
_WORDS = re.compile(r"\\text\{[^{}]*\}")  # in a formula: they are translated

Text = str | tuple[str, str]
Translation = str | tuple[str, ...]


def faults_of(texts: Mapping[str, Mapping[Text, object]], translations: Mapping[str, Mapping[Text, Translation]]):
    """Return what is wrong with the translations of a language, one line each.

    Args:
        texts, translations: by catalogue.
    """
    faults, seen = [], {}
    for catalogue, found in texts.items():
        for text in found:
            first = text if isinstance(text, str) else text[0]
            translation = translations[catalogue].get(text)
            if translation is None:
                faults.append(f"{catalogue}: no translation of {first!r}")
                continue
            if seen.setdefault(first, translation) != translation:
                faults.append(f"{catalogue}: another translation of {first!r} than in another catalogue")
            wanted = set().union(*map(_placeholders, [text] if isinstance(text, str) else text))
            for form in [translation] if isinstance(translation, str) else translation:
                if _placeholders(form) != wanted:
                    faults.append(f"{catalogue}: other placeholders in the translation of {first!r}")
                if form.strip() != form and first.strip() == first:
                    faults.append(f"{catalogue}: space at an end of the translation of {first!r}")
    return faults


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(_WORDS.sub("", text)))
