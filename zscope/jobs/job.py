"""A background job that outlives the server: how it stands, and the folder that its process and all readers share.

lock          held by the job's process while it lives: the kernel frees it, however the process ends
job.json      what was asked for
status.json   how it stands: a `Job`
request       what a person asks of the process: "stop" (`control`)
output.log    what the process printed

A job's folder is named by its id. It is found there also after a restart of the server.
"""

import json
import logging
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vae.errors import BadRequestError
from zscope.jobs import process
from zscope.jobs.control import asked
from zscope.library.locks import Lock, is_held

__all__ = ["LOCK_FILE", "Job", "State", "launch_job", "put_file", "read_job", "read_request", "sweep", "write_status"]

LOGGER = logging.getLogger(__name__)
LOCK_FILE, _REQUEST, _STATUS, _LOG = "lock", "job.json", "status.json", "output.log"
_PATIENCE = 0.2  # seconds: a reader's look holds the lock for a moment
_LEAVING = 15.0  # seconds for a process that has written its last status to end
_SWEPT = 86_400.0  # seconds
_TAIL = 20_000  # characters of what a failed process printed, for the server's log
State = Literal["queued", "running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class Job:
    """How a job stands.

    Attributes:
        kind: "map", "export" or "estimate".
        step: what it does now, such as "encoding".
        done, total: how much of that step; total 0 where it is not known.
        started: seconds since 1970.
        error: why it failed, else "".
    """

    kind: str
    id: str
    state: State = "queued"
    step: str = "starting"
    done: int = 0
    total: int = 0
    started: float = 0.0
    error: str = ""

    @property
    def active(self) -> bool:
        """Whether it has still to end."""
        return self.state in ("queued", "running")


_JOB = TypeAdapter(Job)


def read_job(folder: Path, kind: str) -> Job | None:
    """Return the job of a folder; None where there never was one.

    A job that was asked to stop counts as stopped at once. One whose process ended without saying so has failed.
    """
    alive = is_held(folder / LOCK_FILE)  # before the status: a process that has just ended has written its last
    try:
        job = _JOB.validate_json((folder / _STATUS).read_bytes())
    except (OSError, ValidationError):  # not written yet, or by another version
        return Job(kind, folder.name) if alive else None
    if job.active and asked(folder) == "stop":
        return replace(job, state="stopped")
    if job.active and not alive:
        return replace(job, state="failed", error="The system ended its process, most often because memory ran out.")
    return job


def launch_job(folder: Path, kind: str, request: dict, environment: dict[str, str], hint: str) -> None:
    """Start a job's process, unless one is at work. Old jobs beside it are removed.

    Args:
        request: JSON-ready; the process reads it with `read_request`.
        environment: the process's, whole.
        hint: what helps where the folder cannot be written.

    Raises:
        BadRequestError: the process cannot be started.
    """

    def ended(status: int) -> None:
        if status and asked(folder) != "stop":
            said = (folder / _LOG).read_text(errors="replace")[-_TAIL:] if (folder / _LOG).exists() else ""
            LOGGER.error("The %s %s ended with status %d:\n%s", kind, folder.name, status, said)

    try:
        sweep(folder.parent.glob("[!.]*"))
        folder.mkdir(parents=True, exist_ok=True)
        found = read_job(folder, kind)
        lock = Lock.take(folder / LOCK_FILE, _PATIENCE if found and found.active else _LEAVING)
        if lock is None:
            return
        try:
            _clear(folder)
            put_file(folder / _REQUEST, json.dumps(request).encode())
            write_status(folder, Job(kind, folder.name, started=time.time()))
        except BaseException:
            lock.release()
            raise
        process.start(
            ["-m", "zscope", "work-on", kind, str(folder.absolute()), "--lock", str(lock.descriptor)],
            environment=environment, log=folder / _LOG, lock=lock, name=f"{kind} {folder.name}", ended=ended,
        )  # fmt: skip
    except OSError as error:
        raise BadRequestError(f"The {kind} cannot be started: {error.strerror or error}.", hint) from error


def read_request(folder: Path) -> dict:
    """Return what `launch_job` was given."""
    return json.loads((folder / _REQUEST).read_bytes())


def write_status(folder: Path, job: Job) -> None:
    """Write how the job of a folder stands; for the holder of its lock.

    Raises:
        OSError: it cannot be written.
    """
    put_file(folder / _STATUS, _JOB.dump_json(job))


def put_file(path: Path, data: bytes) -> None:
    """Write a file that readers see whole or not at all; a crash of the machine may lose it."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(data)
    fresh.replace(path)


def sweep(folders: Iterable[Path]) -> None:
    """Remove the folders of ended jobs that have not changed for a day."""
    for folder in folders:
        with suppress(OSError):  # another user's, or gone already
            if time.time() - folder.stat().st_mtime > _SWEPT and not is_held(folder / LOCK_FILE):
                shutil.rmtree(folder, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Remove what an earlier job left in the folder."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink(missing_ok=True)
