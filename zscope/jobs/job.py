"""A background job that outlives the server: its status, and the folder that its process and all readers share.

lock          held by the job's process; the kernel frees it when the process ends
job.json      the request
status.json   the status, a `Job`
request       a requested action, "stop" (`control`)
output.log    output of the process

The folder's name is the job's id, so a job is found also after a restart of the server.
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
from vae.message import N_, message
from zscope.jobs import process
from zscope.jobs.control import requested_action
from zscope.library.locks import Lock, is_held

__all__ = ["LOCK_FILE", "Job", "State", "launch_job", "put_file", "read_job", "read_request", "sweep", "write_status"]

LOGGER = logging.getLogger(__name__)
LOCK_FILE, _REQUEST, _STATUS, _LOG = "lock", "job.json", "status.json", "output.log"
_PATIENCE = 0.2  # seconds, since readers hold the lock for a moment
_ENDING = 15.0  # seconds to wait until a process that has written its last status has ended
_KEPT_SECONDS = 86_400.0
_TAIL = 20_000  # characters of a failed process's output for the server's log
State = Literal["queued", "running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class Job:
    """The status of a job.

    Attributes:
        kind: "map", "export" or "estimate".
        step: the current step, such as "encoding".
        done, total: progress of that step; total is 0 if it is not known.
        started: seconds since 1970.
        error: the reason if it failed, else "".
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
        """Whether the job is queued or running."""
        return self.state in ("queued", "running")


_JOB = TypeAdapter(Job)


def read_job(folder: Path, kind: str) -> Job | None:
    """Return the job of a folder; None if there never was one.

    A job with a request to stop counts as stopped at once. A job whose process ended without a final status has failed.
    """
    alive = is_held(folder / LOCK_FILE)  # read before the status, which a process writes before it ends
    try:
        job = _JOB.validate_json((folder / _STATUS).read_bytes())
    except (OSError, ValidationError):  # not written yet, or written by another version
        return Job(kind, folder.name) if alive else None
    if job.active and requested_action(folder) == "stop":
        return replace(job, state="stopped")
    if job.active and not alive:
        return replace(
            job, state="failed", error=N_("The operating system ended its process, most often because memory ran out.")
        )
    return job


def launch_job(folder: Path, kind: str, request: dict, environment: dict[str, str], hint: str) -> None:
    """Start a job's process unless it is running. Old jobs in the same folder are removed.

    Args:
        request: JSON-serialisable; the process reads it with `read_request`.
        environment: the complete environment of the process.
        hint: for the error message if the folder cannot be written.

    Raises:
        BadRequestError: the process cannot start.
    """

    def on_end(status: int) -> None:
        if status and requested_action(folder) != "stop":
            output = (folder / _LOG).read_text(errors="replace")[-_TAIL:] if (folder / _LOG).exists() else ""
            LOGGER.error("The %s %s ended with status %d:\n%s", kind, folder.name, status, output)

    try:
        sweep(folder.parent.glob("[!.]*"))
        folder.mkdir(parents=True, exist_ok=True)
        found = read_job(folder, kind)
        lock = Lock.take(folder / LOCK_FILE, _PATIENCE if found and found.active else _ENDING)
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
            environment=environment, log=folder / _LOG, lock=lock, name=f"{kind} {folder.name}", on_end=on_end,
        )  # fmt: skip
    except OSError as error:
        raise BadRequestError(
            message("Can't start the {kind}: {value}.", kind=kind, value=error.strerror or error), hint
        ) from error


def read_request(folder: Path) -> dict:
    """Return the request given to `launch_job`."""
    return json.loads((folder / _REQUEST).read_bytes())


def write_status(folder: Path, job: Job) -> None:
    """Write the status of a job; only for the process that holds its lock.

    Raises:
        OSError: it cannot be written.
    """
    put_file(folder / _STATUS, _JOB.dump_json(job))


def put_file(path: Path, data: bytes) -> None:
    """Write a file atomically for readers; a crash of the machine may lose it."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(data)
    fresh.replace(path)


def sweep(folders: Iterable[Path]) -> None:
    """Remove the folders of ended jobs without changes for a day."""
    for folder in folders:
        with suppress(OSError):  # another user's, or removed already
            if time.time() - folder.stat().st_mtime > _KEPT_SECONDS and not is_held(folder / LOCK_FILE):
                shutil.rmtree(folder, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Remove the files of an earlier job in the folder."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink(missing_ok=True)
