"""Saved directions: they are read as they were written, and a changed file is refused."""

import json
import shutil

import numpy as np
import pytest

from vae.errors import BadRequestError, DataError, ModelNotFoundError
from vae.latent.directions import attribute_direction
from zscope.library.maps import MapSpec
from zscope.library.maps.directions import find_direction, keep_direction, kept_directions, kept_of, remove_direction
from zscope.library.maps.loaded_map import load_map
from zscope.library.maps.making import Watcher, find_map, make_map
from zscope.library.registry import find_model


@pytest.fixture
def manifest(maps_home):
    return find_model("digits-6").manifest


@pytest.fixture
def make(maps_home, published):
    """`make("four to nine")`: a direction from the fours to the nines of `digits-6`."""
    from vae.formats.bundle import load_bundle

    reference = load_bundle(published).reference

    def kept(title: str = "four to nine", a: int = 4, b: int = 9):
        rows = [np.flatnonzero(reference.labels == label) for label in (a, b)]
        direction = attribute_direction(reference.z_mean, *rows, reference.labels)
        return kept_of(direction, reference.z_mean, title, str(a), str(b))

    return kept


def file_of(maps_home):
    (path,) = (maps_home.parent / "directions").iterdir()
    return path


@pytest.mark.full
def test_reads_the_saved_directions(manifest, make, published):
    assert kept_directions(manifest) == ()
    first, second = make(), make("  Three   to eight ", 3, 8)
    keep_direction(manifest, first)
    keep_direction(manifest, second)
    assert kept_directions(manifest) == (first, second)
    assert find_direction("digits-6", second.id) == second
    assert second.title == "Three to eight" and second.id.startswith("three-to-eight-")
    assert first.low <= 0 and first.high >= 1 and first.auc > 0.9


def test_its_range_holds_nearly_all_of_the_data(make, published):
    from vae.formats.bundle import load_bundle

    codes = load_bundle(published).reference.z_mean.astype(float)
    kept = make()
    vector, start = np.array(kept.vector), np.array(kept.start)
    along = (codes - start) @ vector / (vector @ vector)
    assert 0.98 < np.mean((along >= kept.low) & (along <= kept.high)) < 1


def test_the_same_name_replaces_and_has_another_id_for_another_arrow(manifest, make):
    keep_direction(manifest, make("mine"))
    keep_direction(manifest, make("mine", 3, 8))
    (kept,) = kept_directions(manifest)
    assert (kept.a, kept.b) == ("3", "8")
    assert kept.id != make("mine").id
    with pytest.raises(BadRequestError, match="no direction"):
        find_direction("digits-6", make("mine").id)


def test_it_is_removed_alone(manifest, make):
    first, second = make("one"), make("two")
    for one in (first, second):
        keep_direction(manifest, one)
    remove_direction(manifest, first.id)
    remove_direction(manifest, "nothing-of-the-kind")
    assert kept_directions(manifest) == (second,)


def test_a_name_is_anything_but_nothing(make):
    assert make("кот → пёс").id.startswith("direction-")
    with pytest.raises(BadRequestError, match="name is empty"):
        make("  ")


def test_a_long_name_is_cut(make):
    kept = make("x" * 500)
    assert len(kept.title) == 60 and len(kept.id) <= 60


def test_a_model_of_other_weights_has_none(manifest, make, maps_home, make_content):
    from vae.formats.bundle import save_bundle

    keep_direction(manifest, make())
    models = maps_home.parent / "models"
    shutil.rmtree(models / "digits-6")
    save_bundle(models / "digits-6", **make_content() | {"id": "digits-6"})
    assert kept_directions(find_model("digits-6").manifest) == ()


DAMAGES = {
    "cut off": lambda kept: json.dumps(kept)[:-20],
    "not a list": lambda kept: json.dumps(kept[0]),
    "NaN": lambda kept: json.dumps([kept[0] | {"vector": [float("nan")] * 6}]),
    "no vector": lambda kept: json.dumps([kept[0] | {"vector": [0.0] * 6}]),
    "another width": lambda kept: json.dumps([kept[0] | {"vector": [1.0] * 5, "start": [1.0] * 5}]),
    "an id with a path": lambda kept: json.dumps([kept[0] | {"id": "../../etc"}]),
    "another word": lambda kept: json.dumps([kept[0] | {"code": "import os"}]),
    "a range of nothing": lambda kept: json.dumps([kept[0] | {"low": 1.0, "high": 1.0}]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_and_left(manifest, make, maps_home, damage):
    keep_direction(manifest, make())
    path = file_of(maps_home)
    path.write_text(damage(json.loads(path.read_text())))
    before = path.read_bytes()
    with pytest.raises(DataError):
        kept_directions(manifest)
    with pytest.raises(DataError):
        keep_direction(manifest, make("another"))
    assert path.read_bytes() == before


def test_a_full_disk_leaves_those_before(manifest, make, maps_home, monkeypatch):
    keep_direction(manifest, make())

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zscope.library.maps.directions.write_file", full)
    with pytest.raises(OSError, match="space"):
        keep_direction(manifest, make("another"))
    assert [kept.title for kept in kept_directions(manifest)] == ["four to nine"]


def test_the_map_is_drawn_along_it(manifest, make):
    kept = make()
    keep_direction(manifest, kept)
    spec = MapSpec(method="along", direction=kept.id)
    assert make_map("digits-6", spec, Watcher())
    parts = find_map("digits-6", spec)
    loaded = load_map(f"digits-6?{spec.text()}")
    start, vector = np.array(kept.start, np.float32), np.array(kept.vector, np.float32)
    ends = loaded.place(np.stack([start, start + vector]))
    np.testing.assert_allclose(ends, [[0, 0], [np.linalg.norm(vector), 0]], atol=1e-4)
    places = loaded.place(parts.points.z_mean)
    fours, nines = (places[parts.points.label == digit, 0].mean() for digit in (4, 9))
    assert fours == pytest.approx(0, abs=1e-3) and nines == pytest.approx(np.linalg.norm(vector), rel=1e-3)


def test_a_map_along_what_is_not_there_is_refused(maps_home):
    spec = MapSpec(method="along", direction="nothing-00000000")
    with pytest.raises(BadRequestError, match="no direction"):
        make_map("digits-6", spec, Watcher())
        find_map("digits-6", spec)
    with pytest.raises(ModelNotFoundError):
        find_direction("missing", "x")
