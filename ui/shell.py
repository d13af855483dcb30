"""The frame around every page: navigation, the model in the sidebar, the link in the address bar."""

from pathlib import Path

import streamlit as st

from ui import state
from ui.errors import shown_errors
from ui.sidebar import model_card, model_picker

PAGES = Path(__file__).resolve().parent.parent / "pages"
LOGO = PAGES.parent / "assets" / "logo.svg"

st.set_page_config(page_title="Zscope", page_icon=":material/blur_on:", layout="wide")

with shown_errors():
    state.restore_link()
    page = st.navigation([st.Page(PAGES / "explore.py", title="Explore", icon=":material/tune:", default=True)])
    st.logo(LOGO, size="large")
    with st.sidebar:
        model_picker()
        model_card()
    if notice := state.take_notice():
        st.warning(notice, icon=":material/link_off:")
    page.run()
    state.write_link()
