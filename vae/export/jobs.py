"""Exports beside a server: each in a process of its own, which a conversion may fill and hold up as it likes.

One at a time; the others wait. What comes out lies in a folder of this server's until it ends, the newest of it alone.
"""

import atexit
import hashlib
import importlib.util
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
from typing import Literal

from pydantic import TypeAdapter

from vae.errors import BadRequestError, BundleError
from vae.export.exporting import STEPS
from vae.export.formats import FORMATS
from vae.export.report import ExportReport
from vae.registry import ModelEntry, find_model
from vae.runs.locks import Lock, is_held

__all__ = ["ExportJob", "export_key", "find_export", "start_export", "stop_export"]

ROOT = Path(__file__).resolve().parents[2]
_MOST_FILES = 20
_MOST_BYTES = 500_000_000
_PATIENCE = 600.0  # seconds that one may take
_INTERVAL = 0.1  # seconds between two looks at a process
_PREFIX, _LOCK = "zscope-exports-", "lock"
_TENSORFLOW = ("saved-model", "litert")  # are written by it, whatever the server runs on
State = Literal["waiting", "working", "done", "failed"]


@dataclass
class ExportJob:
    """How an export stands; only its own thread changes it.

    Attributes:
        state: "waiting" for others before it.
        error: why it failed, else "".
        report: of the finished file.
    """

    key: str
    model_id: str
    format: str
    state: State = "waiting"
    error: str = ""
    report: ExportReport | None = None
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
    if format not in FORMATS:
        raise BadRequestError(f"{format[:40]!r} is no format of an export.", f"Use one of {', '.join(FORMATS)}.")
    key = export_key(find_model(model_id), format)
    with _CHANGING:
        job = find_export(key)
        if job is None or job.state == "failed":
            job = _JOBS[key] = ExportJob(key, model_id, format)
            threading.Thread(target=_run, args=(job,), name=f"export {key}", daemon=True).start()
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


def _run(job: ExportJob) -> None:
    try:
        with _TURN:
            if not job.stop.is_set():
                _work(job)
    except OSError as error:
        job.error = f"The export cannot be written: {error.strerror or error}. Free some space."
        job.state = "failed"


def _work(job: ExportJob) -> None:
    job.state = "working"
    folder = _home() / job.key
    folder.mkdir(exist_ok=True)
    _sweep()
    job.log, result = folder / "log", folder / "report.json"
    command = ["export", job.model_id, "--format", job.format, "--out", str(folder), "--json"]
    with job.log.open("wb") as log, result.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae", *command],
            cwd=ROOT,
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
        ended = process.poll()
        if ended is None:
            _end(process.pid)
            process.wait()
    finally:
        _LIVE.discard(process.pid)
    if ended == 0:
        job.report = TypeAdapter(ExportReport).validate_json(result.read_bytes())
        job.state = "done"
        return
    for left in folder.iterdir():
        if left != job.log:
            _remove(left)
    said = [line for line in _text(job.log).splitlines() if line.startswith("Error: ")]
    without = f"It took longer than {_PATIENCE / 60:.0f} minutes." if ended is None else "Its process ended unasked."
    job.error = said[-1].removeprefix("Error: ") if said else without
    job.state = "failed"


def _environment(format: str) -> dict[str, str]:
    own = {"KERAS_BACKEND": "tensorflow"} if importlib.util.find_spec("tensorflow") and format in _TENSORFLOW else {}
    return os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "1000"} | own


def _sweep() -> None:
    """The oldest files go, by number and by size; what is being written and the newest stay."""
    done = sorted(
        (job for job in list(_JOBS.values()) if find_export(job.key) and job.report),
        key=lambda job: job.report.file.stat().st_mtime,
    )
    total = sum(job.report.bytes for job in done)
    while len(done) >= _MOST_FILES or total > _MOST_BYTES:
        oldest = done.pop(0)
        total -= oldest.report.bytes
        with _CHANGING:
            _JOBS.pop(oldest.key, None)
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
        if not _HOME:
            for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
                lock = left / _LOCK
                if lock.exists() and not is_held(lock):
                    shutil.rmtree(left, ignore_errors=True)
            folder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
            _HOME.append((folder, Lock.take(Path(folder.name) / _LOCK)))
    return Path(_HOME[0][0].name)


def _end(group: int) -> None:
    with suppress(ProcessLookupError):  # it has ended, and all its children
        os.killpg(group, signal.SIGKILL)


@atexit.register
def _end_all() -> None:
    for group in list(_LIVE):
        _end(group)
