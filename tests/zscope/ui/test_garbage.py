"""What survives a full collection is spared the next ones, but not for ever."""

import gc
import weakref

import pytest

from zscope.ui.garbage import Spared


class Node:
    pass


def cycle() -> weakref.ref:
    """Garbage that only a collection finds."""
    one, other = Node(), Node()
    one.other, other.other = other, one
    return weakref.ref(one)


@pytest.fixture
def spare():
    started = []

    def start(**settings):
        spared = Spared(**settings)
        spared.start()
        started.append(spared)

    yield start
    for spared in started:
        spared.stop()
    assert gc.get_freeze_count() == 0


def test_survivors_are_frozen_and_new_garbage_is_still_found(spare):
    spare()
    kept = [Node() for _ in range(1000)]
    gc.collect()
    frozen = gc.get_freeze_count()
    assert frozen > 1000 and not any(node is kept[0] for node in gc.get_objects())
    found = cycle()
    gc.collect()
    assert found() is None


def test_a_quick_collection_freezes_nothing(spare):
    spare()
    gc.collect(0)
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(("thaw", "gone"), [(0.0, True), (3600.0, False)])
def test_collects_frozen_garbage_after_the_thaw(spare, thaw, gone):
    spare(thaw=thaw)
    one = Node()
    one.self = one
    found = weakref.ref(one)
    gc.collect()
    del one
    gc.collect()
    assert (found() is None) is gone
