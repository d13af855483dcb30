"""Exports beside a server: begun, found, stopped, failed, swept."""

import logging
import os
import shutil
import signal
import threading
import time
import zipfile
from pathlib import Path

import pytest

from vae.errors import BadRequestError, BundleError, ModelNotFoundError
from vae.formats.bundle import save_bundle
from zscope.jobs import exports as jobs
from zscope.jobs.exports import export_key, find_export, start_export, stop_export
from zscope.library.registry import find_model


@pytest.fixture
def home(tmp_path, monkeypatch, make_content):
    """A folder of models with a small one, `tiny`; no exports of before."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(jobs, "_JOBS", {})
    save_bundle(tmp_path / "models" / "tiny", **make_content())
    return tmp_path / "models"


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Have this run first in the export's process: `child("import os; os._exit(3)")`."""

    def begin_with(code: str) -> None:
        folder = tmp_path / "first"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(code)
        real = jobs._environment
        monkeypatch.setattr(jobs, "_environment", lambda format: real(format) | {"PYTHONPATH": str(folder)})

    return begin_with


def waited(key: str, *states: str, seconds: float = 90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = find_export(key)
        if job and job.state in states:
            return job
        time.sleep(0.05)
    raise AssertionError(f"not {states} in time: {job}")


def test_it_is_made_once_and_kept(home):
    key = start_export("tiny", "onnx")
    steps = set()
    while find_export(key).state in ("waiting", "working"):
        steps.add(find_export(key).step)
        time.sleep(0.02)
    job = waited(key, "done")
    assert {"Starting", "Loading the model", "Loading the file again and comparing"} <= steps
    assert job.report.file.name == "tiny-onnx.zip" and zipfile.is_zipfile(job.report.file)
    assert 0 <= job.report.largest <= 1e-4
    began = job.report.file.stat().st_mtime_ns
    assert start_export("tiny", "onnx") == key
    assert find_export(key) is job and job.report.file.stat().st_mtime_ns == began
    job.report.file.unlink()
    assert find_export(key) is None, "swept by somebody: to be made again"


def test_another_title_is_another_export(home, make_content):
    key = export_key(find_model("tiny"), "bundle")
    assert key != export_key(find_model("tiny"), "onnx")
    save_bundle(home / "tiny", **make_content() | {"title": "Another"})
    assert key != export_key(find_model("tiny"), "bundle")


@pytest.mark.full
def test_one_works_the_others_wait_and_both_can_be_stopped(home):
    first, second = start_export("tiny", "onnx"), start_export("tiny", "bundle")
    working, waiting = waited(first, "working"), waited(second, "waiting")
    assert waiting.step == "Waiting for another export"
    deadline = time.monotonic() + 20
    while not jobs._LIVE and time.monotonic() < deadline:
        time.sleep(0.01)
    (group,) = jobs._LIVE
    stopped = time.monotonic()
    stop_export(second)
    stop_export(first)
    assert find_export(first) is None and find_export(second) is None
    while jobs._LIVE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert time.monotonic() - stopped < 2, "killed, not waited for: loading the framework alone takes longer"
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert waiting.report is None and working.report is None
    assert waited(start_export("tiny", "onnx"), "done").report, "and it can be begun again"


@pytest.mark.full
def test_a_failure_says_why(home, monkeypatch):
    key = start_export("tiny", "onnx")
    stop_export(key)
    monkeypatch.setattr(jobs, "_environment", lambda format: os.environ | {"ZSCOPE_MODELS": "/nowhere"})
    job = waited(start_export("tiny", "onnx"), "failed")
    assert job.error.startswith("No model is called 'tiny'.")
    assert job.report is None
    monkeypatch.undo()
    monkeypatch.setenv("ZSCOPE_MODELS", str(home))


def at_work(seconds: float = 20) -> int:
    """The process group of the export at work, once it is there."""
    end = time.monotonic() + seconds
    while not jobs._LIVE and time.monotonic() < end:
        time.sleep(0.01)
    return next(iter(jobs._LIVE))


def gone(group: int, seconds: float = 5) -> bool:
    """Whether no process of a group lives, or does not for long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_one_killed_by_the_system_says_so_and_its_children_go_too(home, child, caplog):
    child("import os, subprocess; subprocess.Popen(['sleep', '60']); os.kill(os.getpid(), 9)")
    key = start_export("tiny", "onnx")
    group = at_work()
    job = waited(key, "failed")
    assert job.error.startswith("The system ended its process, most often because memory has run out.")
    assert gone(group), "else the child that loads the file keeps the memory"
    assert not (jobs._home() / key).exists()
    assert f"ended with status {-signal.SIGKILL}" in caplog.text


@pytest.mark.parametrize(
    ("code", "logged"),
    [
        ("import os, sys; print('a crash of theirs', file=sys.stderr, flush=True); os._exit(3)", "a crash of theirs"),
        pytest.param(
            "import atexit; atexit.register(print, 'Goodbye!')", "Traceback", marks=pytest.mark.full
        ),  # no JSON
    ],
    ids=["a process that crashed", "a report that cannot be read"],
)
def test_an_error_of_the_program_ends_it_and_is_logged(home, child, caplog, code, logged):
    child(code)
    job = waited(start_export("tiny", "bundle"), "failed")
    assert job.error == "An error of the program: see the server's log."
    assert logged in caplog.text and "the export of tiny as bundle" in caplog.text
    assert job.report is None and not (jobs._home() / job.key).exists()
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


@pytest.mark.full
def test_one_that_takes_too_long_is_ended(home, child, monkeypatch):
    monkeypatch.setattr(jobs, "_PATIENCE", 0.3)
    child("import time; time.sleep(60)")
    key = start_export("tiny", "bundle")
    group = at_work()
    assert waited(key, "failed", seconds=10).error.startswith("It took longer than")
    assert gone(group)


@pytest.mark.full
def test_a_stop_leaves_nothing_not_even_at_the_last_moment(home, monkeypatch):
    class Late(jobs.TypeAdapter):
        def validate_json(self, data):
            report = super().validate_json(data)
            assert report.file.exists()
            stop_export(key)
            return report

    monkeypatch.setattr(jobs, "TypeAdapter", Late)
    key = start_export("tiny", "bundle")
    folder = jobs._home() / key
    end = time.monotonic() + 60
    while find_export(key) and time.monotonic() < end:
        time.sleep(0.02)
    monkeypatch.undo()
    monkeypatch.setenv("ZSCOPE_MODELS", str(home))
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert find_export(key) is None and not folder.exists()


@pytest.mark.full
def test_stopped_and_begun_again_at_once_is_another(home):
    first = start_export("tiny", "bundle")
    stopped = find_export(first)
    at_work()
    stop_export(first)
    assert start_export("tiny", "bundle") == first
    job = waited(first, "done")
    assert job is not stopped and job.report.file.exists() and stopped.report is None
    stop_export(first)
    assert find_export(first) is job, "what is done is not stopped"


@pytest.mark.full
def test_a_folder_removed_at_work_is_a_failure_and_the_next_one_gets_another(home, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_HOME", [])
    monkeypatch.setattr(jobs.tempfile, "tempdir", str(tmp_path))
    key = start_export("tiny", "bundle")
    at_work()
    end = time.monotonic() + 60
    while not list(jobs._home().glob(f"{key}/.tiny.zip-*/file")) and time.monotonic() < end:
        time.sleep(0.01)
    shutil.rmtree(jobs._home())
    error = waited(key, "failed").error
    assert error.startswith("The export of tiny cannot be written: No such file or directory."), "and no path of ours"
    assert waited(start_export("tiny", "bundle"), "done").report.file.is_file()
    home_now = jobs._home()
    jobs.end_exports()
    assert not home_now.exists()


def test_with_the_server_its_exports_end(home, child, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(jobs, "_HOME", [])
    monkeypatch.setattr(jobs.tempfile, "tempdir", str(tmp_path))
    child("import time; time.sleep(60)")
    first, second = start_export("tiny", "onnx"), start_export("tiny", "bundle")
    group = at_work()
    jobs.end_exports()
    assert gone(group) and find_export(first) is None and find_export(second) is None
    with jobs._TURN:  # when the first has seen its end
        assert not list(tmp_path.glob("zscope-exports-*"))
    assert not caplog.records, "it was meant"


def test_a_disk_that_cannot_be_written_is_said(home, monkeypatch):
    def refused() -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "_home", refused)
    job = waited(start_export("tiny", "bundle"), "failed")
    assert job.error.startswith("It cannot be written: No space left on device.")


def test_a_thread_that_the_system_refuses_leaves_nothing_waiting(home, monkeypatch):
    def refused(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        with pytest.raises(RuntimeError, match="new thread"):
            start_export("tiny", "bundle")
    assert find_export(export_key(find_model("tiny"), "bundle")) is None


@pytest.mark.full
def test_the_oldest_files_go(home, monkeypatch):
    monkeypatch.setattr(jobs, "_MOST_FILES", 1)
    old = waited(start_export("tiny", "bundle"), "done").report.file
    new = waited(start_export("tiny", "onnx"), "done").report.file
    assert not old.exists() and not old.parent.exists() and new.exists()
    assert find_export(export_key(find_model("tiny"), "bundle")) is None


def test_what_a_killed_server_left_goes(home, tmp_path, monkeypatch, run_python):
    monkeypatch.setattr(jobs.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(jobs, "_HOME", [])
    code = (
        "import os; from zscope.jobs import exports as jobs; print(jobs._home(), flush=True); os.kill(os.getpid(), 9)"
    )
    left = Path(run_python("-c", code, TMPDIR=str(tmp_path)).stdout.strip())
    assert left.parent == tmp_path and left.is_dir()
    mine = jobs._home()
    assert not left.exists() and mine.is_dir()
    run_python("-c", "from vae.formats.exporting import jobs; jobs._home()", TMPDIR=str(tmp_path))
    assert list(tmp_path.glob("zscope-exports-*")) == [mine], "a live one's stays, one that ended well leaves none"


def test_refusals(home):
    with pytest.raises(BadRequestError, match="No export format"):
        start_export("tiny", "h5")
    with pytest.raises(ModelNotFoundError):
        start_export("nowhere", "onnx")
    (home / "tiny" / "card.json").write_text("{")
    with pytest.raises(BundleError, match="cannot be exported"):
        start_export("tiny", "onnx")
    assert find_export("0" * 20) is None


def test_tensorflow_s_formats_are_written_by_it_whatever_the_server_runs_on(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert jobs._environment("litert")["KERAS_BACKEND"] == jobs._environment("saved-model")["KERAS_BACKEND"]
    assert jobs._environment("litert")["KERAS_BACKEND"] == "tensorflow"
    assert jobs._environment("onnx")["KERAS_BACKEND"] == "jax"
