"""Rooms: phones follow the point of a speaker, and move it where the speaker allows that.

A point passes these modules in order:

    speaker → room (one decode, one frame) → phone → outbox

and a move of a phone the other way: phone → room → speaker. `rooms` holds all rooms, `messages` has their messages,
`model` what phones are told about a model, `addresses` and `links` the address that phones open. `docs/audience.md`
describes the protocol.
"""

from zscope.serving.audience.rooms import Rooms
from zscope.serving.audience.routes import audience_routes

__all__ = ["Rooms", "audience_routes"]
