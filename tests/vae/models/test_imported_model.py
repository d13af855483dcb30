"""An imported model with the interface of `VAE`."""

import numpy as np
import pytest

from tests.vae.formats.importing.imported_bundles import save_graphs, save_onnx
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.models.formulas import POINT_LOG_VAR
from vae.models.imported_config import ImportedConfig
from vae.models.likelihoods import UnitPictures
from vae.models.loading import make_model
from vae.models.networks.part_network import OpaqueNetwork
from vae.models.networks.plan import weight_shapes


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    return load_bundle(save_graphs(tmp_path_factory.mktemp("imported") / "graphs"))


def test_it_encodes_and_decodes_as_its_networks(graphs):
    x = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    mean, log_var = (np.asarray(one) for one in graphs.vae.encode(x))
    assert mean.shape == log_var.shape == (4, 2) and not np.allclose(mean, log_var)
    w = {name.removeprefix("encoder/"): value for name, value in graphs.weights.items()}
    flat = np.stack([_features(image, w) for image in x])
    np.testing.assert_allclose(mean, flat @ w["mean/kernel"] + w["mean/bias"], rtol=1e-4)
    np.testing.assert_allclose(log_var, flat @ w["log_var/kernel"] + w["log_var/bias"], rtol=1e-4)


def _features(image: np.ndarray, w: dict[str, np.ndarray]) -> np.ndarray:
    """Compute the convolution (3 × 3, stride 2, ReLU) and the normalisation from their definitions."""
    windows = np.lib.stride_tricks.sliding_window_view(image[..., 0], (3, 3))[::2, ::2]  # (3, 3, 3, 3)
    made = np.maximum(np.einsum("hwij,ijc->hwc", windows, w["conv/kernel"][:, :, 0]) + w["conv/bias"], 0)
    scaled = (made - w["norm/moving_mean"]) / np.sqrt(w["norm/moving_variance"] + 1e-3)
    return (scaled * w["norm/gamma"] + w["norm/beta"]).reshape(-1)


def test_without_a_variance_its_codes_are_points(graphs):
    config = graphs.manifest.model
    encoder = config.encoder.model_copy(update={"outputs": ("mean",), "layers": config.encoder.layers[:-1]})
    plain = type(config).model_validate(config.model_dump() | {"variational": False, "encoder": encoder.model_dump()})
    weights = {name: value for name, value in graphs.weights.items() if "log_var" not in name}
    x = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    mean, log_var = make_model(plain, weights, {}).encode(x)
    np.testing.assert_array_equal(np.asarray(mean), np.asarray(graphs.vae.encode(x)[0]))
    assert (np.asarray(log_var) == np.float32(POINT_LOG_VAR)).all()


def test_pictures_are_bernoulli_means_with_finite_log_probabilities():
    likelihood = UnitPictures()
    x = np.array([0.0, 1.0, 0.25], np.float32).reshape(1, 1, 3, 1)
    p = np.array([0.5, 0.8, 0.25], np.float32).reshape(1, 1, 3, 1)
    expected = np.log(0.5) + np.log(0.8) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75)
    np.testing.assert_allclose(np.asarray(likelihood.log_prob(x, p)), [expected], rtol=1e-5)
    wrong = np.asarray(likelihood.log_prob(np.ones_like(x), np.zeros_like(x)))
    assert np.isfinite(wrong).all() and wrong[0] < -30
    np.testing.assert_array_equal(np.asarray(likelihood.mean(np.array([-1, 0.5, 2], np.float32))), [0, 0.5, 1])


def test_its_gradient_passes_through_onnxruntime(tmp_path):
    import tensorflow as tf

    bundle = load_bundle(save_onnx(tmp_path / "onnx"))
    z = tf.constant(np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = tf.reduce_sum(bundle.vae.decoder(z))
    found = np.asarray(tape.gradient(value, z))
    step = 1e-3
    for axis in (0, 1):
        moved = np.eye(2, dtype=np.float32)[axis] * step
        high, low = (np.asarray(bundle.vae.decoder(z + sign * moved)).sum(axis=(1, 2, 3)) for sign in (1, -1))
        np.testing.assert_allclose(found[:, axis], (high - low) / (2 * step), atol=0.02)
    assert np.abs(found).max() > 0.1


def test_a_large_network_has_small_batches():
    layers = (
        {"kind": "Dense", "name": "start", "inputs": ("input",), "units": 4},
        {"kind": "Reshape", "name": "small", "inputs": ("start",), "target_shape": (2, 2, 1)},
        {"kind": "UpSampling2D", "name": "large", "inputs": ("small",), "size": (64, 64)},
        {"kind": "Conv2D", "name": "many", "inputs": ("large",), "filters": 100, "kernel_size": (3, 3),
         "padding": "same"},
        {"kind": "Conv2D", "name": "one", "inputs": ("many",), "filters": 1, "kernel_size": (1, 1),
         "activation": "sigmoid"},
    )  # fmt: skip
    decoder = {"kind": "graph", "input_shape": (2,), "layers": layers, "outputs": ("one",)}
    config = ImportedConfig.model_validate(
        {"image_shape": (128, 128, 1), "latent_dim": 2, "variational": True, "encoder": None, "decoder": decoder}
    )
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in weight_shapes(config).items()}
    vae = make_model(config, weights, {})
    given, network = [], vae.decoder

    class Watched(OpaqueNetwork):
        def __call__(self, x, *, training=False):
            given.append(x.shape[0])
            return network(x)

    vae.decoder = Watched()  # its weights do not change
    codec, codes = Codec(vae), rng.normal(size=(40, 2)).astype(np.float32)
    pictures = codec.decode(codes)
    assert config.largest_batch == 32 and set(given) == {32, 8}
    assert config.live_values > 32 * 100 * 128 * 128
    np.testing.assert_allclose(pictures[[0, 39]], np.asarray(network(codes[[0, 39]])), atol=1e-6)
