"""The engine: batching, newest wins, padding, and failures of a servable."""

import threading

import numpy as np
import pytest
from linear_servable import LinearServable, codes_for, decoded, images_for
from live_server import wait_until
from requesting import Replies, request

from vae.batching import BUCKETS
from zscope.serving import Engine
from zscope.serving.http_errors import EngineClosedError
from zscope.serving.protocol import Operation

DECODE, ENCODE, MEASURE, *_ = Operation


def submitted_while_held(engine, servable, requests):
    """Submit all `requests` while the servable is busy with another, then let go."""
    with servable.held():
        engine.submit(request("first"))
        servable.wait_entered()
        for one in requests:
            engine.submit(one)


def test_every_operation_returns_its_own_outputs(engine, servable):
    replies = Replies()
    inputs = {DECODE: codes_for(3, 4), MEASURE: codes_for(5), ENCODE: images_for(1, 2, 3)}
    for operation, rows in inputs.items():
        engine.submit(request(operation=operation, inputs=rows, deliver=replies))
    wait_until(lambda: len(replies.all) == 3)
    outputs = {reply.request.header.operation: reply.result for reply in replies.all}
    np.testing.assert_array_equal(outputs[DECODE], decoded(3, 4))
    np.testing.assert_array_equal(outputs[MEASURE], LinearServable().measure(codes_for(5)))
    np.testing.assert_array_equal(outputs[ENCODE], np.hstack(LinearServable().encode(images_for(1, 2, 3))))


def test_only_the_newest_of_a_lane_is_computed(engine, servable):
    replies = Replies()
    submitted_while_held(engine, servable, [request("a", number, deliver=replies) for number in range(20)])
    wait_until(lambda: replies.all)
    assert replies.sequences == [19]
    np.testing.assert_array_equal(replies.all[0].result, decoded(19))
    assert (engine.counters.requests, engine.counters.replaced, engine.counters.rows) == (21, 19, 2)


def test_pending_clients_share_one_call_and_one_delivery(engine, servable):
    replies = Replies()
    clients = [request(client, client, rows=client % 3 + 1, deliver=replies) for client in range(9)]
    submitted_while_held(engine, servable, clients)
    wait_until(lambda: replies.all)
    assert servable.calls == [("decode", 1), ("decode", 32)]  # 18 rows, padded
    assert len(replies.deliveries) == 1
    assert replies.sequences == list(range(9))
    for reply in replies.all:
        np.testing.assert_array_equal(reply.result, decoded(*[reply.request.client] * (reply.request.client % 3 + 1)))


def test_replies_are_delivered_once_per_receiver(engine, servable):
    mine, yours = Replies(), Replies()
    clients = [request(client, client, deliver=mine if client % 2 else yours) for client in range(6)]
    submitted_while_held(engine, servable, clients)
    wait_until(lambda: mine.deliveries and yours.deliveries)
    assert len(mine.deliveries) == len(yours.deliveries) == 1
    assert [reply.request.client for reply in mine.all] == [1, 3, 5]
    assert [reply.request.client for reply in yours.all] == [0, 2, 4]


def test_a_servable_sees_bucket_sizes_only(engine, servable):
    replies = Replies()
    sizes = [1, 2, 3, 5, 17, 100, 200, 256, 700, 1024]
    for count, rows in enumerate(sizes, start=1):
        engine.submit(request(number=rows, rows=rows, deliver=replies))
        wait_until(lambda count=count: len(replies.all) == count)
        assert len(replies.all[-1].result) == rows
    assert {rows for _, rows in servable.calls} <= set(BUCKETS)
    assert servable.calls[-4:] == [("decode", 256)] * 4


