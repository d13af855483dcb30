"""Bundled talks are shown in the language of the session; those of users stay as they are written."""

from dataclasses import replace

import pytest

from zscope.languages import ENGLISH
from zscope.library.talks import Scene, Talk, list_talks, load_talk, save_new_talk
from zscope.ui import language
from zscope.ui.talks.bundled import list_shown_talks, load_shown_talk

LECTURE = "variational-autoencoders"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_TALKS", str(tmp_path))


@pytest.fixture
def speak(monkeypatch):
    return lambda tag: monkeypatch.setattr(language, "current_language", lambda: tag)


def test_the_lecture_has_other_titles_and_notes_in_chinese_and_the_same_scenes(speak):
    english = load_talk(LECTURE)
    speak("zh-Hans")
    chinese = load_shown_talk(LECTURE)
    assert chinese.title == "变分自编码器"
    assert len(chinese.scenes) == len(english.scenes) == 20
    for shown, told in zip(chinese.scenes, english.scenes, strict=True):
        assert shown.title != told.title and shown.notes != told.notes
        assert replace(shown, title=told.title, notes=told.notes) == told


def test_the_lecture_is_the_file_in_english(speak):
    speak(ENGLISH)
    assert load_shown_talk(LECTURE) == load_talk(LECTURE)
    assert list_shown_talks() == list_talks()


def test_a_talk_of_the_user_is_not_translated(speak):
    speak("zh-Hans")
    talk = Talk("Limits", (Scene(id="00000001", page="learn", model="mnist-16", title="Why generate?"),))
    id = save_new_talk(talk)
    assert load_shown_talk(id) == talk
    titles = {entry.id: entry.title for entry in list_shown_talks()}
    assert titles == {id: "Limits", LECTURE: "变分自编码器"}
