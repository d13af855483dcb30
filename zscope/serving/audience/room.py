"""A room: one speaker, whose point many phones follow.

Each published point is decoded once and packed once; all phones get the same bytes object. At most ten points a second
are shown, always the newest. All methods belong to the server's event loop.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np
from PIL import Image

from vae.errors import ZscopeError
from vae.pictures.contact_sheet import png_bytes
from zscope.messages import RoomState
from zscope.serving.audience.decoding import ask
from zscope.serving.audience.messages import Move, pack_picture, pack_state, text_message
from zscope.serving.audience.model import RoomModel
from zscope.serving.engine import Engine
from zscope.serving.http_errors import describe_fault
from zscope.serving.outbox import Outbox
from zscope.serving.protocol import Operation

__all__ = ["Phone", "Room", "Speaker"]

LOGGER = logging.getLogger(__name__)
_TOGETHER = 16  # phones that get a picture before the event loop handles other messages, such as the speaker's drag
_MOVES_EVERY = 0.05  # seconds between two moves that reach the speaker
_COUNT_EVERY = 0.5  # seconds between two counts that reach the speaker


class Phone(Protocol):
    """A connected phone."""

    outbox: Outbox


class Speaker(Protocol):
    """The speaker's connection."""

    outbox: Outbox

    def replace(self) -> None:
        """Close the connection, since the speaker opened another one."""
        ...


@dataclass(frozen=True)
class _Served:
    """The model of the speaker's points."""

    engine: Engine
    model: RoomModel


