"""The Talks page: chooses, edits and starts a talk."""

from dataclasses import replace

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.talks import (
    LONGEST_NOTES,
    LONGEST_TITLE,
    MOST_BYTES,
    Scene,
    Talk,
    TalkEntry,
    change_talk,
    delete_talk,
    format_talk,
    list_talks,
    load_talk,
    parse_talk,
    save_new_talk,
)
from zscope.ui.talks.names import talk_names
from zscope.ui.talks.pictures import scene_pictures
from zscope.ui.talks.running import start_talk
from zscope.ui.talks.sidebar import CHOSEN
from zscope.ui.text import plain

__all__ = ["show_talks"]

_UPLOAD = "zscope_talk_upload"


def show_talks() -> None:
    """Show the list of talks and the chosen one."""
    entries = {entry.id: entry for entry in list_talks()}
    id = _choose(entries)
    if id is None:
        st.info("There are no talks yet. Choose New talk, or add what a page shows with Add to a talk in the sidebar.")
        return
    entry = entries[id]
    if entry.fault:
        st.error(plain(entry.fault))
        return
    talk = load_talk(id)
    _show_actions(entry, talk)
    if not talk.scenes:
        st.info("This talk has no scenes yet. Open a page, set it up, and choose Add to a talk in the sidebar.")
    pictures = scene_pictures(talk.scenes)
    for index, (scene, picture) in enumerate(zip(talk.scenes, pictures, strict=True)):
        _show_scene(entry, len(talk.scenes), index, scene, picture)


def _choose(entries: dict[str, TalkEntry]) -> str | None:
    """Show the picker, New talk and Import; return the id of the chosen talk."""
    st.title("Talks", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ids, names = list(entries), talk_names(entries.values())
        last = st.session_state.get(CHOSEN)
        if ids:
            st.session_state[CHOSEN] = st.selectbox(
                "Talk", ids, ids.index(last) if last in entries else 0,
                format_func=lambda id: names[id] + (" · bundled" if entries[id].bundled else ""),
            )  # fmt: skip
        st.button("New talk", icon=":material/add:", on_click=_create)
        with st.popover("Import", icon=":material/upload:"):
            st.file_uploader(
                "A talk that was saved as a file", type="json", key=_UPLOAD, on_change=_import,
                max_upload_size=max(1, MOST_BYTES // 1_000_000),
            )  # fmt: skip
    return st.session_state[CHOSEN] if ids else None


def _show_actions(entry: TalkEntry, talk: Talk) -> None:
    if not entry.bundled:
        key = f"zscope_talk_title_{entry.id}"
        st.text_input(
            "Title of the talk", talk.title, max_chars=LONGEST_TITLE, key=key, on_change=_rename, args=(entry.id, key)
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button(
            "Start talk", type="primary", icon=":material/slideshow:", disabled=not talk.scenes,
            help="Shows the first scene on the full screen. → and ← go to the next and the previous scene; Esc ends.",
        )  # fmt: skip
        st.download_button(
            "Save as file", format_talk(talk), f"{entry.id}.json", "application/json", icon=":material/download:"
        )
        st.button("Make a copy", icon=":material/content_copy:", on_click=_copy, args=(entry.id,))
        if not entry.bundled:
            with st.popover("Delete", icon=":material/delete:"):
                st.write("The talk cannot be restored.")
                st.button("Delete talk", on_click=_attempt, args=(delete_talk, entry.id))
    if start:
        start_talk(entry.id)


def _show_scene(entry: TalkEntry, count: int, index: int, scene: Scene, picture: str) -> None:
    key = f"{entry.id}_{scene.id}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"zscope_scene_{key}"):
        if picture:
            st.image(picture, width=72)
        with st.container(width="stretch"):
            st.caption(f"{index + 1}. {scene.page.capitalize()} · {plain(scene.model)}")
            if entry.bundled:
                st.markdown(f"**{plain(scene.title)}**")
                st.caption(plain(scene.notes))
            else:
                _show_texts(entry.id, scene, key)
        with st.container(horizontal=True, width="content"):
            if st.button("Start here", key=f"zscope_start_{key}"):
                start_talk(entry.id, index)
            if not entry.bundled:
                _show_moves(entry.id, count, index, scene, key)


def _show_texts(id: str, scene: Scene, key: str) -> None:
    title, notes = f"zscope_scene_title_{key}", f"zscope_scene_notes_{key}"
    st.text_input(
        "Title", scene.title, max_chars=LONGEST_TITLE, key=title, on_change=_edit, args=(id, scene.id, "title", title)
    )
    st.text_area(
        "Notes", scene.notes, max_chars=LONGEST_NOTES, key=notes, height=68,
        placeholder="Shown to the speaker", on_change=_edit, args=(id, scene.id, "notes", notes),
    )  # fmt: skip


def _show_moves(id: str, count: int, index: int, scene: Scene, key: str) -> None:
    for icon, name, step in (("arrow_upward", "Move up", -1), ("arrow_downward", "Move down", 1)):
        st.button(
            "", icon=f":material/{icon}:", help=name, key=f"zscope_{icon}_{key}", on_click=_move,
            args=(id, scene.id, step), disabled=not 0 <= index + step < count,
        )  # fmt: skip
    st.button(
        "", icon=":material/delete:", help="Delete scene", key=f"zscope_delete_{key}", on_click=_remove,
        args=(id, scene.id),
    )  # fmt: skip


def _create() -> None:
    st.session_state[CHOSEN] = save_new_talk(Talk(title="New talk"))


def _copy(id: str) -> None:
    talk = load_talk(id)
    st.session_state[CHOSEN] = save_new_talk(replace(talk, title=f"{talk.title[: LONGEST_TITLE - 7]} (copy)"))


def _import() -> None:
    if file := st.session_state[_UPLOAD]:
        _attempt(lambda: st.session_state.update({CHOSEN: save_new_talk(parse_talk(file.getvalue()))}))


def _rename(id: str, key: str) -> None:
    if title := st.session_state[key].strip():
        _attempt(change_talk, id, lambda talk: replace(talk, title=title))


def _edit(id: str, scene_id: str, name: str, key: str) -> None:
    text = st.session_state[key].strip()
    if name == "title" and not text:
        st.toast("A scene needs a title.")
        return
    _attempt(change_talk, id, lambda talk: _with_scenes(talk, [
        replace(scene, **{name: text}) if scene.id == scene_id else scene for scene in talk.scenes
    ]))  # fmt: skip


def _move(id: str, scene_id: str, step: int) -> None:
    def moved(talk: Talk) -> Talk:
        scenes = list(talk.scenes)
        at = next((i for i, scene in enumerate(scenes) if scene.id == scene_id), None)
        if at is not None and 0 <= at + step < len(scenes):
            scenes.insert(at + step, scenes.pop(at))
        return _with_scenes(talk, scenes)

    _attempt(change_talk, id, moved)


def _remove(id: str, scene_id: str) -> None:
    _attempt(change_talk, id, lambda talk: _with_scenes(talk, [one for one in talk.scenes if one.id != scene_id]))


def _with_scenes(talk: Talk, scenes: list[Scene]) -> Talk:
    return replace(talk, scenes=tuple(scenes))


def _attempt(action, *arguments) -> None:
    """Run a callback's action and show its errors."""
    try:
        action(*arguments)
    except ZscopeError as error:
        st.toast(plain(str(error)), icon=":material/error:")
