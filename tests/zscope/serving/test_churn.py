"""Clients that come and go by the hundred leave nothing behind."""

import gc
import random
import threading

import numpy as np
import pytest
from linear_servable import codes_for, decoded
from live_server import drop, server_errors, wait_until
from requesting import LAYOUT

from zscope.serving.connection import Connection
from zscope.serving.frames import pack_request
from zscope.serving.protocol import Operation


def live_connections() -> int:
    gc.collect()
    return sum(isinstance(thing, Connection) for thing in gc.get_objects())


@pytest.mark.full
def test_hundreds_of_connects_and_drops_leave_no_threads_and_no_clients(server, caplog):
    model = server.new_model()
    engine = server.engine(model)
    chance = random.Random(0)
    server.client(model).close()
    wait_until(lambda: not server.endpoint.connections)
    threads = threading.active_count()
    for number in range(300):
        with server.opened_socket(model) as websocket:
            for sequence in range(chance.randrange(4)):
                frame = pack_request(Operation.DECODE, sequence, sequence, codes_for(number), LAYOUT)
                websocket.send(frame)
            ending = chance.randrange(3)
            if ending == 0:
                drop(websocket)  # replies on their way
            elif ending == 1:
                websocket.send(b"garbage")
    wait_until(lambda: engine.clients == 0 and not server.endpoint.connections)
    wait_until(lambda: threading.active_count() <= threads)
    wait_until(lambda: live_connections() == 0)
    with server.client(model) as live:
        np.testing.assert_array_equal(live.decode(codes_for(1)), decoded(1))
    assert server_errors(caplog) == []


def test_many_clients_at_once_each_get_their_own(server):
    model = server.new_model()
    wrong = []

    def drag(client):
        with server.client(model) as live:
            for step in range(30):
                rows = codes_for(*range(client, client + step % 5 + 1))
                if not np.array_equal(live.decode(rows), decoded(*range(client, client + step % 5 + 1))):
                    wrong.append((client, step))

    people = [threading.Thread(target=drag, args=(client,)) for client in range(16)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    assert not any(person.is_alive() for person in people)
    assert wrong == []
    counters = server.engine(model).counters
    assert counters.requests == 16 * 30
    assert counters.replaced == 0
