"""Maps of a trained model: their contents, their files, and damaged files."""

from dataclasses import fields, replace

import numpy as np
import pytest

from vae.errors import BadRequestError, ModelNotFoundError
from vae.inference.codec import Codec
from vae.inference.pool import POOL
from vae.inference.runtime import runtime_bytes
from zscope.library.maps import MapSpec
from zscope.library.maps.export import csv_bytes, places_of
from zscope.library.maps.loaded_map import load_map
from zscope.library.maps.making import Watcher, find_map, make_map, map_key
from zscope.library.maps.points import SPLITS, measure_points
from zscope.library.open_models import load_model

QUICK = MapSpec(method="umap", neighbours=5)
LINEAR = [MapSpec(method="pca"), MapSpec(method="pca", axes=(3, 1)), MapSpec(method="raw", axes=(0, 5))]
DEEP = [MapSpec(method="pca", components=3), MapSpec(method="umap", neighbours=5, components=3)]
COMPUTED = [MapSpec(method="tsne", perplexity=10.0), MapSpec(method="umap", neighbours=8)]


class Heard(Watcher):
    def __init__(self, stop_at: int | None = None):
        self.steps, self.frames, self.stop_at = [], [], stop_at

    def progress(self, what, done, total):
        self.steps.append((what, done, total))

    def frame(self, iteration, coordinates):
        self.frames.append((iteration, coordinates.copy()))

    def should_stop(self):
        return self.stop_at is not None and len(self.frames) >= self.stop_at


@pytest.fixture
def made(maps_home):
    def make(spec: MapSpec):
        assert make_map("digits-6", spec, Heard())
        return find_map("digits-6", spec)

    return make


class TestPoints:
    def test_each_test_image_has_its_codes_and_figures(self, made, digits):
        parts = made(MapSpec(method="pca"))
        points, reference = parts.points, parts.bundle.reference
        assert len(points.row) == points.total == len(digits.test)
        np.testing.assert_array_equal(points.z_mean, reference.z_mean)
        np.testing.assert_array_equal(points.label, digits.test.labels)
        codec = Codec(parts.bundle.vae)
        decoded = codec.decode(codec.encode(digits.test.images)[0])
        errors = np.square(decoded - digits.test.images / 255).mean(axis=(1, 2, 3))
        np.testing.assert_allclose(points.error, errors, rtol=1e-3)
        assert parts.bundle.card.metrics.elbo.value == pytest.approx(points.elbo.mean(), abs=1.0)
        order = np.argsort(reference.data_distance)
        assert (np.diff(points.distance[order]) >= 0).all() and 0 <= points.distance.min() < 1 < points.distance.max()

    def test_all_images_are_the_test_images_and_then_the_others(self, made, digits):
        points = made(MapSpec(method="pca", images="all")).points
        counts = [len(digits.test), len(digits.train), len(digits.validation)]
        assert np.bincount(points.split).tolist() == counts and points.total == sum(counts)
        for number, name in enumerate(SPLITS):
            split = getattr(digits, name)
            np.testing.assert_array_equal(points.label[points.split == number], split.labels)
            np.testing.assert_array_equal(points.row[points.split == number], np.arange(len(split)))

    def test_of_too_many_a_sample_is_taken_that_keeps_the_classes_shares(self, made, digits, monkeypatch):
        monkeypatch.setattr("zscope.library.maps.points.MOST", 200)
        points = made(MapSpec(method="pca")).points
        assert len(points.row) == 200 < points.total
        shares = np.bincount(digits.test.labels) / len(digits.test)
        np.testing.assert_allclose(np.bincount(points.label), 200 * shares, atol=1)
        assert (np.diff(points.row.astype(int)) > 0).all() and points.row.max() > 250, "not the first ones"


@pytest.mark.parametrize("spec", [DEEP[0], pytest.param(DEEP[1], marks=pytest.mark.full)], ids=MapSpec.text)
def test_a_map_of_three_components_places_its_points_and_has_no_inverse(made, spec):
    parts = made(spec)
    loaded = load_map(f"digits-6?{spec.text()}")
    z_mean = parts.points.z_mean
    placed = loaded.place(z_mean)
    assert loaded.components == 3 and placed.shape == (len(z_mean), 3)
    np.testing.assert_allclose(placed, places_of(parts), atol=1e-5)
    assert csv_bytes(parts).startswith(b"split,row,label,x,y,z,z0,z1,")
    with pytest.raises(BadRequestError, match="no inverse"):
        loaded.invert(np.zeros((1, 2 + loaded.code_dim), np.float32))


@pytest.mark.parametrize("spec", LINEAR, ids=MapSpec.text)
def test_a_linear_map_goes_both_ways_exactly(made, spec):
    made(spec)
    loaded = load_map(f"digits-6?{spec.text()}")
    rng = np.random.default_rng(0)
    xy, anchors = rng.normal(size=(5, 2)).astype(np.float32), rng.normal(size=(5, 6)).astype(np.float32)
    found = loaded.invert(np.concatenate([xy, anchors], axis=1))
    codes, error, trust, landing = found[:, :6], found[:, 6], found[:, 7], found[:, 8:]
    np.testing.assert_allclose(loaded.place(codes), xy, atol=1e-4)
    assert (error == 0).all() and (trust == 1).all()
    decoded = loaded.codec.decode(codes)
    np.testing.assert_allclose(landing, loaded.place(loaded.codec.encode(decoded)[0]), atol=1e-3)


