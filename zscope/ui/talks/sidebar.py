"""The sidebar's form that adds what the page shows to a talk."""

from dataclasses import replace

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.registry import ModelEntry
from zscope.library.talks import (
    LONGEST_NOTES,
    LONGEST_TITLE,
    Talk,
    change_talk,
    list_talks,
    save_new_talk,
)
from zscope.ui.dialogs import close_dialog, dialog
from zscope.ui.talks.names import NEW, talk_names
from zscope.ui.talks.scenes import scene_of
from zscope.ui.text import plain

__all__ = ["CHOSEN", "add_scene"]

CHOSEN = "zscope_talk_edited"  # id of the talk that is edited
_NEW = ""  # in place of an id


def add_scene(page: str, entry: ModelEntry) -> None:
    """Show the button that opens the form. The scene is added at the end of the chosen talk."""
    if st.button(
        "Add to a talk", icon=":material/co_present:", width="stretch", help="Save what this page shows as a scene."
    ):
        _form(page, entry)


@dialog("Add to a talk")
def _form(page: str, entry: ModelEntry) -> None:
    talks = talk_names(entry for entry in list_talks() if not entry.bundled and not entry.fault)
    options, last = [*talks, _NEW], st.session_state.get(CHOSEN)
    id = st.selectbox(
        "Talk", options, options.index(last) if last in options else 0, format_func=lambda id: talks.get(id, NEW)
    )
    name = "New talk" if id != _NEW else st.text_input("Title of the talk", "New talk", max_chars=LONGEST_TITLE)
    title = st.text_input("Title of the scene", max_chars=LONGEST_TITLE, placeholder="Shown to the audience")
    notes = st.text_area("Notes", max_chars=LONGEST_NOTES, placeholder="Shown to the speaker only")
    if not st.button("Add scene", type="primary"):
        return
    try:
        title = title.strip() or f"{page.capitalize()}: {entry.title}"[:LONGEST_TITLE]
        scene = scene_of(page, entry, title, notes.strip())
        if id == _NEW:
            id = save_new_talk(Talk(title=name.strip() or "New talk", scenes=(scene,)))
        else:
            change_talk(id, lambda talk: replace(talk, scenes=(*talk.scenes, scene)))
    except ZscopeError as error:
        st.error(plain(str(error)))
        return
    st.session_state[CHOSEN] = id
    st.toast("Added the scene to the talk.", icon=":material/co_present:")
    close_dialog()
