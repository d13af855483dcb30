"""Talks: lists of scenes that the stage mode walks through."""

from zscope.ui.errors import shown_errors
from zscope.ui.talks.editor import show_talks

with shown_errors():
    show_talks()
