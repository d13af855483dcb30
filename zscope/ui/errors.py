"""Shows errors on a page."""

from contextlib import contextmanager

import streamlit as st

from vae.errors import ZscopeError
from zscope.ui.language import told
from zscope.ui.text import plain

__all__ = ["error_text", "shown_errors"]


def error_text(error: ZscopeError) -> str:
    """Return an error's message and hint in the session's language."""
    return f"{told(error.message)} {told(error.hint)}".strip()


@contextmanager
def shown_errors():
    """Show a `ZscopeError` as a message and end the page; any other exception is a bug and passes through."""
    try:
        yield
    except ZscopeError as error:
        st.error(f"{plain(told(error.message))}\n\n{plain(told(error.hint))}".strip())
        st.stop()
