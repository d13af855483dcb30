"""Start the child processes of all jobs: environment, working folder, session, output and time limit."""

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

__all__ = ["inherited", "run", "start"]


def inherited(**variables: str) -> dict[str, str]:
    """Return this process's environment with `variables` set; what the child prints is not buffered."""
    return os.environ | {"PYTHONUNBUFFERED": "1"} | variables


def start(
    arguments: list[str],
    *,
    environment: dict[str, str],
    log: Path,
    lock: Lock,
    name: str,
    ended: Callable[[int], None] = lambda status: None,
) -> None:
    """Start a Python process that outlives this one: a closed terminal or a restarted server does not reach it.

    Args:
        arguments: of the interpreter.
        environment: the child's, whole.
        log: what the process prints is appended to it.
        lock: handed down to the process and released here, whether the process starts or not.
        name: of the thread that waits for the process.
        ended: called with the exit status, in that thread; not called if this process ends first.

    Raises:
        OSError: the process cannot be started.
    """
    try:
        with log.open("ab") as output:
            process = _popen(arguments, environment, output, subprocess.STDOUT, lock.descriptor)
    finally:
        lock.release()

    def wait() -> None:
        status = process.wait()
        _end_group(process)  # the children of a killed one live on
        ended(status)

    threading.Thread(target=wait, name=name, daemon=True).start()


def run(
    arguments: list[str], *, environment: dict[str, str], stdout: BinaryIO, stderr: BinaryIO, seconds: float
) -> int:
    """Run a Python process to its end.

    Args:
        arguments: of the interpreter.
        environment: the child's, whole.
        seconds: after which the process and its children are killed.

    Returns:
        Its exit status, or minus the number of the signal that ended it.

    Raises:
        TimeoutError: it took longer.
        OSError: the process cannot be started.
    """
    process = _popen(arguments, environment, stdout, stderr)
    try:
        return process.wait(seconds)
    except BaseException as error:
        _end_group(process)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise TimeoutError(str(error)) from error
        raise


def _popen(
    arguments: list[str], environment: dict[str, str], stdout: BinaryIO, stderr: BinaryIO | int, *descriptors: int
) -> subprocess.Popen:
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
    with suppress(ProcessLookupError):  # it has ended, and all its children
        os.killpg(process.pid, signal.SIGKILL)
