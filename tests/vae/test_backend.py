"""Compiled functions on the current backend, and JAX compared with it."""

import json

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from vae.backend import compile_function, compile_gradient, compile_train_step, device_name
from vae.errors import TrainingError
from vae.evaluation.measure import evaluate
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.inference.pullback import PullBack, Uncertainty
from vae.models.config import ModelConfig
from vae.models.untyped_keras import ops
from vae.models.vae import VAE


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


def test_values_of_variables_are_read_at_each_call():
    variable = keras.Variable(np.float32(1.0))
    compiled = compile_function(lambda a: a * variable, [variable])
    for value in (1.0, 5.0):
        variable.assign(value)
        np.testing.assert_allclose(ops.convert_to_numpy(compiled(np.ones(2, np.float32))), value)


def test_the_device_is_one_of_three():
    assert device_name() in ("CPU", "GPU", "TPU")


def _step_of(variable, momentum=0.0, pair=None):
    """Compile a step of gradient descent on (x − w)², which also counts its calls."""
    count = keras.Variable(np.int32(0), dtype="int32", trainable=False)

    def objective(x):
        count.assign_add(1)
        return ops.mean(ops.square(x - variable)), ops.cast(count, "float32")

    optimizer = keras.optimizers.SGD(0.25)
    optimizer.build([variable])
    pairs = [(pair, variable)] if pair is not None else []
    return compile_train_step(objective, [variable], [variable, count], optimizer, pairs, momentum), count


class TestTrainStep:
    def test_it_descends_keeps_state_and_returns_the_results_of_the_objective(self):
        variable = keras.Variable(np.float32(0))
        step, count = _step_of(variable)
        results = [[float(part) for part in step(np.array([2.0, 2.0], np.float32))] for _ in range(3)]
        # The gradient is 2 (w − 2): each step halves the distance.
        np.testing.assert_allclose(results, [[4.0, 1], [1.0, 2], [0.25, 3]])
        assert float(variable.numpy()) == pytest.approx(1.75)
        assert int(count.numpy()) == 3

    @pytest.mark.parametrize("momentum", [0.0, 0.75])
    def test_the_average_follows_after_the_update(self, momentum):
        variable, average = keras.Variable(np.float32(0)), keras.Variable(np.float32(0), trainable=False)
        step, _ = _step_of(variable, momentum, average)
        expected = 0.0
        for value in (1.0, 1.5, 1.75):
            step(np.array([2.0], np.float32))
            expected = momentum * expected + (1 - momentum) * value
            assert float(variable.numpy()) == pytest.approx(value)
            assert float(average.numpy()) == pytest.approx(expected)

    def test_it_is_not_available_on_every_backend(self, monkeypatch):
        monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
        with pytest.raises(TrainingError, match=r"Can't train with Keras on torch.*KERAS_BACKEND to tensorflow"):
            compile_train_step(None, [], [], None, [], 0.0)


