"""A loaded model encodes, decodes and measures."""

import gc
import weakref

import numpy as np
import pytest

from vae.errors import BadRequestError, ModelNotFoundError
from vae.formats.bundle import load_bundle, save_bundle
from vae.inference.codec import Codec
from vae.inference.loaded_model import LoadedModel
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.models.config import ModelConfig, TrainConfig
from zscope.library.open_models import PRIOR_DRAWS, PRIOR_SEEDS, draw_prior, load_model


@pytest.fixture
def model(published, monkeypatch) -> LoadedModel:
    monkeypatch.setenv("ZSCOPE_MODELS", str(published.parent))
    return load_model("digits-6")


def test_it_has_what_the_live_channel_serves(model):
    assert (model.model_id, model.latent_dim, model.image_shape) == ("digits-6", 6, (8, 8, 1))
    assert model.device in ("CPU", "GPU", "TPU")


def test_encoder_and_decoder_are_those_of_the_bundle(model, published, digits):
    codec = Codec(load_bundle(published).vae)
    images = digits.test.images[:9]
    np.testing.assert_allclose(model.encode(images), codec.encode(images), atol=1e-5)  # ONNX Runtime and Keras
    codes, _ = model.encode(images)
    assert np.abs(model.decode_pixels(codes).astype(int) - codec.decode_pixels(codes)).max() <= 1


def test_a_model_in_use_is_loaded_once_and_released_after(published, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MODELS", str(published.parent))
    first = load_model("digits-6")
    assert load_model("digits-6") is first
    seen = weakref.ref(first)
    del first
    gc.collect()
    assert seen() is None


def test_it_measures_among_the_reference_codes(model, published):
    reference = load_bundle(published).reference
    readings = model.measure(reference.z_mean)
    meter = DataDistance(reference.z_mean, active_units(reference.z_mean))
    np.testing.assert_allclose(readings, meter.measure(reference.z_mean), atol=0.5)
    np.testing.assert_array_equal(readings[:, 2], np.arange(len(reference.z_mean)))


def test_the_nearest_reference_code_is_that_of_the_image(model, digits):
    """Encode a test image; the nearest reference code is that of the image."""
    codes, _ = model.encode(digits.test.images[:20])
    assert model.measure(codes)[:, 2].tolist() == list(range(20))


def test_a_path_is_not_accepted_as_an_id(model, published):
    with pytest.raises(ModelNotFoundError):
        load_model(str(published))


@pytest.fixture(scope="module")
def conditional(digits, make_content, tmp_path_factory) -> LoadedModel:
    """A model trained with the classes of digits."""
    from vae.training.fit import train

    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=4, widths=(16, 32), dense_units=64, classes=10)
    settings = TrainConfig(dataset="digits", epochs=30, batch_size=64, learning_rate=5e-3)
    vae, _ = train(digits, config, settings)
    weights = {name: weight.numpy() for name, weight in vae.named_weights().items()}
    content = make_content(config) | {"weights": weights}
    return LoadedModel("tiny", load_bundle(save_bundle(tmp_path_factory.mktemp("models") / "tiny", **content)))


