"""Where errors become sentences on a page."""

from contextlib import contextmanager

import streamlit as st

from vae.errors import ZscopeError
from zscope.ui.text import plain

__all__ = ["shown_errors"]


@contextmanager
def shown_errors():
    """What a person can mend is shown as a message and ends the page; anything else is a bug and passes through."""
    try:
        yield
    except ZscopeError as error:
        st.error(f"{plain(error.message)}\n\n{plain(error.hint)}".strip())
        st.stop()
