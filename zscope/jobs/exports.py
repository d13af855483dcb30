"""Exports beside a server: each in a process of its own, which a conversion may fill and hold up as it likes.

One at a time; the others wait. What comes out lies in a folder of this server's until it ends, the newest of it alone.
"""

import atexit
import hashlib
import importlib.util
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import TypeAdapter

from vae.assets import PACKAGES
from vae.errors import BundleError
from vae.formats.exporting.export import STEPS
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport
from zscope.library.locks import Lock, is_held
from zscope.library.registry import ModelEntry, find_model

__all__ = ["ExportJob", "end_exports", "export_key", "find_export", "start_export", "stop_export"]

LOGGER = logging.getLogger(__name__)
_MOST_FILES = 20
_MOST_BYTES = 500_000_000
_PATIENCE = 600.0  # seconds that one may take
_INTERVAL = 0.1  # seconds between two looks at a process
_TAIL = 20_000  # characters of what a failed one said, for the server's log
_BUG = "An error of the program: see the server's log."
_PREFIX, _LOCK = "zscope-exports-", "lock"
State = Literal["waiting", "working", "done", "failed"]


@dataclass
class ExportJob:
    """How an export stands; only its own thread changes it.

    Attributes:
        state: "waiting" for others before it.
        error: why it failed, else "".
        report: of the finished file.
        finished: when, on the monotonic clock.
    """

    key: str
    model_id: str
    format: str
    state: State = "waiting"
    error: str = ""
    report: ExportReport | None = None
    finished: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    log: Path | None = None

    @property
    def step(self) -> str:
        """What it does now, in words."""
        if self.state == "waiting":
            return "Waiting for another export"
        said = _text(self.log).splitlines()
        return next((step for step in reversed(STEPS) if f"{step} …" in said), "Starting")


_JOBS: dict[str, ExportJob] = {}
_CHANGING = threading.Lock()
_TURN = threading.Lock()  # held by the one at work


def export_key(entry: ModelEntry, format: str) -> str:
    """What an export is found by: another one when anything of the model's bundle has changed.

    Raises:
        BundleError: the model is broken.
    """
    if entry.fault:
        raise BundleError(f"The model {entry.id} cannot be exported: {entry.fault}", "Choose another model.")
    content = f"{entry.id}\n{format}\n{entry.manifest.model_dump_json()}"
    return hashlib.sha256(content.encode()).hexdigest()[:20]


def start_export(model_id: str, format: str) -> str:
    """Export a listed model in the background, unless that is under way or done already.

    Returns:
        Its key.

    Raises:
        ModelNotFoundError, BundleError: the model cannot be opened.
        BadRequestError: there is no such format.
    """
    key = export_key(find_model(model_id), FORMATS[format].key)
    with _CHANGING:
        job = find_export(key)
        if job is None or job.state == "failed":
            job = ExportJob(key, model_id, format)
            threading.Thread(target=_run, args=(job,), name=f"export {key}", daemon=True).start()
            _JOBS[key] = job  # after it: a thread that the system refuses leaves nothing that waits for ever
    return key


def find_export(key: str) -> ExportJob | None:
    """The job of a key; None where there is none, or its file has been swept."""
    job = _JOBS.get(key)
    if job and job.report and not job.report.file.exists():
        return None
    return job


def stop_export(key: str) -> None:
    """End it; nothing of it is left. Nothing where it is not under way."""
    with _CHANGING:
        job = _JOBS.get(key)
        if job and job.state in ("waiting", "working"):
            job.stop.set()
            del _JOBS[key]


@atexit.register
def end_exports() -> None:
    """End those under way and remove all files: the server ends. One that is begun later gets another folder."""
    for key in list(_JOBS):
        stop_export(key)
    for group in list(_LIVE):
        _end(group)
    with _CHANGING:
        _leave_home()


def _run(job: ExportJob) -> None:
    error = ""
    try:
        with _TURN:
            if not job.stop.is_set():
                error = _work(job)
    except OSError as fault:
        LOGGER.warning("the export of %s as %s: %s", job.model_id, job.format, fault)
        error = f"It cannot be written: {fault.strerror or fault}. Free some space, then prepare it again."
    except Exception:
        LOGGER.exception("the export of %s as %s failed", job.model_id, job.format)
        error = _BUG
    if error:
        job.error = error
        job.state = "failed"


