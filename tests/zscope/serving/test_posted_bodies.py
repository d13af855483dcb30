"""Bodies that are posted: refused unread where possible, counted while they are read, and all together bounded."""

import asyncio

import pytest
from asgi import poster
from starlette.routing import Route

from vae.errors import BadRequestError
from zscope.serving.bodies import BODIES, BodyLimit
from zscope.serving.memory import MemoryBudget
from zscope.serving.movies import movie_routes
from zscope.serving.pictures import picture_routes
from zscope.serving.routes import post_route
from zscope.serving.workers import Workers

MB = 1_000_000
POSTS = [route.path for route in [*picture_routes(), *movie_routes()] if isinstance(route, Route)]
post = poster([*picture_routes(), *movie_routes()])


class Parts:
    """A body in parts, that counts those that were read."""

    def __init__(self, *parts: bytes):
        self.parts = list(parts)
        self.read = 0

    def __iter__(self):
        for part in self.parts:
            self.read += 1
            yield part


def route_of(budget: MemoryBudget, answer=None):
    def length(model, body):
        return str(len(body)).encode()

    workers = Workers("test", 1, 10)
    return post_route("/{model}", answer or length, BodyLimit(10 * MB, "Less."), workers=workers, budget=budget)


def posted_to(budget: MemoryBudget, answer=None):
    """`post` to one endpoint."""
    return poster([route_of(budget, answer)])


@pytest.mark.parametrize("path", POSTS)
def test_a_model_is_looked_up_before_the_body_is_read(path):
    body = Parts(*[bytes(MB)] * 60)
    status, headers, said = post(path.replace("{model}", "nonsense"), body)
    assert status == 404 and b"nonsense" in said
    assert not body.read
    assert headers["connection"] == "close", "the server would read the rest"


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_announces_too_much_is_not_read(path):
    body = Parts(*[bytes(MB)] * 900)
    headers = {"content-length": str(900 * MB)}
    status, headers, said = post(path.replace("{model}", "mnist-16"), body, headers)
    assert status == 413 and b"larger than" in said
    assert not body.read and headers["connection"] == "close"


def test_an_untrue_length_is_no_way_around_the_limit():
    body = Parts(*[bytes(MB)] * 900)
    status, _, _ = posted_to(MemoryBudget(100 * MB))("/mnist-16", body, {"content-length": "5"})
    assert status == 413 and body.read <= 11


def test_bodies_share_one_budget_and_give_it_back():
    budget = MemoryBudget((10 + 64) * MB)
    post = posted_to(budget)
    assert budget.reserve(4 * MB)  # by another body
    body = Parts(*[bytes(MB)] * 8)
    status, headers, said = post("/mnist-16", body)
    assert status == 503 and b"busy" in said and "retry-after" in headers
    assert body.read == 7 and budget.held == 4 * MB
    assert post("/mnist-16", bytes(6 * MB))[0] == 200
    budget.release(4 * MB)
    assert post("/mnist-16", bytes(8 * MB))[2] == b"8000000"
    assert budget.held == 0


def test_small_bodies_have_room_when_large_ones_have_taken_theirs():
    budget = MemoryBudget(100 * MB)
    assert budget.reserve(36 * MB)  # by large bodies: all that they may take
    post = posted_to(budget)
    assert post("/mnist-16", bytes(2 * MB))[0] == 503
    assert post("/mnist-16", bytes(MB))[0] == 200
    assert budget.reserve(64 * MB)
    assert post("/mnist-16", bytes(MB))[0] == 503


def test_a_body_counts_until_its_answer_has_ended():
    budget, seen = MemoryBudget(10 * MB), []

    def answer(model, body):
        seen.append(budget.held)
        return b""

    posted_to(budget, answer)("/mnist-16", bytes(MB))
    assert seen == [MB] and budget.held == 0


@pytest.mark.parametrize(("error", "expected"), [(BadRequestError("no", "yes"), 400), (RuntimeError("secret"), 500)])
def test_a_failed_answer_gives_its_memory_back(error, expected):
    def answer(model, body):
        raise error

    budget = MemoryBudget(10 * MB)
    status, _, said = posted_to(budget, answer)("/mnist-16", bytes(MB))
    assert status == expected and "secret" not in said.decode()
    assert budget.held == 0


def test_releases_the_memory_of_a_client_that_disconnects():
    budget = MemoryBudget(10 * MB)
    endpoint = route_of(budget).app
    messages = iter([{"type": "http.request", "body": bytes(MB), "more_body": True}, {"type": "http.disconnect"}])
    held = []

    async def receive():
        held.append(budget.held)
        return next(messages)

    async def send(message):
        raise AssertionError("there is no client to answer")

    scope = {"type": "http", "method": "POST", "headers": [], "path_params": {"model": "mnist-16"}}
    asyncio.run(endpoint(scope, receive, send))
    assert held == [0, MB] and budget.held == 0


def test_the_largest_picture_fits_with_its_head():
    """What a page lets through, 30,000,000 bytes of a file, comes with its settings in front."""
    head = b'{"settings": {}}'
    status, _, said = post("/content/models/mnist-16/prepare", len(head).to_bytes(4, "little") + head + bytes(30 * MB))
    assert status == 400 and b"larger than" not in said, said
    assert BODIES.held == 0
