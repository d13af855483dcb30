"""What a person asks of a run's process: to pause, or to stop and keep what there is.

The asking is a file, looked at between steps; SIGTERM and SIGINT (Ctrl-C) ask for a pause too. A second Ctrl-C does not
wait for the checkpoint.
"""

import signal
import threading
import time
from pathlib import Path
from typing import Literal

from vae.durable import write_file
from vae.errors import TrainingError

__all__ = ["Control", "Wish", "ask", "withdraw"]

Wish = Literal["pause", "stop"]

_FILE = "request"
_INTERVAL = 0.5  # seconds between two looks at the file


def ask(folder: Path, wish: Wish) -> None:
    """Leave `wish` for the process of the run in `folder`; a later wish replaces an earlier one.

    Raises:
        TrainingError: it cannot be written.
    """
    try:
        write_file(folder / _FILE, wish.encode())
    except OSError as error:
        raise TrainingError(
            f"The run {folder.name} cannot be asked to {wish}: {error.strerror or error}.", "Free some space."
        ) from error


def withdraw(folder: Path) -> None:
    """Forget what was asked; for a process that has heard it, or before a new one starts."""
    (folder / _FILE).unlink(missing_ok=True)


class Control:
    """The process's side: what is wished right now.

    Use as a context manager: signals mean a pause inside it, and what they meant before outside.
    """

    def __init__(self, folder: Path):
        self._file = folder / _FILE
        self._wish: Wish | None = None
        self._looked = -_INTERVAL
        self._before = {}

    def wish(self) -> Wish | None:
        """Cheap enough to be asked at every step."""
        now = time.monotonic()
        if self._wish is None and now - self._looked >= _INTERVAL:
            self._looked = now
            self._wish = self._read()
        return self._wish

    def _read(self) -> Wish | None:
        try:
            text = self._file.read_text(errors="replace")
        except OSError:
            return None
        return text if text in ("pause", "stop") else None

    def __enter__(self) -> "Control":
        if threading.current_thread() is threading.main_thread():  # only there does Python allow it
            self._before = {number: signal.signal(number, self._heard) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _heard(self, number, frame) -> None:
        if self._wish == "pause" and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._wish = "pause"
