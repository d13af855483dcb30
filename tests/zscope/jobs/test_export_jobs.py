"""Exports in the background: starting, finding, stopping, failing and removing."""

import logging
import os
import signal
import time
import zipfile

import pytest

from vae.assets import PACKAGES
from vae.errors import BadRequestError, BundleError, ModelNotFoundError
from vae.formats.bundle import save_bundle
from vae.formats.exporting.report import ExportReport
from zscope.jobs import exports, process
from zscope.jobs.exports import Export, export_key, find_export, start_export, stop_export
from zscope.library.locks import is_held
from zscope.library.registry import find_model


@pytest.fixture
def home(tmp_path, monkeypatch, make_content):
    """A folder of models with a small one, `tiny`, and no exports."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ZSCOPE_EXPORTS", str(tmp_path / "exports"))
    save_bundle(tmp_path / "models" / "tiny", **make_content())
    return tmp_path / "models"


@pytest.fixture(autouse=True)
def groups(monkeypatch):
    """The started process groups, newest last. All of them are ended after the test."""
    started, real = [], process.popen

    def popen(*arguments):
        child = real(*arguments)
        started.append(child.pid)
        return child

    monkeypatch.setattr(process, "popen", popen)
    yield started
    for group in started:
        gone(group, seconds=0) or os.killpg(group, signal.SIGKILL)


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Run code at the start of the export's process: `child("import os; os._exit(3)")`."""

    def begin_with(code: str) -> None:
        folder = tmp_path / "first"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(code)
        real = exports._environment
        monkeypatch.setattr(
            exports, "_environment", lambda format: real(format) | {"PYTHONPATH": f"{folder}:{PACKAGES}"}
        )

    return begin_with


def until(true, seconds: float = 90):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def waited(key: str, *states: str, seconds: float = 90):
    return until(lambda: (found := find_export(key)) and found.job.state in states and found, seconds)


def export_of(key: str) -> Export:
    export = find_export(key)
    assert export is not None
    return export


def report_of(key: str) -> ExportReport:
    """Wait until an export is finished, and return its report."""
    report = waited(key, "done").report
    assert report is not None
    return report


def gone(group: int, seconds: float = 5) -> bool:
    """Return whether all processes of a group have ended or end soon."""
    end = time.monotonic() + seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)


@pytest.mark.full
def test_an_export_is_made_once_and_found_after_a_restart(home, run_python):
    key = start_export("tiny", "onnx")
    steps = set()
    while export_of(key).job.active:
        steps.add(export_of(key).job.step)
        time.sleep(0.02)
    export, report = waited(key, "done"), report_of(key)
    assert {"starting", "Loading the model", "Loading the file again and comparing"} <= steps
    assert report.file.name == "tiny-onnx.zip" and zipfile.is_zipfile(report.file)
    assert 0 <= report.largest <= 1e-4
    began = report.file.stat().st_mtime_ns
    assert start_export("tiny", "onnx") == key
    assert find_export(key) == export and report.file.stat().st_mtime_ns == began
    code = f"from zscope.jobs.exports import find_export; print(find_export('{key}').report.file)"
    assert run_python("-c", code).stdout.strip() == str(report.file)
    report.file.unlink()
    assert find_export(key) is None, "its file is gone: to be made again"


def test_another_title_is_another_export(home, make_content):
    key = export_key(find_model("tiny"), "bundle")
    assert key != export_key(find_model("tiny"), "onnx")
    save_bundle(home / "tiny", **make_content() | {"title": "Another"})
    assert key != export_key(find_model("tiny"), "bundle")


@pytest.mark.full
def test_it_goes_on_when_the_server_ends(home, run_python):
    code = "from zscope.jobs.exports import start_export; print(start_export('tiny', 'bundle'), flush=True)"
    key = run_python("-c", code).stdout.strip()
    assert export_of(key).job.active, "running, although the process that started it has ended"
    assert report_of(key).file.is_file()


@pytest.mark.full
def test_exports_run_one_at_a_time_and_can_be_stopped(home, groups):
    first = start_export("tiny", "onnx")
    waited(first, "running")
    second = start_export("tiny", "bundle")
    until(lambda: export_of(second).job.step == "waiting")
    stopped = time.monotonic()
    stop_export(second)
    stop_export(first)
    assert find_export(first) is None and find_export(second) is None
    assert time.monotonic() - stopped < 4, "killed, not waited for"
    assert all(gone(group) for group in groups)
    assert not list(exports.exports_folder().glob("[0-9a-f]*")), "nothing is left"
    assert waited(start_export("tiny", "onnx"), "done").report, "and it can be begun again"


