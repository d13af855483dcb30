"""Reconstruction and measurement of pictures with a bundled model."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.metrics import roc_auc_score

from vae.data import load_dataset, load_test_split
from vae.data.intake import prepare
from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle
from vae.formats.publish import publish
from vae.inference.loaded_model import LoadedModel
from vae.models.config import ModelConfig, TrainConfig
from vae.pictures.reconstruction import Reader
from vae.training.fit import train
from zscope.library.open_models import load_model


@pytest.fixture(scope="module")
def model():
    return load_model("mnist-16")


@pytest.fixture(scope="module")
def reader(model):
    return Reader(model)


@pytest.fixture(scope="module")
def test():
    return load_test_split("mnist")


def test_a_test_image_is_read(model, reader, test):
    reading = reader.read(test.images[7])
    assert 7 not in reading.nearest, "the image itself is not a neighbour"
    assert len(reading.nearest) == 10 and reading.vote == test.labels[7] and 1 <= reading.votes <= 10
    np.testing.assert_allclose(reading.code, model.bundle.reference.z_mean[7], atol=1e-3)
    expected = np.square(reading.image / 255.0 - test.images[7] / 255.0).mean()
    assert reading.mse == pytest.approx(expected, rel=0.03)
    distance = model.bundle.reference.data_distance
    assert reading.distance == pytest.approx(distance[7])
    assert reading.off_data == pytest.approx(100 * np.mean(distance < distance[7]))


def test_the_bound_and_odd_regions(model, reader, test):
    reading = reader.read(test.images[7])
    mean, log_var = model.encode(test.images[7:8])
    assert reading.kl == pytest.approx(float(np.asarray(model.bundle.vae.kl(mean, mean, log_var))[0]), rel=0.15)
    at_mean = float(np.asarray(model.bundle.vae.log_prob_x(test.images[7:8] / np.float32(255), mean))[0])
    assert at_mean - 60 < reading.log_likelihood < at_mean + 5
    usual = np.mean([reader.read(image).odd.any() for image in test.images[300:400]])
    assert usual < 0.2
    spoiled = test.images[7].copy()
    spoiled[1:6, 1:6] = 255
    odd = reader.read(spoiled).odd
    assert odd[3, 3] and odd.sum() < 300


def test_a_new_picture_has_all_ten_neighbours(model, reader, test):
    near = test.images[7].copy()
    near[0, 0] = 1
    reading = reader.read(near)
    assert 7 in reading.nearest
    assert reading.distance == pytest.approx(model.measure(reading.code[None])[0, 1])


def test_percentiles_of_the_test_images_are_uniform(reader, test):
    readings = [reader.read(image) for image in test.images[500:620]]
    for name in ("mse_percentile", "unusual"):
        values = np.array([getattr(reading, name) for reading in readings])
        assert 35 < np.median(values) < 65 and values.min() < 12 and values.max() > 88, name


def test_test_images_are_not_neighbours_of_themselves(model, reader):
    rows = np.sort(np.random.default_rng(0).permutation(10_000)[:1000])
    distances = np.exp(reader._statistics.features[:, 2])
    np.testing.assert_allclose(distances, model.bundle.reference.data_distance[rows], rtol=1e-5)


def test_r_squared_and_percentile_are_independent(model, reader, test):
    readings = [reader.read(image) for image in test.images[:40]]
    assert np.median([reading.r_squared for reading in readings]) > 0.85
    assert {reading.compared for reading in readings} == {1000}
    mean = np.sort(np.random.default_rng(0).permutation(10_000)[:1000])
    error = np.square(test.images[7] / 255.0 - test.images[mean].mean(axis=0) / 255.0).mean()
    assert readings[7].r_squared == pytest.approx(1 - readings[7].mse / error, abs=1e-6)
    # A light digit on grey: a flat grey surface is a closer baseline than the mean digit.
    pale = (200 + test.images[7] / 8).astype(np.uint8)
    reading = reader.read(pale)
    assert reading.r_squared == pytest.approx(1 - reading.mse / max((pale / 255.0).var(), 1e-3), abs=1e-6)
    assert reading.r_squared < 0 and np.isfinite(reader.read(np.zeros((28, 28, 1), np.uint8)).r_squared)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """A barely trained model of 36 pictures, and its data: discs of random position, size and grey."""
    folder = tmp_path_factory.mktemp("few")
    rng = np.random.default_rng(0)
    for number in range(60):
        picture = Image.new("L", (16, 16))
        x, y, r = (16 * rng.uniform([0.25, 0.25, 0.1], [0.75, 0.75, 0.25])).tolist()
        ImageDraw.Draw(picture).ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(120, 256)))
        picture.save(folder / f"{number}.png")
    with prepare(folder, 16, 1) as prepared:
        dataset = load_dataset(prepared.save("Few discs").id)
    assert (len(dataset.train), len(dataset.test)) == (36, 12)
    settings = TrainConfig(dataset=dataset.info.id, epochs=1)
    vae, history = train(dataset, ModelConfig(image_shape=(16, 16, 1), latent_dim=2, network="dense"), settings)
    facts = {"title": "Bad", "dataset": dataset, "train_config": settings, "history": history}
    publish(
        vae, folder / "bad", **facts, seconds=1.0, command="none", iwae_samples=2, iwae_images=4, report=lambda *_: None
    )
    return Reader(LoadedModel("bad", load_bundle(folder / "bad"))), dataset.test


def test_pictures_of_a_bad_model_are_typical_and_badly_reconstructed(bad):
    reader, test = bad
    readings = [reader.read(image) for image in test.images]
    assert min(reading.unusual for reading in readings) < 20, "at least one is typical"
    assert np.median([reading.unusual for reading in readings]) < 60
    assert max(reading.r_squared for reading in readings) < 0.4
    assert {reading.compared for reading in readings} == {12}


def test_other_pictures_than_digits_are_unusual(reader, test):
    rng = np.random.default_rng(0)
    squares = np.zeros((60, 28, 28, 1), np.uint8)
    for square in squares:
        top, left = rng.integers(2, 12, 2)
        square[top : top + 12, left : left + 12] = 255
    upside_down = np.rot90(test.images[(test.labels == 4) | (test.labels == 7)][:60], 2, (1, 2))
    usual = reader.unusual(test.images[:200])
    for strange, least in ((squares, 0.98), (upside_down, 0.85)):
        scores = np.concatenate([usual, reader.unusual(strange)])
        assert roc_auc_score(np.arange(len(scores)) >= len(usual), scores) > least
    assert (usual >= 0).all()


def test_an_empty_picture_and_another_shape(reader):
    assert np.isfinite(reader.unusual(np.zeros((3, 28, 28, 1), np.uint8))).all()
    with pytest.raises(BadRequestError):
        reader.read(np.zeros((14, 14, 1), np.uint8))
