"""Every figure of a model card, computed a second time by other means."""

import math

import numpy as np
import pytest
from keras import ops
from scipy import stats
from scipy.special import logsumexp

from vae.codec import Codec
from vae.errors import BadRequestError
from vae.evaluation import encode_reference, evaluate


@pytest.fixture(scope="module")
def metrics(trained, digits):
    return evaluate(trained.vae, digits, iwae_samples=100, iwae_images=297)


@pytest.fixture(scope="module")
def by_hand(trained, digits):
    """The model's own arrays on the test images, from plain Keras calls: x, z_mean, z_log_var, as float64."""
    x = digits.test.images.astype(np.float64) / 255
    z_mean, z_log_var = (ops.convert_to_numpy(part).astype(np.float64) for part in trained.vae.encoder(x))
    return x, z_mean, z_log_var


def _picture(vae, z):
    logits = ops.convert_to_numpy(vae.decoder(z.astype(np.float32))).astype(np.float64)
    return 1 / (1 + np.exp(-logits))


def _log_bernoulli(x, p):
    return (x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))


def test_it_is_a_model_worth_measuring(metrics):
    assert metrics.knn_accuracy.value > 0.85
    assert metrics.active_units >= 4
    assert metrics.mse.value < 0.04


def test_the_counts_say_what_was_measured(metrics):
    assert (metrics.images, metrics.iwae_images, metrics.iwae_samples) == (297, 297, 100)
    assert (metrics.knn_neighbours, metrics.knn_reference) == (10, 1250)


def test_mse(metrics, trained, by_hand):
    x, z_mean, _ = by_hand
    errors = np.square(_picture(trained.vae, z_mean) - x).reshape(297, -1).mean(axis=1)
    assert metrics.mse.value == pytest.approx(errors.mean(), rel=1e-4)
    assert metrics.mse.standard_error == pytest.approx(errors.std() / math.sqrt(297), rel=1e-3)


def test_kl_and_its_parts(metrics, by_hand):
    _, z_mean, z_log_var = by_hand
    kl = 0.5 * (np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)  # (n, latent_dim)
    np.testing.assert_allclose(metrics.kl_per_dimension, kl.mean(axis=0), rtol=1e-3, atol=1e-5)
    assert metrics.kl.value == pytest.approx(kl.sum(axis=1).mean(), rel=1e-4)
    assert metrics.kl.standard_error == pytest.approx(kl.sum(axis=1).std() / math.sqrt(297), rel=1e-3)


def test_active_units(metrics, by_hand):
    assert metrics.active_units == (by_hand[1].var(axis=0) > 0.01).sum()


def test_knn_by_brute_force(metrics, trained, digits, by_hand):
    train_codes = ops.convert_to_numpy(trained.vae.encoder(digits.train.images / np.float32(255))[0])
    distances = np.linalg.norm(by_hand[1][:, None] - train_codes[None], axis=2)  # (n, train)
    votes = digits.train.labels[np.argsort(distances, axis=1)[:, :10]]
    named = np.array([np.bincount(vote, minlength=10).argmax() for vote in votes])
    right = named == digits.test.labels
    # One vote may turn on a last bit of a distance.
    assert metrics.knn_accuracy.value == pytest.approx(right.mean(), abs=1.01 / 297)
    assert metrics.knn_accuracy.standard_error == pytest.approx(right.std() / math.sqrt(297), rel=0.05)


def test_elbo_against_other_draws(metrics, trained, by_hand):
    x, z_mean, z_log_var = by_hand
    rng = np.random.default_rng(99)
    draws = [z_mean + np.exp(0.5 * z_log_var) * rng.standard_normal(z_mean.shape) for _ in range(20)]
    values = np.array([_log_bernoulli(x, _picture(trained.vae, z)) for z in draws])  # (draws, n)
    noise = values.std(axis=0).mean() / math.sqrt(297)  # of a mean over the images, one draw each
    assert metrics.reconstruction.value == pytest.approx(values.mean(), abs=5 * noise)
    assert metrics.elbo.value == pytest.approx(metrics.reconstruction.value - metrics.kl.value, abs=1e-4)


def test_iwae_against_other_draws(metrics, trained, by_hand):
    x, z_mean, z_log_var = by_hand
    rng = np.random.default_rng(98)
    std = np.exp(0.5 * z_log_var)
    log_w = []
    for _ in range(100):
        z = z_mean + std * rng.standard_normal(z_mean.shape)
        log_prior, log_q = stats.norm.logpdf(z).sum(axis=1), stats.norm.logpdf(z, z_mean, std).sum(axis=1)
        log_w.append(_log_bernoulli(x, _picture(trained.vae, z)) + log_prior - log_q)
    bound = logsumexp(log_w, axis=0) - math.log(100)
    # A bound of 100 draws differs from another's by about the spread of its weights over √100, less over 297 images.
    spread = np.std(np.exp(np.array(log_w) - bound), axis=0) / 10
    assert metrics.iwae.value == pytest.approx(bound.mean(), abs=5 * spread.mean() / math.sqrt(297) * math.sqrt(2))


def test_the_bound_tightens_with_k(metrics, trained, digits):
    few, some = (evaluate(trained.vae, digits, iwae_samples=k, iwae_images=297).iwae for k in (10, 30))
    assert metrics.elbo.value < few.value < some.value < metrics.iwae.value
    assert metrics.iwae.value - metrics.elbo.value < metrics.kl.value


def test_the_bound_may_be_measured_on_a_seeded_part(trained, digits):
    first, again, other = (
        evaluate(trained.vae, digits, iwae_samples=10, iwae_images=20, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first.iwae_images == 20
    assert first.iwae.value != other.iwae.value
    assert first.mse == other.mse, "what needs no draws needs no seed"


def test_more_images_than_there_are_is_all_of_them(trained, digits):
    assert evaluate(trained.vae, digits, iwae_samples=10, iwae_images=10_000).iwae_images == 297


@pytest.mark.parametrize("samples", [0, -10, 5, 15])
def test_draws_are_in_tens_so_that_the_card_says_how_many(trained, digits, samples):
    with pytest.raises(BadRequestError, match=rf"{samples}.*multiple of 10"):
        evaluate(trained.vae, digits, iwae_samples=samples, iwae_images=10)


def test_progress_reaches_its_total(trained, digits):
    told = {}
    evaluate(
        trained.vae,
        digits,
        iwae_samples=10,
        iwae_images=30,
        report=lambda what, done, total: told.update({what: (done, total)}),
    )
    assert told == {"encode test": (297, 297), "ELBO": (297, 297), "IWAE": (30, 30), "encode train": (1250, 1250)}


def test_only_the_test_split_is_scored(trained, digits, metrics):
    import dataclasses

    from vae.data.dataset import Split

    noise = Split(np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8), np.zeros(30, np.int64))
    assert evaluate(trained.vae, dataclasses.replace(digits, validation=noise), 100, 297) == metrics


def test_the_reference_is_the_split_s_codes(trained, digits, by_hand):
    reference = encode_reference(Codec(trained.vae), digits.test)
    np.testing.assert_allclose(reference.z_mean, by_hand[1], atol=1e-4)
    np.testing.assert_allclose(reference.z_log_var, by_hand[2], atol=1e-4)
    np.testing.assert_array_equal(reference.labels, digits.test.labels)
    active = by_hand[1][:, by_hand[1].var(axis=0) > 0.01]
    distances = np.sort(np.linalg.norm(active[:, None] - active[None], axis=2), axis=1)
    np.testing.assert_allclose(reference.data_distance, distances[:, 10], atol=1e-3)  # column 0 is itself
