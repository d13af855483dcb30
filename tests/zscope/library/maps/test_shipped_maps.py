"""The bundled maps: they exist for every bundled model and its current weights, and have good quality."""

import pytest

from vae.latent.projections.quality import class_agreement
from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map
from zscope.library.maps.points import points_name
from zscope.library.maps.store import SHIPPED
from zscope.library.registry import is_shipped, list_models

MODELS = [entry.id for entry in list_models() if is_shipped(entry.id)]
METHODS = ("tsne", "umap")


@pytest.fixture(autouse=True)
def nothing_of_one_s_own(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_it_opens_at_once_and_keeps_classes_together(model, method):
    parts = find_map(model, MapSpec(method=method))
    assert parts is not None, "make it: see CONTRIBUTING.md, Add a bundled model"
    assert len(parts.points.row) == parts.points.total == 10_000
    in_the_codes = parts.bundle.card.metrics.knn_accuracy.value
    agreement = class_agreement(parts.coordinates, parts.points.label)
    assert agreement > in_the_codes - 0.1, "a map loses a little of what the codes know; PCA loses half"


def test_none_is_of_weights_that_are_gone():
    known = set()
    for model in MODELS:
        for method in METHODS:
            parts = find_map(model, MapSpec(method=method))
            known |= {parts.key, points_name(parts.bundle, "test", None)}
    assert {path.stem for path in SHIPPED.glob("*.npz")} == known
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000
