"""Requests to a background process: to stop or, for a run, to pause. The model of a stopped run is saved.

A request is a file in the job's folder. For a run, SIGTERM and SIGINT (Ctrl-C) request a pause too; a second Ctrl-C
does not wait for the checkpoint.
"""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Literal

from vae.durable import write_file
from vae.errors import TrainingError
from vae.message import message

__all__ = ["Action", "Control", "clear_request", "request_action", "requested_action"]

Action = Literal["pause", "stop"]

_Handler = Callable[[int, FrameType | None], object] | int | None  # as of `signal.signal`
_FILE = "request"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # request a pause
_INTERVAL = 0.5  # seconds between two reads of the file


def request_action(folder: Path, action: Action) -> None:
    """Request an action from the process of the job in `folder`; a later request replaces an earlier one.

    Raises:
        TrainingError: the request cannot be written.
    """
    try:
        write_file(folder / _FILE, action.encode())
    except OSError as error:
        raise TrainingError(
            message("Can't {action} {name}: {value}.", action=action, name=folder.name, value=error.strerror or error),
            "Free some space.",
        ) from error


def requested_action(folder: Path) -> Action | None:
    """Return the requested action of the job in `folder`; None if there is none."""
    try:
        text = (folder / _FILE).read_text(errors="replace")
    except OSError:
        return None
    return text if text in ("pause", "stop") else None


def clear_request(folder: Path) -> None:
    """Remove the request, after a process has followed it or before a new one starts."""
    (folder / _FILE).unlink(missing_ok=True)


class Control:
    """The requested action, as seen by a run's process.

    A context manager: inside it, signals request a pause.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._action: Action | None = None
        self._checked = -_INTERVAL
        self._handlers: dict[signal.Signals, _Handler] = {}  # those before

    def action(self) -> Action | None:
        """Return the requested action. Cheap enough to be called at every step."""
        now = time.monotonic()
        if self._action is None and now - self._checked >= _INTERVAL:
            self._checked = now
            self._action = requested_action(self._folder)
        return self._action

    def __enter__(self) -> "Control":
        if threading.current_thread() is threading.main_thread():  # Python requires it
            self._handlers = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._action == "pause" and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._action = "pause"
