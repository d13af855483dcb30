"""The limited process of an import, forked from one that has imported its packages: milliseconds instead of a second.

What runs in it is the same: `vae.formats.importing.worker`, which confines itself before it reads a file.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest import mock

from zscope.jobs.importing import launcher as process

__all__ = ["status", "warm_up"]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["vae.models.onnx_session", "vae.formats.importing.worker"])


def status(folder: Path) -> int:
    """Do what `zscope.jobs.importing.launcher._status` does."""
    child = _started(_work, folder)
    child.join(process._SECONDS)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise TimeoutError
    return child.exitcode


@cache
def warm_up() -> None:
    """Start the process that forks, so that tests that count processes find it there before and after."""
    _started(int).join()


def _started(target: Callable, *arguments):
    child = _CONTEXT.Process(target=target, args=arguments)
    # The child would import what is the main module here: pytest, or the app after a test that runs it in this process.
    with mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        child.start()
    return child


def _work(folder: Path) -> None:
    os.setsid()
    for number, name in ((1, "output"), (2, "errors")):
        file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(PATH=os.defpath, HOME=str(folder), TMPDIR=str(folder), LANG="C.UTF-8", ORT_DISABLE_TELEMETRY="1")
    from vae.formats.importing import worker

    sys.exit(worker.main(folder))