def test_padding_is_of_zeros_and_changes_no_reply(engine, servable, monkeypatch):
    seen = []
    decode = servable.decode_pixels
    monkeypatch.setattr(servable, "decode_pixels", lambda codes: seen.append(codes.copy()) or decode(codes))
    replies = Replies()
    engine.submit(request(inputs=codes_for(7, 8, 9), deliver=replies))
    wait_until(lambda: replies.all)
    np.testing.assert_array_equal(seen[0], np.vstack([codes_for(7, 8, 9), np.zeros((1, 4))]))
    np.testing.assert_array_equal(replies.all[0].result, decoded(7, 8, 9))


def test_a_large_request_comes_back_whole_and_lets_others_between(engine, servable):
    replies = Replies()
    numbers = list(range(700))
    with servable.held():
        engine.submit(request("large", 1, lane=2, inputs=codes_for(*numbers), deliver=replies))
        servable.wait_entered()
        engine.submit(request("small", 2, deliver=replies))
    wait_until(lambda: len(replies.all) == 2)
    assert replies.sequences == [2, 1]
    np.testing.assert_array_equal(replies.all[1].result, decoded(*numbers))
    assert servable.calls == [("decode", 256), ("decode", 1), ("decode", 256), ("decode", 256)]


def test_the_engine_survives_an_exception(engine, servable, caplog):
    replies = Replies()
    servable.fails = RuntimeError("out of memory")
    submitted_while_held(engine, servable, [request(client, 1, deliver=replies) for client in "ab"])
    engine.submit(request("large", 5, rows=600, deliver=replies))
    wait_until(lambda: len(replies.all) == 3)
    assert [str(reply.result) for reply in replies.all] == ["out of memory"] * 3
    assert "out of memory" in caplog.text
    servable.fails = None
    engine.submit(request("a", 9, deliver=replies))
    wait_until(lambda: len(replies.all) == 4)
    np.testing.assert_array_equal(replies.all[3].result, decoded(9))
    assert engine.counters.failures == 4  # the held one, a, b, and the first piece of the large one


def test_a_request_that_fails_does_not_fail_the_others_of_its_batch(engine, servable, monkeypatch):
    replies, decode = Replies(), servable.decode_pixels

    def refuse_negative(codes):
        pixels = decode(codes)
        if (codes < 0).any():
            raise ValueError("negative")
        return pixels

    monkeypatch.setattr(servable, "decode_pixels", refuse_negative)
    values = {"a": 1, "b": -1, "c": 2}
    submitted_while_held(
        engine, servable, [request(client, value, deliver=replies) for client, value in values.items()]
    )
    wait_until(lambda: len(replies.all) == 3)
    found = {reply.request.client: reply.result for reply in replies.all}
    assert isinstance(found["b"], ValueError)
    np.testing.assert_array_equal(found["a"], decoded(1))
    np.testing.assert_array_equal(found["c"], decoded(2))
    assert engine.counters.failures == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda codes: np.zeros((len(codes), 3, 2), np.uint8),
        lambda codes: np.zeros((len(codes), 3, 2, 1), np.float32),
        lambda codes: np.zeros((0, 3, 2, 1), np.uint8),
    ],
)
def test_a_servable_that_breaks_its_promise_is_an_error_not_nonsense(engine, servable, monkeypatch, wrong):
    monkeypatch.setattr(servable, "decode_pixels", wrong)
    replies = Replies()
    engine.submit(request(deliver=replies))
    wait_until(lambda: replies.all)
    assert "LinearServable answered DECODE" in str(replies.all[0].result)


def test_a_receiver_that_raises_does_not_stop_the_engine(engine, caplog):
    def broken(replies):
        raise OSError("no receiver")

    replies = Replies()
    engine.submit(request("a", deliver=broken))
    engine.submit(request("b", deliver=replies))
    wait_until(lambda: replies.all)
    wait_until(lambda: "no receiver" in caplog.text)


