"""Dialogs with a title in the session's language."""

from collections.abc import Callable
from functools import wraps

import streamlit as st

from zscope.ui.language import _

__all__ = ["dialog"]


def dialog(title: str, **options) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a function as `st.dialog` does; the title, marked with `N_`, is translated when the dialog opens."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def opened(*arguments) -> None:
            st.dialog(_(title), **options)(function)(*arguments)

        return opened

    return decorate
