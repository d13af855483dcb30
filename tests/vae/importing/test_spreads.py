"""What an encoder gives in a log-variance's place is told by its name and its numbers, and becomes one exactly."""

from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np
import pytest
import torch
from keras import layers

from tests.vae.importing.keras_models import SHAPE, D, a_standard_deviation
from tests.vae.importing.torch_models import Scaled, Varied, export, outputs, trained_by_the_bound
from vae.data import load_test_split
from vae.importing.choices import Head
from vae.importing.finishing import Candidate
from vae.importing.process import take_in
from vae.importing.spreads import SPREADS, named_spread, spread_of


@contextmanager
def candidate_of(files):
    intake = take_in(files)
    try:
        yield Candidate(intake)
    finally:
        intake.discard()


_NAMES = {
    "log-variance": ["z_log_var", "logvar", "fc_LogVar/BiasAdd", "lnvar", "log_sigma_sq", "z_log_sigma2"],
    "log-std": ["log_std", "logsigma", "z_log_scale", "LogStd", "ln_sigma", "log_stddev", "log_sd"],
    "variance": ["var", "z_variance", "sigma2", "sigma_sq", "std_squared"],
    "std": ["z_scale", "sigma", "std", "stddev", "standard_deviation", "z_sd"],
    None: ["z_loc", "mean", "13", "linear_2", "softplus", "variational", "used", "logits"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in _NAMES.items() for name in names])
def test_names(kind, name):
    assert named_spread(name) == (SPREADS[kind] if kind else None)


class TestNumbers:
    """Posteriors that together are as wide as the prior."""

    @pytest.fixture
    def posteriors(self):
        rng = np.random.default_rng(0)
        sigma = rng.uniform(0.1, 0.6, (400, 3))
        sigma[:, 2] = 1  # a dimension that says nothing
        return rng.normal(size=(400, 3)) * np.sqrt(1 - np.square(sigma)), sigma

    @pytest.mark.parametrize("name", ["", "third"])
    def test_what_no_name_tells(self, posteriors, name):
        codes, sigma = posteriors
        assert spread_of(name, codes, sigma) == SPREADS["std"]
        assert spread_of(name, codes, np.square(sigma)) == SPREADS["variance"]
        assert spread_of(name, codes, 2 * np.log(sigma)) == SPREADS["log-variance"]

    def test_codes_far_wider_than_the_prior(self, posteriors):
        codes, sigma = posteriors
        assert spread_of("", 5 * codes, sigma) == SPREADS["std"]

    def test_a_name_counts_more_where_it_can_be_true(self, posteriors):
        codes, sigma = posteriors
        assert spread_of("z_var", codes, sigma) == SPREADS["variance"]
        assert spread_of("sigma", codes, np.square(sigma)) == SPREADS["std"]
        assert spread_of("log_std", codes, np.log(sigma)) == SPREADS["log-std"]
        assert spread_of("sigma", codes, np.log(sigma)) == SPREADS["log-variance"], "below 0: no deviation"
        assert spread_of("logvar", codes, sigma) == SPREADS["log-variance"]


_FUNCTIONS = {
    "log-variance": lambda x: x,
    "variance": np.log,
    "std": lambda x: 2 * np.log(x),
    "log-std": lambda x: 2 * x,
}


@pytest.mark.parametrize("kind", SPREADS)
@pytest.mark.parametrize("files", ["keras", "onnx"])
def test_each_becomes_a_log_variance(kind, files, tmp_path):
    """Of what is chosen, whatever was found."""
    if files == "keras":
        made = a_standard_deviation(tmp_path)
        taken, x = made.files, np.random.default_rng(0).random((9, *SHAPE)).astype(np.float32)
        given = np.exp(made.encode(x)[1] / 2)
    else:
        torch.manual_seed(0)
        model = Scaled()
        taken, x = export(model, tmp_path, False, True), np.random.default_rng(0).random((9, 8, 8, 1), np.float32)
        given = outputs(model, "encode", x.reshape(9, 64))[1]
    assert given.std() > 1e-2
    with candidate_of(taken) as candidate:
        choices = replace(candidate.guess(None).choices, spread=SPREADS[kind])
        _, found = candidate.make(choices).vae.encode(x)
    np.testing.assert_allclose(np.asarray(found), _FUNCTIONS[kind](given), atol=1e-5)
    assert f"The {SPREADS[kind].title} is the output 'z_" in " ".join(choices.told(("z_loc", "z_scale")))


