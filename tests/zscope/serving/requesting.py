"""Requests made by hand, for the tests that need no network."""

from collections.abc import Hashable

import numpy as np
from linear_servable import IMAGE_SHAPE, LATENT_DIM, codes_for

from zscope.serving.layout import Layout
from zscope.serving.protocol import Header, Operation
from zscope.serving.scheduler import Reply, Request

LAYOUT = Layout(LATENT_DIM, IMAGE_SHAPE)


class Replies:
    """Collects replies."""

    def __init__(self):
        self.deliveries: list[list[Reply]] = []

    def __call__(self, replies):
        self.deliveries.append(list(replies))

    @property
    def all(self) -> list[Reply]:
        return [reply for delivery in self.deliveries for reply in delivery]

    @property
    def sequences(self) -> list[int]:
        return [reply.request.header.sequence for reply in self.all]


def request(
    client: Hashable = "me", number=1, *, lane=0, operation=Operation.DECODE, inputs=None, rows=None, deliver=None
) -> Request:
    """A request with the sequence `number`; by default for one code made of that number, or for `rows` of them."""
    if inputs is None:
        inputs = codes_for(*[number] * (rows or 1))
    header = Header(operation, lane, number, len(inputs))
    return Request(client, header, np.asarray(inputs), deliver if deliver is not None else Replies())
