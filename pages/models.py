"""Models: a card for every model, and each model's own page."""

import streamlit as st

from zscope.ui.errors import shown_errors
from zscope.ui.models.actions import CARD
from zscope.ui.models.card import show_card
from zscope.ui.models.pictures import show_styles
from zscope.ui.models.shelf import show_shelf

show_styles()
with shown_errors():
    if id := st.query_params.get(CARD):
        show_card(id)
    else:
        show_shelf()
