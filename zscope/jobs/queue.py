"""Whose turn it is: runs beyond what the machine carries wait for each other, without anybody who schedules them.

A waiting process holds the lock of a ticket, a file named by when it came; the first of the living tickets takes the
lock of a free slot. Both locks fall with their process, so that a killed one neither runs nor waits.
"""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vae.errors import BadRequestError
from zscope.library.locks import Lock, is_held

__all__ = ["slot_count", "wait_for_slot", "waiting"]

_FOLDER = ".queue"
_TICKET = re.compile(r"^(\d{20})-([a-z0-9-]+)$")
_POLL = 0.5  # seconds


def slot_count() -> int:
    """How many runs may train at once on this machine: `ZSCOPE_RUNS_AT_ONCE`, else 1.

    Raises:
        BadRequestError: the variable is no number from 1 to 64.
    """
    text = os.environ.get("ZSCOPE_RUNS_AT_ONCE") or "1"
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 64):
        raise BadRequestError(f"ZSCOPE_RUNS_AT_ONCE is {text!r}.", "Set it to a number from 1 to 64.")
    return int(text)


def waiting(root: Path) -> list[str]:
    """The ids of the runs in `root` that wait, the next one first."""
    return [match[2] for match in _live_tickets(root / _FOLDER)]


def wait_for_slot(root: Path, id: str, on_position: Callable[[int], None], left: Callable[[], bool]) -> Lock | None:
    """Wait for a slot among the runs in `root`, in the order of coming.

    Args:
        on_position: told the place in the queue, 1 for the next, whenever it changes; not called when there is no wait.
        left: asked about twice a second whether to give up.

    Returns:
        The slot, to be held while training; None when `left` said so.

    Raises:
        OSError: the queue's folder cannot be written.
    """
    folder = root / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ticket, name = _draw_ticket(folder, id)
    said = None
    try:
        while not left():
            ahead = [match[0] for match in _live_tickets(folder) if match[0] < name]
            if not ahead and (slot := _free_slot(folder)):
                return slot
            if len(ahead) + 1 != said:
                said = len(ahead) + 1
                on_position(said)
            time.sleep(_POLL)
        return None
    finally:
        with suppress(OSError):
            (folder / name).unlink()
        ticket.release()


def _draw_ticket(folder: Path, id: str) -> tuple[Lock, str]:
    name = f"{time.time_ns():020d}-{id}"
    drawn = folder / f".{name}-{os.getpid()}"
    ticket = Lock.take_new(drawn)
    # Locked before it has a ticket's name: a ticket without a lock is a dead process's.
    drawn.rename(folder / name)
    return ticket, name


def _live_tickets(folder: Path) -> list[re.Match]:
    live = []
    for match in filter(None, map(_TICKET.match, sorted(_names(folder)))):
        if is_held(folder / match[0]):
            live.append(match)
        else:
            with suppress(OSError):
                (folder / match[0]).unlink()
    return live


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names are all that is wanted)
    except OSError:
        return []


def _free_slot(folder: Path) -> Lock | None:
    return next(filter(None, (Lock.take(folder / f"slot-{n}") for n in range(slot_count()))), None)
