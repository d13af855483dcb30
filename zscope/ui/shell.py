"""The frame around every page: navigation, the sidebar with the model, and links."""

import streamlit as st

from vae.assets import APP, ASSETS
from zscope.ui import state
from zscope.ui.dialogs import keep_dialog_open
from zscope.ui.errors import shown_errors
from zscope.ui.language import _
from zscope.ui.language_switch import choose_language
from zscope.ui.models.actions import CARD
from zscope.ui.page_titles import PAGE_TITLES
from zscope.ui.sidebar import model_card, model_picker
from zscope.ui.talks.running import show_stage
from zscope.ui.talks.sidebar import add_scene
from zscope.ui.text import plain
from zscope.ui.tour import show_tour
from zscope.ui.tray import show_tray

PAGES = APP / "pages"
ICONS = {
    "explore": "tune",
    "map": "scatter_plot",
    "interpolate": "timeline",
    "reconstruct": "add_photo_alternate",
    "compare": "compare",
    "train": "model_training",
    "models": "inventory_2",
    "learn": "school",
    "talks": "co_present",
}

# The icon is a local file: Streamlit would load a named icon from another host.
st.set_page_config(page_title="Zscope", page_icon=str(ASSETS / "icon.png"), layout="wide", initial_sidebar_state=264)
# The first element outside of the page. Without it, a dialog would be the first one, and Streamlit would lose a toast
# that is shown from the dialog just before it closes.
st.html("<style>/* takes the first place */</style>")

with shown_errors():
    state.restore_link()
    pages = {
        name: st.Page(
            PAGES / f"{name}.py", title=_(PAGE_TITLES[name]), icon=f":material/{icon}:", default=name == "explore"
        )
        for name, icon in ICONS.items()
    }
    page = st.navigation(list(pages.values()))
    name = next(name for name, one in pages.items() if one == page)
    if leaving := state.take_leaving(name):
        target, query = leaving
        st.switch_page(pages[target], query_params=query)
    keep_dialog_open(name)
    if page == pages["models"] and (card := st.query_params.get(CARD)):
        state.follow_card(card)
    st.logo(ASSETS / "logo.svg", size="large")
    with st.sidebar:
        model_picker()
        model_card()
    if notice := state.take_notice():
        # A toast: the next run of the script would remove an alert in the page before it is read.
        st.toast(plain(notice), icon=":material/link_off:", duration="infinite")
    if name != "talks":
        with st.sidebar:
            add_scene(name, state.current_model())
    with st.sidebar:
        choose_language()
    # Before the page, which may end the run.
    show_stage(name, state.current_model())
    show_tray(state.current_model())
    show_tour(name, state.current_model())
    page.run()
