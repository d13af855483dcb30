"""The queue: slots and tickets are locks, which the kernel releases when their process ends."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vae.errors import BadRequestError
from zscope.jobs.queue import slot_count, wait_for_slot, waiting
from zscope.library.locks import Lock, is_held

ROOT = Path(__file__).resolve().parents[3]


class TestLocks:
    def test_only_one_process_holds_a_lock(self, tmp_path):
        assert not is_held(tmp_path / "lock")
        with Lock.take_new(tmp_path / "lock"):
            assert is_held(tmp_path / "lock")
            assert Lock.take(tmp_path / "lock") is None
        assert not is_held(tmp_path / "lock")
        Lock.take_new(tmp_path / "lock").release()

    def test_looking_takes_nothing_away(self, tmp_path):
        Lock.take_new(tmp_path / "lock").release()
        stop, failures = threading.Event(), []

        def look():
            while not stop.is_set():
                is_held(tmp_path / "lock")

        lookers = [threading.Thread(target=look) for _ in range(3)]
        for looker in lookers:
            looker.start()
        for _ in range(200):
            lock = Lock.take(tmp_path / "lock", patience=5.0)
            failures += [lock is None]
            if lock:
                lock.release()
        stop.set()
        for looker in lookers:
            looker.join()
        assert not any(failures)

    def test_a_killed_process_frees_it(self, tmp_path):
        code = "import sys, time; from zscope.library.locks import Lock; from pathlib import Path\n"
        code += "lock = Lock.take(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "lock")], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout and process.stdout.readline() == "held\n"
        assert is_held(tmp_path / "lock")
        process.kill()
        process.communicate()
        assert not is_held(tmp_path / "lock")

    def test_a_child_keeps_what_it_was_handed_and_only_that(self, tmp_path):
        lock, other = Lock.take_new(tmp_path / "lock"), Lock.take_new(tmp_path / "other")
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.descriptor])
        lock.release()
        other.release()
        assert (is_held(tmp_path / "lock"), is_held(tmp_path / "other")) == (True, False)
        process.communicate(b"\n")
        assert not is_held(tmp_path / "lock")


class Waiter(threading.Thread):
    """Waits for a slot, holds it until an event, and records the reported positions."""

    def __init__(self, root, id, order):
        super().__init__(daemon=True)
        self.root, self.id, self.order = root, id, order
        self.positions, self.leaves, self.done, self.slot = [], threading.Event(), threading.Event(), None

    def run(self):
        self.slot = wait_for_slot(self.root, self.id, self.positions.append, self.leaves.is_set)
        if self.slot:
            self.order.append(self.id)
            self.done.wait(30)
            self.slot.release()


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """`queue("a")` starts a waiter and returns when it is in the queue or has its slot."""
    monkeypatch.setattr("zscope.jobs.queue._POLL", 0.01)
    order, waiters = [], []

    def join(id):
        waiter = Waiter(tmp_path, id, order)
        waiters.append(waiter)
        waiter.start()
        until(lambda: waiter.slot or waiter.positions)
        return waiter

    join.order = order
    join.root = tmp_path
    yield join
    for waiter in waiters:
        waiter.leaves.set()
        waiter.done.set()
        waiter.join(10)


def until(true):
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


class TestQueue:
    def test_one_at_a_time_in_the_order_of_coming(self, queue):
        waiters = [queue(id) for id in ("a", "c", "b")]
        assert queue.order == ["a"]
        assert waiters[0].positions == [], "no position is reported without a wait"
        assert waiting(queue.root) == ["c", "b"]
        assert (waiters[1].positions, waiters[2].positions) == ([1], [2])
        waiters[0].done.set()
        until(lambda: waiters[2].positions == [2, 1])
        assert queue.order == ["a", "c"]
        waiters[1].done.set()
        until(lambda: queue.order == ["a", "c", "b"])
        assert waiting(queue.root) == []

    def test_two_at_a_time(self, queue, monkeypatch):
        monkeypatch.setenv("ZSCOPE_RUNS_AT_ONCE", "2")
        waiters = [queue(id) for id in ("a", "b", "c", "d")]
        until(lambda: len(queue.order) == 2)
        time.sleep(0.1)
        assert (queue.order, waiting(queue.root)) == (["a", "b"], ["c", "d"])
        waiters[1].done.set()
        until(lambda: len(queue.order) == 3)
        assert (queue.order, waiting(queue.root)) == (["a", "b", "c"], ["d"])

    def test_a_waiter_that_leaves_frees_its_place(self, queue):
        waiters = [queue(id) for id in ("a", "b", "c")]
        waiters[1].leaves.set()
        waiters[1].join(10)
        assert waiters[1].slot is None
        assert waiting(queue.root) == ["c"]
        waiters[0].done.set()
        until(lambda: queue.order == ["a", "c"])

    def test_a_ticket_of_the_dead_does_not_count(self, queue):
        queue("a")
        (queue.root / ".queue" / f"{1:020d}-dead").touch()
        assert waiting(queue.root) == []
        waiter = queue("b")
        assert waiter.positions == [1]
        assert not (queue.root / ".queue" / f"{1:020d}-dead").exists()


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "65", "²", "9" * 5000])
def test_a_count_that_is_none(monkeypatch, text):
    monkeypatch.setenv("ZSCOPE_RUNS_AT_ONCE", text)
    with pytest.raises(BadRequestError, match="number from 1 to 64"):
        slot_count()


def test_the_count(monkeypatch):
    monkeypatch.delenv("ZSCOPE_RUNS_AT_ONCE", raising=False)
    assert slot_count() == 1
    monkeypatch.setenv("ZSCOPE_RUNS_AT_ONCE", "3")
    assert slot_count() == 3
