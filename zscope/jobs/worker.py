"""The process of a background job: waits for its turn, works, says how far it is, and ends when it is asked to."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vae.errors import ZscopeError
from zscope.jobs.control import asked
from zscope.jobs.job import LOCK_FILE, Job, State, write_status
from zscope.jobs.queue import wait_for_slot
from zscope.library.locks import Lock

__all__ = ["Reporter", "work_on"]

_INTERVAL = 0.2  # seconds between two writings, and between two looks for a stop


class Reporter:
    """Writes how a job stands, a few times a second.

    Attributes:
        folder: of the job.
        stopped: set when the job is to stop.
        seconds: that the work may take, without the wait for its turn; the task may set it.
        grace: seconds that the task has to return after a stop before the process is killed; the task may set it.
    """

    def __init__(self, folder: Path, kind: str):
        self.folder = folder
        self.stopped = threading.Event()
        self.seconds, self.grace = float("inf"), 0.0
        self._job = Job(kind, folder.name, started=time.time())
        self._written = -_INTERVAL
        self._writing = threading.Lock()

    def say(self, step: str, done: int = 0, total: int = 0) -> None:
        """Tell what the job does now.

        Raises:
            OSError: it cannot be written.
        """
        now = step != self._job.step or 0 < total <= done
        self._write(now, step=step, done=done, total=total)

    def enter(self, state: State, error: str = "") -> None:
        """Tell that the job has come to another state; the first end is the last.

        Raises:
            OSError: it cannot be written.
        """
        self._write(True, state=state, error=error)

    def _write(self, now: bool, **change) -> None:
        with self._writing:
            if not self._job.active:
                return
            self._job = replace(self._job, **change)
            if now or time.monotonic() - self._written >= _INTERVAL:
                self._written = time.monotonic()
                write_status(self.folder, self._job)


def work_on(folder: Path, kind: str, lock: int, task: Callable[[Reporter], None]) -> None:
    """Do a job in this process, which must lead a session of its own: a stop ends the whole session.

    Args:
        lock: of the job, an open file that was handed down; closed at the end.
        task: does the work; may return early when `Reporter.stopped` is set. Imports what it needs only then: a process
            that waits for its turn takes little memory.

    Raises:
        OSError: the lock is not the job's, or something cannot be written.
        Exception: of `task`, where it is an error of the program; its status says so too.
    """
    held = Lock.handed_down(lock, folder / LOCK_FILE)
    reporter = Reporter(folder, kind)
    at_work = threading.Event()
    threading.Thread(target=_watch, args=(reporter, at_work), name="watch", daemon=True).start()
    with held:
        try:
            # One at a time: trying settings starts more of them than the machine can carry.
            slot = wait_for_slot(
                folder.parent, folder.name, lambda place: reporter.say("waiting"), reporter.stopped.is_set
            )
            if slot:
                with slot:
                    at_work.set()
                    reporter.enter("running")
                    reporter.say("starting")
                    task(reporter)
            reporter.enter("stopped" if reporter.stopped.is_set() else "done")
        except ZscopeError as error:
            reporter.enter("failed", str(error))
        except OSError as error:
            with suppress(OSError):  # a full disk takes no status either; what is printed still tells
                reporter.enter("failed", f"It cannot be written: {error.strerror or error}. Free some space.")
            raise
        except Exception:
            reporter.enter("failed", "An error of the program: see the server's log.")
            raise


def _watch(reporter: Reporter, at_work: threading.Event) -> None:
    """End the process when it is asked to stop, or has worked for too long."""
    began = None
    while asked(reporter.folder) != "stop" and (began is None or time.monotonic() < began + reporter.seconds):
        time.sleep(_INTERVAL)
        if began is None and at_work.is_set():
            began = time.monotonic()
    if asked(reporter.folder) == "stop":
        reporter.stopped.set()
        time.sleep(reporter.grace)
    else:
        minutes = f"{reporter.seconds / 60:.0f} minutes"
        with suppress(OSError):
            reporter.enter("failed", f"It took longer than {minutes}. Try again when less is going on.")
    os.killpg(0, signal.SIGKILL)
