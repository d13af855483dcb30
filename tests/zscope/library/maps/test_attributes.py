"""Attributes of a user data set on a map: each point has the values of its own picture."""

import numpy as np
import pytest

from tests.attribute_model import attribute_maps
from vae.data import load_dataset
from vae.data.attribute import Attribute
from vae.errors import NotFoundError
from vae.latent.directions import attribute_direction
from zscope.library.maps import MapSpec
from zscope.library.maps.attributes import attribute_values, rows_of_half
from zscope.library.maps.making import Watcher, make_map

HAT, AGE = Attribute("Wearing Hat", "binary"), Attribute("age", "continuous")


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Maps of test images and of all images."""
    with attribute_maps(tmp_path_factory.mktemp("attributes")) as made:
        yield made


@pytest.mark.parametrize(("images", "count"), [("test", 16), ("all", 96)])
def test_each_point_has_the_values_of_its_picture(maps, images, count):
    parts, data = maps[images], load_dataset("hats")
    hat, age = attribute_values(parts, 0), attribute_values(parts, 1)
    assert hat.shape == age.shape == (count,)
    splits = (data.test, data.train, data.validation)
    for index in range(count):
        split = splits[parts.points.split[index]]
        np.testing.assert_array_equal(split.attributes[parts.points.row[index]], [hat[index], age[index]])
    known = age[np.isfinite(age)]
    assert (hat[np.isfinite(age)] == (known % 3 == 0)).all()
    assert images == "test" or np.isnan(age).sum() == 12


def test_a_data_set_without_attributes(maps, tmp_path, monkeypatch):
    from zscope.library.maps.making import find_map as find

    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path))
    spec = MapSpec(method="raw", axes=(0, 1))
    make_map("mnist-2d", spec, Watcher())
    with pytest.raises(NotFoundError, match="The data set mnist has no attribute 0"):
        attribute_values(find("mnist-2d", spec), 0)


def test_with_minus_without_is_the_direction_of_the_attribute(maps):
    codes, hat = maps["test"].points.z_mean, attribute_values(maps["test"], 0)
    found = attribute_direction(codes, rows_of_half(HAT, hat, False), rows_of_half(HAT, hat, True))
    assert sum(found.counts) == 16
    assert found.vector[0] == pytest.approx(4, abs=1)
    assert abs(found.vector[0]) > 3 * np.abs(found.vector[1:]).max()


@pytest.mark.parametrize(
    ("attribute", "values", "low", "high"),
    [
        (HAT, [1, 0, np.nan, 1], [1], [0, 3]),
        (AGE, [5, 1, np.nan, 3, 4, 2, 6, 7, 8], [1, 5], [7, 8]),
        (AGE, [0, 0, 0, 0, 0, 9], [0, 1, 2, 3, 4], [5]),
        (AGE, [np.nan, np.nan], [], []),
    ],
)
def test_halves(attribute, values, low, high):
    values = np.array(values, np.float32)
    assert rows_of_half(attribute, values, False).tolist() == low
    assert rows_of_half(attribute, values, True).tolist() == high
