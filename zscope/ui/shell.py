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
st.html(
    "<style>"
    # Streamlit leaves a margin of 6 rem on each side of a wide page; the explorer needs the space.
    ".stMainBlockContainer { padding-inline: clamp(1rem, 2.5vw, 2.5rem); padding-top: 4rem; }"
    # Beside an open sidebar the window's header has only the menu at the right: the page begins at its height.
    "@media (min-width: 900px) { .stApp:not(:has([data-testid='stExpandSidebarButton'])) {"
    " --zs-sticky: 0.6rem; --zs-top: 1.5rem; --zs-beside: 232px;"  # read by the components' styles
    " .stMainBlockContainer { padding-top: 1.5rem; padding-right: 3.4rem; }"
    " .stAppHeader, .stAppHeader * { background: none; pointer-events: none; }"
    " .stAppHeader :is(button, button *, a, a *) { pointer-events: auto; } } }"
    # Streamlit fades captions by opacity, to a contrast below 4.5.
    "[data-testid='stCaptionContainer'] { opacity: 1; color: light-dark(#5a626c, #a9b1bb); }"
    # So are the colours of code on the light theme.
    "[data-testid='stCode'] pre .token:is(.keyword, .function, .class-name, .tag)"
    "{ color: light-dark(#0b5fb0, #1c83e1); }"
    "[data-testid='stCode'] pre .token:is(.comment, .punctuation) { color: light-dark(#5a6070, #8b90a0); }"
    "[data-testid='stCode'] pre .token:is(.string, .boolean) { color: light-dark(#0a6b2b, #21c354); }"
    "[data-testid='stCode'] pre .token.operator { color: light-dark(#9c4600, #ed6f13); }"
    "[data-testid='stCode'] pre .token.number { color: light-dark(#0f6a5e, #29b09d); }"
    # The same size as titles in the components.
    "[data-testid='stHeading'] h1 { font-size: 1.467rem; padding: 0 0 0.6rem; }"
    ".stHorizontalBlock [data-testid='stHeading'] h1 { padding: 0; }"
    # On a phone a title has a row of its own.
    "@media (max-width: 640px) { .stHorizontalBlock > .stElementContainer:has(.stHeading h1) { flex: 0 0 100%; } }"
    "@media (max-width: 640px) { [data-testid='stButtonGroup'] [role='radiogroup'] { flex-wrap: wrap; } }"
    # The list of a picker is as wide as its longest title; what does not fit the closed one ends in dots.
    "[data-testid='stSelectboxVirtualDropdown'] { width: max-content !important; min-width: var(--trigger-width);"
    " max-width: min(44rem, calc(100vw - 3rem)); }"
    "[data-testid='stSelectboxVirtualDropdown'] [role='option'] > div, [data-testid='stSelectbox'] input"
    "{ text-overflow: ellipsis; }"
    # Streamlit marks keyboard focus there with a faint background only.
    "[data-testid='stSidebar'] :is(a, button, summary):focus-visible,"
    "[data-testid='stSidebar'] [data-testid='stSelectbox'] [role='group']:has(input:focus-visible)"
    "{ outline: 2px solid light-dark(#0f766e, #5eead4); outline-offset: 1px; }"
    # White is unreadable on the dark theme's bright accent.
    "button[kind='primary'] { color: light-dark(#fff, #06231e); }"
    # The tray, the stage bar and the tour are at the window's edges and need no space in the page.
    ".st-key-tray, .st-key-stage, .st-key-tour, .st-key-language"
    "{ position: absolute; width: 0 !important; min-width: 0; }"
    # Stage mode, which assets/js/core/stage.js sets.
    "html[data-zs-stage] :is([data-testid='stSidebar'], .stAppHeader, .st-key-tray, .st-key-tour) { display: none; }"
    # The height of the stage bar with a scene's title, read by the components' styles. Pages end above it.
    "html[data-zs-walking] { --zs-title: var(--zs-bar, 3.4rem); }"
    "html[data-zs-walking][data-zs-stage='page'] [data-testid='stMain']"
    "{ height: auto; max-height: calc(100dvh - var(--zs-title)); }"
    "html[data-zs-stage] .stMainBlockContainer { padding: 2.5vh 3vw 6rem; }"
    # For the last rows of a lecture hall: sizes are in rem. Explore and Map have layouts of their own.
    "@media (min-width: 900px) { html[data-zs-stage='page'] { font-size: 125%; } }"
    # Dialogs are outside the element to which Streamlit assigns the colour scheme.
    "[role='dialog'] { color-scheme: light; }"
    "@media (prefers-color-scheme: dark) { [role='dialog'] { color-scheme: dark; } }"
    "</style>"
)

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
