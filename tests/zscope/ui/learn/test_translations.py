"""Translations of Learn and the lecture: complete, with the formulas and the Markdown of the English text."""

import re

import pytest

from docs.languages.catalogues import read_translations
from docs.languages.sources import find_texts
from zscope.languages import ENGLISH, FOLDER, LANGUAGES

TEXTS = [text for text in find_texts()["learn"] if isinstance(text, str)]
_WORDS = re.compile(r"\\text\{[^{}]*\}")  # in a formula: they are translated
_IS_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(params=[tag for tag in LANGUAGES if tag != ENGLISH])
def translations(request):
    return read_translations(FOLDER / request.param / "learn.po")


def skeleton(text: str) -> dict[str, list[str]]:
    """What a translation must keep: formulas, code, icons and whole formulas in LaTeX, each without its words."""
    text = _WORDS.sub("", text)
    return {
        "formulas": sorted(re.findall(r"\$[^$]+\$", text)),
        "code": sorted(re.findall(r"`[^`]+`", text)),
        "commands": sorted(re.findall(r"\\[a-zA-Z]+", text)),
        "years": sorted(re.findall(r"\b(?:19|20)\d\d\b", text)),
        "cells": ["|"] * text.count("|") if text.startswith("|") else [],
    }


def test_formulas_code_and_years_are_those_of_the_english_text(translations):
    assert len(TEXTS) > 350
    changed = {text: translations[text] for text in TEXTS if skeleton(text) != skeleton(translations[text])}
    assert changed == {}


def test_emphasis_is_closed_and_has_no_punctuation_at_its_ends_beside_letters(translations):
    """`**“x”**` beside a Chinese character stays as asterisks in Markdown."""
    for text, translation in translations.items():
        parts = translation.split("**")
        assert len(parts) % 2, translation
        assert ("**" in translation) == ("*" in _without_formulas(text)), translation
        for before, inner, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
            assert inner and inner.strip() == inner, translation
            assert re.match(r"\w", inner) or not re.search(r"\w$", before), translation
            assert re.search(r"\w$", inner) or not re.match(r"\w", after), translation


def _without_formulas(text: str) -> str:
    return re.sub(r"`[^`]+`|\$[^$]+\$", "", text)


def test_only_symbols_and_names_stay_english(translations):
    same = {text for text in TEXTS if translations[text] == text}
    assert same == {"ELBO", "KL", "VAE"}
    assert all(_IS_CHINESE.search(translations[text]) for text in TEXTS if len(text) > 40 and text[0] != "\\")