class Room:
    """One room.

    Args:
        token: opens the room for phones.
        key: with the token, opens the room for its speaker.
        interval: seconds between two pictures at least.
    """

    def __init__(self, token: str, key: str, interval: float = 0.1):
        self.token = token
        self.key = key
        self.moving = False  # whether phones may move the point
        self.phones: set[Phone] = set()
        self.speaker: Speaker | None = None
        self.ended = asyncio.Event()
        self.decoded = 0  # pictures
        self._interval = interval
        self._served: _Served | None = None
        self._newest: np.ndarray | None = None  # a code, float32 (1, code_dim), that is not shown yet
        self._showing: asyncio.Task[None] | None = None
        self._last = 0.0  # when the latest picture began, in the loop's time
        self._picture: bytes | None = None
        self._moved: dict[int, float] = {}  # by dimension, not sent to the speaker yet
        self._chosen: int | None = None  # class, not sent to the speaker yet
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def engine(self) -> Engine | None:
        """The engine of the speaker's model; None before a model is chosen."""
        return self._served and self._served.engine

    # The speaker

    def take(self, speaker: Speaker) -> None:
        """Let this connection speak. An older one is closed."""
        if self.speaker is not None:
            self.speaker.replace()
        self.speaker = speaker
        self._tell_phones()

    def leave(self, speaker: Speaker) -> bool:
        """Forget a connection of the speaker that is closed; return whether the room has none now."""
        if self.speaker is not speaker:
            return False
        self.speaker = None
        self._use(None)  # the engine may be unloaded
        self._tell_phones()
        return True

    def follow(self, engine: Engine, model: RoomModel) -> None:
        """Take later points as codes of this model.

        Raises:
            EngineClosedError: the model was unloaded.
        """
        engine.attach(self)
        self._use(_Served(engine, model))
        self._picture = None
        self._tell_phones()

    def allow(self, moving: bool) -> None:
        """Set whether phones may move the point."""
        self.moving = moving
        if not moving:
            self._moved, self._chosen = {}, None
        self._tell_phones()

    def publish(self, code: np.ndarray) -> None:
        """Show a code, float32 (1, code_dim) and checked, as soon as the interval allows; only the newest is shown."""
        self._newest = code
        if self._showing is None and not self.ended.is_set():
            self._showing = asyncio.get_running_loop().create_task(self._show_newest())

    def end(self) -> None:
        """End the room: phones are told so and disconnected."""
        self.ended.set()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._showing is not None:
            self._showing.cancel()
        self._use(None)

    # The phones

    def join(self, phone: Phone) -> None:
        """Send a phone the state and the current picture, and then each new one."""
        self.phones.add(phone)
        phone.outbox.put("state", pack_state(self._state()))
        if self._picture is not None:
            phone.outbox.put("picture", self._picture)
        self._soon("count", _COUNT_EVERY, self._tell_count)

    def quit(self, phone: Phone) -> None:
        """Forget a phone that has disconnected."""
        self.phones.discard(phone)
        self._soon("count", _COUNT_EVERY, self._tell_count)

    def move(self, move: Move) -> None:
        """Pass a phone's move on to the speaker, if that is allowed. The last move of a dimension counts."""
        if not self.moving or self._served is None or self.speaker is None:
            return
        model = self._served.model
        self._moved |= model.limited(move.values)
        if move.chosen_class is not None and move.chosen_class < self._served.engine.layout.classes:
            self._chosen = move.chosen_class
        if self._moved or self._chosen is not None:
            self._soon("moves", _MOVES_EVERY, self._tell_moves)

    # Pictures

    async def _show_newest(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._newest is not None:
                await asyncio.sleep(max(0.0, self._last + self._interval - loop.time()))
                self._last = loop.time()
                code, self._newest = self._newest, None
                served = self._served
                if served is not None and code.shape[1] == served.engine.layout.code_dim:
                    await self._show(served, code)
        finally:
            self._showing = None

    async def _show(self, served: _Served, code: np.ndarray) -> None:
        try:
            frame = await self._frame(served, code)
        except ZscopeError as fault:
            self.report(fault)
            return
        except Exception as defect:  # of the model; the room goes on
            LOGGER.exception("a picture of a room failed")
            self.report(defect)
            return
        if self._served is not served:  # the model was changed meanwhile
            return
        first, self._picture = self._picture is None, frame
        if first:
            self._tell_phones()
        for number, phone in enumerate(tuple(self.phones), 1):
            if phone in self.phones:  # the outbox of a phone that has left is never emptied
                phone.outbox.put("picture", frame)
            if number % _TOGETHER == 0:
                await asyncio.sleep(0)

    async def _frame(self, served: _Served, code: np.ndarray) -> bytes:
        pixels, measured = await asyncio.gather(
            ask(served.engine, self, Operation.DECODE, code), ask(served.engine, self, Operation.MEASURE, code)
        )
        self.decoded += 1
        shown_class = served.model.class_near(int(measured[2]))
        # Large pictures take milliseconds, which would hold up the event loop.
        pack = partial(_pack, self.decoded, shown_class, served.model.values(code[0]), pixels)
        return await asyncio.get_running_loop().run_in_executor(None, pack)

    # Messages

    def report(self, fault: BaseException) -> None:
        """Send an error to the speaker."""
        self._tell_speaker("error", **describe_fault(fault))

    def _state(self) -> RoomState:
        state: Literal["away", "waiting", "live"] = "away"
        if self.speaker is not None:
            state = "waiting" if self._picture is None else "live"
        body: RoomState = {"type": "room", "state": state, "moving": self.moving and state != "away"}
        if self._served is None:
            return body
        model = self._served.model
        return {
            **body,
            "title": model.title,
            "latentDim": model.latent_dim,
            "classWeights": self._served.engine.layout.classes,
            "classes": list(model.classes),
            "controls": [{"index": one.index, "low": one.low, "high": one.high} for one in model.controls],
        }

    def _tell_phones(self) -> None:
        frame = pack_state(self._state())
        for phone in self.phones:
            phone.outbox.put("state", frame)

    def _tell_count(self) -> None:
        self._tell_speaker("phones", count=len(self.phones))

    def _tell_moves(self) -> None:
        moved, chosen, self._moved, self._chosen = self._moved, self._chosen, {}, None
        self._tell_speaker("move", values=[[index, value] for index, value in moved.items()], chosenClass=chosen)

    def _tell_speaker(self, kind: str, **body: object) -> None:
        if self.speaker is not None:
            self.speaker.outbox.put(kind, text_message({"type": kind, **body}))

    def _soon(self, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` after some seconds, unless a call of this name waits already."""
        if name in self._timers or self.ended.is_set():
            return

        def act() -> None:
            del self._timers[name]
            action()

        self._timers[name] = asyncio.get_running_loop().call_later(seconds, act)

    def _use(self, served: _Served | None) -> None:
        before, self._served = self._served, served
        self._newest = None
        if before is not None and (served is None or before.engine is not served.engine):
            before.engine.detach(self)


def _pack(sequence: int, shown_class: int, values: np.ndarray, pixels: np.ndarray) -> bytes:
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    return pack_picture(sequence, shown_class, values, png_bytes(picture))
