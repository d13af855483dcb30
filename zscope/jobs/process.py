"""Starts the child processes of all jobs: environment, working folder, session, output and time limit."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vae.assets import PACKAGES
from zscope.library.locks import Lock

__all__ = ["inherited", "popen", "run", "start"]


def inherited(**variables: str) -> dict[str, str]:
    """Return this process's environment with `variables` set; the child's output is not buffered."""
    return os.environ | {"PYTHONUNBUFFERED": "1"} | variables


def start(
    arguments: list[str],
    *,
    environment: dict[str, str],
    log: Path,
    lock: Lock,
    name: str,
    on_end: Callable[[int], object] = lambda status: None,
) -> None:
    """Start a Python process that outlives this one, also if the terminal is closed or the server restarts.

    Args:
        arguments: of the interpreter.
        environment: the complete environment of the child.
        log: file to which its output is appended.
        lock: passed to the child, and released here in any case.
        name: of the thread that waits for the child.
        on_end: called in that thread with the exit status, unless this process ends first.

    Raises:
        OSError: the process cannot start.
    """
    try:
        with log.open("ab") as output:
            process = popen(arguments, environment, output, subprocess.STDOUT, lock.descriptor)
    finally:
        lock.release()

    def wait() -> None:
        status = process.wait()
        _end_group(process)  # children of a killed process are still running
        on_end(status)

    threading.Thread(target=wait, name=name, daemon=True).start()


def run(
    arguments: list[str], *, environment: dict[str, str], stdout: BinaryIO, stderr: BinaryIO, seconds: float
) -> int:
    """Run a Python process and wait for its end.

    Args:
        arguments: of the interpreter.
        environment: the complete environment of the child.
        seconds: time limit, after which the process and its children are killed.

    Returns:
        The exit status, or the negative number of the signal that ended the process.

    Raises:
        TimeoutError: it took longer than `seconds`.
        OSError: the process cannot start.
    """
    process = popen(arguments, environment, stdout, stderr)
    try:
        return process.wait(seconds)
    except BaseException as error:
        _end_group(process)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise TimeoutError(str(error)) from error
        raise


def popen(
    arguments: list[str],
    environment: dict[str, str],
    stdout: BinaryIO | int,
    stderr: BinaryIO | int | None,
    *descriptors: int,
) -> subprocess.Popen:
    """Start a Python process in a session of its own, with the complete environment and open descriptors of the child.

    Raises:
        OSError: it cannot start.
    """
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PACKAGES,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=descriptors,
        start_new_session=True,
    )


def _end_group(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):  # the process and its children have ended
        os.killpg(process.pid, signal.SIGKILL)
