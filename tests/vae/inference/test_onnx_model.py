"""ONNX Runtime and NumPy compute what Keras computes, for every kind of model, and load no framework."""

import numpy as np
import pytest

from tests.onnx_model import save_onnx
from vae.errors import BadRequestError
from vae.evaluation.bounds import Elbo, binarized
from vae.formats.bundle import Bundle, load_bundle
from vae.inference import runtime
from vae.inference.class_inference import ClassChoice
from vae.inference.codec import Codec
from vae.inference.onnx_model import OnnxModel
from vae.inference.runtime import choose_runtime, open_runtime
from vae.kinds import LIKELIHOODS
from vae.models.config import ModelConfig
from vae.models.untyped_keras import ops
from zscope.library.registry import SHIPPED

SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "dense_units": 8, "widths": (4, 6)}
KINDS = {
    **{likelihood: {"likelihood": likelihood} for likelihood in LIKELIHOODS},
    "dense": {"network": "dense"},
    "residual": {"network": "residual", "blocks": 2, "activation": "gelu"},
    "autoencoder": {"variational": False},
    "binary": {"binarize": True},
    "conditional": {"classes": 10, "likelihood": "laplace"},
    "flow": {"prior": "realnvp", "prior_blocks": 5, "prior_units": 7, "classes": 10},
    "colour": {"image_shape": (16, 24, 3), "likelihood": "discretized-logistic"},
}


def _bundle(make_content, settings: dict) -> Bundle:
    """A bundle of random weights, far from the identity where the order of layers counts."""
    content = make_content(ModelConfig(**SMALL | settings))
    rng = np.random.default_rng(1)
    weights = {
        name: (value + rng.normal(0, 0.2, value.shape)).astype(np.float32) for name, value in content["weights"].items()
    }
    manifest = load_bundle(SHIPPED / "mnist-2d").manifest.model_copy(update={"model": content["config"]})
    return Bundle(manifest, content["card"], content["reference"], weights)


def _onnx(bundle: Bundle) -> OnnxModel:
    return OnnxModel(bundle.manifest.model, bundle.weights, bundle.onnx)


