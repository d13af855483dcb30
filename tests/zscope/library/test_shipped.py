"""The bundled models: complete, with the required figures, which are those of their cards."""

import numpy as np
import pytest

from vae.data import load_test_split
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from zscope.library.registry import SHIPPED, list_models

ENTRIES = {entry.id: entry for entry in list_models() if entry.shipped}

# id: kNN accuracy at least, active units at least, MSE per pixel at most.
FLOORS = {
    "mnist-16": (0.98, 16, 0.0055),
    "mnist-2d": (0.84, 2, 0.035),
    "mnist-binary-32": (0.975, 24, 0.01),
    "fashion-16": (0.86, 16, 0.0105),
}


@pytest.fixture(scope="module", params=ENTRIES)
def id(request):
    return request.param


@pytest.fixture(scope="module")
def bundle(id):
    return load_bundle(ENTRIES[id].path)


@pytest.fixture(scope="module")
def codec(bundle):
    return Codec(bundle.vae)


def test_those_that_links_and_talks_rely_on_are_there():
    assert set(FLOORS) <= set(ENTRIES)
    assert [entry.fault for entry in ENTRIES.values() if entry.fault] == []
    assert all(entry.path.parent == SHIPPED for entry in ENTRIES.values())


def test_it_is_whole_and_small(bundle, id):
    assert bundle.manifest.id == id
    assert sum(file.stat().st_size for file in ENTRIES[id].path.iterdir()) <= 6_000_000


def test_its_card_reaches_the_floor(bundle, id):
    accuracy, active, mse = FLOORS.get(id, (0.5, 1, 0.1))
    metrics = bundle.card.metrics
    assert metrics.knn_accuracy.value >= accuracy
    assert metrics.active_units >= active
    assert metrics.mse.value <= mse
    assert (metrics.images, metrics.knn_neighbours) == (10_000, 10)
    assert metrics.elbo.value < metrics.iwae.value


def test_its_card_is_of_the_whole_train_split(bundle, id):
    training = bundle.card.training
    assert (training.train_images, training.validation_images) == (50_000, 10_000)
    assert bundle.card.metrics.knn_reference == 50_000
    assert "/" not in training.command, "no path of the machine it was trained on"
    assert {len(series) for series in training.history.values()} == {training.config.epochs}


def test_its_weights_reach_what_the_card_says(bundle, codec, id):
    metrics = bundle.card.metrics
    test = load_test_split(bundle.manifest.dataset)
    rows = np.sort(np.random.default_rng(0).permutation(len(test))[:2000])
    images = test.images[rows]
    z_mean, z_log_var = codec.encode(images)
    errors = np.square(codec.decode(z_mean) - images / np.float32(255)).mean(axis=(1, 2, 3))
    assert errors.mean() == pytest.approx(metrics.mse.value, abs=3 * errors.std() / np.sqrt(2000))
    assert (z_mean.var(axis=0) > 0.01).sum() == metrics.active_units
    mean, spread = 0.0, 1.0
    if bundle.manifest.model.prior != "normal":  # what a dimension carries, where the prior has no KL per dimension
        mean, spread = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(z_log_var).mean(axis=0)
    # (2000, latent_dim)
    kl = 0.5 * ((np.exp(z_log_var) + (z_mean - mean) ** 2) / spread - 1 - z_log_var + np.log(spread))
    limit = 3 * kl.std(axis=0) / np.sqrt(2000)
    assert (np.abs(kl.mean(axis=0) - metrics.kl_per_dimension) < limit + 1e-6).all()


def test_its_reference_codes_are_the_test_images(bundle, codec, id):
    test = load_test_split(bundle.manifest.dataset)
    z_mean, z_log_var = codec.encode(test.images)
    np.testing.assert_allclose(bundle.reference.z_mean, z_mean, atol=1e-4)
    np.testing.assert_allclose(bundle.reference.z_log_var, z_log_var, atol=1e-3)
    np.testing.assert_array_equal(bundle.reference.labels, test.labels)


def test_its_codes_tell_the_classes_apart_on_their_own(bundle, id):
    """Computed here: half of the test codes predict the classes of the other half."""
    from sklearn.neighbors import KNeighborsClassifier

    z_mean, labels = bundle.reference.z_mean, bundle.reference.labels
    score = KNeighborsClassifier(10).fit(z_mean[:5000], labels[:5000]).score(z_mean[5000:], labels[5000:])
    # A tenth of the voters cost mnist-16 two points at most, fashion-16 three and a half.
    assert score > bundle.card.metrics.knn_accuracy.value - 0.04
