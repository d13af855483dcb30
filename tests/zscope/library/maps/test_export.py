"""Exports of a map's points: every value is in its column."""

import csv
import io

import numpy as np
import pytest

from zscope.library.maps import MapSpec
from zscope.library.maps.export import csv_bytes, npz_bytes, places_of
from zscope.library.maps.making import Watcher, find_map, make_map


@pytest.fixture
def parts(maps_home):
    spec = MapSpec(method="pca")
    make_map("digits-6", spec, Watcher())
    return find_map("digits-6", spec)


def test_all_points_as_arrays(parts):
    with np.load(io.BytesIO(npz_bytes(parts))) as arrays:
        np.testing.assert_array_equal(arrays["place"], places_of(parts))
        for name in ("row", "label", "z_mean", "z_log_var", "error", "elbo", "distance"):
            np.testing.assert_array_equal(arrays[name], getattr(parts.points, name))
        assert set(arrays["split"]) == {"test"}


def test_a_selection_as_a_table(parts):
    rows = np.array([5, 2, 17])
    table = list(csv.DictReader(io.StringIO(csv_bytes(parts, rows).decode())))
    assert [int(line["row"]) for line in table] == parts.points.row[rows].tolist()
    assert [int(line["label"]) for line in table] == parts.points.label[rows].tolist()
    places = [[float(line["x"]), float(line["y"])] for line in table]
    np.testing.assert_allclose(places, places_of(parts)[rows], rtol=1e-6)
    codes = [[float(line[f"z{dimension}"]) for dimension in range(6)] for line in table]
    np.testing.assert_allclose(codes, parts.points.z_mean[rows], rtol=1e-6)
    assert float(table[1]["error"]) == pytest.approx(parts.points.error[2], rel=1e-6)