@pytest.mark.parametrize("name", KINDS)
def test_it_computes_the_same_as_keras(make_content, name):
    bundle = _bundle(make_content, KINDS[name])
    config, rng = bundle.manifest.model, np.random.default_rng(0)
    ours, keras = _onnx(bundle), bundle.vae
    images = rng.integers(0, 256, (20, *config.image_shape), np.uint8)
    images = binarized(images, rng) if config.binarize else images
    labels = rng.integers(0, max(1, config.classes), len(images))
    noise = rng.normal(size=(50, config.latent_dim)).astype(np.float32)

    for found, expected in zip(Codec(ours).encode(images), Codec(keras).encode(images), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(
        ours.sample_prior(noise), ops.convert_to_numpy(keras.sample_prior(noise)), atol=1e-5, rtol=1e-4
    )
    codes = np.concatenate([3 * noise, rng.dirichlet(np.ones(10), 50)[:, : config.classes]], axis=1)
    np.testing.assert_allclose(Codec(ours).decode(codes), Codec(keras).decode(codes), atol=1e-5)
    levels = [Codec(model).decode_pixels(codes) for model in (ours, keras)]
    assert levels[0].dtype == np.uint8 and np.abs(levels[0].astype(int) - levels[1]).max() <= 1

    terms = [Elbo(model)(images, labels, np.random.default_rng(3)) for model in (ours, keras)]
    for part in ("reconstruction", "kl", "z_mean", "z_log_var"):
        np.testing.assert_allclose(*(getattr(one, part) for one in terms), rtol=1e-4, atol=1e-4)
    if config.classes:
        choices = [ClassChoice(model).choose(images, terms[0].z_mean) for model in (ours, keras)]
        np.testing.assert_array_equal(*choices)


@pytest.mark.parametrize("id", ["mnist-2d", pytest.param("mnist-binary-32", marks=pytest.mark.full)])
def test_pictures_of_bundled_models_differ_by_one_grey_level_at_most(id):
    bundle = load_bundle(SHIPPED / id)
    codes = bundle.reference.z_mean[:10_000]
    ours, keras = (Codec(model).decode_pixels(codes) for model in (_onnx(bundle), bundle.vae))
    assert np.abs(ours.astype(int) - keras).max() <= 1


@pytest.mark.parametrize("batch", [None, 1])
def test_an_imported_onnx_network_runs(tmp_path, make_content, batch):
    bundle = load_bundle(save_onnx(tmp_path, make_content(), batch=batch))
    ours, keras = Codec(_onnx(bundle)), Codec(bundle.vae)
    codes = bundle.reference.z_mean[:33]
    np.testing.assert_allclose(ours.decode(codes), keras.decode(codes), atol=1e-6)
    assert ours.runtime == "ONNX Runtime" and ours.device == "CPU"


def test_pages_of_a_conditional_flow_model_load_no_framework(run_python, tmp_path):
    script = """
import sys
import numpy as np
from pathlib import Path
from vae.formats.bundle import load_bundle
from vae.inference.interpolation import Interpolator
from vae.inference.loaded_model import LoadedModel
from vae.pictures.reconstruction import Reader
from tests.small_model import save_small

folder = Path(sys.argv[1])
save_small(folder, "small", classes=10, prior="realnvp", likelihood="gaussian-optimal")
bundle = load_bundle(folder / "small")
model = LoadedModel("small", bundle)
image = np.zeros((8, 8, 1), np.uint8)
image[2:6, 3:5] = 255
reading = Reader(model).read(image)
assert np.isfinite([reading.log_likelihood, reading.kl]).all()
codes, _ = model.encode(image[None])
assert codes.shape == (1, 13) and model.decode_pixels(codes).shape == (1, 8, 8, 1)
paths = Interpolator(bundle)
for kind in ("linear", "slerp", "graph"):
    assert paths.find(kind, codes[0], np.roll(codes[0], 1)).length > 0
model.model.sample_prior(codes[:, :3])
print([name for name in ("keras", "tensorflow", "jax", "torch") if name in sys.modules])
"""
    done = run_python("-c", script, str(tmp_path))
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


class TestChoice:
    @pytest.mark.parametrize(
        ("setting", "gpu", "expected"),
        [(None, False, "onnx"), (None, True, "keras"), ("onnx", True, "onnx"), ("keras", False, "keras")],
    )
    def test_a_gpu_or_the_setting_decides(self, monkeypatch, setting, gpu, expected):
        monkeypatch.setattr(runtime, "_has_gpu", lambda: gpu)
        monkeypatch.delenv("ZSCOPE_RUNTIME", raising=False)
        if setting:
            monkeypatch.setenv("ZSCOPE_RUNTIME", setting)
        assert choose_runtime() == expected

    def test_another_setting_is_refused(self, monkeypatch):
        monkeypatch.setenv("ZSCOPE_RUNTIME", "fast")
        with pytest.raises(BadRequestError, match="ZSCOPE_RUNTIME is 'fast'"):
            choose_runtime()

    def test_the_same_model_is_opened_once_while_it_is_in_use(self, monkeypatch):
        monkeypatch.setenv("ZSCOPE_RUNTIME", "onnx")
        one, other = (load_bundle(SHIPPED / "mnist-2d") for _ in range(2))
        model = open_runtime(one)
        assert open_runtime(other) is model

    def test_the_same_weights_with_another_likelihood_are_another_model(self, monkeypatch, make_content):
        monkeypatch.setenv("ZSCOPE_RUNTIME", "onnx")
        one, other = (_bundle(make_content, {"likelihood": name}) for name in ("bernoulli", "continuous-bernoulli"))
        assert one.manifest.networks_hash == other.manifest.networks_hash
        assert open_runtime(one).likelihood.mean(np.float32(5)) != open_runtime(other).likelihood.mean(np.float32(5))

    def test_what_onnx_runtime_cannot_run_runs_on_keras(self, monkeypatch, caplog):
        def refuse(config, weights, onnx):
            raise BadRequestError("The layer Odd has no ONNX form.", "Use Keras.")

        monkeypatch.setenv("ZSCOPE_RUNTIME", "onnx")
        monkeypatch.setattr("vae.inference.onnx_model.OnnxModel", refuse)
        bundle = load_bundle(SHIPPED / "mnist-2d")
        monkeypatch.setattr(runtime, "_open", {})
        assert open_runtime(bundle) is bundle.vae
        assert "The layer Odd has no ONNX form." in caplog.text
