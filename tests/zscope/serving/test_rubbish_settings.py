"""Routes reject invalid JSON and settings with plain messages, without class names and the wording of pydantic."""

import json
import re

import pytest
from asgi import getter, poster
from starlette.routing import Route

from vae.errors import BadRequestError, ZscopeError
from zscope.library.maps.loaded_map import load_map
from zscope.serving.handshake import parse_open
from zscope.serving.http_api import http_routes
from zscope.serving.http_errors import describe_fault

MODEL = "/content/models/mnist-16"
ORDER = {"format": "gif", "size": 56, "frames_per_second": 10, "upscaling": "nearest", "columns": 0, "places": [0]}
ROW = {
    "name": "a", "found": True, "unusual": 1.0, "mse": 0.1, "mse_percentile": 1.0, "kl": 1.0, "kl_percentile": 1.0,
    "off_data": 1.0, "vote": "7", "votes": 10, "nearest": 3,
}  # fmt: skip
# A good head of every route whose body begins with one (`zscope.serving.binary_head`).
HEADS = {
    f"{MODEL}/prepare": {"settings": {}},
    f"{MODEL}/repair": {"pool": 1},
    f"{MODEL}/archive": {"rows": [ROW]},
    f"{MODEL}/movie": ORDER,
}
WITHOUT_HEAD = {f"{MODEL}/read", f"{MODEL}/reconstruct"}
NOT_JSON = ["", "nul", "{", "{'pool': 1}", "\u0000", "[" * 5000, '{"pool": ' + "1" * 5000 + "}"]
RUBBISH = [None, True, -1, 1e400, "…", [], ["x"], {}, {"x": 1}]
JARGON = re.compile(r"pydantic|Input should|[Ii]nvalid JSON|validation error|Value error|xtra inputs|Field required")
CLASS_NAME = re.compile(r"\b_[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w+|\b\w+(Error|Settings|Spec|Order|Request)\b")

post, get = poster(http_routes()), getter(http_routes())


def refused(path: str, head: str | bytes) -> dict[str, str]:
    text = head if isinstance(head, bytes) else head.encode()
    status, _, answer = post(path, len(text).to_bytes(4, "little") + text)
    assert status == 400, (head, answer)
    return plain(json.loads(answer))


def plain(description: dict[str, str]) -> dict[str, str]:
    """Return the error message, after checking that it is plain text."""
    assert (
        description["code"] == "bad_request"
        and description["mend"].endswith(".")
        and description["message"].endswith(".")
    )
    for text in (description["message"], description["mend"]):
        assert not JARGON.search(text) and not CLASS_NAME.search(text) and "\n" not in text, text
    return description


def test_the_heads_below_are_of_every_route_that_is_posted_to():
    routes = [route for route in http_routes() if isinstance(route, Route) and "POST" in (route.methods or ())]
    for route in routes:
        assert any(route.path_regex.match(path) for path in {*HEADS, *WITHOUT_HEAD}), route.path
    assert len(routes) == len(HEADS) + len(WITHOUT_HEAD)


@pytest.mark.parametrize("path", HEADS)
def test_a_head_that_is_not_json(path):
    for text in (*NOT_JSON, b"\xff\xfe"):
        assert refused(path, text)["message"] == "The settings are not valid JSON."


@pytest.mark.parametrize("path", HEADS)
def test_a_head_with_rubbish_in_it(path):
    good = HEADS[path]
    for value in (None, True, -1, "…", [], ["x"]):
        assert refused(path, json.dumps(value))["message"].startswith("The settings must be a JSON object")
    assert refused(path, json.dumps(good | {"surprise": 1}))["message"] == "surprise is not a known field."
    for name in good:
        wrong = [good | {name: value} for value in RUBBISH if value != good[name]]
        said = [refused(path, json.dumps(head))["message"] for head in wrong]
        assert sum(message.startswith(name) for message in said) > len(said) / 2, said


def test_the_choices_are_named():
    description = refused(f"{MODEL}/movie", json.dumps(ORDER | {"format": "avi"}))
    assert description["message"] == (
        "format must be one of 'mp4', 'webp', 'gif', 'strip', 'svg', 'frames' or 'codes', not 'avi'."
    )
    assert refused(f"{MODEL}/prepare", '{"settings": {"turn": 45}}')["message"].startswith(
        "settings.turn must be one of"
    )
    assert refused(f"{MODEL}/archive", '{"rows": [{}]}')["message"] == "rows.0.name is missing."


SETTINGS = [
    "", "tsne", "method", "method=isomap", "method=tsne&perplexity=nan", "method=tsne&perplexity=x",
    "method=pca&axes=a,b",
    "method=pca&axes=1", "method=umap&neighbours=3.5", "colour=red", "method=tsne&colour=red", "method=pca&images=none",
    "method=along", "method=along&direction=A%20B", "method=tsne&method", "a=1&" * 20,
    "method=raw&axes=1,0&images=all&images",
    f"method=umap&seed={'9' * 5000}",
]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", ["map", "density"])
def test_settings_of_a_map_in_an_address(kind, settings):
    status, _, answer = get(f"{MODEL}/{kind}?{settings}")
    assert status == 400
    plain(json.loads(answer))


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_of_a_map_that_the_live_channel_opens(settings):
    """The channel loads `model?settings` with this function, and sends its error as `describe_fault`."""
    with pytest.raises(BadRequestError) as caught:
        load_map(f"mnist-16?{settings}")
    plain(describe_fault(caught.value))


def test_the_methods_are_named_where_one_is_wrong():
    with pytest.raises(BadRequestError, match=r"No projection is called 'isomap'\. Use one of tsne, umap, pca"):
        load_map("mnist-16?method=isomap")


@pytest.mark.parametrize(
    "text", [*NOT_JSON, *map(json.dumps, RUBBISH), '{"type": "open", "protocol": 9, "model": "m"}']
)
def test_an_opening_of_the_live_channel(text):
    with pytest.raises(ZscopeError) as caught:
        parse_open(text)
    assert not JARGON.search(str(caught.value)) and not CLASS_NAME.search(str(caught.value))
