"""The hub: each model is loaded once, and unloaded when it is idle and memory is short."""

import contextlib
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakValueDictionary

import numpy as np
import pytest
from linear_servable import LinearServable, decoded
from live_server import wait_until
from requesting import Replies, request

from vae.errors import BadRequestError, BundleError
from vae.inference.pool import RuntimePool
from zscope.serving import Hub
from zscope.serving.http_errors import EngineClosedError


@pytest.fixture
def make_hub():
    hubs = []

    def make(load, **arguments):
        hubs.append(Hub(load, **arguments))
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.close()


def test_a_model_is_loaded_once_however_many_ask_at_once(make_hub):
    loads, begun, go_on = [], threading.Semaphore(0), threading.Event()

    def load(model_id):
        loads.append(model_id)
        begun.release()
        go_on.wait(10)
        return LinearServable(model_id)

    hub = make_hub(load)
    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(hub.engine, "a") for _ in range(16)]
        assert begun.acquire(timeout=10)
        go_on.set()
        engines = {future.result(10) for future in asking}
    assert loads == ["a"]
    assert len(engines) == 1


def test_a_slow_model_does_not_hold_up_another(make_hub):
    go_on = threading.Event()

    def load(model_id):
        if model_id == "slow":
            go_on.wait(10)
        return LinearServable(model_id)

    hub = make_hub(load)
    hub.engine("quick")
    slow = hub.opening("slow")
    assert hub.engine("quick").servable.model_id == "quick"
    assert hub.engine("another").servable.model_id == "another"
    assert not slow.done()
    go_on.set()
    assert slow.result(10).servable.model_id == "slow"


def test_a_failed_load_reaches_the_asker_and_is_tried_again(make_hub):
    broken = [True]

    def load(model_id):
        if broken[0]:
            raise BundleError("weights.safetensors is missing.", "Export the model again.")
        return LinearServable(model_id)

    hub = make_hub(load)
    for _ in range(2):
        with pytest.raises(BundleError, match="Export the model again"):
            hub.engine("a")
    broken[0] = False
    assert hub.engine("a").servable.model_id == "a"


class Pooled:
    """Loads servables whose memory counts: 1 byte each, or as `sizes` says. "a?1" is a view of a."""

    def __init__(self, make_hub, budget: int, pinned=(), sizes=None):
        self.pool = RuntimePool(budget, pinned)
        self.sizes = sizes or {}
        self.networks: WeakValueDictionary[str, LinearServable] = WeakValueDictionary()
        self.hub = make_hub(self.load, pinned=pinned)
        self.pool.on_shortage(self.hub.unload_idle)

    def load(self, model_id: str) -> LinearServable:
        name, _, view = model_id.partition("?")
        base = self.networks.get(name) or self._made(name)
        self.networks[name] = base
        if not view:
            return base
        servable = self._made(model_id)
        servable.base = base
        return servable

    def _made(self, name: str) -> LinearServable:
        with self.pool.reserve(self.sizes.get(name, 1), name) as keep:
            servable = LinearServable(name)
            keep(servable)
        return servable


def test_beyond_its_memory_the_least_recently_opened_unused_model_is_unloaded(make_hub):
    hub = Pooled(make_hub, 2).hub
    used, unused = hub.engine("used"), weakref.ref(hub.engine("unused"))
    used.attach("client")
    hub.engine("used")
    hub.engine("third")
    assert set(hub.loaded()) == {"used", "third"}
    assert unused() is None
    hub.engine("fourth")
    assert set(hub.loaded()) == {"used", "fourth"}
    assert hub.engine("unused").servable.model_id == "unused"


def test_models_in_use_stay_and_another_is_refused(make_hub):
    hub = Pooled(make_hub, 2).hub
    for model_id in "ab":
        hub.engine(model_id).attach("client")
    with pytest.raises(BadRequestError, match="no memory left for c"):
        hub.engine("c")
    assert set(hub.loaded()) == set("ab")
    hub.engine("a").detach("client")
    hub.engine("c").attach("another")
    assert set(hub.loaded()) == set("bc")


def test_a_large_model_takes_the_room_of_several_and_one_alone_is_always_opened(make_hub):
    hub = Pooled(make_hub, 4, sizes={"large": 3, "huge": 100}).hub
    for model_id in "abcd":
        hub.engine(model_id)
    hub.engine("large")
    assert set(hub.loaded()) == {"d", "large"}
    hub.engine("huge")
    assert set(hub.loaded()) == {"huge"}


def test_shared_memory_is_counted_once(make_hub):
    hub = Pooled(make_hub, 7, sizes={"a": 3}).hub
    for view in ("a?1", "a?2", "a?3", "a?4"):  # 3 + 4
        hub.engine(view).attach("client")
    assert len(hub.loaded()) == 4
    with pytest.raises(BadRequestError, match="no memory left for a: "):
        hub.engine("a?5")
    hub.engine("a").attach("client")  # it is there already


