"""A person's own pictures over HTTP: prepared, read, repaired, or refused; and nothing of them left behind."""

import csv
import io
import json
import os
import sys
import tempfile
import zipfile

import numpy as np
import pytest
from asgi import poster
from PIL import Image

from vae.data import load_test_split
from vae.data.picture_files import MAX_BYTES
from vae.pictures.preparation import Settings, input_style_of, prepare
from zscope.library.open_models import reader
from zscope.library.registry import open_model
from zscope.serving.pictures import picture_routes

post = poster(picture_routes("/content"))
SHAPE = (28, 28, 1)
URL = "/content/models/mnist-16"


@pytest.fixture(scope="module")
def test():
    return load_test_split("mnist")


def photograph(digit: np.ndarray) -> np.ndarray:
    """Dark ink on a tinted sheet, uint8 `(300, 400, 3)`."""
    sheet = np.full((300, 400, 3), (232, 220, 190), np.uint8)
    ink = np.asarray(Image.fromarray(digit[..., 0]).resize((140, 140)), np.float32)[..., None] / 255
    sheet[90:230, 50:190] = sheet[90:230, 50:190] * (1 - ink) + np.array([40, 40, 70]) * ink
    return sheet


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def body(head: dict, data: bytes) -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + data


def ask(name: str, sent: bytes, model: str = "mnist-16") -> tuple[dict, bytes]:
    """Head and rest of a good answer."""
    status, headers, answer = post(f"/content/models/{model}/{name}", sent)
    assert status == 200, answer
    assert headers["cache-control"] == "no-store"
    length = int.from_bytes(answer[:4], "little")
    return json.loads(answer[4 : 4 + length]), answer[4 + length :]


def cut(rest: bytes, *shapes) -> list[np.ndarray]:
    arrays = []
    for shape in shapes:
        size = int(np.prod(shape))
        arrays.append(np.frombuffer(rest[:size], np.uint8).reshape(shape))
        rest = rest[size:]
    assert not rest
    return arrays


def test_a_file_is_prepared_and_every_step_comes(test):
    picture = photograph(test.images[0])
    head, rest = ask("prepare", body({"settings": {}}, png(picture)))
    assert head["picture"] == [300, 400, 3] and head["found"]
    assert [step["name"] for step in head["steps"]] == ["picture", "light", "even", "ink", "crop", "input"]
    whole, *steps = cut(rest, head["picture"], *[step["shape"] for step in head["steps"]])
    np.testing.assert_array_equal(whole, picture)
    expected = prepare(picture, input_style_of(open_model("mnist-16").manifest), SHAPE)
    np.testing.assert_array_equal(steps[-1], expected.image)
    np.testing.assert_allclose(head["box"], expected.box)
    light = head["steps"][1]
    assert light["chosen"] is False and light["automatic"] is True


def test_pixels_are_prepared_with_the_settings_of_the_user(test):
    picture = photograph(test.images[0])
    settings = {"turn": 90, "light": True, "threshold": 0.5, "crop": [0.1, 0.0, 1.0, 0.9], "extent": 0.5}
    head, rest = ask("prepare", body({"settings": settings, "raw": [300, 400, 3]}, picture.tobytes()))
    steps = cut(rest, *[step["shape"] for step in head["steps"]])
    settings["crop"] = tuple(settings["crop"])
    expected = prepare(picture, input_style_of(open_model("mnist-16").manifest), SHAPE, Settings(**settings))
    np.testing.assert_array_equal(steps[-1], expected.image)
    assert [step["automatic"] for step in head["steps"]] == [step.automatic for step in expected.steps]
    assert not head["steps"][1]["automatic"]


def test_an_input_is_read(test):
    head, rest = ask("read", test.images[7].tobytes())
    reading = reader("mnist-16").read(test.images[7])
    assert head["nearest"] == reading.nearest.tolist() and head["vote"] == test.labels[7]
    for name in ("mse", "kl", "log_likelihood", "unusual", "off_data"):
        assert head[name] == pytest.approx(getattr(reading, name), rel=1e-3), name
    np.testing.assert_allclose(head["code"], reading.code, atol=1e-4)
    (odd,) = cut(rest, SHAPE[:2])
    np.testing.assert_array_equal(odd.astype(bool), reading.odd)


def test_a_file_is_reconstructed_in_one(test):
    picture = photograph(test.images[0])
    head, rest = ask("reconstruct", png(picture))
    image, pixels = cut(rest, SHAPE, SHAPE)
    expected = prepare(picture, input_style_of(open_model("mnist-16").manifest), SHAPE).image
    np.testing.assert_array_equal(image, expected)
    assert np.abs(pixels.astype(int) - reader("mnist-16").read(expected).image).max() <= 1
    assert head["found"] and head["vote"] == test.labels[0]


