"""A deleted model can be restored for a week; after a crash, it is either listed or in the trash."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from vae.errors import BundleError, ModelNotFoundError
from zscope.library import KEPT_DAYS, delete, deleted, read_note, undo, write_note
from zscope.library.registry import list_models, open_model


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_deleted_and_back_to_the_byte(save, listed):
    path = save("tiny", title="Tiny one")
    save("other")
    before = tree(path)
    gone = delete("tiny")
    assert (gone.id, gone.title) == ("tiny", "Tiny one")
    assert listed().keys() == {"other"}
    with pytest.raises(ModelNotFoundError):
        open_model("tiny")
    assert deleted() == [gone]
    assert abs(datetime.now(UTC) - gone.when) < timedelta(seconds=30)
    assert undo(gone.token) == "tiny"
    assert tree(path) == before
    assert listed().keys() == {"other", "tiny"}
    assert deleted() == []


def test_the_note_goes_along_and_a_new_model_of_that_name_has_none(save):
    save("tiny")
    write_note("tiny", "my first")
    gone = delete("tiny")
    save("tiny", title="Another")
    assert read_note("tiny") == ""
    with pytest.raises(BundleError, match=r"Another model is called tiny now\. Delete that model first"):
        undo(gone.token)
    assert [one.token for one in deleted()] == [gone.token], "refused, and still there"
    newer = delete("tiny")
    assert {one.token for one in deleted()} == {newer.token, gone.token}
    undo(gone.token)
    assert read_note("tiny") == "my first"
    assert [one.title for one in deleted()] == ["Another"]


def test_broken_ones_of_any_name_go_and_come_back(save, own):
    (save("bad") / "card.json").write_text("{")
    save("ok").rename(own / "My Model")
    shutil.make_archive(str(own / "packed"), "zip", own / "bad")
    names = {entry.id for entry in list_models() if entry.fault}
    assert names == {"bad", "My Model", "packed.zip"}
    tokens = [delete(name).token for name in sorted(names)]
    assert list_models() == []
    for token in tokens:
        undo(token)
    assert {entry.id for entry in list_models()} == names


def test_rejects_deleting_bundled_models_and_paths(save, own, tmp_path):
    save("theirs", shipped=True)
    (tmp_path / "outside").mkdir()
    with pytest.raises(BundleError, match="bundled model"):
        delete("theirs")
    for name in ("../outside", str(tmp_path / "outside"), "..", ".", "", ".trash", "nothing"):
        with pytest.raises(ModelNotFoundError):
            delete(name)
    assert (tmp_path / "outside").is_dir()


@pytest.mark.parametrize("token", ["", "..", "../models", "20260101T000000-abc", "20260101T000000-../../x"])
def test_rejects_unknown_tokens(save, token):
    save("tiny")
    with pytest.raises(ModelNotFoundError, match="no longer in the trash"):
        undo(token)


def test_it_can_be_put_back_once(save):
    save("tiny")
    gone = delete("tiny")
    undo(gone.token)
    with pytest.raises(ModelNotFoundError):
        undo(gone.token)


def test_after_a_week_it_is_gone_for_good(save, own):
    save("old")
    save("young")
    gone = delete("old")
    place = own / ".trash" / gone.token
    long_ago = datetime.now(UTC) - timedelta(days=KEPT_DAYS, minutes=5)
    aged = place.rename(place.with_name(f"{long_ago:%Y%m%dT%H%M%S}-aged"))
    assert deleted() == []
    with pytest.raises(ModelNotFoundError):
        undo(aged.name)
    empty = own / ".trash" / f"{datetime.now(UTC) - timedelta(minutes=5):%Y%m%dT%H%M%S}-killed"
    empty.mkdir()
    delete("young")  # sweeps
    assert not aged.exists() and not empty.exists()
    assert [one.id for one in deleted()] == ["young"]


def test_strange_folders_in_the_trash_are_passed_over(save, own):
    save("tiny")
    gone = delete("tiny")
    for name in ("99999999T999999-abc", "mine", ".DS_Store"):
        (own / ".trash" / name).mkdir()
    assert deleted() == [gone]
    assert (own / ".trash" / "mine").is_dir()


@pytest.mark.parametrize("call", ["rename", "mkdir"])
def test_a_system_that_refuses_leaves_it_on_the_list(save, own, listed, monkeypatch, call):
    save("tiny")
    before = tree(own)

    def fails(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{call}" if call == "rename" else "pathlib.Path.mkdir", fails)
        with pytest.raises(BundleError, match="Can't delete the model tiny: Read-only file system"):
            delete("tiny")
    assert tree(own) == before and listed().keys() == {"tiny"} and deleted() == []
    assert not list(own.glob(".trash/*")), "no empty place is left"


KILLED = """
import os, signal, sys
real = os.rename
def rename(source, target):
    if str(source).endswith((".note", ".txt")):  # of the two moves, the kill is at the model's own
        return real(source, target)
    if sys.argv[1] == "after":
        real(source, target)
    os.kill(os.getpid(), signal.SIGKILL)
import zscope.library as shelf
if sys.argv[2] == "delete":
    os.rename = rename
    shelf.delete("tiny")
else:
    token = shelf.delete("tiny").token
    os.rename = rename
    shelf.undo(token)
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["delete", pytest.param("undo", marks=pytest.mark.full)])
def test_a_kill_leaves_it_in_one_of_two_places(save, own, listed, when, what):
    content = tree(save("tiny"))
    write_note("tiny", "a note")
    done = subprocess.run([sys.executable, "-c", KILLED, when, what], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    is_listed = (when == "before") == (what == "delete")
    assert ("tiny" in listed(), len(deleted())) == (is_listed, not is_listed)
    if not is_listed:
        undo(deleted()[0].token)
    assert tree(own / "tiny") == content
    assert read_note("tiny") == "a note"
