"""Renaming changes the title and not the weights; after a failure, the model is unchanged."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from vae.errors import BadRequestError, BundleError, ModelNotFoundError
from vae.formats.bundle import load_bundle
from zscope.jobs.runs.folder import PUBLISH_LOCK, runs_folder
from zscope.library import rename
from zscope.library.locks import Lock
from zscope.library.registry import find_model, fingerprint, open_model


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_renamed_model_keeps_its_weights(save, own):
    path = save("tiny", title="First")
    before, weights = tree(path), fingerprint("tiny")
    assert rename("tiny", "  Second \n name ") == "Second name"
    assert find_model("tiny").title == open_model("tiny").manifest.title == "Second name"
    assert fingerprint("tiny") == weights
    after = tree(path)
    assert {name for name in before if before[name] != after[name]} == {(path / "model.json").relative_to(path)}
    assert load_bundle(path).manifest.id == "tiny"
    assert {entry.name for entry in own.iterdir()} == {"tiny"}, "nothing is left beside it"


@pytest.mark.parametrize("title", ["", "   ", "\u202e\u200b", "x" * 81])
def test_rejects_invalid_names(save, title):
    save("tiny", title="First")
    with pytest.raises(BadRequestError):
        rename("tiny", title)
    assert find_model("tiny").title == "First"


def test_signs_that_turn_the_direction_of_writing_are_left_out(save):
    save("tiny")
    assert rename("tiny", "abc\u202etxt.exe") == "abctxt.exe"


def test_rejects_renaming_bundled_broken_and_unknown_models(save):
    save("theirs", shipped=True, title="Theirs")
    (save("broken") / "card.json").write_text("{")
    for id, kind, said in (
        ("theirs", BundleError, "bundled model"),
        ("broken", BundleError, "Can't open"),
        ("nothing", ModelNotFoundError, "No model"),
        ("../shipped/theirs", ModelNotFoundError, "No model"),
    ):
        with pytest.raises(kind, match=said):
            rename(id, "Mine")
    assert find_model("theirs").title == "Theirs"


@pytest.mark.parametrize(("place", "name"), [("os", "replace"), ("os", "fsync"), ("tempfile", "mkstemp")])
def test_a_disk_that_fails_leaves_the_old_title_and_nothing_else(save, own, monkeypatch, place, name):
    path = save("tiny", title="First")
    before = tree(own)

    def fails(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(f"{place}.{name}", fails)
        with pytest.raises(BundleError, match=r"Can't rename the model tiny: No space left"):
            rename("tiny", "Second")
    assert tree(own) == before
    assert load_bundle(path).manifest.title == "First"


KILLED = """
import os, signal, sys
import zscope.library.renaming as renaming
real = os.replace
calls = []
def replace(source, target):
    calls.append(target)
    if len(calls) == int(sys.argv[1]):
        if sys.argv[2] == "after":
            real(source, target)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(source, target)
os.replace = replace
renaming.rename("tiny", "Second")
"""


@pytest.mark.parametrize("call", [pytest.param("1", marks=pytest.mark.full), "2"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_between_any_two_steps_leaves_a_whole_model(save, own, listed, call, when):
    path = save("tiny", title="First")
    done = subprocess.run([sys.executable, "-c", KILLED, call, when], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    title = load_bundle(path).manifest.title
    assert title == ("Second" if (call, when) == ("2", "after") else "First")
    assert listed() == {"tiny": title}, "what the kill left is passed over"
    assert rename("tiny", "Third") == load_bundle(path).manifest.title == "Third"


def test_while_a_run_saves_the_model_it_waits_its_turn(save, monkeypatch):
    monkeypatch.setattr("zscope.library.changes._PATIENCE", 0.05)
    save("tiny", title="First")
    (runs_folder() / "tiny").mkdir(parents=True)
    with Lock.take(runs_folder() / "tiny" / PUBLISH_LOCK):
        with pytest.raises(BundleError, match="is saving the model"):
            rename("tiny", "Second")
        assert find_model("tiny").title == "First"
    assert rename("tiny", "Second") == "Second"
