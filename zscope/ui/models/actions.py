"""Actions on a model: rename, edit the note, duplicate the settings, delete, restore."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from vae.errors import ZscopeError
from zscope.library import KEPT_DAYS, MOST_LETTERS, delete, deleted, read_note, rename, undo, write_note
from zscope.library.registry import ModelEntry
from zscope.ui import state
from zscope.ui.dialogs import close_dialog, dialog
from zscope.ui.text import plain
from zscope.ui.train.pictures import DATASET_KEY
from zscope.ui.train.run_view import RUN_KEY
from zscope.ui.train.settings import AGAIN_KEY, PRESET_KEY

__all__ = ["CARD", "act", "actions_of", "close_card", "note_of", "open_card", "show_deleted", "show_messages"]

CARD = "card"  # URL parameter: id of the model whose page is shown
_DELETED = "zscope_models_deleted"  # token of the model that this session deleted last
_FAILED = "zscope_models_failed"  # why the last action failed, shown once

_RENAME, _NOTE, _DUPLICATE, _DELETE = "Rename", "Edit note", "Duplicate settings", "Delete"
ICONS = {_RENAME: "edit", _NOTE: "sticky_note_2", _DUPLICATE: "model_training", _DELETE: "delete"}


def open_card(id: str) -> None:
    """Show a model's page; a callback."""
    st.query_params[CARD] = id


def close_card() -> None:
    """Show the list of models; a callback."""
    st.query_params.pop(CARD, None)


def actions_of(entry: ModelEntry) -> list[str]:
    """List the possible actions in the menu's order: bundled models can't be changed, broken ones only deleted."""
    able = {
        _RENAME: not entry.shipped and not entry.fault,
        _NOTE: not entry.fault,
        _DUPLICATE: not entry.fault and entry.card.training is not None,
        _DELETE: not entry.shipped,
    }
    return [name for name, is_able in able.items() if is_able]


def act(entry: ModelEntry, action: str | None) -> None:
    """Perform an action; ends the script's run if the page changes."""
    if action == _RENAME:
        _rename_dialog(entry)
    elif action == _NOTE:
        _note_dialog(entry)
    elif action == _DUPLICATE:
        _duplicate(entry)
    elif action == _DELETE:
        _delete(entry)


def note_of(id: str) -> str:
    """Return the note on a model, or the reason why it can't be read."""
    try:
        return read_note(id)
    except ZscopeError as error:
        return str(error)


def show_messages() -> None:
    """Show why the last action failed, and offer to undo the last deletion.

    Both have a fixed position in the window, since the card may be far down the page.
    """
    if failed := st.session_state.pop(_FAILED, None):
        st.toast(plain(failed), icon=":material/error:", duration="infinite")
    token = st.session_state.get(_DELETED)
    gone = next((one for one in deleted() if one.token == token), None) if token else None
    if gone is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="zscope_undo_toast"):
        st.markdown(f":material/delete: Deleted **{plain(gone.title)}**. You can restore it for {KEPT_DAYS} days.")
        st.button("Undo", key="zscope_models_undo", type="primary", on_click=_undo, args=(gone.token,))
        st.button(
            "Close", key="zscope_models_undo_close", icon=":material/close:", type="tertiary",
            on_click=lambda: st.session_state.pop(_DELETED, None),
        )  # fmt: skip


def show_deleted() -> None:
    """Show the models that can be restored, also those deleted in other sessions."""
    gone = deleted()
    if not gone:
        return
    with st.expander(f"Recently deleted ({len(gone)})", icon=":material/delete:"):
        for one in gone:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(one.title)}** `{one.id}` · {one.when:%d %b %Y, %H:%M} UTC")
                st.button("Restore", key=f"zscope_undo_{one.token}", on_click=_undo, args=(one.token,))


def _undo(token: str) -> None:
    """Restore a model; a callback, so that the sidebar lists it in the same run."""
    try:
        undo(token)
    except ZscopeError as error:
        st.session_state[_FAILED] = str(error)


def _delete(entry: ModelEntry) -> None:
    try:
        st.session_state[_DELETED] = delete(entry.id).token
        if st.query_params.get(CARD) == entry.id:
            close_card()
    except ZscopeError as error:
        st.session_state[_FAILED] = str(error)
    st.rerun()


def _duplicate(entry: ModelEntry) -> None:
    """Open the Train page with the settings of this model."""
    record = entry.card.training
    if record is None:  # `actions_of` does not offer it
        return
    # In an imported bundle the two data sets may differ; the manifest's exists.
    training = replace(record.config, dataset=entry.manifest.dataset)
    st.session_state[AGAIN_KEY] = (entry.manifest.model, training)
    st.session_state[DATASET_KEY] = training.dataset
    st.session_state[PRESET_KEY] = "again"
    st.session_state[RUN_KEY] = None
    state.leave_for("train")


@dialog("Rename model")
def _rename_dialog(entry: ModelEntry) -> None:
    with st.form("zscope_models_rename", border=False):
        title = st.text_input("Name", entry.title, max_chars=80)
        pressed = st.form_submit_button("Rename model", type="primary")
    st.caption(f"The id `{entry.id}` stays the same, so existing links keep working.")
    if pressed:
        _try_and_close(lambda: rename(entry.id, title))


@dialog("Edit note")
def _note_dialog(entry: ModelEntry) -> None:
    st.markdown(f"**{plain(entry.title)}**")
    with st.form("zscope_models_note", border=False):
        text = st.text_area("Note", note_of(entry.id), max_chars=MOST_LETTERS, height=200, label_visibility="collapsed")
        pressed = st.form_submit_button("Save note", type="primary")
    if pressed:
        _try_and_close(lambda: write_note(entry.id, text))


def _try_and_close(action: Callable[[], object]) -> None:
    try:
        action()
    except ZscopeError as error:
        st.error(plain(str(error)))
        return
    close_dialog()