def test_a_forgotten_client_is_not_computed(engine, servable):
    replies = Replies()
    with servable.held():
        engine.submit(request("first", deliver=replies))
        servable.wait_entered()
        for lane in range(8):
            engine.submit(request("gone", lane=lane, deliver=replies))
        engine.submit(request("here", 2, deliver=replies))
        engine.detach("gone")
    wait_until(lambda: len(replies.all) == 2)
    assert replies.sequences == [1, 2]
    assert engine.counters.rows == 2


def test_an_idle_engine_neither_calls_nor_wakes(engine, servable):
    replies = Replies()
    engine.submit(request(deliver=replies))
    wait_until(lambda: replies.all)
    before, calls = engine.counters, len(servable.calls)
    threading.Event().wait(0.3)  # long against any polling interval that would matter
    assert engine.counters == before
    assert len(servable.calls) == calls


def test_warming_up_runs_each_bucket_of_each_network_once(engine, servable):
    engine.warm_up()
    assert sorted(servable.calls) == sorted((name, rows) for name in ("decode", "encode") for rows in BUCKETS)
    assert servable.calls[0] == ("decode", 1)
    assert engine.counters.batches == 0


def test_a_large_network_is_not_warmed_up_with_more_than_it_is_given(servable):
    servable.largest_batch = 4
    engine = Engine(servable)
    engine.warm_up()
    replies = Replies()
    engine.submit(request(rows=11, deliver=replies))
    wait_until(lambda: replies.all)
    engine.close()
    assert {rows for _, rows in servable.calls} == {1, 2, 4}
    np.testing.assert_array_equal(replies.all[0].result, servable.decode_pixels(codes_for(*[1] * 11)))


def test_requests_go_before_warming_up(engine, servable):
    replies = Replies()
    with servable.held():
        engine.warm_up(wait=False)
        servable.wait_entered()
        engine.submit(request(rows=3, deliver=replies))
    wait_until(lambda: len(servable.calls) == 19)
    assert servable.calls[:2] == [("decode", 1), ("decode", 4)]


def test_a_model_that_fails_while_warming_up_still_serves(engine, servable):
    servable.fails = RuntimeError("not now")
    engine.warm_up()
    servable.fails = None
    replies = Replies()
    engine.submit(request(deliver=replies))
    wait_until(lambda: replies.all)
    assert not isinstance(replies.all[0].result, Exception)


def test_closing_ends_the_thread_and_refuses_more(servable):
    engine = Engine(servable)
    replies = Replies()
    with servable.held():
        engine.submit(request("a", 1, deliver=replies))
        servable.wait_entered()
        engine.submit(request("b", 2, deliver=replies))
        closing = threading.Thread(target=engine.close)
        closing.start()
        wait_until(lambda: engine._closed)
    closing.join(10)
    assert replies.sequences == [1]  # what was under way is finished, what waited is not begun
    assert not any(thread.name == "zscope-engine-linear" for thread in threading.enumerate())
    with pytest.raises(EngineClosedError):
        engine.submit(request())
    with pytest.raises(EngineClosedError):
        engine.attach("a")
    engine.close()


def test_the_baseline_computes_one_request_a_call(servable):
    engine = Engine(servable, batching=False)
    replies = Replies()
    submitted_while_held(engine, servable, [request(client, 1, deliver=replies) for client in range(5)])
    wait_until(lambda: len(replies.all) == 5)
    assert servable.calls == [("decode", 1)] * 6
    engine.close()


