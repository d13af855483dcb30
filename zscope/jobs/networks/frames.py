"""The messages between a process and the child that runs networks: a header and bytes, over a pair of pipes.

First, the parent sends the networks (`Opening`). Then each request is the number of a network and its rows, as
float32. The replies contain the outputs one after the other, or an error as JSON. Both sides know the size of each
output, so an untrusted child cannot choose how much the parent reads.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from vae.inference.network_host import ForeignNetwork

__all__ = [
    "MOST_ERROR_BYTES",
    "OK",
    "REFUSED",
    "REPLY",
    "REQUEST",
    "Opening",
    "pack_opening",
    "row_bytes",
    "unpack_opening",
]

REQUEST = struct.Struct("<II")  # number of the network, rows
REPLY = struct.Struct("<II")  # OK or REFUSED, bytes of an error
OK, REFUSED = 0, 1
MOST_ERROR_BYTES = 10_000  # of an error: a JSON list of its message and its hint


@dataclass(frozen=True)
class Opening:
    """The first message: what a child opens, and its limits.

    Attributes:
        networks: of one model; a request names them by their place.
        memory: bytes of addresses that they may take.
        seconds: of processor time of one request, after which the kernel ends the child.
    """

    networks: Sequence[ForeignNetwork]
    memory: int
    seconds: int


def pack_opening(opening: Opening) -> list[bytes]:
    """Return the parts of the message: its length, a JSON object and the files."""
    networks = [
        {
            "name": one.name,
            "input": [one.input_name, list(one.input_shape)],
            "outputs": [[name, list(shape)] for name, shape in one.outputs.items()],
            "bytes": len(one.data),
        }
        for one in opening.networks
    ]
    head = {"networks": networks, "memory": opening.memory, "seconds": opening.seconds}
    text = json.dumps(head).encode()
    return [len(text).to_bytes(8, "little"), text, *(one.data for one in opening.networks)]


def unpack_opening(read: Any) -> Opening:
    """Read the first message.

    Args:
        read: function of a number of bytes that returns so many.
    """
    head: Mapping[str, Any] = json.loads(read(int.from_bytes(read(8), "little")))
    networks = [
        ForeignNetwork(
            data=read(one["bytes"]),
            name=one["name"],
            input_name=one["input"][0],
            input_shape=tuple(one["input"][1]),
            outputs={name: tuple(shape) for name, shape in one["outputs"]},
        )
        for one in head["networks"]
    ]
    return Opening(networks, head["memory"], head["seconds"])


def row_bytes(network: ForeignNetwork) -> tuple[int, int]:
    """Return the bytes of one row of the input and of all outputs together."""
    return 4 * prod(network.input_shape), 4 * sum(map(prod, network.outputs.values()))