@pytest.mark.parametrize(("pool", "noise"), [(1, 0.0), (2, 0.3)])
def test_a_repair_streams_its_steps(test, pool, noise):
    image = test.images[0].reshape(28 // pool, pool, 28 // pool, pool, 1).mean(axis=(1, 3)).astype(np.uint8)
    visible = np.full(image.shape[:2], 255, np.uint8)
    visible[len(visible) // 2 :] = 0
    sent = body({"pool": pool, "noise": noise}, image.tobytes() + visible.tobytes())
    status, _, answer = post(f"{URL}/repair", sent)
    assert status == 200
    lines = [line for line in map(json.loads, answer.splitlines()) if "note" not in line]
    assert len(lines) > 1 and lines[0]["step"] < lines[-1]["step"] == lines[-1]["of"]
    assert lines[-1]["done"] and np.shape(lines[-1]["codes"]) == (8, 16)
    assert lines[-1]["losses"] == sorted(lines[-1]["losses"])


def test_rejects_a_repair_without_visible_pixels():
    status, _, answer = post(f"{URL}/repair", body({}, bytes(784) + bytes(784)))
    assert status == 200 and "visible" in str(json.loads(answer.splitlines()[-1])["error"])


def test_the_archive_holds_the_table_and_every_picture(test):
    row = {
        "name": "=a, “b”\n../c.png", "found": True, "unusual": 99.5, "mse": 0.01, "mse_percentile": 80.0, "kl": 50.1,
        "kl_percentile": 40.0, "off_data": 70.0, "vote": "7", "votes": 10, "nearest": 3,
    }  # fmt: skip
    pairs = test.images[:4].reshape(2, 2, *SHAPE)
    status, _, answer = post(f"{URL}/archive", body({"rows": [row, row | {"name": "d"}]}, pairs.tobytes()))
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(answer)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("pictures.csv").decode())))
        assert [one["name"] for one in rows] == [row["name"], "d"] and rows[0]["unusual"] == "99.5"
        names = [f"{one['picture']}-{kind}.png" for one in rows for kind in ("input", "reconstruction")]
        assert sorted(archive.namelist()) == sorted(["pictures.csv", *names])
        for name, expected in zip(names, test.images[:4], strict=True):
            shown = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("L"))
            np.testing.assert_array_equal(shown, expected[..., 0])


@pytest.mark.parametrize(
    ("name", "sent", "status", "words"),
    [
        ("prepare", body({"settings": {}}, b"no picture"), 400, "not a supported image"),
        ("prepare", body({"settings": {"turn": 45}}, b""), 400, "turn"),
        ("prepare", body({"settings": {"crop": [0.5, 0, 0.5, 1]}, "raw": [2, 2, 1]}, bytes(4)), 400, "crop"),
        ("prepare", body({"settings": {}, "raw": [2, 2, 3]}, bytes(11)), 400, "11 bytes"),
        ("prepare", body({"settings": {}, "raw": [100_000, 1, 1]}, bytes(100_000)), 400, "2048"),
        ("prepare", body({"settings": {}, "raw": [2, 2, 2]}, bytes(8)), 400, "RGB"),
        ("prepare", b"", 400, ""),
        ("prepare", b"\xff\xff\xff\xff{}", 400, ""),
        ("read", bytes(783), 400, "783"),
        ("reconstruct", b"", 400, "picture"),
        ("repair", body({"pool": 3}, bytes(2 * 81)), 400, "3 times"),
        ("repair", body({"pool": 2}, bytes(2 * 196 + 1)), 400, "197"),
        ("repair", body({"noise": -1.0}, bytes(1568)), 400, "noise"),
        ("archive", body({"rows": []}, b""), 400, "0 pictures"),
        ("archive", body({"rows": [{}]}, b""), 400, "name"),
    ],
)
def test_rejects_bad_requests_with_a_message(name, sent, status, words):
    answered, _, answer = post(f"{URL}/{name}", sent)
    assert answered == status and words in answer.decode(), answer


def test_an_unknown_model_and_another_page_s_request(test):
    sent = test.images[0].tobytes()
    assert post("/content/models/mnist-17/read", sent)[0] == 404
    headers = {"origin": "https://elsewhere.example", "host": "localhost:8501"}
    assert post(f"{URL}/read", sent, headers)[0] == 403


def test_a_body_without_end_is_not_read_to_its_end():
    read = []

    def endless():
        while True:
            read.append(1)
            assert len(read) < 100
            yield bytes(1_000_000)

    status, _, answer = post(f"{URL}/prepare", endless())
    assert status == 413 and len(read) <= MAX_BYTES // 1_000_000 + 2 and b"Save a smaller picture" in answer


def test_writes_nothing_to_disk(test):
    opened, watching = [], True

    def watch(event, arguments):  # stays for the life of the process
        if watching and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            opened.append(arguments)

    ask("read", test.images[7].tobytes())  # what is loaded once is loaded
    post(f"{URL}/repair", body({}, test.images[0].tobytes() + bytes([255]) * 784))
    sys.addaudithook(watch)
    with tempfile.TemporaryFile() as file:  # the watch sees what it should see
        file.write(b"1")
    assert opened
    opened.clear()
    ask("prepare", body({"settings": {}}, png(photograph(test.images[0]))))
    ask("reconstruct", png(photograph(test.images[1])))
    post(f"{URL}/repair", body({}, test.images[0].tobytes() + bytes([255]) * 784))
    watching = False
    assert not opened
