"""The catalog's entries are complete, and models can be made for each."""

import pytest

from vae.data import CATALOG, has_test_split, load_test_split
from vae.data.catalog import dataset_info
from vae.errors import DataError
from vae.models.config import ModelConfig, TrainConfig


def test_the_data_sets_by_name():
    assert list(CATALOG)[:3] == ["mnist", "fashion-mnist", "digits"]
    assert all(info.id == name == dataset_info(name).id for name, info in CATALOG.items())


@pytest.mark.parametrize("name", CATALOG)
def test_the_description_is_complete(name):
    info = CATALOG[name]
    assert info.title
    assert info.licence
    assert info.source
    assert len(set(info.class_names)) == len(info.class_names)
    assert bool(info.archive) != bool(info.load), "an archive or a function"
    if info.download:
        assert info.train_images and info.megabytes, "the Train form states both before a download"
        assert info.keras or len(info.sha256) == 64, "a download is compared with its hash"


@pytest.mark.parametrize("name", [name for name in CATALOG if has_test_split(name)])
def test_the_description_fits_the_test_split(name):
    info, split = CATALOG[name], load_test_split(name)
    assert split.images.shape[1:] == info.image_shape
    assert set(split.labels.tolist()) == set(range(max(1, len(info.class_names))))


def test_the_test_splits_of_the_first_data_sets_are_here():
    assert all(has_test_split(name) for name in ("mnist", "fashion-mnist", "digits"))


@pytest.mark.parametrize("name", CATALOG)
def test_the_default_architecture_fits_its_images(name):
    assert ModelConfig(image_shape=CATALOG[name].image_shape).image_shape == CATALOG[name].image_shape
    assert TrainConfig(dataset=name).dataset == name


def test_an_unknown_data_set_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=f"'imagenet'.*{', '.join(CATALOG)}"):
        dataset_info("imagenet")
