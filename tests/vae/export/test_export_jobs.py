"""Exports beside a server: begun, found, stopped, failed, swept."""

import time
import zipfile
from pathlib import Path

import pytest

from vae.bundle import save_bundle
from vae.errors import BadRequestError, BundleError, ModelNotFoundError
from vae.export import jobs
from vae.export.jobs import export_key, find_export, start_export, stop_export
from vae.registry import find_model


@pytest.fixture
def home(tmp_path, monkeypatch, make_content):
    """A folder of models with a small one, `tiny`; no exports of before."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(jobs, "_JOBS", {})
    save_bundle(tmp_path / "models" / "tiny", **make_content())
    return tmp_path / "models"


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
        jobs.os.killpg(group, 0)
    assert waiting.report is None and working.report is None
    assert waited(start_export("tiny", "onnx"), "done").report, "and it can be begun again"


def test_a_failure_says_why(home, monkeypatch):
    key = start_export("tiny", "onnx")
    stop_export(key)
    monkeypatch.setattr(jobs, "_environment", lambda format: jobs.os.environ | {"ZSCOPE_MODELS": "/nowhere"})
    job = waited(start_export("tiny", "onnx"), "failed")
    assert job.error.startswith("No model is called 'tiny'.")
    assert job.report is None
    monkeypatch.undo()
    monkeypatch.setenv("ZSCOPE_MODELS", str(home))


def test_a_killed_one_is_a_failure(home):
    key = start_export("tiny", "onnx")
    deadline = time.monotonic() + 20
    while not jobs._LIVE and time.monotonic() < deadline:
        time.sleep(0.01)
    jobs._end(next(iter(jobs._LIVE)))
    assert waited(key, "failed").error == "Its process ended unasked."


def test_the_oldest_files_go(home, monkeypatch):
    monkeypatch.setattr(jobs, "_MOST_FILES", 1)
    old = waited(start_export("tiny", "bundle"), "done").report.file
    new = waited(start_export("tiny", "onnx"), "done").report.file
    assert not old.exists() and not old.parent.exists() and new.exists()
    assert find_export(export_key(find_model("tiny"), "bundle")) is None


def test_what_a_killed_server_left_goes(home, tmp_path, monkeypatch, run_python):
    monkeypatch.setattr(jobs.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(jobs, "_HOME", [])
    code = "import os; from vae.export import jobs; print(jobs._home(), flush=True); os.kill(os.getpid(), 9)"
    left = Path(run_python("-c", code, TMPDIR=str(tmp_path)).stdout.strip())
    assert left.parent == tmp_path and left.is_dir()
    mine = jobs._home()
    assert not left.exists() and mine.is_dir()
    run_python("-c", "from vae.export import jobs; jobs._home()", TMPDIR=str(tmp_path))
    assert list(tmp_path.glob("zscope-exports-*")) == [mine], "a live one's stays, one that ended well leaves none"


def test_refusals(home):
    with pytest.raises(BadRequestError, match="no format"):
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
