"""Notes: text files beside the models, written atomically."""

import errno
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae.errors import BadRequestError, BundleError, ModelNotFoundError
from zscope.library import MOST_LETTERS, read_note, write_note
from zscope.library.registry import list_models


def test_a_note_is_saved_replaced_and_removed(save, own):
    save("tiny")
    save("theirs", shipped=True)
    assert read_note("tiny") == ""
    assert write_note("tiny", " two\r\nlines \n") == "two\nlines"
    assert write_note("theirs", "on a shipped one") == "on a shipped one"
    assert (read_note("tiny"), read_note("theirs")) == ("two\nlines", "on a shipped one")
    write_note("tiny", "other")
    assert read_note("tiny") == "other"
    write_note("tiny", "  ")
    write_note("tiny", "")
    assert read_note("tiny") == ""
    assert {entry.id for entry in list_models()} == {"tiny", "theirs"}, "no listing takes notes for a model"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=MOST_LETTERS))
def test_any_text_comes_back_as_it_was_kept(save, own, text):
    if not (own / "tiny").exists():
        save("tiny")
    kept = write_note("tiny", text)
    assert read_note("tiny") == kept
    assert write_note("tiny", kept) == kept, "what is kept once is kept so"


def test_too_long_a_note_is_refused_and_the_one_before_stays(save):
    save("tiny")
    write_note("tiny", "ü" * MOST_LETTERS)
    with pytest.raises(BadRequestError, match="2,001 characters"):
        write_note("tiny", "x" * (MOST_LETTERS + 1))
    assert read_note("tiny") == "ü" * MOST_LETTERS


@pytest.mark.parametrize("id", ["nothing", "../tiny", "", "tiny.txt", "tiny\n"])
def test_rejects_notes_on_unknown_models(save, own, id):
    save("tiny")
    assert read_note(id) == ""
    with pytest.raises(ModelNotFoundError):
        write_note(id, "x")
    assert not (own / ".notes").exists()


def test_no_name_leads_to_another_file(save, own):
    save("tiny")
    write_note("tiny", "a note")
    (own / "secret.txt").write_text("not a note")
    assert read_note("../secret") == read_note(str(own / "secret")) == ""


def test_an_external_note_file_is_read_within_limits(save, own):
    save("tiny")
    (own / ".notes").mkdir()
    (own / ".notes" / "tiny.txt").write_bytes(b"\xff\x00a\x1b" + b"b" * 100_000)
    note = read_note("tiny")
    assert note.startswith("\ufffdabb") and len(note) == MOST_LETTERS
    (own / ".notes" / "tiny.txt").unlink()
    (own / ".notes" / "tiny.txt").mkdir()
    with pytest.raises(BundleError, match="Can't read the note on"):
        read_note("tiny")


@pytest.mark.parametrize(("place", "name"), [("os", "replace"), ("os", "fsync"), ("tempfile", "mkstemp")])
def test_a_disk_that_fails_leaves_the_note_before(save, own, monkeypatch, place, name):
    save("tiny")
    write_note("tiny", "before")

    def fails(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(f"{place}.{name}", fails)
        with pytest.raises(BundleError, match="No space left"):
            write_note("tiny", "after")
    assert read_note("tiny") == "before"
    assert [path.name for path in (own / ".notes").iterdir()] == ["tiny.txt"]
