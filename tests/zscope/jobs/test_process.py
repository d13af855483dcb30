"""The processes of jobs: their environment, and that they end with all their children."""

import json
import os
import subprocess
import time

import pytest

from zscope.jobs.importing import launcher
from zscope.jobs.process import inherited, run, start
from zscope.library.locks import Lock, is_held

SHOW = "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid()]))"


def until(true):
    end = time.monotonic() + 30
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in open(f"/proc/{pid}/status").read()  # noqa: PTH123


def test_it_has_the_environment_it_is_given_and_a_session_of_its_own(tmp_path):
    with (tmp_path / "out").open("w+b") as out:
        assert run(["-c", SHOW], environment={"HOME": "/x"}, stdout=out, stderr=subprocess.DEVNULL, seconds=60) == 0
        out.seek(0)
        environment, _, leads = json.load(out)
    assert environment.pop("HOME") == "/x" and leads
    assert environment.keys() <= {"LC_CTYPE"}, "which Python sets itself"


def test_inherited_is_this_environment_with_a_change(monkeypatch):
    monkeypatch.setenv("ZSCOPE_X", "1")
    assert inherited(ZSCOPE_Y="2").items() >= {"ZSCOPE_X": "1", "ZSCOPE_Y": "2", "PYTHONUNBUFFERED": "1"}.items()
    assert "ZSCOPE_Y" not in os.environ


def test_ends_a_process_and_its_children_after_the_time_limit(tmp_path):
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    with (tmp_path / "out").open("w+b") as out:
        with pytest.raises(TimeoutError):
            run(["-c", code], environment=inherited(), stdout=out, stderr=subprocess.DEVNULL, seconds=3)
        out.seek(0)
        child = int(out.read())
    until(lambda: not is_alive(child))


def test_a_signal_that_ended_it_is_returned(tmp_path):
    code = "import os; os.kill(os.getpid(), 8)"
    with (tmp_path / "out").open("wb") as out:
        assert run(["-c", code], environment=inherited(), stdout=out, stderr=out, seconds=60) == -8


def test_the_lock_is_the_started_process_s(tmp_path):
    statuses, lock = [], Lock.take_new(tmp_path / "lock")
    code = "import sys, time; time.sleep(0.5); print('done'); sys.exit(7)"
    start(["-c", code], environment=inherited(), log=tmp_path / "log", lock=lock, name="x", on_end=statuses.append)
    assert lock.descriptor == -1 and is_held(tmp_path / "lock")
    assert until(lambda: statuses) == [7]
    assert not is_held(tmp_path / "lock")
    assert (tmp_path / "log").read_text() == "done\n"


def test_a_process_that_cannot_start_releases_the_lock(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with pytest.raises(OSError):
        start([], environment={}, log=tmp_path / "log", lock=Lock.take_new(tmp_path / "lock"), name="x")
    assert not is_held(tmp_path / "lock")


def test_a_process_that_reads_model_files_finds_nothing_of_this_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_SECRET", "key")
    real, arguments = launcher.run, []

    def shown(given, **settings):
        arguments.extend(given)
        return real(["-s", "-c", SHOW], **settings)

    monkeypatch.setattr(launcher, "run", shown)
    assert launcher._status(tmp_path) == 0
    environment, _, leads = json.loads((tmp_path / "output").read_text())
    assert environment.keys() - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG", "ORT_DISABLE_TELEMETRY"} and leads
    assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path)
    assert arguments == ["-s", "-m", "vae.formats.importing.worker", str(tmp_path)]
