"""Talks on disk: saved, changed, imported from untrusted files."""

import json
import threading
from dataclasses import replace

import pytest

from vae.errors import BadRequestError, DataError, NotFoundError
from zscope.library import talks
from zscope.library.talks import (
    LONGEST_TITLE,
    MOST_BYTES,
    Scene,
    SceneStop,
    Talk,
    change_talk,
    delete_talk,
    format_talk,
    list_talks,
    load_talk,
    new_scene_id,
    parse_talk,
    save_new_talk,
)

SCENE = Scene(
    id="0123abcd", page="explore", model="mnist-16", title="A slanted 7", notes="Say why.\nThen drag.", z=(0.5, -1.0),
    image=7, map="method=pca&images=test&components=3", camera=(1.5, 1.5, 0.8, 0.0, 0.0, -0.1), seconds=2.0,
)  # fmt: skip
STOPS = (SceneStop((1.0,)), SceneStop((2.0,), 3, 0.5))
PATH = Scene(id="0123abce", page="interpolate", model="mnist-16", title="From 4 to 9", stops=STOPS)
TALK = Talk("Latent spaces", (SCENE, PATH))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_TALKS", str(tmp_path / "talks"))
    monkeypatch.setattr(talks, "_BUNDLED", tmp_path / "bundled")
    return tmp_path / "talks"


@pytest.fixture
def bundled(tmp_path):
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "lecture.json").write_bytes(format_talk(replace(TALK, title="A lecture")))


def test_a_saved_talk_is_read_unchanged():
    id = save_new_talk(TALK)
    assert id == "latent-spaces"
    assert load_talk(id) == TALK
    assert [(entry.id, entry.title, entry.bundled, entry.fault) for entry in list_talks()] == [
        (id, TALK.title, False, "")
    ]


def test_equal_titles_get_different_ids_and_any_title_has_one():
    assert [save_new_talk(Talk(title)) for title in ("Same", "Same!", "隐空间", "../../etc")] == [
        "same",
        "same-2",
        "talk",
        "etc",
    ]


def test_changes_replace_the_file_and_an_invalid_one_leaves_it():
    id = save_new_talk(TALK)
    change_talk(id, lambda talk: replace(talk, scenes=talk.scenes[::-1]))
    assert [scene.title for scene in load_talk(id).scenes] == ["From 4 to 9", "A slanted 7"]
    with pytest.raises(BadRequestError, match="200"):
        change_talk(id, lambda talk: Talk(talk.title, tuple(replace(SCENE, id=f"{i:08x}") for i in range(201))))
    assert len(load_talk(id).scenes) == 2


def test_scenes_that_are_added_at_the_same_time_are_all_kept():
    id = save_new_talk(Talk("Together"))

    def add(number: int) -> None:
        change_talk(id, lambda talk: replace(talk, scenes=(*talk.scenes, replace(SCENE, id=f"{number:08x}"))))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(scene.id, 16) for scene in load_talk(id).scenes) == list(range(12))


def test_a_deleted_talk_is_gone():
    id = save_new_talk(TALK)
    delete_talk(id)
    assert list_talks() == ()
    for refused in (load_talk, delete_talk):
        with pytest.raises(NotFoundError):
            refused(id)


@pytest.mark.parametrize("id", ["../talks/latent-spaces", "", "a/b", "latent-spaces.json", ".hidden", "A", "x" * 5000])
def test_an_id_is_never_a_path(id):
    save_new_talk(TALK)
    with pytest.raises(NotFoundError):
        load_talk(id)


@pytest.mark.usefixtures("bundled")
def test_bundled_talks_are_listed_last_and_cannot_be_changed():
    save_new_talk(Talk("Z"))
    assert [(entry.title, entry.bundled) for entry in list_talks()] == [("Z", False), ("A lecture", True)]
    with pytest.raises(BadRequestError, match="copy"):
        change_talk("lecture", lambda talk: replace(talk, title="Mine"))
    with pytest.raises(BadRequestError):
        delete_talk("lecture")
    assert save_new_talk(Talk("Lecture")) == "lecture-2"  # an own talk does not hide a bundled one


def test_an_imported_talk_has_new_scene_ids():
    found = parse_talk(format_talk(TALK))
    assert [replace(scene, id="0" * 8) for scene in found.scenes] == [
        replace(scene, id="0" * 8) for scene in TALK.scenes
    ]
    assert not {scene.id for scene in found.scenes} & {scene.id for scene in TALK.scenes}
    assert new_scene_id() != new_scene_id()


def _file(**changes) -> dict:
    return json.loads(format_talk(TALK)) | changes


def _scene(**changes) -> dict:
    content = _file()
    return content | {"scenes": [content["scenes"][0] | changes]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "valid JSON"),
        (b"\xff\xfe", "valid JSON"),
        (b"[" * 200_000, "valid JSON"),
        (b"[1]", "JSON object"),
        (_file(format="zscope-path"), "format"),
        (_file(version=2), "version"),
        (_file(title=""), "title"),
        (_file(title="x" * (LONGEST_TITLE + 1)), "title"),
        (_file(author="me"), "author"),
        (_scene(page="../../secret"), "page"),
        (_scene(model="../other"), "model"),
        (_scene(model="a\n"), "model"),
        (_scene(id="ABC"), "id"),
        (_scene(z=[]), "z"),
        (_scene(z=[float("nan")]), "z"),
        (_scene(z=[1e6]), "z"),
        (_scene(z=["1"]), "z"),
        (_scene(z=[0.0] * 2000), "z"),
        (_scene(image=-1), "image"),
        (_scene(seconds=1e9), "seconds"),
        (_scene(notes="x" * 5000), "notes"),
        (_scene(stops=[{"z": [1.0], "hold": -1.0}]), "hold"),
        (_scene(script="alert(1)"), "script"),
        (_file(scenes=[json.loads(format_talk(TALK))["scenes"][0]] * 2), "same id"),
        (b" " * (MOST_BYTES + 1), "bytes"),
    ],
)
def test_a_file_that_is_no_talk_is_refused_with_its_reason(content, reason):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(BadRequestError, match=reason):
        parse_talk(data)


def test_text_direction_marks_are_removed():
    found = parse_talk(json.dumps(_scene(title="abc\u202edef", notes="\u2066x")).encode())
    assert found.scenes[0].title == "abcdef" and found.scenes[0].notes == "x"


def test_a_damaged_file_is_listed_with_its_fault_and_not_overwritten(folder):
    id = save_new_talk(TALK)
    (folder / f"{id}.json").write_text("{")
    assert "damaged" in list_talks()[0].fault
    with pytest.raises(DataError, match="damaged"):
        change_talk(id, lambda talk: talk)
    assert (folder / f"{id}.json").read_text() == "{"


def test_a_folder_that_cannot_be_written_is_an_error_with_advice(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZSCOPE_TALKS", str(tmp_path / "file"))
    with pytest.raises(DataError, match="another folder"):
        save_new_talk(TALK)
    assert list_talks() == ()
