"""Shows errors on a page."""

from contextlib import contextmanager

import streamlit as st

from vae.errors import ZscopeError
from zscope.ui.text import plain

__all__ = ["shown_errors"]


@contextmanager
def shown_errors():
    """Show a `ZscopeError` as a message and end the page; any other exception is a bug and passes through."""
    try:
        yield
    except ZscopeError as error:
        st.error(f"{plain(error.message)}\n\n{plain(error.hint)}".strip())
        st.stop()