class TestSeveralBatchesInFlight:
    """Of a servable that is far away or slow."""

    @pytest.fixture
    def servable(self):
        return LinearServable(in_flight=3)

    def test_as_many_as_the_servable_takes_are_computed_at_the_same_time(self, engine, servable):
        replies = Replies()
        with servable.held():
            for client in range(3):
                engine.submit(request(client, client, deliver=replies))
                servable.wait_entered()  # it has not answered the ones before
            engine.submit(request(3, 3, deliver=replies))
            engine.submit(request(4, 4, deliver=replies))
            assert len(servable.calls) == 3
        wait_until(lambda: len(replies.all) == 5)
        assert servable.calls[3:] == [("decode", 2)]  # those that waited share a batch
        for reply in replies.all:
            np.testing.assert_array_equal(reply.result, decoded(reply.request.client))

    def test_pieces_of_a_large_request_are_put_together_in_their_order(self, engine, servable):
        replies = Replies()
        codes = codes_for(*range(700))
        with servable.held():
            engine.submit(request("large", inputs=codes, deliver=replies))
            for _ in range(3):  # 256, 256 and 188 rows
                servable.wait_entered()
        wait_until(lambda: replies.all)
        assert len(replies.all) == 1
        np.testing.assert_array_equal(replies.all[0].result, decoded(*range(700)))

    def test_a_large_request_whose_pieces_all_fail_gets_one_error(self, engine, servable):
        replies = Replies()
        with servable.held():
            engine.submit(request("large", inputs=codes_for(*range(700)), deliver=replies))
            for _ in range(3):
                servable.wait_entered()
            servable.fails = ValueError("no")
        wait_until(lambda: engine.counters.failures == 3)
        servable.fails = None
        engine.submit(request("next", deliver=replies))
        wait_until(lambda: len(replies.all) == 2)
        assert [type(reply.result) for reply in replies.all] == [ValueError, np.ndarray]

    def test_the_warm_up_ends_when_every_bucket_has_been_run(self, engine, servable):
        engine.warm_up()
        assert sorted(rows for name, rows in servable.calls if name == "decode") == sorted(BUCKETS)

    def test_closing_ends_every_thread(self, engine, servable):
        engine.close()
        assert not [thread for thread in threading.enumerate() if thread.name == f"zscope-engine-{servable.model_id}"]


class TestOnAnEventLoop:
    """Quick batches are computed by the caller's event loop, here a list of calls."""

    def test_simultaneous_requests_share_a_call_and_a_batch(self, engine, servable):
        replies, calls = Replies(), []
        engine._means[DECODE, 2] = 0.1
        engine.submit(request("a", 1, deliver=replies), calls.append)
        engine.submit(request("b", 2, deliver=replies), calls.append)
        assert len(calls) == 1 and servable.calls == []
        calls.pop()()
        assert servable.calls == [("decode", 2)] and replies.sequences == [1, 2]
        engine.submit(request("a", 3, deliver=replies), calls.append)
        assert len(calls) == 1

    @pytest.mark.parametrize("known", [False, True])
    def test_a_batch_that_is_slow_or_new_is_left_to_the_thread(self, engine, servable, known):
        replies, calls = Replies(), []
        if known:
            engine._means[DECODE, 1] = 5.0
        with servable.held():
            engine.submit(request("a", 1, deliver=replies), calls.append)
            calls.pop()()  # returns although the servable does not answer
            servable.wait_entered()
            engine.submit(request("b", 2, deliver=replies), calls.append)
            assert calls == []  # the thread takes it after the first one
        wait_until(lambda: replies.sequences == [1, 2])

    def test_a_servable_is_not_called_twice_at_the_same_time(self, engine, servable):
        replies, calls = Replies(), []
        engine._means[DECODE, 1] = engine._means[MEASURE, 1] = 0.1
        engine.submit(request("a", 1, deliver=replies), calls.append)
        with servable.held():
            engine.submit(request("b", 2, lane=1, operation=MEASURE, deliver=replies))
            engine._changed.acquire()
            engine._changed.notify_all()
            engine._changed.release()
            servable.wait_entered()  # the thread has taken one of them
            calls.pop()()
            assert len(servable.calls) == 1
        wait_until(lambda: sorted(replies.sequences) == [1, 2])

    def test_a_closed_engine_computes_nothing(self, engine, servable):
        calls = []
        engine._means[DECODE, 1] = 0.1
        engine.submit(request("a", 1), calls.append)
        engine.close()
        calls.pop()()
        assert servable.calls == []
