"""Models: a shelf of all that are here, and each one's card in full."""

import streamlit as st

from ui.errors import shown_errors
from ui.models.actions import CARD
from ui.models.card import show_card
from ui.models.pictures import show_styles
from ui.models.shelf import show_shelf

show_styles()
with shown_errors():
    if id := st.query_params.get(CARD):
        show_card(id)
    else:
        show_shelf()
