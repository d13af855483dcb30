"""The script of the Learn page's small models: its wrong losses, and what it has written."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from docs.learn_models.mistakes import MISTAKES, POSTERIORS
from docs.learn_models.recipes import RECIPES
from vae.assets import ASSETS
from vae.models.config import ModelConfig, TrainConfig

FOLDER = ASSETS / "learn"
DOCUMENT = json.loads((FOLDER / "models.json").read_text())
MODELS = DOCUMENT["models"]


def figure(key: str, name: str) -> float:
    return MODELS[key]["figures"][name][0]


def test_all_models_are_written_and_small():
    assert list(MODELS) == [recipe.key for recipe in RECIPES]
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 3_000_000


@pytest.mark.parametrize("key", [key for key in MODELS if key != "autoencoder"])
def test_the_elbo_is_reconstruction_less_kl(key):
    assert figure(key, "elbo") == pytest.approx(figure(key, "reconstruction") - figure(key, "kl"), abs=1e-3)
    assert sum(MODELS[key]["figures"]["kl_per_dimension"]) == pytest.approx(figure(key, "kl"), abs=1e-2)


def test_written_codes_have_the_written_width():
    for key in ("vae", "beta-4", "one-head"):
        sigma = np.exp(load_file(FOLDER / f"{key}.safetensors")["z_log_var"].astype(float) / 2)
        assert sigma.mean() == pytest.approx(figure(key, "sigma"), rel=0.1)
    arrays = load_file(FOLDER / "one-head.safetensors")
    np.testing.assert_array_equal(arrays["z_mean"], arrays["z_log_var"])
    assert not load_file(FOLDER / "without-mean.safetensors")["z_mean"].any()


def test_the_numbers_show_what_the_chapters_say():
    elbos = {key: figure(key, "elbo") for key in ("beta-0", "beta-0.25", "beta-4", "beta-20")}
    assert figure("vae", "elbo") > max(elbos.values()), "β = 1 is the ELBO"
    kls = [figure(key, "kl") for key in ("beta-0", "beta-0.25", "vae", "beta-4", "beta-20")]
    assert kls == sorted(kls, reverse=True)
    # The encoder adapts to a wrong σ; all other mistakes cost many nats.
    assert all(figure("vae", "elbo") > figure(key, "elbo") + 10 for key in MISTAKES if key != "variance-as-sigma")
    assert figure("vae", "elbo") > figure("variance-as-sigma", "elbo")
    assert figure("mean-over-pixels", "kl") < 0.1, "collapsed"
    assert figure("kl-over-pixels", "kl") > 2 * figure("vae", "kl")
    assert figure("without-mean", "mse") > 1.3 * figure("vae", "mse")
    assert figure("autoencoder", "coverage") < 0.5 * figure("vae", "coverage")


def test_free_bits_cure_the_collapse():
    def active(key):
        return sum(kl > 0.1 for kl in MODELS[key]["figures"]["kl_per_dimension"])

    assert active("eight") > active("eight-beta-10")
    assert active("eight-free-bits") == 8
    assert figure("eight-free-bits", "mse") < figure("eight-beta-10", "mse")


def test_the_film_shows_learning():
    film, arrays = DOCUMENT["film"], load_file(FOLDER / "film.safetensors")
    steps = film["step"]
    assert steps[0] == 0 and steps == sorted(set(steps))
    assert arrays["codes"].shape == (len(steps), len(arrays["labels"]), 2)
    assert film["elbo"][-1] > film["elbo"][0] + 100
    np.testing.assert_allclose(film["elbo"], np.subtract(film["reconstruction"], film["kl"]), atol=2e-3)


@pytest.fixture(scope="module")
def batch():
    import keras

    from vae.models.vae import VAE
    from vae.training.objective import Batch

    config = ModelConfig(image_shape=(4, 4, 1), latent_dim=2, network="dense", widths=(8,))
    vae = VAE(config, seed=1)
    x = keras.ops.convert_to_tensor(np.random.default_rng(0).random((64, 4, 4, 1)).astype(np.float32))
    # A width far from 1, so that all wrong formulas differ from the right one.
    z_mean, z_log_var = vae.encode(x)

    def make(shift):
        noise = keras.random.SeedGenerator(7)
        return Batch(vae, TrainConfig(), x, np.zeros(64, int), z_mean, z_log_var + shift, 1.0, noise)

    return make


def losses(loss, batch) -> np.ndarray:
    return np.array([float(part) for part in loss(batch)])


def test_each_mistake_differs_from_the_elbo_as_it_says(batch):
    from vae.training.objective import negative_elbo

    right = losses(negative_elbo, batch(-3.0))
    wrong = {key: losses(loss, batch(-3.0)) for key, loss in MISTAKES.items()}
    _, error, kl = right
    np.testing.assert_allclose(wrong["mean-over-pixels"], [error / 16 + kl, error, kl], rtol=1e-5)
    np.testing.assert_allclose(wrong["kl-over-pixels"], [error + kl / 16, error, kl], rtol=1e-5)
    assert wrong["mse-alone"][0] < 1, "a mean of squared errors of pixels in [0, 1]"
    assert wrong["sigma-in-kl"][1] == pytest.approx(error), "the same codes"
    assert wrong["sigma-in-kl"][2] < kl, "its minimum is at σ = 0"
    assert wrong["variance-as-sigma"][2] == pytest.approx(kl), "the KL is that of σ"
    for key in ("one-head", "variance-as-sigma", "without-mean"):
        assert abs(wrong[key][1] - error) > 1e-4, "other codes"


def test_codes_without_the_mean_do_not_depend_on_it(batch):
    from dataclasses import replace

    def error(shift):
        one = batch(-3.0)
        return losses(MISTAKES["without-mean"], replace(one, z_mean=one.z_mean + shift))[1]

    assert error(0.0) == pytest.approx(error(5.0), rel=1e-6)


def test_the_measured_distribution_is_the_one_that_codes_are_drawn_from():
    mean, log_var = np.array([[1.0, -2.0]]), np.array([[-1.0, 0.5]])
    found = {key: posterior(mean, log_var) for key, posterior in POSTERIORS.items()}
    np.testing.assert_array_equal(found["one-head"][1], mean)
    np.testing.assert_allclose(np.exp(found["variance-as-sigma"][1] / 2), np.exp(log_var), err_msg="the variance is σ")
    assert not found["without-mean"][0].any()