@pytest.mark.full
def test_reports_the_reason_of_a_failure(home, monkeypatch):
    real = exports._environment
    monkeypatch.setattr(exports, "_environment", lambda format: real(format) | {"ZSCOPE_MODELS": "/nowhere"})
    export = waited(start_export("tiny", "onnx"), "failed")
    assert export.job.error.startswith("No model is called 'tiny'.")
    assert export.report is None


def test_reports_a_killed_export_and_ends_its_child_processes(home, child, caplog, groups):
    child("import os, subprocess; subprocess.Popen(['sleep', '60']); os.kill(os.getpid(), 9)")
    key = start_export("tiny", "onnx")
    assert waited(key, "failed").job.error.startswith(
        "The operating system ended its process, most often because memory ran out"
    )
    assert gone(groups[0]), "else the child that loads the file keeps the memory"
    until(lambda: f"ended with status {-signal.SIGKILL}" in caplog.text)


@pytest.mark.parametrize(
    ("code", "said", "logged"),
    [
        (
            "import os, sys; print('a crash of theirs', file=sys.stderr, flush=True); os._exit(3)",
            "The operating system ended its process",
            "a crash of theirs",
        ),
        pytest.param(
            "import vae.formats.exporting.export as e; e.export_model = lambda *_: {}['fault']",
            "An internal error: the server's log has the trace.",
            "KeyError: 'fault'",
            marks=pytest.mark.full,
        ),
    ],
    ids=["a process that crashed", "an exception"],
)
def test_an_error_of_the_program_ends_it_and_is_logged(home, child, caplog, code, said, logged):
    child(code)
    key = start_export("tiny", "bundle")
    export = waited(key, "failed")
    assert export.job.error.startswith(said) and export.report is None
    until(lambda: caplog.records)
    assert logged in caplog.text and f"The export {key} ended with status" in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


@pytest.mark.full
def test_ends_a_job_after_its_time_limit(home, child, groups):
    child(
        "import time, zscope.jobs.exports as e, vae.formats.exporting.export as x\n"
        "e._SECONDS, e.export_model = 0.3, lambda *_: time.sleep(60)"
    )
    key = start_export("tiny", "bundle")
    assert waited(key, "failed", seconds=20).job.error.startswith("It took longer than")
    assert gone(groups[0])


@pytest.mark.full
def test_stopped_and_begun_again_at_once_is_another(home):
    first = start_export("tiny", "bundle")
    waited(first, "running")
    stop_export(first)
    assert start_export("tiny", "bundle") == first
    export = waited(first, "done")
    stop_export(first)
    assert find_export(first) == export, "what is done is not stopped"


def test_reports_a_disk_that_cannot_be_written(home, tmp_path):
    (tmp_path / "exports").write_text("in the way")
    with pytest.raises(BadRequestError, match=r"Can\'t start the export: .*Free some space"):
        start_export("tiny", "bundle")


def test_a_process_that_cannot_be_started_leaves_nothing_waiting(home, monkeypatch):
    def refused(*_):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(process, "popen", refused)
    with pytest.raises(BadRequestError, match="Resource temporarily unavailable"):
        start_export("tiny", "bundle")
    key = export_key(find_model("tiny"), "bundle")
    assert not export_of(key).job.active
    assert not is_held(exports.exports_folder() / key / "lock")


@pytest.mark.full
def test_the_oldest_files_go(home, monkeypatch):
    monkeypatch.setattr(exports, "_MOST_FILES", 1)
    old = report_of(start_export("tiny", "bundle")).file
    new = report_of(start_export("tiny", "onnx")).file
    assert not old.exists() and not old.parent.exists() and new.exists()
    assert find_export(export_key(find_model("tiny"), "bundle")) is None
    os.utime(new.parent, (0, 0))
    start_export("tiny", "bundle")
    assert not new.exists(), "a day old"


def test_refusals(home):
    with pytest.raises(BadRequestError, match="No export format"):
        start_export("tiny", "h5")
    with pytest.raises(ModelNotFoundError):
        start_export("nowhere", "onnx")
    (home / "tiny" / "card.json").write_text("{")
    with pytest.raises(BundleError, match="Can't export the model"):
        start_export("tiny", "onnx")
    for key in ("0" * 20, "..", "", "../../tmp"):
        assert find_export(key) is None


def test_tensorflow_s_formats_are_written_by_it_whatever_the_server_runs_on(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert exports._environment("litert")["KERAS_BACKEND"] == exports._environment("saved-model")["KERAS_BACKEND"]
    assert exports._environment("litert")["KERAS_BACKEND"] == "tensorflow"
    assert exports._environment("onnx")["KERAS_BACKEND"] == "jax"
