"""The language of a session, and the functions that translate the texts of the pages.

A text is written in English where it is shown: `_("Train on {name}", name=title)`. Its translation is looked up in
the catalogue of the session's language.
"""

from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vae.message import N_, Message
from zscope.languages import COOKIE, ENGLISH, LANGUAGES, language_of, translate, translate_told

__all__ = ["LANGUAGE_KEY", "N_", "_", "current_language", "long_date", "ngettext", "short_date", "told"]

LANGUAGE_KEY = "zscope_language"  # tag of the language that was chosen in this session


def current_language() -> str:
    """Return the tag of the session's language.

    It is the one chosen in this session, else that of the cookie, else that of the browser, else English. Outside a
    session it is English.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    chosen = st.session_state.get(LANGUAGE_KEY) or st.context.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else language_of(st.context.locale) or ENGLISH


def _(text: str, /, **values: object) -> str:
    """Return a text in the session's language.

    Args:
        text: a literal, a constant marked with `N_`, or a `vae.message.Message`.
        values: by the names in braces; if there are none, braces stay.
    """
    found = translate(current_language(), text)
    return found.format(**values) if values else found


def told(text: str) -> str:
    """Return a text from a file or another process in the session's language; see `translate_told`.

    A Message is translated by its template.
    """
    if isinstance(text, Message) and text.values:
        return _(text)
    return translate_told(current_language(), str(text))


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the text of a count in the session's language, with `{n}` in place of it.

    Args:
        values: others than `n`; one called `n` replaces how the count is written.
    """
    return translate(current_language(), one, many, n).format(**{"n": n, **values})


def short_date(when: date) -> str:
    """Return a date in a short form of the session's language."""
    return when.strftime(_("%d %b %Y"))


def long_date(when: date) -> str:
    """Return a date in the usual form of the session's language."""
    return when.strftime(_("%d %B %Y"))
