"""What is added to the HTML of Streamlit's pages."""

import re

import pytest
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.zscope.serving.asgi import getter
from vae.assets import ASSETS
from zscope.serving.assets import AssetFiles
from zscope.ui.component_scripts import joined_scripts
from zscope.ui.page_address import address_script
from zscope.ui.page_head import Additions, PageHead
from zscope.ui.preloads import preload_links

PAGE = "<!DOCTYPE html><html><head><title>é</title></head><body><head></body></html>"
HTML = "<head></head><body></body>"


@pytest.fixture(scope="module")
def get():
    packed = {"content-encoding": "br", "content-type": "text/html"}
    answers = {
        "/map": HTMLResponse(PAGE),
        "/": HTMLResponse(PAGE),
        "/audience/token": HTMLResponse(HTML),
        "/app/train": PlainTextResponse(HTML),
        "/missing/map": HTMLResponse(HTML, 404),
        "/packed/map": Response(HTML.encode(), headers=packed),
        "/content/map/export.html": HTMLResponse(HTML),  # a file of the user
        "/other/map": HTMLResponse("<head><body></body>"),
    }
    routes = [Route(path, lambda request: answers[request.url.path]) for path in answers]
    head = Middleware(
        PageHead,
        base="",
        pages=("map", "train"),
        default="train",
        additions=lambda page: Additions(f"[é {page}]", "[end]", "[body]"),
    )
    return getter(routes, [head, Middleware(GZipMiddleware, minimum_size=1)])


def test_a_page_is_not_compressed(get):
    """Streamlit compresses what it may, inside of this middleware."""
    assert b"[end]" in get("/map", {"accept-encoding": "gzip"})[2]


@pytest.mark.parametrize(("path", "page"), [("/map", "map"), ("/", "train")])
def test_a_page_gets_the_additions_once_and_its_length_is_right(get, path, page):
    status, headers, body = get(path)
    assert status == 200 and headers["content-length"] == str(len(body))
    assert body.decode() == (
        f"<!DOCTYPE html><html><head>[é {page}]<title>é</title>[end]</head><body><head>[body]</body></html>"
    )


@pytest.mark.parametrize(
    "path", ["/app/train", "/missing/map", "/packed/map", "/content/map/export.html", "/audience/token"]
)
def test_other_responses_are_unchanged(get, path):
    assert get(path)[2] == HTML.encode()


def test_html_of_another_form_is_unchanged(get):
    assert get("/other/map")[2] == b"<head><body></body>"


def test_the_script_knows_the_pages():
    assert '["map", "train"].join' in address_script(("map", "train"))


@pytest.mark.parametrize(
    ("page", "script", "sheets"),
    [
        ("explore", "explore", {"explore", "audience_panel", "stage", "tray", "tour"}),
        ("interpolate", "paths", {"explore", "paths", "stage", "tray", "tour"}),
        ("models", "everywhere", {"explore", "stage", "tray", "tour"}),
    ],
)
def test_a_page_preloads_its_joined_script_and_its_styles(page, script, sheets, monkeypatch):
    monkeypatch.delenv("ZSCOPE_JOIN_SCRIPTS", raising=False)
    files = AssetFiles(ASSETS, ("js", "css"), joined_scripts).current()
    links = preload_links(files, "/app", page)
    ours = re.findall(rf'href="/app/assets/v/{files.version}/([^"]+)"', links)
    assert len(ours) == len(set(ours))
    assert {path for path in ours if path.endswith(".js")} == {f"js/joined/{script}.js"}
    assert {path for path in ours if path.endswith(".css")} == {f"css/{name}.css" for name in sheets}
    assert all(path in files.files for path in ours)
    assert "/static/js/BidiComponent." in links


def test_separate_modules_are_preloaded_once_each():
    files = AssetFiles(ASSETS, ("js", "css")).current()
    links = preload_links(files, "", "explore")
    modules = re.findall(r'rel="modulepreload" fetchpriority="low" href="[^"]+/js/([^"]+)"', links)
    assert len(modules) == len(set(modules)) > 60
    assert {"explore/mount.js", "explore/explorer.js", "core/point.js", "tray/tray.js"} <= set(modules)
    assert 'data-joined=""' in links
