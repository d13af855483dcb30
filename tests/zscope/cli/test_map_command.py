"""`map`: makes the maps of the Map page."""

import csv

import numpy as np
import pytest

from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map


@pytest.fixture
def model(save_model, tmp_path, monkeypatch):
    """A listed model with random weights."""
    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path / "maps"))
    save_model("tiny")
    return "tiny"


def test_a_map_is_made_kept_and_written(model, command, tmp_path):
    out = tmp_path / "places.csv"
    said = command("map", model, "--method", "pca", "--axes", "2,0", "--out", out).stdout
    parts = find_map(model, MapSpec(method="pca", axes=(2, 0)))
    with out.open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(parts.points.row) and f"{len(table):,} points" in said and parts.key in said
    np.testing.assert_allclose([float(line["z1"]) for line in table], parts.points.z_mean[:, 1], rtol=1e-6)


@pytest.mark.full
def test_a_computed_map_is_the_page_s(model, command, tmp_path):
    out = tmp_path / "places.npz"
    command("map", model, "--method", "umap", "--neighbours", 7, "--seed", 2, "--out", out)
    parts = find_map(model, MapSpec(method="umap", neighbours=7, seed=2))
    with np.load(out) as arrays:
        np.testing.assert_array_equal(arrays["place"], parts.coordinates)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--method", "pca", "--axes", "1"], "two different axes"),
        (["--method", "raw", "--axes", "0,9"], "latent dimensions"),
        (["--perplexity", "0.5"], "perplexity"),
        (["--axes", "0,1"], "t-SNE has no setting 'axes'"),
        (["--method", "pca", "--axes", "a,b"], "--axes 'a,b' is not valid"),
        (["--method", "isomap"], "No projection is called 'isomap'"),
        (["--method", "umap", "--perplexity", "30"], "UMAP has no setting 'perplexity'"),
        (["--out", "places.txt"], "neither"),
    ],
)
def test_nonsense_is_refused(model, command, arguments, word):
    assert word in str(command("map", model, *arguments, fails=True))


def test_an_unknown_model_is_named(model, command):
    assert "nobody" in str(command("map", "nobody", fails=True))