def test_a_pinned_model_always_has_room(make_hub):
    sizes = {"a": 3, "b": 3, "main": 3}
    hub = Pooled(make_hub, 7, pinned=["main"], sizes=sizes).hub
    hub.engine("main")
    for view in ("a?1", "main?1"):  # 3 + 4 + 1: one too many
        with contextlib.suppress(BadRequestError):
            hub.engine(view).attach("client")
    assert set(hub.loaded()) == {"main", "a?1"}, "a pinned model is not unloaded, although no client uses it"
    hub.close()
    late = Pooled(make_hub, 7, pinned=["main"], sizes=sizes).hub
    for view in ("a?1", "b"):
        late.engine(view).attach("client")
    late.engine("main").attach("client")  # not refused, though the others take it all


def test_networks_that_servables_share_are_warmed_up_once(make_hub):
    servable = LinearServable()
    views = [LinearServable(str(number)) for number in range(3)]
    for view in views:
        view.base = servable
    hub = make_hub({"a": servable, "1": views[1], "2": views[2]}.get, warm_up=True)
    hub.engine("1")
    wait_until(lambda: len(views[1].calls) == 18)
    for model_id in ("2", "a"):
        engine = hub.engine(model_id)
        engine.warm_up()  # of its own, to know that nothing was queued before
    assert len(views[2].calls) == len(servable.calls) == 18


def test_a_hub_can_warm_up_its_models(make_hub):
    servable = LinearServable()
    make_hub(lambda model_id: servable, warm_up=True).engine("a")
    wait_until(lambda: len(servable.calls) == 18)


def test_closing_ends_all_threads(make_hub):
    before = threading.active_count()
    hub = make_hub(LinearServable)
    for model_id in "abc":
        hub.engine(model_id)
    hub.close()
    assert threading.active_count() <= before
    with pytest.raises(EngineClosedError):
        hub.engine("a")


def test_a_model_that_is_loading_while_the_hub_closes_is_closed_too(make_hub):
    begun, go_on = threading.Event(), threading.Event()

    def load(model_id):
        begun.set()
        go_on.wait(10)
        return LinearServable(model_id)

    hub = make_hub(load)
    opening = hub.opening("a")
    begun.wait(10)
    closing = threading.Thread(target=hub.close)
    closing.start()
    go_on.set()
    closing.join(10)
    with pytest.raises(EngineClosedError):
        opening.result(10).attach("too late")


class TestFingerprints:
    """A model that was trained again under the same id."""

    @pytest.fixture
    def prints(self):
        return {}

    @pytest.fixture
    def hub(self, make_hub, prints):
        return make_hub(LinearServable, fingerprint=lambda model_id: prints.get(model_id, 0))

    def test_a_new_client_gets_the_new_model_and_the_old_one_goes_on_serving(self, hub, prints):
        old = hub.engine("a")
        old.attach("earlier")
        prints["a"] = 1
        new = hub.engine("a")
        new.attach("later")
        assert new is not old
        assert new.servable is not old.servable
        assert hub.engine("a") is new
        assert hub.loaded() == {"a": new}
        for engine, client in ((old, "earlier"), (new, "later")):
            replies = Replies()
            engine.submit(request(client, 3, deliver=replies))
            wait_until(lambda replies=replies: replies.all)
            np.testing.assert_array_equal(replies.all[0].result, decoded(3))

    def test_an_unused_engine_of_old_weights_is_evicted(self, hub, prints):
        old = hub.engine("a")
        old.attach("earlier")
        prints["a"] = 1
        new = hub.engine("a")
        new.attach("later")
        assert not hub.unload_idle()  # both engines of "a" are in use
        old.detach("earlier")
        hub.engine("b")
        assert hub.unload_idle()
        with pytest.raises(EngineClosedError):
            old.attach("too late")
        new.attach("still there")
        assert set(hub.loaded()) == {"a", "b"}

    def test_going_back_to_the_old_weights_finds_their_engine(self, hub, prints):
        old = hub.engine("a")
        prints["a"] = 1
        hub.engine("a")
        prints["a"] = 0
        assert hub.engine("a") is old

    def test_a_failed_fingerprint_is_raised_and_repeated_on_the_next_request(self, make_hub):
        faults = [BundleError("model.json is damaged.", "Export it again.")]
        loads = []

        def fingerprint(model_id):
            if faults:
                raise faults[0]

        hub = make_hub(lambda model_id: loads.append(model_id) or LinearServable(model_id), fingerprint=fingerprint)
        opening = hub.opening("a")
        assert opening.done()
        with pytest.raises(BundleError, match="Export it again"):
            opening.result()
        assert (loads, hub.loaded()) == ([], {})
        faults.clear()
        assert hub.engine("a").servable.model_id == "a"

    def test_a_load_that_fails_leaves_the_running_one(self, make_hub, prints):
        def load(model_id):
            if prints:
                raise BundleError("weights.safetensors is cut off.", "Copy it again.")
            return LinearServable(model_id)

        hub = make_hub(load, fingerprint=lambda model_id: prints.get(model_id, 0))
        old = hub.engine("a")
        prints["a"] = 1
        with pytest.raises(BundleError, match="cut off"):
            hub.engine("a")
        old.attach("client")
        assert hub.loaded() == {"a": old}
