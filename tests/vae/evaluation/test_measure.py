"""All figures of a model card, computed a second time in another way."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from vae.data import load_test_split
from vae.data.catalog import CATALOG
from vae.data.dataset import Split, make_dataset
from vae.errors import BadRequestError
from vae.evaluation.bounds import binarized
from vae.evaluation.measure import encode_reference, evaluate
from vae.evaluation.prior_samples import draw_pictures
from vae.evaluation.samples import compare
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from vae.models.untyped_keras import ops
from vae.models.vae import VAE

SMALL = {"image_shape": (8, 8, 1), "latent_dim": 4, "widths": (6,), "dense_units": 16}
BOUNDS = ("elbo", "reconstruction", "kl", "iwae")


@pytest.fixture(scope="module")
def metrics(trained, digits):
    return evaluate(trained.vae, digits, iwae_samples=100, iwae_images=297)


@pytest.fixture(scope="module")
def by_hand(trained, digits):
    """x, z_mean and z_log_var of the test images as float64, from plain Keras calls."""
    x = digits.test.images.astype(np.float64) / 255
    z_mean, z_log_var = (ops.convert_to_numpy(part).astype(np.float64) for part in trained.vae.encoder(x))
    return x, z_mean, z_log_var


def _picture(vae, z):
    logits = ops.convert_to_numpy(vae.decoder(z.astype(np.float32))).astype(np.float64)
    return 1 / (1 + np.exp(-logits))


def _log_bernoulli(x, p):
    return (x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))


def test_the_model_has_learnt_something(metrics):
    assert metrics.knn_accuracy.value > 0.85
    assert metrics.active_units >= 4
    assert metrics.mse.value < 0.04


def test_the_counts_are_those_of_the_measurement(metrics):
    assert (metrics.images, metrics.iwae_images, metrics.iwae_samples) == (297, 297, 100)
    assert (metrics.knn_neighbours, metrics.knn_reference) == (10, 1250)


def test_mse(metrics, trained, by_hand):
    x, z_mean, _ = by_hand
    errors = np.square(_picture(trained.vae, z_mean) - x).reshape(297, -1).mean(axis=1)
    assert metrics.mse.value == pytest.approx(errors.mean(), rel=1e-4)
    assert metrics.mse.standard_error == pytest.approx(errors.std() / math.sqrt(297), rel=1e-3)


def test_kl_and_kl_per_dimension(metrics, by_hand):
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
    # Rounding of a distance can change one vote.
    assert metrics.knn_accuracy.value == pytest.approx(right.mean(), abs=1.01 / 297)
    assert metrics.knn_accuracy.standard_error == pytest.approx(right.std() / math.sqrt(297), rel=0.05)


def test_elbo_against_other_draws(metrics, trained, by_hand):
    x, z_mean, z_log_var = by_hand
    rng = np.random.default_rng(99)
    draws = [z_mean + np.exp(0.5 * z_log_var) * rng.standard_normal(z_mean.shape) for _ in range(20)]
    values = np.array([_log_bernoulli(x, _picture(trained.vae, z)) for z in draws])  # (draws, n)
    noise = values.std(axis=0).mean() / math.sqrt(297)  # standard error of the mean over the images, with one draw each
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
    # Two bounds of 100 draws differ by about the spread of the weights over √100, and by less over 297 images.
    spread = np.std(np.exp(np.array(log_w) - bound), axis=0) / 10
    assert metrics.iwae.value == pytest.approx(bound.mean(), abs=5 * spread.mean() / math.sqrt(297) * math.sqrt(2))


@pytest.mark.full
def test_the_bound_tightens_with_k(metrics, trained, digits):
    one, few = (_evaluate(trained.vae, digits, iwae_samples=k, iwae_images=297).iwae for k in (1, 3))
    assert one.value == pytest.approx(metrics.elbo.value, abs=3 * one.standard_error), "one draw is the ELBO"
    assert metrics.elbo.value < few.value < metrics.iwae.value
    assert metrics.iwae.value - metrics.elbo.value < metrics.kl.value


@pytest.mark.full
def test_the_bound_can_be_measured_on_a_random_subset(trained, digits):
    first, again, other = (
        _evaluate(trained.vae, digits, iwae_samples=10, iwae_images=20, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first.iwae_images == 20
    assert first.iwae.value != other.iwae.value
    assert first.mse == other.mse, "figures without draws do not depend on the seed"


def test_at_most_all_images_are_measured(trained, digits):
    assert evaluate(trained.vae, digits, iwae_samples=10, iwae_images=10_000).iwae_images == 297


@pytest.mark.parametrize(("draws", "images"), [(0, 10), (-10, 10), (10, -1)])
def test_a_bound_needs_a_draw_and_images(trained, digits, draws, images):
    with pytest.raises(BadRequestError, match=rf"{draws} samples on {images} images"):
        evaluate(trained.vae, digits, iwae_samples=draws, iwae_images=images)


def test_without_images_the_bound_is_left_out(trained, digits):
    metrics = evaluate(trained.vae, digits, iwae_images=0, samples=0)
    assert metrics.iwae is None
    assert metrics.iwae_samples == metrics.iwae_images == 0
    assert metrics.elbo is not None


def test_any_number_of_draws_is_measured_and_recorded(trained, digits):
    assert evaluate(trained.vae, digits, iwae_samples=13, iwae_images=5).iwae_samples == 13


def test_progress_reaches_its_total(trained, digits):
    reports = {}
    evaluate(
        trained.vae,
        digits,
        iwae_samples=10,
        iwae_images=30,
        report=lambda what, done, total: reports.update({what: (done, total)}),
    )
    assert reports == {
        "encode test": (297, 297), "ELBO": (297, 297), "IWAE": (30, 30), "PCA": (297, 297),
        "encode train": (1250, 1250),
    }  # fmt: skip


def test_only_the_test_split_is_scored(trained, digits, metrics):
    noise = Split(np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8), np.zeros(30, np.int64))
    assert evaluate(trained.vae, dataclasses.replace(digits, validation=noise), 100, 297) == metrics


def test_the_reference_is_the_split_s_codes(trained, digits, by_hand):
    reference = encode_reference(Codec(trained.vae), digits.test)
    np.testing.assert_allclose(reference.z_mean, by_hand[1], atol=1e-4)
    np.testing.assert_allclose(reference.z_log_var, by_hand[2], atol=6e-4)
    np.testing.assert_array_equal(reference.labels, digits.test.labels)
    active = by_hand[1][:, by_hand[1].var(axis=0) > 0.01]
    distances = np.sort(np.linalg.norm(active[:, None] - active[None], axis=2), axis=1)
    np.testing.assert_allclose(reference.data_distance, distances[:, 10], atol=1e-3)  # column 0 is itself


def _evaluate(vae, dataset, **change) -> Any:
    """Return the metrics, untyped: a test that reads a figure of None fails."""
    settings: dict[str, Any] = {"iwae_samples": 10, "iwae_images": 20} | change
    return evaluate(vae, dataset, **settings)


class TestMissingFigures:
    def test_a_plain_autoencoder_has_codes_but_no_bounds(self, digits):
        metrics = _evaluate(VAE(ModelConfig(**SMALL, variational=False)), digits)
        assert [getattr(metrics, name) for name in BOUNDS] == [None] * 4
        assert (metrics.iwae_samples, metrics.iwae_images) == (0, 0)
        assert metrics.kl_per_dimension == [0.0] * 4
        assert 0 < metrics.mse.value < 1
        assert metrics.knn_accuracy.value > 0.3
        assert metrics.active_units > 0

    @pytest.mark.parametrize("names", [(), ("all",)])
    def test_without_classes_there_is_no_knn_accuracy(self, trained, digits, names):
        info = dataclasses.replace(digits.info, class_names=names)
        reports = []
        metrics = _evaluate(
            trained.vae, dataclasses.replace(digits, info=info), report=lambda *report: reports.append(report)
        )
        assert (metrics.knn_accuracy, metrics.knn_neighbours, metrics.knn_reference) == (None, 0, 0)
        assert "encode train" not in {what for what, *_ in reports}
        assert metrics.elbo.value == _evaluate(trained.vae, digits).elbo.value

    def test_few_training_images_are_all_neighbours(self, trained, digits):
        few = dataclasses.replace(digits, train=Split(digits.train.images[:3], digits.train.labels[:3]))
        metrics = _evaluate(trained.vae, few)
        assert (metrics.knn_neighbours, metrics.knn_reference) == (3, 3)

    def test_data_without_a_classifier_have_no_sample_quality(self, metrics):
        assert metrics.samples is None


class TestBinarized:
    @pytest.mark.full
    def test_bounds_use_binary_images_and_other_figures_grey_ones(self, trained, digits):
        binary = VAE(dataclasses.replace(trained.model_config, binarize=True))
        binary.assign({name: weight.numpy() for name, weight in trained.vae.named_weights().items()})
        found, grey = (_evaluate(vae, digits, iwae_images=297) for vae in (binary, trained.vae))
        assert (found.mse, found.knn_accuracy, found.active_units) == (grey.mse, grey.knn_accuracy, grey.active_units)
        # The bounds are the same as those of the grey model on binary images.
        images = binarized(digits.test.images, np.random.default_rng(0).spawn(2)[0])
        already = dataclasses.replace(digits, test=Split(images, digits.test.labels))
        expected = _evaluate(trained.vae, already, iwae_images=297)
        assert found.kl == expected.kl != grey.kl, "the KL needs no draws"
        assert found.kl_per_dimension == expected.kl_per_dimension
        for name in BOUNDS:
            value, error = getattr(expected, name).value, getattr(expected, name).standard_error
            assert getattr(found, name).value == pytest.approx(value, abs=error), name


class TestConditional:
    def test_pictures_and_bounds_use_the_class_of_the_image(self, digits):
        """The decoder of this model depends only on the class, whose pictures are all black or all white."""
        vae = VAE(ModelConfig(**SMALL, classes=10))
        weights = {name: np.zeros(weight.shape, np.float32) for name, weight in vae.named_weights().items()}
        hidden = weights["decoder/hidden/kernel"]  # (4 + 10, 16)
        hidden[4 + 3] = 1.0
        for name in ("decoder/unflatten/kernel", "decoder/logits/kernel"):
            weights[name][:] = 1.0
        weights["decoder/logits/bias"][:] = -20.0
        vae.assign(weights)
        images = np.zeros((20, 8, 8, 1), np.uint8)
        labels = np.arange(20) % 10
        images[labels == 3] = 255
        test = dataclasses.replace(digits, test=Split(images, labels))
        right = _evaluate(vae, test)
        assert right.mse.value < 1e-6
        assert right.reconstruction.value == pytest.approx(0, abs=1e-3)
        assert right.iwae.value == pytest.approx(0, abs=1e-3)
        wrong = _evaluate(vae, dataclasses.replace(digits, test=Split(images, (labels + 1) % 10)))
        assert wrong.mse.value == pytest.approx(0.2)
        assert wrong.iwae.value < -100


class TestFlow:
    @pytest.mark.full
    def test_its_kl_uses_the_same_draws(self, digits):
        vae = VAE(ModelConfig(**SMALL, prior="realnvp", prior_blocks=2, prior_units=8))
        rng = np.random.default_rng(4)
        for variable in vae.prior.trainable_variables:
            variable.assign(rng.normal(0, 0.3, variable.shape))
        metrics = _evaluate(vae, digits, iwae_samples=200, iwae_images=297)
        x = digits.test.images / np.float32(255)
        z_mean, z_log_var = (ops.convert_to_numpy(part) for part in vae.encode(x))
        std = np.exp(0.5 * z_log_var)
        values = []
        for _ in range(50):
            z = (z_mean + std * rng.standard_normal(z_mean.shape)).astype(np.float32)
            log_q = stats.norm.logpdf(z, z_mean, std).sum(axis=1)
            values.append(log_q - ops.convert_to_numpy(vae.log_prior(z)))
        noise = np.std(values, axis=0).mean() / math.sqrt(297)
        assert metrics.kl.value == pytest.approx(np.mean(values), abs=5 * noise)
        assert metrics.elbo.value == pytest.approx(metrics.reconstruction.value - metrics.kl.value, abs=1e-3)
        assert metrics.elbo.value < metrics.iwae.value
        normal = 0.5 * (np.exp(z_log_var) + z_mean**2 - 1 - z_log_var).sum(axis=1).mean()
        assert abs(metrics.kl.value - normal) > 5 * noise, "the flow is not N(0, I)"
        total = (np.log(np.exp(z_log_var).mean(axis=0) + z_mean.var(axis=0)) - z_log_var).mean(axis=0) / 2
        np.testing.assert_allclose(metrics.kl_per_dimension, total, atol=1e-4)


class TestSamples:
    @pytest.fixture
    def pixels_are_features(self, monkeypatch):
        def load(info):
            return lambda images: images.reshape(len(images), -1) / 255

        monkeypatch.setattr("vae.evaluation.features.load_features", load)

    def test_draws_are_compared_with_test_images_and_training_images_are_the_ceiling(
        self, trained, digits, pixels_are_features
    ):
        quality = _evaluate(trained.vae, digits).samples
        real = digits.test.images.reshape(297, -1) / 255
        # All 1,250 training images, so no random subset.
        ceiling = compare(real, digits.train.images.reshape(1250, -1) / 255)
        drawn = draw_pictures(trained.vae, 1250, digits.train.labels, np.random.default_rng(77)).reshape(1250, -1) / 255
        expected = compare(real, drawn)
        assert quality.images == 1250
        for name in ("precision", "recall", "density", "coverage"):
            terms = getattr(ceiling, name)
            assert getattr(quality.ceiling, name).value == pytest.approx(terms.mean(), abs=0.01), name
            found = getattr(quality, name)
            assert found.value == pytest.approx(getattr(expected, name).mean(), abs=6 * found.standard_error), name
        for name, count in (("precision", 1250), ("recall", 297), ("coverage", 297)):
            share = getattr(quality, name)
            assert share.standard_error == pytest.approx(math.sqrt(share.value * (1 - share.value) / count)), name
        spread = expected.density.std() / math.sqrt(1250)
        assert quality.density.standard_error == pytest.approx(spread, rel=0.2)

    @pytest.mark.full
    def test_an_untrained_model_has_bad_figures(self, trained, digits, pixels_are_features):
        learnt, nothing = (_evaluate(vae, digits).samples for vae in (trained.vae, VAE(trained.model_config)))
        assert nothing.ceiling == learnt.ceiling
        assert nothing.coverage.value < 0.05 < learnt.coverage.value < learnt.ceiling.coverage.value
        assert nothing.density.value < 0.05 < learnt.density.value

    def test_the_ceiling_has_as_many_images_as_there_are_draws(self, trained, digits, pixels_are_features):
        some, all_of_them = (_evaluate(trained.vae, digits, samples=size).samples for size in (100, 1250))
        assert some.images == 100
        assert some.ceiling.coverage.value < all_of_them.ceiling.coverage.value - 0.1

    def test_leaving_them_out_changes_no_other_figure(self, trained, digits, metrics, pixels_are_features):
        assert evaluate(trained.vae, digits, iwae_samples=100, iwae_images=297, samples=0) == metrics

    def test_a_built_in_data_set_has_a_classifier(self):
        """With the classifier of MNIST, real images reach the expected ceiling."""
        whole = load_test_split("mnist")
        train, test = (Split(whole.images[part], whole.labels[part]) for part in (slice(0, 600), slice(600, 1100)))
        dataset = make_dataset(CATALOG["mnist"], train, test, "test images")
        vae = VAE(ModelConfig(latent_dim=2, widths=(2, 2), dense_units=4))
        quality = _evaluate(vae, dataset, iwae_images=5).samples
        assert quality.images == 500, "the last sixth is for validation"
        assert quality.ceiling.density.value == pytest.approx(1, abs=0.15)
        assert quality.ceiling.coverage.value == pytest.approx(0.97, abs=0.04)
        assert quality.ceiling.precision.value > 0.6
        assert quality.coverage.value < 0.1