JAX = """
import dataclasses, json, sys
import numpy as np
import keras
assert keras.backend.backend() == "jax"
from vae.models.untyped_keras import ops
from vae.backend import compile_function, compile_gradient
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.models.config import ModelConfig, TrainConfig, config_from_json
from vae.data import load_dataset
from vae.evaluation.measure import evaluate
from vae.models.vae import VAE
from vae.inference.pullback import PullBack, Uncertainty
from vae.training.trainer import Trainer
from vae.training.validation import Validation

digits = load_dataset("digits")
"""
JAX_ARRAYS = """
folder, out = sys.argv[1:3]
bundle = load_bundle(folder)
codec = Codec(bundle.vae)
z_mean, z_log_var = codec.encode(digits.test.images)
arrays = dict(z_mean=z_mean, z_log_var=z_log_var, pictures=codec.decode(z_mean), pixels=codec.decode_pixels(z_mean))

# Energy and length of a path, and the gradient of each row.
pull_back = PullBack(bundle.vae, Uncertainty(z_mean, np.ones(z_mean.shape[1], bool)))
arrays["energy"], arrays["slope"] = pull_back.energy(z_mean[:9])
arrays["length"] = pull_back.length(z_mean[:9])
def squares(z):
    return ops.sum(ops.square(bundle.vae.decoder(z)), axis=(1, 2, 3))
each = compile_gradient(squares, bundle.vae.decoder.variables, each=True)
arrays["row_values"], arrays["row_slopes"] = each(z_mean[:5])
np.savez(out, **arrays)
"""
JAX_ZOO = """
folder, zoo, out = sys.argv[1:]
arrays = {}
metrics = evaluate(load_bundle(folder).vae, digits, iwae_samples=20, iwae_images=297, samples=0)

# Members of the zoo with weights from the other backend.
with np.load(zoo) as archive:
    members = json.loads(str(archive["members"]))
    for name, text in members.items():
        vae = VAE(config_from_json(ModelConfig, text))
        vae.assign({weight: archive[f"{name}/{weight}"] for weight in vae.named_weights()})

        def figures(x, z, labels):
            return *vae.encode(x), vae.log_prob_x(x, z, labels), vae.log_prior(z), vae.sample_prior(z)

        found = compile_function(figures, vae.variables)(*(archive[part] for part in ("x", "z", "labels")))
        arrays |= {f"{name}/{index}": ops.convert_to_numpy(figure) for index, figure in enumerate(found)}
np.savez(out, **arrays)
print(json.dumps(metrics.model_dump()))
"""
JAX_RUNS = """
# All parts with state: dropout, binary pixels, the sigma of the batch, a flow, an average.
def advance(trainer, steps):
    for _ in range(steps):
        trainer.advance()
        if trainer.step % trainer.steps_per_epoch == 0:
            trainer.finish_epoch()

common = dict(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=16)
flow = dict(likelihood="gaussian-optimal", prior="realnvp", prior_blocks=2)
model, settings = {
    "binary": (ModelConfig(**common, binarize=True, classes=10), dict(importance_samples=2, dropout=0.2)),
    "sigma": (ModelConfig(**common, **flow), dict(weight_decay=0.1)),
}[sys.argv[-1]]
config = TrainConfig(dataset="digits", epochs=2, batch_size=60, learning_rate=1e-2, kl_warmup=0.0, **settings)
whole = Trainer(digits, model, config)
validation = Validation(whole.average, 0)
before = validation.measure(digits.validation)[0]["loss"]
advance(whole, 25)
middle, rest = whole.state()
middle, rest = {key: array.copy() for key, array in middle.items()}, json.loads(json.dumps(rest))
advance(whole, 15)
ours, ours_rest = whole.state()
whole.restore(middle, rest)  # a second trainer would compile everything again
advance(whole, 15)
theirs, theirs_rest = whole.state()
run = {
    "step": whole.step,
    "before": before,
    "after": validation.measure(digits.validation)[0]["loss"],
    "history": whole.history,
    "changed": [key for key in ours if not np.array_equal(ours[key], theirs[key])],
    "same_rest": ours_rest == theirs_rest,
    "averaged": any((ours[f"average/{key}"] != ours[f"weights/{key}"]).any() for key in whole.vae.named_weights()),
}
print(json.dumps(run))
"""

ZOO = {
    "residual": ModelConfig(
        image_shape=(8, 8, 1), latent_dim=3, network="residual", widths=(6, 8), dense_units=10, likelihood="laplace"
    ),
    "flow": ModelConfig(
        image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=10, prior="realnvp", classes=10, activation="gelu"
    ),
    "logistic": ModelConfig(
        image_shape=(8, 8, 1), latent_dim=3, network="dense", widths=(9,), likelihood="discretized-logistic"
    ),
    "continuous": ModelConfig(
        image_shape=(8, 8, 1),
        latent_dim=3,
        network="dense",
        widths=(9,),
        likelihood="continuous-bernoulli",
        variational=False,
        activation="silu",
    ),
}


@pytest.fixture(scope="module")
def zoo(digits):
    """Images, codes, and the results of each member with random weights."""
    rng = np.random.default_rng(0)
    x = digits.test.images[:20].astype(np.float32) / 255
    arrays = {"x": x, "z": rng.normal(size=(20, 3)).astype(np.float32), "labels": np.arange(20, dtype=np.int32) % 10}
    expected = {}
    for name, config in ZOO.items():
        vae = VAE(config)
        for weight_name, weight in vae.named_weights().items():
            weight.assign(weight.numpy() + rng.normal(0, 0.1, weight.shape))
            arrays[f"{name}/{weight_name}"] = weight.numpy()
        z, labels = arrays["z"], arrays["labels"]
        figures = *vae.encode(x), vae.log_prob_x(x, z, labels), vae.log_prior(z), vae.sample_prior(z)
        expected[name] = [ops.convert_to_numpy(figure) for figure in figures]
    members = {name: TypeAdapter(ModelConfig).dump_json(config).decode() for name, config in ZOO.items()}
    return arrays | {"members": json.dumps(members)}, expected


