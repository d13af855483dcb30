"""The memory of opened models: counted once, kept within a budget, released with the last reference."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from vae.errors import BadRequestError
from vae.inference.loaded_model import LoadedModel
from vae.inference.pool import POOL, RuntimePool
from vae.inference.runtime import open_codec, open_runtime, runtime_bytes
from zscope.library.registry import open_model


class Thing:
    pass


def made(pool: RuntimePool, size: int, name: str = "a") -> Thing:
    with pool.reserve(size, name) as keep:
        thing = Thing()
        keep(thing)
    return thing


def test_memory_counts_as_long_as_its_owner_exists():
    pool = RuntimePool()
    first, second = made(pool, 3), made(pool, 4)
    assert pool.held_bytes == 7
    del first
    assert pool.held_bytes == 4
    del second
    assert pool.held_bytes == 0


def test_an_object_in_a_cycle_is_found_when_memory_is_short():
    pool = RuntimePool(4)
    thing = made(pool, 3)
    thing.itself = thing
    del thing
    assert made(pool, 3) and pool.held_bytes == 3


def test_memory_is_free_again_if_making_the_object_fails():
    pool = RuntimePool(4)
    with pytest.raises(ZeroDivisionError), pool.reserve(3, "a"):
        assert pool.held_bytes == 3
        raise ZeroDivisionError
    assert pool.held_bytes == 0


def test_unused_objects_are_dropped_in_order_and_no_more_than_needed():
    pool = RuntimePool(6)
    idle, cached = [made(pool, 2), made(pool, 2)], [made(pool, 2)]
    pool.on_shortage(lambda: bool(idle) and (idle.pop() is not None))
    pool.on_shortage(lambda: bool(cached) and (cached.pop() is not None))
    one = made(pool, 1)
    assert (len(idle), len(cached)) == (1, 1)
    other = made(pool, 4)
    assert (len(idle), len(cached)) == (0, 0)
    with pytest.raises(BadRequestError, match="no memory left for b: other models are in use"):
        made(pool, 3, "b?method=pca")
    del one, other
    made(pool, 3, "b")


def test_a_pinned_object_is_never_refused_and_does_not_keep_others_out():
    pool = RuntimePool(4, pinned=["main"])
    main = made(pool, 3, "main")
    assert made(pool, 100, "large"), "it is alone beside the pinned one"
    large = made(pool, 100, "large")
    again = made(pool, 3, "main")
    with pytest.raises(BadRequestError):
        made(pool, 1, "small")
    assert pool.held_bytes == 106 and main and large and again


def test_threads_together_do_not_exceed_the_budget():
    pool = RuntimePool(5)
    things, refused = [], []

    def attempt(number: int) -> None:
        try:
            things.append(made(pool, 1, str(number)))
        except BadRequestError:
            refused.append(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(attempt, range(40)))
    assert len(things) == pool.held_bytes == 5 and len(refused) == 35


def test_all_who_open_a_model_share_its_runtime_and_its_memory():
    bundle = open_model("mnist-binary-32")
    model = open_runtime(bundle)
    held = POOL.held_bytes
    codec, loaded = open_codec(bundle), LoadedModel("mnist-binary-32", bundle)
    assert loaded.model is model and codec.device == loaded.device
    assert held <= POOL.held_bytes < held + runtime_bytes(bundle) / 2  # the codes, not the networks again


def test_an_estimate_is_near_the_weights():
    bundle = open_model("mnist-16")
    weights = 4 * bundle.card.parameters
    assert 2 * weights < runtime_bytes(bundle) < 10 * weights
