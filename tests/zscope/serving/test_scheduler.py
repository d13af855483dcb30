"""The order in which requests are served, without any thread."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from requesting import request

from tests.tier import scaled
from vae.batching import LARGEST_BATCH
from zscope.serving.http_errors import BusyError
from zscope.serving.memory import MemoryBudget
from zscope.serving.protocol import Operation
from zscope.serving.scheduler import PATIENCE, Pending

DECODE, ENCODE, MEASURE, *_ = Operation


def served(pending):
    """All batches until nothing waits: [(client, sequence), …] each."""
    batches = []
    while batch := pending.take():
        batches.append([(p.ticket.request.client, p.ticket.request.header.sequence) for p in batch])
    return batches


def filled(*requests, **arguments):
    pending = Pending(**arguments)
    for one in requests:
        pending.put(one)
    return pending


def test_the_newest_wins():
    pending = Pending()
    assert [pending.put(request("a", number)) for number in (1, 2, 3)] == [False, True, True]
    assert served(pending) == [[("a", 3)]]


def test_waiting_requests_of_all_engines_share_a_budget():
    row = request().inputs.nbytes
    memory = MemoryBudget(5 * row)
    one, other = (Pending(memory=memory, largest=2) for _ in range(2))
    one.put(request("a", 1))
    one.put(request("a", 2))  # in its place
    assert memory.held == row
    other.put(request("b", 1, rows=4))
    with pytest.raises(BusyError):
        one.put(request("c", 1))
    with pytest.raises(BusyError):
        one.put(request("a", 3, rows=2))
    assert served(one) == [[("a", 2)]], "the older one waits on"
    assert memory.held == 4 * row
    other.take()  # two of its four rows
    assert memory.held == 4 * row, "a large request is kept until its last piece"
    other.take()
    assert memory.held == 0


def test_releases_the_memory_of_dropped_requests():
    memory = MemoryBudget(1000)
    pending = Pending(memory=memory, largest=2)
    for client in ("a", "b"):
        pending.put(request(client, 1, rows=3))
        pending.put(request(client, 2, lane=1))
    (piece,) = pending.take()
    pending.abandon(piece.ticket)
    pending.remove_client("a")
    assert memory.held == 4 * request().inputs.nbytes
    pending.take()  # b's large one is under way
    pending.clear()
    assert memory.held == 0


def test_client_operation_and_lane_replace_only_themselves():
    one_of_each = [
        request("a", 1),
        request("b", 2),
        request("a", 3, lane=1),
        request("a", 4, operation=MEASURE),
    ]
    pending = Pending()
    assert not any(pending.put(one) for one in one_of_each)
    assert len(pending) == 4


def test_the_newer_request_takes_the_older_ones_place():
    pending = filled(request("a", 1), request("b", 2), request("c", 3), batching=False)
    for number in range(10, 15):
        pending.put(request("a", number))  # neither sent to the end nor ahead of itself
    pending.put(request("c", 20))
    assert served(pending) == [[("a", 14)], [("b", 2)], [("c", 20)]]


def test_a_model_of_large_networks_gets_smaller_batches():
    pending = filled(*(request(client, client) for client in range(5)), largest=2)
    assert served(pending) == [[(0, 0), (1, 1)], [(2, 2), (3, 3)], [(4, 4)]]
    pending = filled(request("grid", 1, rows=5), request("hand", 2), largest=2)
    pieces = []
    while batch := pending.take():
        pieces += [(piece.ticket.request.client, piece.start, piece.stop) for piece in batch]
    assert pieces == [("grid", 0, 2), ("hand", 0, 1), ("grid", 2, 4), ("grid", 4, 5)]


def test_one_batch_holds_everything_of_one_operation_and_lane():
    pending = filled(*(request(client, client) for client in range(20)))
    assert served(pending) == [[(client, client) for client in range(20)]]


def test_lower_lanes_go_first():
    pending = filled(request("a", 1, lane=2), request("a", 2, lane=0, operation=ENCODE), request("a", 3, lane=1))
    assert served(pending) == [[("a", 2)], [("a", 3)], [("a", 1)]]


def test_a_picture_does_not_wait_for_the_grid_beside_it():
    pending = filled(request("a", 1, lane=2, rows=100), request("a", 2, lane=0))
    assert served(pending) == [[("a", 2)], [("a", 1)]]


def test_other_lanes_ride_along_in_rows_that_would_be_padding():
    # Three rows are padded to four: one row is free, two are not.
    pictures = [request(client, 1) for client in "abc"]
    pending = filled(*pictures, request("d", 1, lane=1, rows=2), request("e", 1, lane=2))
    assert served(pending) == [[("a", 1), ("b", 1), ("c", 1), ("e", 1)], [("d", 1)]]


def test_a_batch_holds_at_most_256_rows():
    pending = filled(request("a", 1, rows=200), request("b", 2, rows=100), request("c", 3, rows=56))
    assert served(pending) == [[("a", 1), ("c", 3)], [("b", 2)]]


def test_without_batching_requests_go_one_by_one():
    pending = filled(request("a", 1), request("b", 2), batching=False)
    assert served(pending) == [[("a", 1)], [("b", 2)]]


def test_a_large_request_goes_in_pieces_and_lets_others_between():
    pending = filled(request("large", 1, rows=600))
    pieces = pending.take()
    pending.put(request("a", 2))
    between = pending.take()
    pending.put(request("a", 3))  # not again: the large one is next
    pieces += pending.take()
    assert [p.ticket.request.client for p in between] == ["a"]
    assert [(p.start, p.stop) for p in pieces] == [(0, 256), (256, 512)]
    assert [p.ticket.request.header.sequence for p in pending.take()] == [3]
    assert [(p.start, p.stop) for p in pending.take()] == [(512, 600)]
    assert pending.take() == []


def test_a_busy_lane_does_not_starve_the_others():
    pending = filled(request("patient", 0, lane=7, operation=ENCODE))
    for batches in range(PATIENCE + 1):
        pending.put(request("busy", batches))
        if pending.take()[0].ticket.request.client == "patient":
            break
    assert batches == PATIENCE


def test_removing_a_client_leaves_the_others():
    pending = filled(request("a", 1), request("b", 2), request("a", 3, lane=1), request("a", 4, lane=2, rows=300))
    pending.remove_client("a")
    assert served(pending) == [[("b", 2)]]


def test_a_large_request_is_forgotten_halfway():
    pending = filled(request("large", 1, rows=600))
    pending.take()
    assert len(pending) == 1
    pending.remove_client("large")
    assert pending.take() == []
    assert len(pending) == 0


def test_a_large_request_that_failed_is_not_gone_on_with():
    pending = filled(request("large", 1, rows=600))
    (piece,) = pending.take()
    pending.abandon(piece.ticket)
    assert pending.take() == []


class AnyOrder(RuleBasedStateMachine):
    """Whatever clients do: the newest of each key is served, once, whole, in legal batches, and nothing starves."""

    def __init__(self):
        super().__init__()
        self.pending = Pending()
        self.newest = {}  # key → request that must be served
        self.progress = {}  # request → rows handed out
        self.waited = {}  # key → batches taken since it came
        self.number = 0

    @rule(
        client=st.integers(0, 3),
        lane=st.integers(0, 2),
        operation=st.sampled_from([DECODE, MEASURE]),
        rows=st.sampled_from([1, 2, 3, 100, 256, 257, 1024]),
    )
    def put(self, client, lane, operation, rows):
        self.number += 1
        one = request(client, self.number, lane=lane, operation=operation, rows=rows)
        assert self.pending.put(one) == (one.key in self.newest)
        self.newest[one.key] = one
        self.waited.setdefault(one.key, 0)

    @rule(client=st.integers(0, 3))
    def remove_client(self, client):
        self.pending.remove_client(client)
        self.newest = {key: one for key, one in self.newest.items() if key[0] != client}
        self.waited = {key: count for key, count in self.waited.items() if key[0] != client}
        self.progress = {one: rows for one, rows in self.progress.items() if one.client != client}

    @precondition(lambda self: self.newest or self.progress)
    @rule()
    def take(self):
        batch = self.pending.take()
        assert batch
        assert sum(piece.stop - piece.start for piece in batch) <= LARGEST_BATCH
        assert len({piece.ticket.request.header.operation for piece in batch}) == 1
        for ticket, start, stop in batch:
            one = ticket.request
            if start == 0:
                assert self.newest.pop(one.key) is one
                del self.waited[one.key]
            assert self.progress.pop(one, 0) == start
            if stop < len(one.inputs):
                self.progress[one] = stop
        for key in self.waited:
            self.waited[key] += 1

    @invariant()
    def nothing_starves(self):
        # Patience, then all requests that arrived before (24 keys), each at most four pieces with a batch between.
        assert max(self.waited.values(), default=0) <= PATIENCE + 24 * 8

    @invariant()
    def it_knows_how_many_wait(self):
        assert len(self.pending) == len(self.newest) + len(self.progress)


AnyOrder.TestCase.settings = settings(max_examples=scaled(quick=30, full=200), stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
