"""The compiled encoder and decoder agree with the Keras model for any number of rows."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from vae.errors import BadRequestError, BundleError
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from vae.models.formulas import POINT_LOG_VAR
from vae.models.vae import VAE

ROWS = [0, 1, 3, 255, 257, 600]


@pytest.fixture(scope="module")
def codec(trained):
    return Codec(trained.vae)


@pytest.fixture(scope="module")
def images(digits):
    return digits.train.images[:600]


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).normal(size=(600, 6)).astype(np.float32)


def _plain_encode(vae, images):
    return [ops.convert_to_numpy(part) for part in vae.encoder(images.astype(np.float32) / np.float32(255))]


def _plain_decode(vae, codes):
    return ops.convert_to_numpy(ops.sigmoid(vae.decoder(codes)))


def test_its_attributes(codec):
    assert (codec.latent_dim, codec.code_dim, codec.image_shape) == (6, 6, (8, 8, 1))
    assert codec.device in ("CPU", "GPU", "TPU")


@pytest.mark.parametrize("rows", ROWS)
def test_encoding_agrees_with_the_keras_model(codec, trained, images, rows):
    z_mean, z_log_var = codec.encode(images[:rows])
    assert z_mean.shape == z_log_var.shape == (rows, 6)
    assert z_mean.dtype == z_log_var.dtype == np.float32
    if rows:
        expected = _plain_encode(trained.vae, images[:rows])
        np.testing.assert_allclose([z_mean, z_log_var], expected, atol=2e-5)


@pytest.mark.parametrize("rows", ROWS)
def test_decoding_agrees_with_the_keras_model(codec, trained, codes, rows):
    pictures = codec.decode(codes[:rows])
    assert pictures.shape == (rows, 8, 8, 1)
    assert pictures.dtype == np.float32
    if rows:
        np.testing.assert_allclose(pictures, _plain_decode(trained.vae, codes[:rows]), atol=1e-5)


@pytest.mark.parametrize("rows", ROWS)
def test_pixels_are_the_picture_rounded(codec, codes, rows):
    pixels = codec.decode_pixels(codes[:rows])
    assert pixels.dtype == np.uint8
    exact = codec.decode(codes[:rows]) * 255
    np.testing.assert_array_equal(pixels, np.round(exact).astype(np.uint8))
    assert rows == 0 or 0 < pixels.mean() < 255


def test_a_row_does_not_depend_on_its_neighbours(codec, images, codes):
    together = codec.decode(codes)
    for row in (0, 254, 255, 256, 599):
        np.testing.assert_allclose(codec.decode(codes[row : row + 1])[0], together[row], atol=1e-5)
    reversed_mean, _ = codec.encode(images[::-1])
    np.testing.assert_allclose(reversed_mean[::-1], codec.encode(images)[0], atol=2e-5)


def test_bytes_and_unit_floats_are_the_same_image(codec, images):
    as_bytes, as_floats = codec.encode(images[:5]), codec.encode(images[:5] / 255)
    np.testing.assert_allclose(as_bytes, as_floats, atol=1e-5)


def test_every_row_is_reported(codec, images, codes):
    seen = []
    codec.encode(images, report=seen.append)
    codec.decode(codes[:257], report=seen.append)
    assert sum(seen[:3]) == 600
    assert sum(seen[3:]) == 257


def test_it_compiles_once_per_bucket(trained, images, codes, monkeypatch):
    traces = []
    mean = trained.vae.likelihood.mean
    # Python code runs only during tracing, so each entry is a compilation.
    monkeypatch.setattr(
        trained.vae.likelihood, "mean", lambda logits: (traces.append(tuple(logits.shape)), mean(logits))[1]
    )
    codec = Codec(trained.vae)
    for rows in [*ROWS, *range(1, 40)]:
        codec.decode(codes[:rows])
    buckets = {1, 2, 4, 8, 16, 32, 64, 128, 256}
    assert sorted(shape[0] for shape in traces) == sorted(buckets)
    traces.clear()
    for rows in (0, 7, 100, 300, 599):
        codec.decode(codes[:rows])
        codec.decode(codes[:rows].astype(np.float64))
        codec.decode(codes[:rows].tolist() or codes[:0])
    assert traces == []


def test_it_uses_the_current_weights(digits):
    vae = VAE(ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(4,), dense_units=8))
    codec = Codec(vae)
    before, _ = codec.encode(digits.test.images[:4])
    bias = vae.encoder.get_layer("z_mean").bias
    bias.assign(ops.add(bias, 1.5))
    np.testing.assert_allclose(codec.encode(digits.test.images[:4])[0], before + 1.5, atol=1e-5)


SMALL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(8,))


class TestZoo:
    def test_a_conditional_model_decodes_a_code_and_a_class(self, digits):
        vae = VAE(dataclasses.replace(SMALL, classes=3), seed=1)
        codec = Codec(vae)
        assert (codec.latent_dim, codec.code_dim) == (2, 5)
        z, labels = np.float32([[0.5, -1], [0.5, -1], [2, 0]]), np.int32([0, 2, 1])
        expected = ops.convert_to_numpy(ops.sigmoid(vae.decoder(vae.code(z, labels))))
        pictures = codec.decode(np.concatenate([z, np.eye(3)[labels]], axis=1))
        np.testing.assert_allclose(pictures, expected, atol=1e-5)
        assert np.abs(pictures[0] - pictures[1]).max() > 1e-3, "one z gives different pictures for two classes"
        with pytest.raises(BadRequestError, match=r"5 dimensions.* \(n, 5\)"):
            codec.decode(z)

    def test_the_encoder_needs_no_class(self, digits):
        z_mean, _ = Codec(VAE(dataclasses.replace(SMALL, classes=3))).encode(digits.test.images[:7])
        assert z_mean.shape == (7, 2)

    def test_codes_of_a_plain_autoencoder_are_points(self, digits):
        vae = VAE(dataclasses.replace(SMALL, variational=False))
        z_mean, z_log_var = Codec(vae).encode(digits.test.images[:7])
        expected, _ = vae.encode(digits.test.images[:7].astype(np.float32) / 255)
        np.testing.assert_allclose(z_mean, ops.convert_to_numpy(expected), atol=1e-5)
        np.testing.assert_array_equal(z_log_var, np.full((7, 2), POINT_LOG_VAR))

    @pytest.mark.parametrize("likelihood", ["continuous-bernoulli", "gaussian-optimal", "discretized-logistic"])
    def test_the_picture_is_the_mean_of_the_likelihood(self, likelihood):
        vae = VAE(dataclasses.replace(SMALL, likelihood=likelihood))
        codes = np.random.default_rng(0).normal(0, 3, (5, 2)).astype(np.float32)
        expected = ops.convert_to_numpy(vae.likelihood.mean(vae.decoder(codes)))
        np.testing.assert_allclose(Codec(vae).decode(codes), expected, atol=1e-5)


class TestRefusals:
    @pytest.mark.parametrize("shape", [(6,), (3, 5), (3, 7), (0, 5), (2, 3, 6), ()])
    def test_codes_of_another_shape(self, codec, shape):
        for direction in (codec.decode, codec.decode_pixels):
            with pytest.raises(BadRequestError, match=r"6 dimensions.* \(n, 6\)"):
                direction(np.zeros(shape, np.float32))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
    def test_codes_that_are_not_finite(self, codec, value):
        codes = np.zeros((3, 6))
        codes[1, 4] = value
        for direction in (codec.decode, codec.decode_pixels):
            with pytest.raises(BadRequestError, match="NaN or infinity"):
                direction(codes)

    @pytest.mark.parametrize("codes", [[["a"] * 6], [[1] * 6, [1] * 5], [[None] * 5 + [{}]], [[10**400] * 6]])
    def test_codes_that_are_not_numbers(self, codec, codes):
        with pytest.raises(BadRequestError):
            codec.decode(codes)

    @pytest.mark.parametrize("shape", [(8, 8, 1), (3, 8, 8), (3, 8, 8, 3), (3, 28, 28, 1), (0, 8, 8), ()])
    def test_images_of_another_shape(self, codec, shape):
        with pytest.raises(BadRequestError, match=r"\(n, 8, 8, 1\)"):
            codec.encode(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize("value", [np.nan, np.inf, 255.0, -0.5])
    def test_float_images_out_of_range(self, codec, value):
        images = np.zeros((2, 8, 8, 1))
        images[1, 3, 3] = value
        with pytest.raises(BadRequestError, match=r"\[0, 1\]"):
            codec.encode(images)

    @pytest.mark.parametrize("kind", [np.int64, np.uint16, "U3", object, complex])
    def test_images_that_are_neither_uint8_nor_floats(self, codec, kind):
        with pytest.raises(BadRequestError, match="uint8"):
            codec.encode(np.zeros((2, 8, 8, 1)).astype(kind))


def test_codes_far_from_the_data_give_a_picture(codec):
    for scale in (1e3, 1e10, 1e20):
        pictures = codec.decode(np.full((1, 6), scale, np.float32))
        assert ((pictures >= 0) & (pictures <= 1)).all(), scale


def test_codes_at_the_limit_of_float32_give_a_picture(codec):
    """The codes are finite, but products are not: ∞ - ∞ between two layers would give NaN pixels."""
    codes = np.float32(3e38) * np.random.default_rng(0).choice([-1, 1], (32, 6)).astype(np.float32)
    pictures = codec.decode(codes)
    assert ((pictures >= 0) & (pictures <= 1)).all()
    np.testing.assert_array_equal(codec.decode_pixels(codes), np.round(pictures * 255).astype(np.uint8))
    np.testing.assert_array_equal(pictures, codec.decode(np.sign(codes) * 1e6))
    assert (np.abs(codes) > 1e38).all(), "the array of the caller is unchanged"


class _Undefined:
    """A model whose networks return NaN for negative inputs."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

    def encoder(self, images, training=False):
        mean, log_var = self._model.encoder(images)
        return ops.where(ops.mean(images) < 0.5, np.nan, 1.0) * mean, log_var

    def encode(self, images):
        return self.encoder(images)

    def decoder(self, codes, training=False):
        return ops.where(ops.min(codes, axis=1)[:, None, None, None] < 0, np.nan, 1.0) * self._model.decoder(codes)

    def compiled(self, function, *parts):
        return function


def test_nan_is_an_error_not_a_grey_picture(trained):
    codec = Codec(_Undefined(trained.vae))
    codes = np.ones((300, 6), np.float32)
    assert codec.decode_pixels(codes).any()
    codes[7] = codes[290] = -1
    for decode in (codec.decode, codec.decode_pixels):
        with pytest.raises(BundleError, match="decoder of this model returned NaN for 2 of 300 inputs"):
            decode(codes)
    with pytest.raises(BundleError, match="encoder of this model returned NaN for 4 of 4 inputs"):
        codec.encode(np.zeros((4, 8, 8, 1), np.uint8))
