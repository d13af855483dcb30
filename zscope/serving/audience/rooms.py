"""All rooms of a server, by token."""

import asyncio
import secrets

from vae.errors import NotFoundError
from vae.message import message
from zscope.serving.audience.room import Room, Speaker
from zscope.serving.http_errors import BusyError

__all__ = ["Rooms"]

_TOKEN_BYTES = 16  # 128 random bits: short enough for a QR code that is read from afar
_KEY_BYTES = 32


class Rooms:
    """The open rooms. For one event loop.

    Args:
        max_rooms: number of rooms at one time.
        max_phones: number of phones in all rooms together.
        grace_seconds: time that a room stays open after the speaker's connection is lost.
        interval: see `Room`.
    """

    def __init__(
        self, *, max_rooms: int = 16, max_phones: int = 512, grace_seconds: float = 300.0, interval: float = 0.1
    ):
        self.max_rooms = max_rooms
        self.max_phones = max_phones
        self._grace_seconds = grace_seconds
        self._interval = interval
        self._rooms: dict[str, Room] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}  # rooms without a speaker, the longest without one first

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def phones(self) -> int:
        """Number of phones in all rooms."""
        return sum(len(room.phones) for room in self._rooms.values())

    def create(self) -> Room:
        """Open a room. If there are too many, one without a speaker ends.

        Raises:
            BusyError: there are too many rooms with speakers.
        """
        if len(self._rooms) >= self.max_rooms:
            if not self._waiting:
                raise BusyError(
                    message("{max_rooms} sessions are open.", max_rooms=self.max_rooms),
                    "End another one, or try again later.",
                )
            self.end(self._rooms[next(iter(self._waiting))])
        room = Room(secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_KEY_BYTES), self._interval)
        self._rooms[room.token] = room
        return room

    def find(self, token: str) -> Room | None:
        """Return the room that phones open with this token; None if there is none."""
        return self._rooms.get(token)

    def reopen(self, token: str, key: str) -> Room:
        """Return a room for its speaker.

        Raises:
            NotFoundError: there is no such room, or the key is another one.
        """
        room = self._rooms.get(token)
        # `compare_digest` takes the same time for every wrong key; of texts, it compares only ASCII.
        if room is None or not secrets.compare_digest(room.key.encode(), key.encode("utf-8", "replace")):
            raise NotFoundError("This session has ended.", "Start another one.")
        return room

    def take(self, room: Room, speaker: Speaker) -> None:
        """Let this connection speak in a room."""
        if timer := self._waiting.pop(room.token, None):
            timer.cancel()
        room.take(speaker)

    def leave(self, room: Room, speaker: Speaker) -> None:
        """Note that the connection of a speaker is closed: without another one, the room ends after a while."""
        if room.leave(speaker) and room.token in self._rooms:
            loop = asyncio.get_running_loop()
            self._waiting[room.token] = loop.call_later(self._grace_seconds, self.end, room)

    def end(self, room: Room) -> None:
        """End a room; its token opens nothing from now on."""
        if self._rooms.pop(room.token, None) is not None:
            if timer := self._waiting.pop(room.token, None):
                timer.cancel()
            room.end()

    def close(self) -> None:
        """End all rooms."""
        for room in tuple(self._rooms.values()):
            self.end(room)
