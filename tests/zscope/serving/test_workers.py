"""Quick requests never wait for heavy ones, equal ones share a call, and no queue grows for ever."""

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette

from vae.errors import ZscopeError
from zscope.jobs.maps import find_job  # noqa: F401  what a request's first import takes is not its own
from zscope.serving.comparing import comparing_routes
from zscope.serving.content import content_routes
from zscope.serving.films import film_routes
from zscope.serving.http_errors import BusyError
from zscope.serving.maps import map_routes
from zscope.serving.workers import HEAVY, Workers

app = Starlette(routes=[*comparing_routes(), *content_routes(), *film_routes(), *map_routes()])
SPEC = "method=raw&images=test&axes=0,1"
SLOW = [
    "/content/compare/mnist-16/mnist-2d/change",
    "/content/compare/mnist-16/mnist-2d/matching",
    "/content/compare/mnist-16/mnist-2d/neighbours?row=1",
    f"/content/models/mnist-16/map?{SPEC}",
    f"/content/models/mnist-16/density?{SPEC}",
    "/content/data/mnist/test/sheet?number=0",
]
QUICK_ONES = [
    "/content/models/mnist-16/codes",
    "/content/models/mnist-16/prior?seed=1",
    "/content/data/mnist/test/images?index=1",
    "/content/maps/tsne-00000000000000000000/status",
    "/content/runs/none/film/1/codes",
]


@contextmanager
def occupied(workers: Workers, jobs: int):
    """As long as it lasts, so many jobs are queued or under way."""
    going_on = threading.Event()
    futures = []

    async def ask():
        tasks = [asyncio.create_task(workers.run(going_on.wait)) for _ in range(jobs)]
        started.set()
        futures.extend(tasks)
        await asyncio.gather(*tasks)

    started = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(ask()), daemon=True)
    thread.start()
    started.wait(10)
    while len(workers._jobs) < jobs:
        pass
    try:
        yield
    finally:
        going_on.set()
        thread.join(10)


async def get(path: str, until_gone: asyncio.Event | None = None) -> int:
    """The status of the answer."""
    sent, first = [], True

    async def receive():
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await (until_gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    path, _, query = path.partition("?")
    await app(
        {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}, receive, send
    )
    return sent[0]["status"]


@pytest.mark.parametrize("path", QUICK_ONES)
def test_a_quick_request_does_not_wait_for_heavy_ones(path):
    with occupied(HEAVY, 20):
        assert asyncio.run(asyncio.wait_for(get(path), 300)) in (200, 404)


@pytest.mark.parametrize("path", SLOW)
def test_a_heavy_request_waits_among_the_heavy_ones_and_is_dropped_when_its_client_leaves(path):
    async def leave():
        gone = asyncio.Event()
        asking = asyncio.create_task(get(path, gone))
        while len(HEAVY._jobs) < 3:
            await asyncio.sleep(0)
        gone.set()
        assert await asking == 499

    with occupied(HEAVY, 2):
        asyncio.run(asyncio.wait_for(leave(), 20))
        assert len(HEAVY._jobs) == 2


def test_a_full_queue_refuses_with_503():
    with occupied(HEAVY, 32):
        assert asyncio.run(get(SLOW[0])) == 503


def test_equal_requests_share_one_call():
    workers, calls, going_on = Workers("test", 2, 5), [], threading.Event()

    def work(number):
        calls.append(number)
        going_on.wait(10)
        return number

    async def ask():
        tasks = [asyncio.create_task(workers.run(work, number // 3, key=number // 3)) for number in range(6)]
        while len(calls) < 2:
            await asyncio.sleep(0)
        going_on.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(ask()) == [0, 0, 0, 1, 1, 1]
    assert sorted(calls) == [0, 1]


def test_cancelling_one_request_keeps_the_shared_call():
    workers, going_on = Workers("test", 1, 5), threading.Event()

    async def ask():
        blocker = asyncio.create_task(workers.run(going_on.wait))
        leaving, staying = (asyncio.create_task(workers.run(lambda: "done", key="same")) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        going_on.set()
        return await asyncio.gather(blocker, staying)

    assert asyncio.run(ask()) == [True, "done"]
    assert not workers._jobs


def test_errors_reach_all_who_share_the_call_and_are_not_kept():
    workers, calls = Workers("test", 1, 5), []

    def fail():
        calls.append(1)
        raise ZscopeError("no", "yes")

    async def ask():
        return await asyncio.gather(*[workers.run(fail, key=1) for _ in range(3)], return_exceptions=True)

    assert [str(error) for error in asyncio.run(ask())] == [str(ZscopeError("no", "yes"))] * 3
    asyncio.run(ask())
    assert len(calls) >= 2 and not workers._jobs


def test_a_full_queue_raises_an_error_with_a_hint():
    workers = Workers("test", 1, 1)
    with occupied(workers, 2), pytest.raises(BusyError, match="busy") as refused:
        asyncio.run(workers.run(json.loads, "1"))
    assert refused.value.hint