def test_the_maps_of_a_model_share_its_networks(made):
    """Otherwise, maps of one model could fill the memory."""
    for spec in LINEAR:
        made(spec)
    model = load_model("digits-6")
    before = POOL.held_bytes
    maps = [load_map(f"digits-6?{spec.text()}") for spec in LINEAR]
    assert all(one.base is model and one.codec is model.codec for one in maps)
    assert 0 < POOL.held_bytes - before < runtime_bytes(model.bundle) / 4
    assert len({one.model_id for one in maps}) == len(maps)


@pytest.mark.parametrize("spec", [COMPUTED[0], pytest.param(COMPUTED[1], marks=pytest.mark.full)], ids=MapSpec.text)
def test_a_computed_map_is_watched_kept_and_walked_on(maps_home, spec):
    watcher = Heard()
    assert find_map("digits-6", spec) is None
    assert make_map("digits-6", spec, watcher)
    assert ("encoding", 297, 297) in watcher.steps and len(watcher.frames) > 5
    parts = find_map("digits-6", spec)
    np.testing.assert_allclose(parts.coordinates, watcher.frames[-1][1], atol=1e-5)
    loaded = load_map(f"digits-6?{spec.text()}")
    np.testing.assert_allclose(loaded.place(parts.points.z_mean), parts.coordinates, atol=1e-3)
    found = loaded.invert(np.concatenate([parts.coordinates, parts.points.z_mean], axis=1))
    missed = np.linalg.norm(found[:, :6] - parts.points.z_mean, axis=1)
    assert (missed < found[:, 6]).mean() > 0.8, "the stated error holds the true code"
    far = loaded.invert(np.array([[1e3, 1e3, *[0] * 6]], np.float32))
    assert far[0, 7] == 0, "beside the map nothing is to be believed"


def test_a_second_asking_makes_nothing_again(maps_home):
    assert make_map("digits-6", QUICK, Heard())
    watcher = Heard()
    assert make_map("digits-6", QUICK, watcher)
    assert (watcher.steps, watcher.frames) == ([], [])


def test_a_stop_keeps_nothing_unfinished(maps_home):
    assert not make_map("digits-6", QUICK, Heard(stop_at=3))
    assert find_map("digits-6", QUICK) is None
    assert [path.name[:6] for path in maps_home.glob("*.npz")] == ["points"]


@pytest.mark.parametrize("damage", [b"", b"nonsense", "half", "flipped", "another"])
def test_a_damaged_file_is_made_again(maps_home, made, damage):
    parts = made(QUICK)
    path = maps_home / f"{parts.key}.npz"
    data = bytearray(path.read_bytes())
    if damage == "half":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    elif damage == "another":  # of other points
        np.savez(path, coordinates=np.zeros((7, 2), np.float32), factor=np.float32(1))
        data = path.read_bytes()
    else:
        data = damage
    path.write_bytes(bytes(data))
    assert find_map("digits-6", QUICK) is None
    assert not path.exists()
    again = made(QUICK)
    np.testing.assert_array_equal(again.coordinates, parts.coordinates)


def test_a_model_trained_anew_has_other_maps(maps_home, made, make_content):
    from vae.formats.bundle import save_bundle

    key = made(MapSpec(method="pca")).key
    save_bundle(maps_home.parent / "models" / "digits-6", **make_content() | {"id": "digits-6"})
    assert map_key("digits-6", MapSpec(method="pca")) != key
    assert find_map("digits-6", MapSpec(method="pca")) is None


@pytest.mark.parametrize("method", ["tsne", pytest.param("umap", marks=pytest.mark.full)])
def test_the_default_settings_also_make_a_map_of_few_points(monkeypatch, made, method):
    def measure(*arguments):
        points = measure_points(*arguments)
        rows = {field.name: getattr(points, field.name)[:14] for field in fields(points) if field.name != "total"}
        return replace(points, **rows)

    monkeypatch.setattr("zscope.library.maps.making.measure_points", measure)
    assert made(MapSpec(method=method)).coordinates.shape == (14, 2)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (MapSpec(method="raw", axes=(0, 6)), "has 6 latent dimensions"),
        (MapSpec(method="pca", axes=(9, 1)), "has 6 latent dimensions"),
        (MapSpec(method="tsne", perplexity=400.0), "Perplexity 400"),
        (MapSpec(method="umap", neighbours=298), "298 neighbours"),
    ],
)
def test_rejects_settings_that_the_points_do_not_allow(maps_home, spec, message):
    with pytest.raises(BadRequestError, match=message):
        make_map("digits-6", spec, Heard())


def test_rejects_unknown_models_and_missing_maps(maps_home):
    with pytest.raises(ModelNotFoundError):
        find_map("missing", QUICK)
    with pytest.raises(BadRequestError, match="does not exist yet"):
        load_map(f"digits-6?{QUICK.text()}")
