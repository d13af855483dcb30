"""FIFO slots held by file locks, which limit how many runs train at once; there is no scheduler process.

A waiting process holds the lock of a ticket, a file whose name starts with its time of arrival. The process with the
first ticket takes the lock of a free slot. The kernel frees both locks when the process ends.
"""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vae.errors import BadRequestError
from vae.message import message
from zscope.library.locks import Lock, is_held

__all__ = ["slot_count", "wait_for_slot", "waiting"]

_FOLDER = ".queue"
_TICKET = re.compile(r"^(\d{20})-([a-z0-9-]+)$")
_POLL = 0.5  # seconds


def slot_count() -> int:
    """Return the number of runs that may train at once on this machine: `ZSCOPE_RUNS_AT_ONCE`, else 1.

    Raises:
        BadRequestError: the variable is not a number from 1 to 64.
    """
    text = os.environ.get("ZSCOPE_RUNS_AT_ONCE") or "1"
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 64):
        raise BadRequestError(
            message("ZSCOPE_RUNS_AT_ONCE is {text}.", text=repr(text)), "Set it to a number from 1 to 64."
        )
    return int(text)


def waiting(root: Path) -> list[str]:
    """Return the ids of the waiting runs in `root`, the next one first."""
    return [match[2] for match in _live_tickets(root / _FOLDER)]


def wait_for_slot(
    root: Path, id: str, on_position: Callable[[int], object], should_leave: Callable[[], bool]
) -> Lock | None:
    """Wait for a slot among the runs in `root`, in the order of arrival.

    Args:
        on_position: called with the position in the queue, 1 for the next, whenever it changes; not called without a
            wait.
        should_leave: called about twice a second; return True to leave the queue.

    Returns:
        The slot, to be held during the training; None after `should_leave` returned True.

    Raises:
        OSError: the queue's folder cannot be written.
    """
    folder = root / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ticket, name = _take_ticket(folder, id)
    reported = None
    try:
        while not should_leave():
            ahead = [match[0] for match in _live_tickets(folder) if match[0] < name]
            if not ahead and (slot := _free_slot(folder)):
                return slot
            if len(ahead) + 1 != reported:
                reported = len(ahead) + 1
                on_position(reported)
            time.sleep(_POLL)
        return None
    finally:
        with suppress(OSError):
            (folder / name).unlink()
        ticket.release()


def _take_ticket(folder: Path, id: str) -> tuple[Lock, str]:
    name = f"{time.time_ns():020d}-{id}"
    fresh = folder / f".{name}-{os.getpid()}"
    ticket = Lock.take_new(fresh)
    # Renamed after it is locked: a ticket without a lock belongs to a dead process and is removed.
    fresh.rename(folder / name)
    return ticket, name


def _live_tickets(folder: Path) -> list[re.Match[str]]:
    live: list[re.Match[str]] = []
    for match in filter(None, map(_TICKET.match, sorted(_names(folder)))):
        if is_held(folder / match[0]):
            live.append(match)
        else:
            with suppress(OSError):
                (folder / match[0]).unlink()
    return live


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (only names are needed)
    except OSError:
        return []


def _free_slot(folder: Path) -> Lock | None:
    return next(filter(None, (Lock.take(folder / f"slot-{n}") for n in range(slot_count()))), None)