def _work(job: ExportJob) -> str:
    """Why it failed; "" where it is done or was stopped."""
    job.state = "working"
    _sweep()
    folder = _home() / job.key
    _remove(folder)
    folder.mkdir()
    job.log = folder / "log"
    try:
        # Read by these open files: whoever empties the folder does not change what was said.
        with job.log.open("w+b") as log, (folder / "report.json").open("w+b") as output:
            status = _process(job, folder, log, output)
            log.seek(0)
            output.seek(0)
            said, result = log.read().decode(errors="replace"), output.read()
        if job.stop.is_set():
            return ""
        if status != 0:
            return _reason(job, status, said)
        report = TypeAdapter(ExportReport).validate_json(result)
        if not report.file.is_file():
            return "Its file is gone: something else has removed it. Prepare it again."
        with _CHANGING:  # who stops it does so before this, and nothing is left, or after it, and it is done
            if not job.stop.is_set():
                job.finished, job.report, job.state = time.monotonic(), report, "done"
        return ""
    finally:
        if job.state != "done":
            _remove(folder)


def _process(job: ExportJob, folder: Path, log: BinaryIO, output: BinaryIO) -> int | None:
    """The exit status of the export's process; None where it was ended: stopped, or after too long."""
    out = folder / f"{job.model_id}{FORMATS[job.format].suffix}"
    command = ["export", job.model_id, "--format", job.format, "--out", str(out), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "zscope", *command],
        cwd=PACKAGES,
        env=_environment(job.format),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=log,
        start_new_session=True,  # its own children end with it
    )
    _LIVE.add(process.pid)
    try:
        given_up = time.monotonic() + _PATIENCE
        while process.poll() is None and not job.stop.is_set() and time.monotonic() < given_up:
            job.stop.wait(_INTERVAL)
        return process.poll()
    finally:
        _end(process.pid)  # also when it has ended: the child of a killed one, which loads the file, lives on
        process.wait()
        _LIVE.discard(process.pid)


def _reason(job: ExportJob, status: int | None, said: str) -> str:
    """Why a process came to no report, for a person; what is no message to one is logged."""
    if status is None:
        return f"It took longer than {_PATIENCE / 60:.0f} minutes. Try again when less is going on."
    for line in reversed(said.splitlines()):
        if line.startswith("Error: "):
            return line.removeprefix("Error: ")
    LOGGER.error("the export of %s as %s ended with status %d:\n%s", job.model_id, job.format, status, said[-_TAIL:])
    if status == -signal.SIGKILL:
        return "The system ended its process, most often because memory has run out. Free some, then prepare it again."
    return _BUG


def _environment(format: str) -> dict[str, str]:
    backend = FORMATS[format].keras_backend  # whatever the server runs on
    own = {"KERAS_BACKEND": backend} if backend and importlib.util.find_spec(backend) else {}
    return os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "1000"} | own


def _sweep() -> None:
    """The oldest files go, by number and by size."""
    done = sorted(
        (job for job in list(_JOBS.values()) if job.report and find_export(job.key) is job),
        key=lambda job: job.finished,
    )
    total = sum(job.report.bytes for job in done)
    while len(done) >= _MOST_FILES or total > _MOST_BYTES:
        oldest = done.pop(0)
        total -= oldest.report.bytes
        with _CHANGING:
            if _JOBS.get(oldest.key) is oldest:
                del _JOBS[oldest.key]
        _remove(oldest.report.file.parent)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _text(path: Path | None) -> str:
    try:
        return path.read_text(errors="replace") if path else ""
    except OSError:  # swept
        return ""


_HOME: list[tuple[tempfile.TemporaryDirectory, Lock | None]] = []
_LIVE: set[int] = set()  # process groups at work


def _home() -> Path:
    """This server's folder; those that killed servers left are removed."""
    with _CHANGING:
        if _HOME and not Path(_HOME[0][0].name).is_dir():  # somebody removes what is old
            _leave_home()
        if not _HOME:
            for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
                lock = left / _LOCK
                if lock.exists() and not is_held(lock):
                    shutil.rmtree(left, ignore_errors=True)
            folder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
            _HOME.append((folder, Lock.take(Path(folder.name) / _LOCK)))
        return Path(_HOME[0][0].name)


def _leave_home() -> None:
    while _HOME:
        folder, lock = _HOME.pop()
        folder.cleanup()
        if lock:
            lock.release()


def _end(group: int) -> None:
    with suppress(ProcessLookupError):  # it has ended, and all its children
        os.killpg(group, signal.SIGKILL)
