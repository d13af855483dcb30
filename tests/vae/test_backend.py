"""Compiled functions on the backend in use, and the second backend against the first."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from vae.backend import compile_function, device_name
from vae.bundle import load_bundle
from vae.codec import Codec
from vae.evaluation import evaluate


def test_a_compiled_function_is_traced_once_per_combination_of_shapes():
    traces = []

    def function(a, b):
        traces.append((tuple(a.shape), tuple(b.shape)))
        return a + b, a * 2

    compiled = compile_function(function, [])
    for _ in range(3):
        for rows in (1, 2):
            total, double = compiled(np.full((rows, 3), 2.0, np.float32), np.ones((rows, 3), np.float32))
            np.testing.assert_array_equal(ops.convert_to_numpy(total), np.full((rows, 3), 3.0))
            np.testing.assert_array_equal(ops.convert_to_numpy(double), np.full((rows, 3), 4.0))
    assert traces == [((1, 3), (1, 3)), ((2, 3), (2, 3))]


def test_bytes_and_floats_of_one_shape_are_two_functions():
    compiled = compile_function(lambda a: ops.cast(a, "float32") / 2, [])
    np.testing.assert_allclose(ops.convert_to_numpy(compiled(np.full((2,), 255, np.uint8))), 127.5)
    np.testing.assert_allclose(ops.convert_to_numpy(compiled(np.full((2,), 0.5, np.float32))), 0.25)


def test_a_variable_s_value_is_read_at_each_call():
    variable = keras.Variable(np.float32(1.0))
    compiled = compile_function(lambda a: a * variable, [variable])
    for value in (1.0, 5.0):
        variable.assign(value)
        np.testing.assert_allclose(ops.convert_to_numpy(compiled(np.ones(2, np.float32))), value)


def test_the_device_is_one_of_three():
    assert device_name() in ("CPU", "GPU", "TPU")


JAX = """
import dataclasses, json, sys
import numpy as np
import keras
assert keras.backend.backend() == "jax"
from vae.bundle import load_bundle
from vae.codec import Codec
from vae.config import TrainConfig
from vae.data import load_dataset
from vae.evaluation import evaluate
from vae.model import VAE
from vae.training import train

folder, out = sys.argv[1:]
bundle, digits = load_bundle(folder), load_dataset("digits")
codec = Codec(bundle.vae)
z_mean, z_log_var = codec.encode(digits.test.images)
np.savez(out, z_mean=z_mean, z_log_var=z_log_var, pictures=codec.decode(z_mean), pixels=codec.decode_pixels(z_mean))
metrics = evaluate(bundle.vae, digits, iwae_samples=20, iwae_images=297)

config = bundle.manifest.model
settings = TrainConfig(dataset="digits", epochs=1, batch_size=32, learning_rate=3e-3, kl_warmup=0.0)
fresh = VAE(config, seed=settings.seed)
fresh.set_output_bias(float(digits.train.images.mean() / 255))
fresh.compile(optimizer="sgd")
before = fresh.evaluate(digits.validation.images, verbose=0, return_dict=True)["loss"]
vae, history = train(digits, config, settings)
vae.compile(optimizer="sgd")
after = vae.evaluate(digits.validation.images, verbose=0, return_dict=True)["loss"]
print(json.dumps({"metrics": metrics.model_dump(), "before": before, "after": after, "history": history}))
"""


@pytest.fixture(scope="module")
def jax_run(run_python, published, tmp_path_factory):
    out = tmp_path_factory.mktemp("jax") / "arrays.npz"
    done = run_python("-c", JAX, str(published), str(out), KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
    assert done.returncode == 0, done.stderr
    with np.load(out) as archive:
        return json.loads(done.stdout.splitlines()[-1]), dict(archive)


class TestJax:
    def test_both_directions_agree(self, jax_run, published, digits):
        _, arrays = jax_run
        codec = Codec(load_bundle(published).vae)
        z_mean, z_log_var = codec.encode(digits.test.images)
        np.testing.assert_allclose(arrays["z_mean"], z_mean, atol=1e-5)
        np.testing.assert_allclose(arrays["z_log_var"], z_log_var, atol=1e-5)
        np.testing.assert_allclose(arrays["pictures"], codec.decode(arrays["z_mean"]), atol=1e-5)
        np.testing.assert_allclose(arrays["pixels"], codec.decode_pixels(arrays["z_mean"]), atol=1)

    def test_the_figures_agree(self, jax_run, published, digits):
        result, _ = jax_run
        expected = evaluate(load_bundle(published).vae, digits, iwae_samples=20, iwae_images=297).model_dump()
        for name in ("elbo", "iwae", "kl", "reconstruction", "mse"):
            assert result["metrics"][name]["value"] == pytest.approx(expected[name]["value"], abs=1e-3), name
        assert result["metrics"]["active_units"] == expected["active_units"]

    def test_an_epoch_lowers_the_loss(self, jax_run):
        result, _ = jax_run
        assert result["after"] < result["before"] - 1
        assert all(np.isfinite(values).all() for values in result["history"].values())