@pytest.fixture(scope="module")
def jax_process(run_python, published, tmp_path_factory):
    """The arrays of the published model, and the facts of a run, from one process."""
    out = tmp_path_factory.mktemp("jax") / "arrays.npz"
    run = _on_jax(run_python, JAX_ARRAYS + JAX_RUNS, str(published), str(out), "binary")
    with np.load(out) as archive:
        return dict(archive), run


@pytest.fixture(scope="module")
def jax_arrays(jax_process):
    return jax_process[0]


@pytest.fixture(scope="module")
def jax_zoo(run_python, published, zoo, tmp_path_factory):
    """The metrics of the published model, and the results of the zoo's members."""
    folder = tmp_path_factory.mktemp("jax")
    np.savez(folder / "zoo.npz", **zoo[0])
    out = folder / "arrays.npz"
    metrics = _on_jax(run_python, JAX_ZOO, str(published), str(folder / "zoo.npz"), str(out))
    with np.load(out) as archive:
        return metrics, dict(archive)


@pytest.fixture(scope="module", params=["binary", pytest.param("sigma", marks=pytest.mark.full)])
def jax_training(request, run_python, jax_process):
    return jax_process[1] if request.param == "binary" else _on_jax(run_python, JAX_RUNS, request.param)


def _on_jax(run_python, script: str, *arguments: str):
    """Run a script after the imports of `JAX`, and return the JSON in its last line."""
    done = run_python("-c", JAX + script, *arguments, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class TestJax:
    def test_both_directions_agree(self, jax_arrays, published, digits):
        arrays = jax_arrays
        codec = Codec(load_bundle(published).vae)
        z_mean, z_log_var = codec.encode(digits.test.images)
        np.testing.assert_allclose(arrays["z_mean"], z_mean, atol=1e-5)
        np.testing.assert_allclose(arrays["z_log_var"], z_log_var, atol=1e-5)
        np.testing.assert_allclose(arrays["pictures"], codec.decode(arrays["z_mean"]), atol=1e-5)
        np.testing.assert_allclose(arrays["pixels"], codec.decode_pixels(arrays["z_mean"]), atol=1)

    def test_gradients_agree(self, jax_arrays, published):
        arrays = jax_arrays
        vae, z = load_bundle(published).vae, arrays["z_mean"]
        pull_back = PullBack(vae, Uncertainty(z, np.ones(z.shape[1], bool)))
        value, slope = pull_back.energy(z[:9])
        assert arrays["energy"] == pytest.approx(value, rel=1e-4)
        assert arrays["length"] == pytest.approx(pull_back.length(z[:9]), rel=1e-4)
        np.testing.assert_allclose(arrays["slope"], slope, rtol=1e-3, atol=1e-3 * np.abs(slope).max())

        def squares(z):
            return ops.sum(ops.square(vae.decoder(z)), axis=(1, 2, 3))

        values, slopes = compile_gradient(squares, vae.decoder.variables, each=True)(z[:5])
        assert values.shape == (5,) and values.dtype == np.float64
        np.testing.assert_allclose(arrays["row_values"], values, rtol=1e-4)
        np.testing.assert_allclose(arrays["row_slopes"], slopes, rtol=1e-3, atol=1e-3 * np.abs(slopes).max())

    @pytest.mark.full
    def test_the_figures_agree(self, jax_zoo, published, digits):
        metrics, _ = jax_zoo
        bundle = load_bundle(published)
        expected = evaluate(bundle.vae, digits, iwae_samples=20, iwae_images=297, samples=0).model_dump()
        for name in ("elbo", "iwae", "kl", "reconstruction", "mse"):
            assert metrics[name]["value"] == pytest.approx(expected[name]["value"], abs=1e-3), name
        assert metrics["active_units"] == expected["active_units"]

    @pytest.mark.parametrize("name", ZOO)
    @pytest.mark.full
    def test_the_zoo_agrees(self, jax_zoo, zoo, name):
        _, arrays = jax_zoo
        for index, expected in enumerate(zoo[1][name]):
            np.testing.assert_allclose(arrays[f"{name}/{index}"], expected, rtol=2e-4, atol=2e-4)

    def test_a_run_lowers_the_loss(self, jax_training):
        run = jax_training
        assert run["after"] < run["before"] - 1
        assert run["averaged"]
        assert all(np.isfinite(values).all() for values in run["history"].values())

    def test_an_interrupted_run_ends_like_an_uninterrupted_one(self, jax_training):
        run = jax_training
        assert run["step"] == 40
        assert run["changed"] == []
        assert run["same_rest"]
