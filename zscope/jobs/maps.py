"""Makes maps in the background. Each map is a job (`job`) that all requests for the same map share."""

import re
import time
from pathlib import Path

import numpy as np

from vae.errors import BadRequestError
from vae.message import N_, message
from zscope.jobs.control import request_action
from zscope.jobs.job import Job, launch_job, put_file, read_job, read_request
from zscope.jobs.process import inherited
from zscope.jobs.worker import Reporter
from zscope.library.maps.making import Watcher, make_map, map_key
from zscope.library.maps.spec import MapSpec, parse_spec
from zscope.library.maps.store import maps_folder

__all__ = ["find_job", "frame_number", "make_requested", "read_frame", "start_job", "stop_job"]

_KIND, _FRAME = "map", "frame.bin"
_KEY = re.compile(r"[a-z]+-[0-9a-f]{20}")
_INTERVAL = 0.2  # seconds between two frames
_GRACE = 5.0  # seconds to return after a request to stop


def start_job(model_id: str, spec: MapSpec) -> str:
    """Make a map in the background, unless a job makes it already.

    Returns:
        The map's key.

    Raises:
        ZscopeError: there is no such model, or the process cannot start.
    """
    key = map_key(model_id, spec)
    folder = _folder(key)
    request = {"model": model_id, "spec": spec.text()}
    environment = inherited(ZSCOPE_MAPS=str(maps_folder().absolute()))
    launch_job(folder, _KIND, request, environment, N_("Free some space, or set ZSCOPE_MAPS to another folder."))
    return key


def find_job(key: str) -> Job | None:
    """Return the job of a key; None if there never was one."""
    return read_job(_folder(key), _KIND)


def read_frame(key: str) -> bytes:
    """Return the newest frame: u32 number, then float32 `(n, components)`, little-endian.

    Raises:
        OSError: there is none yet.
    """
    return (_folder(key) / _FRAME).read_bytes()


def frame_number(key: str) -> int:
    """Return the number of the newest frame; 0 before the first."""
    try:
        return int.from_bytes(read_frame(key)[:4], "little")
    except OSError:
        return 0


def stop_job(key: str) -> None:
    """Stop the job of a key; unfinished parts of the map are not kept.

    Raises:
        BadRequestError: it is not a map's key.
        TrainingError: the request cannot be written.
    """
    if (found := find_job(key)) and found.active:
        request_action(_folder(key), "stop")


def make_requested(reporter: Reporter) -> None:
    """Make the map of a job, in its process.

    Raises:
        ZscopeError: see `make_map`; or the model has changed since the request.
    """
    reporter.grace = _GRACE
    request = read_request(reporter.folder)
    spec = parse_spec(request["spec"])
    if map_key(request["model"], spec) != reporter.folder.name:
        raise BadRequestError(
            "The model or its images have changed since the map was requested.", "Make the map again."
        )
    make_map(request["model"], spec, _Watcher(reporter))


class _Watcher(Watcher):
    """Reports progress, and writes the newest frame a few times a second."""

    def __init__(self, reporter: Reporter):
        self._reporter = reporter
        self._written = -_INTERVAL

    def progress(self, what: str, done: int, total: int) -> None:
        self._reporter.progress(what, done, total)

    def frame(self, iteration: int, coordinates: np.ndarray) -> None:
        self._reporter.progress("arranging", iteration)
        if time.monotonic() - self._written >= _INTERVAL:
            self._written = time.monotonic()
            head = np.array([iteration], "<u4").tobytes()
            put_file(self._reporter.folder / _FRAME, head + coordinates.astype("<f4").tobytes())

    def should_stop(self) -> bool:
        return self._reporter.stopped.is_set()


def _folder(key: str) -> Path:
    """Return the folder of a job, whose key is untrusted.

    Raises:
        BadRequestError: it is not a map's key.
    """
    if not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise BadRequestError(
            message("{key} is not a map's key.", key=repr(str(key)[:40])), "Open the map from the Map page."
        )
    return maps_folder() / ".jobs" / key
