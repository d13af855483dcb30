"""The catalog's entries are complete, and models can be made for each."""

import pytest

from vae.data import CATALOG, load_test_split
from vae.data.catalog import dataset_info
from vae.errors import DataError
from vae.models.config import ModelConfig, TrainConfig


def test_the_data_sets_by_name():
    assert list(CATALOG) == ["mnist", "fashion-mnist", "digits"]
    assert all(info.id == name == dataset_info(name).id for name, info in CATALOG.items())


@pytest.mark.parametrize("name", CATALOG)
def test_the_description_fits_the_test_split(name):
    info, split = CATALOG[name], load_test_split(name)
    assert split.images.shape[1:] == info.image_shape
    assert set(split.labels.tolist()) == set(range(len(info.class_names)))
    assert len(set(info.class_names)) == 10
    assert info.title
    assert info.licence
    assert info.source


@pytest.mark.parametrize("name", CATALOG)
def test_the_default_architecture_fits_its_images(name):
    assert ModelConfig(image_shape=CATALOG[name].image_shape).image_shape == CATALOG[name].image_shape
    assert TrainConfig(dataset=name).dataset == name


def test_an_unknown_data_set_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"'imagenet'.*mnist, fashion-mnist, digits"):
        dataset_info("imagenet")
