"""The script that tells Streamlit's page where the server is."""

import re

import pytest
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.zscope.serving.asgi import getter
from zscope.ui.page_address import PageAddress

PAGE = "<!DOCTYPE html><html><head><title>é</title></head><body><head></body></html>"


@pytest.fixture(scope="module")
def get():
    packed = {"content-encoding": "br", "content-type": "text/html"}
    answers = {
        "/map": HTMLResponse(PAGE),
        "/app/train": PlainTextResponse("<head>"),
        "/missing/map": HTMLResponse("<head>", 404),
        "/packed/map": Response(b"<head>", headers=packed),
        "/content/map/export.html": HTMLResponse("<head>"),  # a file of the user
    }
    routes = [Route(path, lambda request: answers[request.url.path]) for path in answers]
    return getter(routes, [Middleware(PageAddress, pages=("map", "train")), Middleware(GZipMiddleware, minimum_size=1)])


def test_a_page_is_not_compressed(get):
    """Streamlit compresses what it may, inside of this middleware."""
    assert b"<script>" in get("/map", {"accept-encoding": "gzip"})[2]


def test_a_page_gets_the_script_once_and_its_length_is_right(get):
    status, headers, body = get("/map")
    assert status == 200 and headers["content-length"] == str(len(body))
    start, end = PAGE.split("<head>", 1)
    wanted = re.escape(start) + r"<head>(<script>.*?</script>)" + re.escape(end)
    added = re.fullmatch(wanted, body.decode(), re.DOTALL)
    assert added and '["map", "train"].join' in added[1]


@pytest.mark.parametrize("path", ["/app/train", "/missing/map", "/packed/map", "/content/map/export.html"])
def test_other_responses_are_unchanged(get, path):
    assert get(path)[2] == b"<head>"
