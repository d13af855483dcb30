"""What the Map page fetches over plain HTTP: points, and how a map in the making stands."""

import json
import time

import numpy as np
import pytest
from asgi import getter
from starlette.routing import BaseRoute

from tests.small_model import save_small
from vae.data import load_test_split
from zscope.jobs.maps import start_job
from zscope.library.maps import MapSpec
from zscope.library.maps.loaded_map import load_map
from zscope.library.maps.making import Watcher, find_map, make_map
from zscope.serving.content import content_routes
from zscope.serving.maps import map_routes

ROUTES: list[BaseRoute] = [*content_routes("/content"), *map_routes("/content")]
get = getter(ROUTES)
PCA = MapSpec(method="pca", axes=(1, 3))


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    """A map of `mnist-16`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZSCOPE_MAPS", str(tmp_path_factory.mktemp("maps")))
        make_map("mnist-16", PCA, Watcher())
        yield find_map("mnist-16", PCA)


def parse(body: bytes):
    length = int(np.frombuffer(body, "<u4", 1)[0])
    head = json.loads(body[4 : 4 + length])
    at, blocks = 4 + length, {}
    n, d = head["points"], head["dimensions"]
    for name, kind, shape in (
        ("xy", "<f4", (n, head["components"])), ("error", "<f4", (n,)), ("elbo", "<f4", (n,)),
        ("distance", "<f4", (n,)),
        ("z_mean", "<f4", (n, d)), ("row", "<u4", (n,)), ("label", "<u2", (n,)), ("split", "u1", (n,)),
    ):  # fmt: skip
        count = int(np.prod(shape))
        blocks[name] = np.frombuffer(body, kind, count, at).reshape(shape)
        at += blocks[name].nbytes
    assert at == len(body)
    return head, blocks


def test_a_finished_map_comes_whole(made):
    status, _, body = get(f"/content/models/mnist-16/map?{PCA.text()}&v=abc")
    head, blocks = parse(body)
    assert status == 200
    for name in ("error", "elbo", "distance", "z_mean", "row", "label", "split"):
        np.testing.assert_array_equal(blocks[name], getattr(made.points, name))
    loaded = load_map(f"mnist-16?{PCA.text()}")
    np.testing.assert_allclose(blocks["xy"], loaded.place(made.points.z_mean), atol=1e-5)
    assert head["total"] == 10_000 and head["key"] == made.key
    np.testing.assert_allclose(head["shares"], loaded.map.shares, rtol=1e-5)
    axes = np.array(head["axes"])
    np.testing.assert_allclose((made.points.z_mean - loaded.map.origin) @ axes.T, blocks["xy"], atol=1e-3)


def test_a_map_of_three_components_comes_with_three_and_has_no_density(made):
    deep = MapSpec(method="pca", components=3)
    head, blocks = parse(get(f"/content/models/mnist-16/map?{deep.text()}")[2])
    assert head["components"] == 3 and np.shape(head["axes"]) == (3, 16) and len(head["shares"]) == 3
    expected = load_map(f"mnist-16?{deep.text()}").place(made.points.z_mean)
    np.testing.assert_allclose(blocks["xy"], expected, atol=1e-5)
    status, _, answer = get(f"/content/models/mnist-16/density?{deep.text()}")
    assert status == 400 and b"no contours" in answer


def test_the_density_is_of_the_map_s_points(made):
    status, _, body = get(f"/content/models/mnist-16/density?{PCA.text()}&v=abc")
    columns, rows = np.frombuffer(body, "<u4", 2)
    x, y, shares = np.split(np.frombuffer(body, "<f4", offset=8), [columns, columns + rows])
    _, blocks = parse(get(f"/content/models/mnist-16/map?{PCA.text()}")[2])
    at = np.abs(x[None] - blocks["xy"][:, :1]).argmin(axis=1), np.abs(y[None] - blocks["xy"][:, 1:]).argmin(axis=1)
    own = shares.reshape(rows, columns)[at[1], at[0]]
    assert status == 200
    assert (own <= 0.5).mean() == pytest.approx(0.5, abs=0.05)


def test_a_missing_map_is_not_found_and_not_cached():
    status, headers, body = get(f"/content/models/mnist-16/map?{MapSpec(method='umap', seed=99).text()}")
    assert status == 404 and b"does not exist yet" in body and headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("models/missing/map?method=pca", 404),
        ("models/mnist-16/map?method=isomap", 400),
        ("models/mnist-16/map", 400),
        ("models/mnist-16/map?method=raw&axes=0,77", 400),
        ("models/mnist-16/map?method=along&direction=nothing", 400),
        ("maps/pca-00000000000000000000/status", 404),
        ("maps/pca-00000000000000000000/frame", 404),
        ("maps/..%2F..%2Fetc/status", 400),
        ("maps/secret/status", 400),
    ],
)
def test_nonsense_is_refused(path, expected):
    assert get(f"/content/{path}")[0] == expected


@pytest.mark.full
def test_the_status_of_a_map_that_is_being_made(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    save_small(tmp_path, "tiny")
    spec = MapSpec(method="tsne", perplexity=5.0, seed=3)
    key = start_job("tiny", spec)
    seen, frames = set(), 0
    end = time.monotonic() + 180
    while time.monotonic() < end:
        status, headers, body = get(f"/content/maps/{key}/status")
        job = json.loads(body)
        assert status == 200 and headers["cache-control"] == "no-store" and not job["error"]
        seen.add(job["what"])
        if job["frame"] > frames:
            status, _, frame = get(f"/content/maps/{key}/frame")
            assert status == 200
            assert np.isfinite(np.frombuffer(frame, "<f4", offset=4).reshape(297, 2)).all()
            frames = int(np.frombuffer(frame, "<u4", 1)[0])
        if not job["alive"]:
            break
        time.sleep(0.02)
    assert frames > 0 and "arranging" in seen
    _, blocks = parse(get(f"/content/models/tiny/map?{spec.text()}")[2])
    np.testing.assert_array_equal(blocks["xy"], find_map("tiny", spec).coordinates)


def test_a_sheet_holds_the_images_in_their_order():
    import io

    from PIL import Image

    status, headers, body = get("/content/data/mnist/test/sheet?number=0&v=1")
    sheet = np.asarray(Image.open(io.BytesIO(body)).convert("L"))
    images = load_test_split("mnist").images
    assert status == 200 and "immutable" in headers["cache-control"] and sheet.shape == (2800, 2800)
    for row in (0, 99, 100, 4321, 9999):
        top, left = row // 100 * 28, row % 100 * 28
        np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], images[row, ..., 0])


@pytest.mark.parametrize("query", ["", "?number=1", "?number=-1", "?number=x", "?number=" + "9" * 500])
def test_rejects_an_unknown_sheet(query):
    assert get(f"/content/data/mnist/test/sheet{query}")[0] == 400


def test_images_of_another_split(made):
    from vae.data import load_dataset

    dataset = load_dataset("mnist", download=False)
    status, _, body = get("/content/data/mnist/train/images?index=3,1")
    assert status == 200 and body == dataset.train.images[[3, 1]].tobytes()
    assert get("/content/data/mnist/secret/images?index=1")[0] == 404
