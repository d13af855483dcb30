"""The process of a background job: waits in the queue, works, reports progress, and stops on request."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from vae.errors import ZscopeError
from vae.message import N_, message
from zscope.jobs.control import requested_action
from zscope.jobs.job import LOCK_FILE, Job, State, write_status
from zscope.jobs.queue import wait_for_slot
from zscope.library.locks import Lock

__all__ = ["Reporter", "work_on"]

_INTERVAL = 0.2  # seconds between two status files, and between two checks for a request to stop


class Reporter:
    """Writes the status of a job, a few times a second.

    Attributes:
        folder: of the job.
        stopped: set when a stop is requested.
        seconds: time limit of the work, without the time in the queue; the task may set it.
        grace: seconds from a request to stop until the process is killed; the task may set it.
    """

    def __init__(self, folder: Path, kind: str):
        self.folder = folder
        self.stopped = threading.Event()
        self.seconds, self.grace = float("inf"), 0.0
        self._job = Job(kind, folder.name, started=time.time())
        self._written = -_INTERVAL
        self._writing = threading.Lock()

    def progress(self, step: str, done: int = 0, total: int = 0) -> None:
        """Report the current step and its progress.

        Raises:
            OSError: the status cannot be written.
        """
        now = step != self._job.step or 0 < total <= done
        self._write(now, step=step, done=done, total=total)

    def set_state(self, state: State, error: str = "") -> None:
        """Report the job's state. After an end ("done", "failed" or "stopped"), nothing changes any more.

        Raises:
            OSError: the status cannot be written.
        """
        self._write(True, state=state, error=error)

    def _write(self, now: bool, **change: Any) -> None:
        with self._writing:
            if not self._job.active:
                return
            self._job = replace(self._job, **change)
            if now or time.monotonic() - self._written >= _INTERVAL:
                self._written = time.monotonic()
                write_status(self.folder, self._job)


def work_on(folder: Path, kind: str, lock: int, task: Callable[[Reporter], None]) -> None:
    """Do a job in this process, which must be the leader of a session, since a stop ends the whole session.

    Args:
        lock: file descriptor of the job's lock, inherited from the parent; closed at the end.
        task: does the work; may return early when `Reporter.stopped` is set. It imports modules when called, so that a
            process in the queue takes little memory.

    Raises:
        OSError: the lock is not the job's, or a file cannot be written.
        Exception: a defect in `task`, which the status reports too.
    """
    held = Lock.handed_down(lock, folder / LOCK_FILE)
    reporter = Reporter(folder, kind)
    working = threading.Event()
    threading.Thread(target=_watch, args=(reporter, working), name="watch", daemon=True).start()
    with held:
        try:
            # One at a time: a user who tries settings starts more jobs than the machine can run at once.
            slot = wait_for_slot(
                folder.parent, folder.name, lambda position: reporter.progress("waiting"), reporter.stopped.is_set
            )
            if slot:
                with slot:
                    working.set()
                    reporter.set_state("running")
                    reporter.progress("starting")
                    task(reporter)
            reporter.set_state("stopped" if reporter.stopped.is_set() else "done")
        except ZscopeError as error:
            reporter.set_state("failed", str(error))
        except OSError as error:
            with suppress(OSError):  # a full disk: the output still contains the error
                reporter.set_state(
                    "failed", message("Can't write a file: {value}. Free some space.", value=error.strerror or error)
                )
            raise
        except Exception:
            reporter.set_state("failed", N_("An internal error: the server's log has the trace."))
            raise


def _watch(reporter: Reporter, working: threading.Event) -> None:
    """Kill the process after a request to stop, or after the time limit."""
    began: float | None = None
    while requested_action(reporter.folder) != "stop" and (
        began is None or time.monotonic() < began + reporter.seconds
    ):
        time.sleep(_INTERVAL)
        if began is None and working.is_set():
            began = time.monotonic()
    if requested_action(reporter.folder) == "stop":
        reporter.stopped.set()
        time.sleep(reporter.grace)
    else:
        minutes = f"{reporter.seconds / 60:.0f} minutes"
        with suppress(OSError):
            reporter.set_state(
                "failed",
                message("It took longer than {minutes}. Try again when the machine is less busy.", minutes=minutes),
            )
    os.killpg(0, signal.SIGKILL)
