"""The Talks page: chooses, edits and starts a talk."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.talks import (
    LONGEST_NOTES,
    LONGEST_TITLE,
    LONGEST_TRANSITION,
    MOST_BYTES,
    Scene,
    Talk,
    TalkEntry,
    change_talk,
    delete_talk,
    format_talk,
    parse_talk,
    save_new_talk,
)
from zscope.ui.errors import error_text
from zscope.ui.language import _
from zscope.ui.page_titles import PAGE_TITLES
from zscope.ui.talks.bundled import list_shown_talks, load_shown_talk
from zscope.ui.talks.names import talk_names
from zscope.ui.talks.pictures import scene_pictures
from zscope.ui.talks.running import start_talk
from zscope.ui.talks.sidebar import CHOSEN
from zscope.ui.text import plain

__all__ = ["show_talks"]

_UPLOAD_MB = MOST_BYTES // 1_000_000
_UPLOAD = "zscope_talk_upload"
_FAULT = "zscope_talk_fault"  # of the last action, shown once
# On a phone, the buttons are below the picker, and those of a scene below its texts.
_STYLE = """<style>
@media (max-width: 640px) {
  .stMain .st-key-zscope_talk_choice, .stMain [class*='st-key-zscope_scene_'] { flex-wrap: wrap; }
  .stMain .st-key-zscope_talk_choice > :has([data-testid='stSelectbox']) { flex: 1 1 100%; }
  .stMain [class*='st-key-zscope_scene_'] > :has([data-testid='stCaptionContainer']) { flex: 1 1 60%; }
}
</style>"""


def show_talks() -> None:
    """Show the list of talks and the chosen one."""
    st.html(_STYLE)
    entries = {entry.id: entry for entry in list_shown_talks()}
    id = _choose(entries)
    if fault := st.session_state.pop(_FAULT, None):
        st.error(plain(fault))
    if id is None:
        st.info(
            _("There are no talks yet. Choose New talk, or add what a page shows with Add to a talk in the sidebar.")
        )
        return
    entry = entries[id]
    if entry.fault:
        st.error(plain(entry.fault))
        return
    talk = load_shown_talk(id)
    _show_actions(entry, talk)
    if not talk.scenes:
        st.info(_("This talk has no scenes yet. Open a page, set it up, and choose Add to a talk in the sidebar."))
    pictures = scene_pictures(talk.scenes)
    for index, (scene, picture) in enumerate(zip(talk.scenes, pictures, strict=True)):
        _show_scene(entry, len(talk.scenes), index, scene, picture)


def _choose(entries: dict[str, TalkEntry]) -> str | None:
    """Show the picker, New talk and Import; return the id of the chosen talk."""
    st.title(_("Talks"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", key="zscope_talk_choice"):
        ids, names = list(entries), talk_names(entries.values())
        last = st.session_state.get(CHOSEN)
        if ids:
            st.session_state[CHOSEN] = st.selectbox(
                _("Talk"), ids, ids.index(last) if last in entries else 0,
                format_func=lambda id: names[id] + (_(" · bundled") if entries[id].bundled else ""),
            )  # fmt: skip
        st.button(_("New talk"), icon=":material/add:", on_click=_create)
        with st.popover(_("Import"), icon=":material/upload:"):
            st.file_uploader(
                _("A talk that was saved as a file"), type="json", key=_UPLOAD, on_change=_import,
                max_upload_size=_UPLOAD_MB,
            )  # fmt: skip
    return st.session_state[CHOSEN] if ids else None


def _show_actions(entry: TalkEntry, talk: Talk) -> None:
    if not entry.bundled:
        key = f"zscope_talk_title_{entry.id}"
        st.text_input(
            _("Title of the talk"),
            talk.title,
            max_chars=LONGEST_TITLE,
            key=key,
            on_change=_rename,
            args=(entry.id, key),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button(
            _("Start talk"), type="primary", icon=":material/slideshow:", disabled=not talk.scenes,
            help=_("Shows the first scene on the full screen. → and ← go to the next and the previous scene; "
                   "Esc ends."),
        )  # fmt: skip
        st.download_button(
            _("Save as file"), format_talk(talk), f"{entry.id}.json", "application/json", icon=":material/download:"
        )
        st.button(_("Make a copy"), icon=":material/content_copy:", on_click=_copy, args=(entry.id,))
        if not entry.bundled:
            with st.popover(_("Delete"), icon=":material/delete:"):
                st.write(_("The talk cannot be restored."))
                st.button(_("Delete talk"), on_click=_attempt, args=(delete_talk, entry.id))
    if start:
        start_talk(entry.id)


def _show_scene(entry: TalkEntry, count: int, index: int, scene: Scene, picture: str) -> None:
    key = f"{entry.id}_{scene.id}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"zscope_scene_{key}"):
        if picture:
            # `st.image` gives its pictures no alternative text.
            st.html(
                f'<img src="{picture}" alt="" width="72" height="72" style="object-fit: contain; border-radius: 8px">',
                width="content",
            )
        with st.container(width="stretch"):
            page = _(PAGE_TITLES[scene.page])
            st.caption(_("Scene {number} · {page} · {model}", number=index + 1, page=page, model=plain(scene.model)))
            if entry.bundled:
                st.markdown(f"**{plain(scene.title)}**")
                st.caption(plain(scene.notes))
            else:
                _show_texts(entry.id, scene, key)
        with st.container(horizontal=True, width="content"):
            if st.button(_("Start here"), key=f"zscope_start_{key}"):
                start_talk(entry.id, index)
            if not entry.bundled:
                _show_moves(entry.id, count, index, scene, key)


def _show_texts(id: str, scene: Scene, key: str) -> None:
    names = {name: f"zscope_scene_{name}_{key}" for name in ("title", "notes", "seconds")}

    def handler(name: str) -> dict:
        return {"key": names[name], "on_change": _edit, "args": (id, scene.id, name, names[name])}

    with st.container(horizontal=True):
        st.text_input(_("Title"), scene.title, max_chars=LONGEST_TITLE, **handler("title"))
        if scene.z:
            st.number_input(
                _("Transition in seconds"), 0.0, LONGEST_TRANSITION, scene.seconds, 0.5, format="%.1f", width=170,
                help=_("How long the point moves, if the scene before shows a point of the same model on the "
                       "same page."),
                **handler("seconds"),
            )  # fmt: skip
    st.text_area(
        _("Notes"), scene.notes, max_chars=LONGEST_NOTES, height=68, placeholder=_("Shown to the speaker only"),
        **handler("notes"),
    )  # fmt: skip


def _show_moves(id: str, count: int, index: int, scene: Scene, key: str) -> None:
    for name, label, help, step in (
        ("Up", _("Up"), _("Move the scene up"), -1),
        ("Down", _("Down"), _("Move the scene down"), 1),
    ):
        st.button(
            label, key=f"zscope_{name}_{key}", on_click=_move, args=(id, scene.id, step),
            disabled=not 0 <= index + step < count, help=help,
        )  # fmt: skip
    st.button(
        _("Delete"), key=f"zscope_delete_{key}", on_click=_remove, args=(id, scene.id), help=_("Delete the scene")
    )


def _create() -> None:
    _attempt(_save, lambda: Talk(title=_("New talk")))


def _copy(id: str) -> None:
    def copied() -> Talk:
        talk = load_shown_talk(id)
        return replace(talk, title=f"{talk.title[: LONGEST_TITLE - 7]} (copy)")

    _attempt(_save, copied)


def _import() -> None:
    if file := st.session_state[_UPLOAD]:
        _attempt(_save, lambda: parse_talk(file.getvalue()))


def _save(make: Callable[[], Talk]) -> None:
    st.session_state[CHOSEN] = save_new_talk(make())


def _rename(id: str, key: str) -> None:
    if title := st.session_state[key].strip():
        _attempt(change_talk, id, lambda talk: replace(talk, title=title))


def _edit(id: str, scene_id: str, name: str, key: str) -> None:
    value = st.session_state[key]
    if name == "title" and not value.strip():
        st.session_state[_FAULT] = _("A scene needs a title.")
        return
    value = value.strip() if isinstance(value, str) else value

    def edited(talk: Talk) -> Talk:
        return _with_scenes(
            talk, [replace(scene, **{name: value}) if scene.id == scene_id else scene for scene in talk.scenes]
        )

    _attempt(change_talk, id, edited)


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
    """Run a callback's action; the page shows its error."""
    try:
        action(*arguments)
    except ZscopeError as error:
        st.session_state[_FAULT] = error_text(error)
