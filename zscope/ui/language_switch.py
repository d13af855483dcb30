"""The picker for the language, at the end of the sidebar, and the component that keeps the choice."""

import streamlit as st

from zscope.languages import COOKIE, ENGLISH, LANGUAGES
from zscope.messages import LanguagePage
from zscope.ui.component_data import declare
from zscope.ui.language import LANGUAGE_KEY, current_language
from zscope.ui.server import base_path

__all__ = ["choose_language"]

_KEEPER = declare("language", "language")
_PICKER = "zscope_language_picker"


def choose_language() -> None:
    """Show the picker. A choice takes effect in the same run, since its callback runs before the page."""
    shown = current_language()
    if st.session_state.get(_PICKER) != shown:
        st.session_state[_PICKER] = shown
    st.selectbox(
        "Language · 语言", list(LANGUAGES), format_func=lambda tag: LANGUAGES[tag].name, key=_PICKER, on_change=_take
    )
    chosen = st.session_state.get(LANGUAGE_KEY)
    # The document is English from the start, so it needs no script until another language was chosen.
    if shown != ENGLISH or chosen:
        _KEEPER(key="language", data=LanguagePage(base=base_path(), cookie=COOKIE, chosen=chosen))


def _take() -> None:
    st.session_state[LANGUAGE_KEY] = st.session_state[_PICKER]
