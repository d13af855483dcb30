"""The talk that runs in this session, and the stage bar, which walks through its scenes on every page."""

import streamlit as st

from vae.errors import ZscopeError
from zscope.library.registry import ModelEntry
from zscope.library.talks import Scene, Talk, load_talk
from zscope.messages import SceneData, StagePage, TalkData
from zscope.ui import state
from zscope.ui.component_data import declare
from zscope.ui.server import base_path
from zscope.ui.talks.pictures import scene_pictures
from zscope.ui.talks.scenes import current_settings, open_scene
from zscope.ui.text import plain

__all__ = ["show_stage", "start_talk"]

_STAGE = declare("stage", "stage", ("scene", "end"))
_RUNNING = "zscope_talk"  # (id of the talk, the talk as it was started)
_AT = "zscope_talk_scene"  # (index of the scene that was opened here, number of scenes opened)


def start_talk(id: str, scene: int = 0) -> None:
    """Start a talk in this session and open a scene. Ends the script's run.

    Raises:
        NotFoundError, DataError: the talk cannot be read.
        BadRequestError: it has no such scene.
    """
    talk = load_talk(id)
    st.session_state[_RUNNING] = (id, talk)
    _open(talk, scene)


def show_stage(page: str, entry: ModelEntry) -> None:
    """Show the stage bar; open a scene when the user goes to it, which ends the script's run.

    Args:
        page: name of the open page.
        entry: the open model.
    """
    running = st.session_state.get(_RUNNING)
    index, turn = st.session_state.get(_AT, (0, 0))
    result = _STAGE(
        key="stage",
        data=StagePage(
            base=base_path(),
            page=page,
            model=entry.id,
            map=current_settings(entry.id),
            talk=None if running is None else _talk_data(*running),
            scene=index,
            turn=turn,
        ),
        on_scene_change=lambda: None,
        on_end_change=lambda: None,
    )
    if running is None:
        return
    id, talk = running
    if result.end == id:
        del st.session_state[_RUNNING]
        state.leave_for("talks")
    request = result.scene
    if isinstance(request, dict) and request.get("talk") == id and isinstance(request.get("index"), int):
        _open(talk, request["index"])


def _open(talk: Talk, index: int) -> None:
    if not 0 <= index < len(talk.scenes):
        st.toast("This talk has no such scene.")
        return
    scene = talk.scenes[index]
    _, turn = st.session_state.get(_AT, (0, 0))
    st.session_state[_AT] = (index, turn + 1)
    try:
        open_scene(scene)
    except ZscopeError as error:  # the page opens, with the model that is open now
        st.toast(plain(f"{scene.title}: {error}"), icon=":material/link_off:")
        state.leave_for(scene.page)


def _talk_data(id: str, talk: Talk) -> TalkData:
    pictures = scene_pictures(talk.scenes)
    scenes = [_scene_data(scene, picture) for scene, picture in zip(talk.scenes, pictures, strict=True)]
    return {"id": id, "title": talk.title, "scenes": scenes}


def _scene_data(scene: Scene, picture: str) -> SceneData:
    return {
        "title": scene.title,
        "notes": scene.notes,
        "page": scene.page,
        "model": scene.model,
        "z": None if scene.z is None else list(scene.z),
        "image": scene.image,
        "map": scene.map,
        "camera": None if scene.camera is None else list(scene.camera),
        "seconds": scene.seconds,
        "picture": picture,
    }
