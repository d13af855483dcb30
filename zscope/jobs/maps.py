"""A map being made: a process of its own, found again by everybody who wants the same map.

Its folder, named by the map's key, holds the request, the process's lock (the kernel frees it however it ends), how far
it is, the newest frame, and a wish to stop.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae.assets import PACKAGES
from vae.durable import write_file
from vae.errors import BadRequestError, ZscopeError
from zscope.jobs.runs.queue import wait_for_slot
from zscope.library.locks import Lock, is_held
from zscope.library.maps.making import Watcher, make_map, map_key
from zscope.library.maps.spec import MapSpec, parse_spec
from zscope.library.maps.store import maps_folder

__all__ = ["MapJob", "find_job", "read_frame", "start_job", "stop_job", "work_on_map"]

_LOCK, _REQUEST, _STATUS, _FRAME, _STOP = "lock", "request.json", "status.json", "frame.bin", "stop"
_BEGINNING = {
    "what": "starting", "done": 0, "total": 0, "frame": 0, "error": "", "whole": False, "stopped": False,
}  # fmt: skip
_KEY = re.compile(r"[a-z]+-[0-9a-f]{20}")
_INTERVAL = 0.2  # seconds between two writings
_FORGOTTEN = 7 * 86_400.0  # seconds after which an ended job's folder is swept


@dataclass(frozen=True)
class MapJob:
    """How a map in the making stands.

    Attributes:
        alive: whether a process works on it.
        what: what is being done, such as "encoding".
        done, total: how much of that; total 0 where nobody knows.
        frame: number of the newest frame; 0 before the first.
        error: why it failed, else "".
        whole: the map is finished and kept.
    """

    key: str
    alive: bool
    what: str = ""
    done: int = 0
    total: int = 0
    frame: int = 0
    error: str = ""
    whole: bool = False


def start_job(model_id: str, spec: MapSpec) -> str:
    """Make a map in the background, or join who makes it already.

    Returns:
        The map's key.

    Raises:
        ZscopeError: there is no such model, or the process cannot be started.
    """
    key = map_key(model_id, spec)
    folder = _folder(key)
    try:
        _sweep()
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock.take(folder / _LOCK, patience=0.2)
        if lock is None:
            return key
        try:
            for name in (_FRAME, _STOP):
                (folder / name).unlink(missing_ok=True)
            _replace(folder / _STATUS, json.dumps(_BEGINNING).encode())
            request = {"model": model_id, "spec": spec.text()}
            write_file(folder / _REQUEST, json.dumps(request).encode())
            with (folder / "output.log").open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "zscope", "work-on-map", key, "--lock", str(lock.descriptor)],
                    cwd=PACKAGES,
                    env=os.environ | {"ZSCOPE_MAPS": str(maps_folder().absolute()), "PYTHONUNBUFFERED": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[lock.descriptor],
                    start_new_session=True,
                )
        finally:
            lock.release()  # the process has it now
    except OSError as error:
        raise BadRequestError(
            f"The map cannot be made in {folder.parent}: {error.strerror or error}.",
            "Free space, or set ZSCOPE_MAPS to another folder.",
        ) from error
    # Nobody else would: an ended child stays in the process table until it is waited for.
    threading.Thread(target=process.wait, name=f"map {key}", daemon=True).start()
    return key


def find_job(key: str) -> MapJob | None:
    """The job of a key; None where there never was one."""
    folder = _folder(key)
    alive = is_held(folder / _LOCK)  # before the status: a process that has just ended has written its last
    try:
        status = json.loads((folder / _STATUS).read_bytes())
    except (OSError, ValueError):
        return MapJob(key, alive, "starting") if alive else None
    if not alive and not status["error"] and not status["whole"] and not status["stopped"]:
        status["error"] = "Its process ended without a word (killed, or out of memory)."
    return MapJob(
        key, alive, status["what"], status["done"], status["total"], status["frame"], status["error"], status["whole"]
    )


def read_frame(key: str) -> bytes:
    """The newest frame: u32 number, then float32 `(n, 2)`, little-endian.

    Raises:
        OSError: there is none yet.
    """
    return (_folder(key) / _FRAME).read_bytes()


def stop_job(key: str) -> None:
    """Ask the process to end; nothing is kept of what is not finished.

    Raises:
        BadRequestError: that is no map's key.
    """
    with suppress(OSError):
        write_file(_folder(key) / _STOP, b"")


def work_on_map(key: str, lock: Lock) -> None:
    """Be the process of a job.

    Raises:
        ZscopeError: it failed; its status says so too.
    """
    folder = _folder(key)
    status = _Status(folder)
    with lock:
        try:
            request = json.loads((folder / _REQUEST).read_bytes())
            spec = parse_spec(request["spec"])
            if map_key(request["model"], spec) != key:
                raise BadRequestError("The model or its images have changed meanwhile.", "Make the map again.")
            # One at a time: whoever tries settings starts more of them than the machine can carry.
            slot = wait_for_slot(folder.parent, key, lambda place: status.progress("waiting", 0, 0), status.should_stop)
            whole = False
            if slot:
                with slot:
                    whole = make_map(request["model"], spec, status)
            status.end(whole=whole, stopped=not whole)
        except ZscopeError as error:
            status.end(error=str(error))
            raise
        except OSError as error:
            status.end(error=f"The map cannot be kept: {error.strerror or error}. Free some space.")
            raise
        except Exception as error:
            status.end(error=f"{type(error).__name__}: {error}"[:400])
            raise


class _Status(Watcher):
    """Writes how far it is, a few times a second."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._said = self._looked = -_INTERVAL
        self._stop = False
        self._state = dict(_BEGINNING)

    def progress(self, what: str, done: int, total: int) -> None:
        self._state |= {"what": what, "done": done, "total": total}
        self._write(done >= total)

    def frame(self, iteration: int, coordinates: np.ndarray) -> None:
        self._state |= {"what": "arranging", "frame": iteration}
        if time.monotonic() - self._said >= _INTERVAL:
            head = np.array([iteration], "<u4").tobytes()
            _replace(self._folder / _FRAME, head + coordinates.astype("<f4").tobytes())
        self._write(False)

    def should_stop(self) -> bool:
        now = time.monotonic()
        if not self._stop and now - self._looked >= _INTERVAL:
            self._looked = now
            self._stop = (self._folder / _STOP).exists()
        return self._stop

    def end(self, **state) -> None:
        self._state |= state
        self._write(True)

    def _write(self, now: bool) -> None:
        if now or time.monotonic() - self._said >= _INTERVAL:
            self._said = time.monotonic()
            _replace(self._folder / _STATUS, json.dumps(self._state).encode())


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all for readers; a crash may lose it."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(data)
    fresh.replace(path)


def _folder(key: str) -> Path:
    """Raises BadRequestError: that is no map's key, and must become no path."""
    if not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise BadRequestError(f"{str(key)[:40]!r} is no map's key.")
    return maps_folder() / ".jobs" / key


def _sweep() -> None:
    for folder in (maps_folder() / ".jobs").glob("*-*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _FORGOTTEN and not is_held(folder / _LOCK):
                shutil.rmtree(folder, ignore_errors=True)
