"""Which section the panel beside the map shows."""

import streamlit as st

__all__ = ["open_section", "section_key"]

_KEY = "zscope_map_section"


def section_key() -> str:
    """Return the key of the switch, which has a value from now on."""
    st.session_state.setdefault(_KEY, "nearest")
    return _KEY


def open_section(name: str) -> None:
    """Show another section. Call it before the switch is shown, or in a callback."""
    st.session_state[_KEY] = name
