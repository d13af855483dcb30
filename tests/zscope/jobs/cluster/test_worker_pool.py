"""The pool with workers that are threads of this process; `test_ray.py` has those of Ray."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from zscope.jobs.cluster import pool as pool_module
from zscope.jobs.cluster.pool import NoWorkersError, Task, WorkerLostError, WorkerPool

BATCH = Task("one", "v1", "decode_pixels", np.zeros((1, 2), np.float32))


@dataclass(eq=False)
class Threaded:
    """Computes one batch at a time, for as long as the gate is closed."""

    gate: threading.Event = field(default_factory=threading.Event)
    dies: bool = False
    ended: bool = False
    most: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, task):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.gate.wait(10)
        with self.lock:
            self.now -= 1
        if self.dies:
            raise WorkerLostError("ended")
        return (task.batch + 1,)

    def end(self):
        self.ended = True


@pytest.fixture
def made():
    return []


@pytest.fixture
def start(made):
    def start():
        made.append(Threaded())
        return made[-1]

    return start


def pool_of(start, **settings):
    pool = WorkerPool(start, **settings)
    assert pool.wait(pool.smallest, 10)
    return pool


def in_background(pool, number):
    results = []

    threads = [threading.Thread(target=lambda: results.append(pool.run(BATCH))) for _ in range(number)]
    for thread in threads:
        thread.start()
    return threads, results


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_batch_is_computed(start, made):
    pool = pool_of(start)
    made[0].gate.set()
    assert np.array_equal(pool.run(BATCH)[0], np.ones((1, 2)))
    pool.close()
    assert made[0].ended


def test_batches_go_to_the_least_loaded_and_no_worker_gets_more_than_its_depth(start, made):
    pool = pool_of(start, smallest=2, largest=2, depth=2)
    threads, results = in_background(pool, 6)
    until(lambda: sum(worker.now for worker in made) == 4)
    assert [worker.now for worker in made] == [2, 2]
    for worker in made:
        worker.gate.set()
    for thread in threads:
        thread.join(10)
    assert len(results) == 6
    assert max(worker.most for worker in made) == 2
    pool.close()


def test_it_grows_while_batches_wait_and_shrinks_when_idle(start, made):
    pool = pool_of(start, smallest=1, largest=3, depth=1, idle=0.2)
    threads, _ = in_background(pool, 3)
    until(lambda: len(pool.workers) == 3 and sum(worker.now for worker in made) == 3)
    for worker in made:
        worker.gate.set()
    for thread in threads:
        thread.join(10)
    until(lambda: len(pool.workers) == 1)
    assert sum(worker.ended for worker in made) == 2
    pool.close()


def test_the_batch_of_a_lost_worker_goes_to_another_and_the_worker_is_replaced(start, made):
    pool = pool_of(start, smallest=2, largest=2)
    for worker in made:
        worker.gate.set()
    dying = pool.workers[0]  # the first one takes a batch when all are free
    dying.dies = True
    for _ in range(4):
        assert np.array_equal(pool.run(BATCH)[0], np.ones((1, 2)))
    assert pool.lost == 1
    until(lambda: len(made) == 3)
    made[2].gate.set()
    assert pool.wait(2, 10)
    assert dying.ended
    pool.close()


def test_without_a_worker_a_batch_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(pool_module, "_PAUSES", (0.05, 0.05))
    tries = []

    def start():
        tries.append(1)
        raise RuntimeError("no cluster")

    pool = WorkerPool(start)
    with pytest.raises(NoWorkersError):
        pool.run(BATCH)
    until(lambda: pool.failure == "no cluster")
    until(lambda: len(tries) > 2)  # it goes on trying
    pool.close()


def test_a_batch_that_ends_every_worker_is_given_up(made):
    def start():
        made.append(Threaded(dies=True))
        made[-1].gate.set()
        return made[-1]

    pool = pool_of(start, smallest=4, largest=4)
    with pytest.raises(NoWorkersError, match="3 workers"):
        pool.run(BATCH)
    assert pool.lost == 3
    pool.close()


def test_a_worker_that_is_ready_after_the_end_is_ended(made):
    gate = threading.Event()

    def start():
        gate.wait(10)
        made.append(Threaded())
        return made[-1]

    pool = WorkerPool(start)
    pool.close()
    gate.set()
    until(lambda: made and made[0].ended)
    assert len(pool.workers) == 0
