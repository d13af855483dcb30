"""Films over HTTP: what is ordered comes whole, with its progress, or is refused."""

import io
import json
import time
import zipfile

import numpy as np
import pytest
from asgi import poster
from PIL import Image, ImageSequence

from vae.pictures.movie import write_movie
from zscope.library.registry import open_model
from zscope.serving import movies
from zscope.serving.gradients import interpolator
from zscope.serving.movies import movie_routes

post = poster(movie_routes("/content"))
ORDER = {
    "format": "gif", "size": 56, "frames_per_second": 10, "upscaling": "nearest", "columns": 0, "places": [0, 0.5, 1],
}  # fmt: skip


@pytest.fixture(scope="module")
def codes():
    return open_model("mnist-2d").reference.z_mean[[3, 8, 11]]


def body(order: dict, codes: np.ndarray) -> bytes:
    head = json.dumps(order).encode()
    return len(head).to_bytes(4, "little") + head + codes.astype("<f4").tobytes()


def make(codes: np.ndarray, **change) -> tuple[list[dict], bytes]:
    """The lines of the answer, and the file."""
    status, headers, answer = post("/content/models/mnist-2d/movie", body(ORDER | change, codes))
    assert status == 200 and headers["cache-control"] == "no-store"
    lines = []
    while "bytes" not in (lines[-1] if lines else {}):
        text, _, answer = answer.partition(b"\n")
        lines.append(json.loads(text))
        if "error" in lines[-1]:
            return lines, b""
    assert len(answer) == lines[-1]["bytes"]
    return lines, answer


def test_a_film_of_codes(codes):
    lines, data = make(codes)
    assert lines[0] == {"done": 0, "total": 3} and lines[-1]["suffix"] == ".gif"
    with Image.open(io.BytesIO(data)) as film:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)]
    expected = interpolator("mnist-2d").pixels(codes)[..., 0].repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(frames, expected)


@pytest.mark.parametrize(
    ("format", "start"), [("mp4", b"\0\0\0"), ("webp", b"RIFF"), ("strip", b"\x89PNG"), ("svg", b"<?xml")]
)
def test_the_other_formats(codes, format, start):
    _, data = make(codes, format=format)
    assert data.startswith(start)


def test_frames_of_several_side_by_side_with_captions(codes):
    _, data = make(codes[[0, 1, 1, 2]], format="frames", size=57, places=[0, 1], captions=["a\tb", "c\td"], across=2)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        frame = np.asarray(Image.open(io.BytesIO(archive.read("frame-0001.png"))).convert("L"))
    assert frame.shape[1] == 57 and frame.shape[0] > 28
    expected = interpolator("mnist-2d").pixels(codes[[1, 2]])[..., 0]
    np.testing.assert_array_equal(frame[:28, :28], expected[0])
    np.testing.assert_array_equal(frame[:28, 29:], expected[1])


def test_codes_as_they_are(codes):
    lines, data = make(codes, format="codes")
    assert lines[-1]["suffix"] == ".npz"
    with np.load(io.BytesIO(data)) as arrays:
        np.testing.assert_array_equal(arrays["z"], codes)
        np.testing.assert_array_equal(arrays["t"], np.float32([0, 0.5, 1]))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"size": 0}, "size"),
        ({"size": 4000}, "size"),
        ({"frames_per_second": 0}, "frames_per_second"),
        ({"upscaling": "magic"}, "upscaling"),
        ({"format": "avi"}, "format"),
        ({"columns": -1}, "columns"),
        ({"across": 5}, "across"),
        ({"places": []}, "0 frames"),
        ({"places": [0.0] * 10_000}, "1 to 3,600"),
        ({"places": [0, 1]}, "codes"),
        ({"captions": ["one"]}, "captions"),
        ({"captions": ["x" * 300] * 3}, "captions"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_order_that_makes_no_film_is_refused(codes, change, word):
    status, _, answer = post("/content/models/mnist-2d/movie", body(ORDER | change, codes))
    assert status == 400 and word in answer.decode()


def test_codes_that_are_none(codes):
    for value in (np.nan, np.inf, 1e9):
        bad = codes.copy()
        bad[1, 1] = value
        assert post("/content/models/mnist-2d/movie", body(ORDER, bad))[0] == 400


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff\xff{}", b"\2\0\0\0{}", b"\2\0\0\0\xff\xfe", b"\3\0\0\0nul"])
def test_nonsense_is_refused(data):
    assert post("/content/models/mnist-2d/movie", data)[0] == 400


def test_too_much_is_refused_before_it_is_read():
    sent = []

    def parts():
        for _ in range(100):
            sent.append(True)
            yield bytes(1 << 20)

    status, _, answer = post("/content/models/mnist-2d/movie", parts())
    assert status == 413 and b"32 MB" in answer and len(sent) < 40


def test_of_no_model_and_from_another_site(codes):
    assert post("/content/models/missing/movie", body(ORDER, codes))[0] == 404
    headers = {"host": "zscope.example", "origin": "https://evil.example"}
    assert post("/content/models/mnist-2d/movie", body(ORDER, codes), headers)[0] == 403
    headers["origin"] = "https://zscope.example"
    assert post("/content/models/mnist-2d/movie", body(ORDER, codes), headers)[0] == 200


def test_a_model_that_was_switched_meanwhile(codes):
    """Codes of another model's width: what the page shows is not what would be decoded."""
    status, _, answer = post("/content/models/mnist-16/movie", body(ORDER, codes))
    assert status == 400 and b"codes" in answer


def test_a_disconnect_stops_the_work_and_leaves_no_file(codes, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    written = []
    monkeypatch.setattr(movies, "write_movie", lambda *order: written.append(write_movie(*order)) or written[-1])
    many = np.resize(codes, (3600, 2))
    order = ORDER | {"places": np.linspace(0, 1, 3600).tolist(), "size": 1024, "format": "frames"}
    sent = post.until_gone("/content/models/mnist-2d/movie", body(order, many), lines=3)
    progress = [json.loads(text) for text in sent.splitlines()]
    assert len(progress) >= 3 and all("done" in one for one in progress) and progress[-1]["done"] < 3600
    deadline = time.monotonic() + 60
    while list(tmp_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert written == [False], "it was stopped, not finished without a reader"
