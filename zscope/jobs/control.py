"""What a person asks of a job's process: to stop, or, of a run, to pause. A stopped run keeps what it has learned.

The request is a file in the job's folder. For a run, SIGTERM and SIGINT (Ctrl-C) ask for a pause too; a second Ctrl-C
does not wait for the checkpoint.
"""

import signal
import threading
import time
from pathlib import Path
from typing import Literal

from vae.durable import write_file
from vae.errors import TrainingError

__all__ = ["Control", "Wish", "ask", "asked", "withdraw"]

Wish = Literal["pause", "stop"]

_FILE = "request"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # ask for a pause
_INTERVAL = 0.5  # seconds between two looks at the file


def ask(folder: Path, wish: Wish) -> None:
    """Leave `wish` for the process of the job in `folder`; a later request replaces an earlier one.

    Raises:
        TrainingError: it cannot be written.
    """
    try:
        write_file(folder / _FILE, wish.encode())
    except OSError as error:
        raise TrainingError(
            f"{folder.name} cannot be asked to {wish}: {error.strerror or error}.", "Free some space."
        ) from error


def asked(folder: Path) -> Wish | None:
    """Return what the process of the job in `folder` is asked to do."""
    try:
        text = (folder / _FILE).read_text(errors="replace")
    except OSError:
        return None
    return text if text in ("pause", "stop") else None


def withdraw(folder: Path) -> None:
    """Remove the request; for a process that has heard it, or before a new one starts."""
    (folder / _FILE).unlink(missing_ok=True)


class Control:
    """The side of a run's process: what it is asked to do right now.

    Use as a context manager: signals mean a pause inside it, and what they meant before outside.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._wish: Wish | None = None
        self._looked = -_INTERVAL
        self._before = {}

    def wish(self) -> Wish | None:
        """Cheap enough to be asked at every step."""
        now = time.monotonic()
        if self._wish is None and now - self._looked >= _INTERVAL:
            self._looked = now
            self._wish = asked(self._folder)
        return self._wish

    def __enter__(self) -> "Control":
        if threading.current_thread() is threading.main_thread():  # only there does Python allow it
            self._before = {number: signal.signal(number, self._heard) for number in _SIGNALS}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _heard(self, number, frame) -> None:
        if self._wish == "pause" and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._wish = "pause"