class TestConditional:
    def test_a_code_is_z_and_the_class(self, conditional):
        assert (conditional.latent_dim, conditional.code_dim, conditional.classes) == (4, 14, 10)

    def test_an_image_is_encoded_with_its_class(self, conditional, digits):
        images, labels = digits.test.images, digits.test.labels
        mean, log_var = conditional.encode(images)
        assert mean.shape == log_var.shape == (len(images), 14)
        z_mean, z_log_var = conditional.codec.encode(images)
        np.testing.assert_array_equal(mean[:, :4], z_mean)
        np.testing.assert_array_equal(log_var[:, :4], z_log_var)
        assert (log_var[:, 4:] == -20).all()
        assert ((mean[:, 4:] == 0) | (mean[:, 4:] == 1)).all() and (mean[:, 4:].sum(axis=1) == 1).all()
        # The class is not given; it is inferred from the likelihood.
        assert (mean[:, 4:].argmax(axis=1) == labels).mean() > 0.9

    def test_the_class_is_the_most_likely_one(self, conditional, digits):
        image = digits.test.images[:1]
        mean, _ = conditional.encode(image)
        codes = np.concatenate([np.repeat(mean[:, :4], 10, axis=0), np.eye(10)], axis=1)
        p = np.clip(conditional.codec.decode(codes), 1e-6, 1 - 1e-6)
        x = image / 255
        likelihood = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=(1, 2, 3))
        assert mean[0, 4:].argmax() == likelihood.argmax()

    def test_a_result_does_not_depend_on_the_batch(self, conditional, digits):
        many, _ = conditional.encode(digits.test.images[:60])  # 600 decoded pictures, three batches
        for row in (0, 25, 59):
            alone, _ = conditional.encode(digits.test.images[row : row + 1])
            np.testing.assert_allclose(alone[0], many[row], atol=1e-5)

    def test_the_picture_depends_on_the_class(self, conditional):
        codes = np.concatenate([np.zeros((10, 4)), np.eye(10)], axis=1).astype(np.float32)
        pictures = conditional.decode_pixels(codes).astype(int)
        assert np.abs(pictures[1:] - pictures[0]).max(axis=(1, 2, 3)).min() > 60

    def test_the_distance_depends_on_z_alone(self, conditional):
        z = conditional.bundle.reference.z_mean[:3]
        readings = [conditional.measure(np.concatenate([z, np.eye(10)[[y] * 3]], axis=1)) for y in (0, 9)]
        np.testing.assert_array_equal(readings[0], readings[1])
        assert readings[0][:, 2].tolist() == [0, 1, 2]

    def test_a_code_without_its_class_is_refused(self, conditional):
        with pytest.raises(BadRequestError, match="14 dimensions"):
            conditional.decode_pixels(np.zeros((1, 4), np.float32))


class TestPrior:
    """Random weights are sufficient: they give the flow a distribution other than the normal one."""

    @pytest.fixture
    def save(self, make_content, tmp_path, monkeypatch):
        monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))

        def save(**settings):
            config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, **settings)
            save_bundle(tmp_path / "tiny", **make_content(config))

        return save

    def test_samples_of_the_normal_prior_are_normal(self, save):
        save()
        draws = np.concatenate([draw_prior("tiny", seed) for seed in range(20)])
        assert draws.shape == (20 * PRIOR_DRAWS, 3) and draws.dtype == np.float32
        np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.06)
        np.testing.assert_allclose(draws.std(axis=0), 1, atol=0.06)

    def test_samples_of_a_flow_have_its_distribution(self, save):
        save(prior="realnvp", prior_blocks=2, prior_units=8)
        draws = draw_prior("tiny", 5)
        assert draws.shape == (PRIOR_DRAWS, 3) and draws.dtype == np.float32
        noise = np.random.default_rng(5).standard_normal((PRIOR_DRAWS, 3), np.float32)
        assert np.abs(draws - noise).max() > 0.1
        prior = load_model("tiny").bundle.vae.prior
        np.testing.assert_allclose(np.asarray(prior.sample(noise)), draws, atol=1e-4)

    def test_a_seed_gives_the_same_samples(self, save):
        save()
        np.testing.assert_array_equal(draw_prior("tiny", 3), draw_prior("tiny", 3))
        assert not np.array_equal(draw_prior("tiny", 3), draw_prior("tiny", 4))

    def test_samples_of_a_conditional_model_are_of_z_alone(self, save):
        save(classes=10)
        assert draw_prior("tiny", 0).shape == (PRIOR_DRAWS, 3)

    def test_a_plain_autoencoder_has_no_samples(self, save):
        save(variational=False)
        with pytest.raises(BadRequestError, match="without a prior"):
            draw_prior("tiny", 0)

    @pytest.mark.parametrize("seed", [-1, PRIOR_SEEDS])
    def test_seeds_are_limited(self, save, seed):
        save()
        with pytest.raises(BadRequestError, match="out of range"):
            draw_prior("tiny", seed)


def test_codes_of_a_plain_autoencoder_are_points(make_content, tmp_path, digits):
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, variational=False)
    model = LoadedModel("tiny", load_bundle(save_bundle(tmp_path / "tiny", **make_content(config))))
    _, log_var = model.encode(digits.test.images[:2])
    assert (log_var == -20).all()