class _Narrow(Scaled):
    """Of no width."""

    def encode(self, x):
        mean, scale = super().encode(x)
        return mean, 0 * scale


def _narrow(folder):
    """The same, of Keras."""
    x = keras.Input((8, 8, 1))
    h = layers.Flatten()(x)
    zero = layers.Dense(D, name="width", activation="relu", kernel_initializer="zeros")(h)
    keras.Model(x, [layers.Dense(D, name="mean")(h), zero]).save(folder / "encoder.keras")
    keras.Sequential([keras.Input((D,)), layers.Dense(64), layers.Reshape((8, 8, 1))]).save(folder / "decoder.keras")
    return [(name, folder / name) for name in ("encoder.keras", "decoder.keras")]


@pytest.mark.parametrize("kind", ["variance", "std"])
@pytest.mark.parametrize("make", [_narrow, lambda folder: export(_Narrow(), folder, False, True, ("mean", "width"))])
def test_no_width_at_all_is_a_finite_log_variance(kind, make, tmp_path):
    with candidate_of(make(tmp_path)) as candidate:
        choices = replace(candidate.guess(None).choices, mean=Head(0), log_var=Head(1), spread=SPREADS[kind])
        _, found = candidate.make(choices).vae.encode(np.zeros((2, 8, 8, 1), np.float32))
    np.testing.assert_allclose(np.asarray(found), np.log(1e-12), rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "found", "variance_of"),
    [(Scaled, "std", torch.square), (Varied, "variance", lambda given: given)],
    ids=lambda one: one if isinstance(one, str) else "",
)
@pytest.mark.parametrize("names", [("first", "second"), ("b", "a")])
def test_of_a_trained_model_by_what_it_makes_of_pictures(kind, found, variance_of, names, tmp_path):
    """Under names that say nothing; what it is kept as are the standard deviations that it was taught with."""
    images = load_test_split("digits").images
    torch.manual_seed(0)
    model = trained_by_the_bound(kind(), images / 255, variance_of)
    with candidate_of(export(model, tmp_path, False, True, names)) as candidate:
        choices = candidate.guess(images).choices
        assert (choices.mean, choices.log_var, choices.spread) == (Head(0), Head(1), SPREADS[found])
        _, log_var = candidate.make(choices).vae.encode(images[:20] / np.float32(255))
    given = outputs(model, "encode", images[:20].reshape(20, 64) / 255)[1]
    np.testing.assert_allclose(np.asarray(log_var), _FUNCTIONS[found](given), atol=1e-4)


def test_names_that_tell_are_believed(tmp_path):
    """Of a network that has learned nothing, whose pictures are alike by any reading."""
    images = load_test_split("digits").images
    for seed in range(3):
        for names, mean in (
            (("z_loc", "z_scale"), 0),
            (("z_scale", "z_loc"), 1),
            (("sigma", "other"), 1),
            (("b", "mu"), 1),
        ):
            torch.manual_seed(seed)
            with candidate_of(export(Scaled(), tmp_path, False, True, names)) as candidate:
                assert candidate.guess(images).choices.mean == Head(mean), names


def test_log_standard_deviations_are_told_by_their_name_alone(tmp_path):
    images = load_test_split("digits").images
    torch.manual_seed(0)
    for names, found in ((("loc", "log_std"), "log-std"), (("loc", "other"), "log-variance")):
        model = trained_by_the_bound(_Logged(), images / 255, lambda given: torch.exp(2 * given), steps=150)
        with candidate_of(export(model, tmp_path, False, True, names)) as candidate:
            assert candidate.guess(images).choices.spread == SPREADS[found]


class _Logged(Scaled):
    def encode(self, x):
        h = self.body(x)
        return self.mu(h), self.logvar(h)
