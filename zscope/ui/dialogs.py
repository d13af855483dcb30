"""Dialogs that stay open when the page runs again without the user: a timer, a finished map, a moving point.

Streamlit closes a dialog in each run of the whole page that does not open it again.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

__all__ = ["close_dialog", "dialog", "keep_dialog_open", "run_dialog_again"]

_OPEN = "zscope_dialog"  # (name of the open dialog, its arguments, page)
_PAGE = "zscope_dialog_page"  # page of this run
_DIALOGS: dict[str, Callable] = {}


def dialog(title: str, width: Literal["small", "large"] = "small", on_dismiss: Callable[[], None] | None = None):
    """Like `st.dialog`, for a dialog that stays open until it is dismissed or calls `close_dialog`.

    Args:
        on_dismiss: called when the user dismisses the dialog.
    """

    def declare(content: Callable[..., None]) -> Callable[..., None]:
        name = f"{content.__module__}.{content.__qualname__}"

        def dismiss() -> None:
            st.session_state.pop(_OPEN, None)
            if on_dismiss:
                on_dismiss()

        @st.dialog(title, width=width, on_dismiss=dismiss)
        @wraps(content)
        def show(*args: object) -> None:
            with suppress(StopException):  # an error ends the dialog, not the page behind it
                content(*args)

        @wraps(content)
        def open_dialog(*args: object) -> None:
            already = _OPEN in st.session_state
            st.session_state[_OPEN] = (name, args, st.session_state[_PAGE])
            if already:  # shown in this run, and a run shows only one
                st.rerun()
            show(*args)

        _DIALOGS[name] = show
        return open_dialog

    return declare


def keep_dialog_open(page: str) -> None:
    """Show the open dialog again, or forget it if it belongs to another page. Call once in each run, before the page.

    Args:
        page: name of the page of this run.
    """
    st.session_state[_PAGE] = page
    name, args, opened_on = st.session_state.get(_OPEN, ("", (), page))
    if opened_on != page:
        del st.session_state[_OPEN]
    elif name:
        _DIALOGS[name](*args)


def close_dialog() -> None:
    """Close the open dialog. Ends the script's run; the whole page runs again."""
    st.session_state.pop(_OPEN, None)
    st.rerun()


def run_dialog_again() -> None:
    """End the script's run, and show the dialog's next step."""
    context = get_script_run_ctx()
    st.rerun(scope="fragment" if context and context.fragment_ids_this_run else "app")
