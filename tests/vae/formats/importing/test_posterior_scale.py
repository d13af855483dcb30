"""Whether an encoder gives a log-variance, a variance or a deviation is inferred, and converted exactly."""

from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np
import onnx
import pytest
from keras import layers

from tests.vae.formats.importing.keras_models import SHAPE, D, a_standard_deviation
from tests.vae.formats.importing.torch_cases import LOG_VARIANCE, export_case, renamed
from vae.data import load_test_split
from vae.formats.importing.interpretation import Head
from vae.formats.importing.posterior_scale import SPREADS, named_spread, spread_of
from zscope.jobs.importing.candidate import Candidate
from zscope.jobs.importing.launcher import take_in

pytestmark = pytest.mark.usefixtures("quick_start")


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
    def test_infers_the_scale_if_the_name_does_not_show_it(self, posteriors, name):
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


def _check_log_variance(kind, files, x, given):
    """Read the encoder's second output as `kind`, whatever was found, and compare its conversion."""
    assert given.std() > 1e-2
    with candidate_of(files) as candidate:
        choices = replace(candidate.guess(None).choices, spread=SPREADS[kind])
        _, found = candidate.make(choices).model.encode(x)
    np.testing.assert_allclose(np.asarray(found), LOG_VARIANCE[kind](given), atol=1e-5)
    assert f"The {SPREADS[kind].title} is the output 'z_" in " ".join(choices.sentences(("z_loc", "z_scale")))


@pytest.mark.parametrize("kind", SPREADS)
def test_each_becomes_a_log_variance_in_keras(kind, tmp_path):
    made = a_standard_deviation(tmp_path)
    x = np.random.default_rng(0).random((9, *SHAPE)).astype(np.float32)
    _check_log_variance(kind, made.files, x, np.exp(made.encode(x)[1] / 2))


@pytest.mark.parametrize("kind", SPREADS)
def test_each_becomes_a_log_variance_in_onnx(kind, torch_files):
    expected = torch_files("std-seed-0")
    _check_log_variance(kind, expected.files, expected.x, expected.spread)


def _check_zero_width(kind, files):
    with candidate_of(files) as candidate:
        choices = replace(candidate.guess(None).choices, mean=Head(0), log_var=Head(1), spread=SPREADS[kind])
        _, found = candidate.make(choices).model.encode(np.zeros((2, 8, 8, 1), np.float32))
    np.testing.assert_allclose(np.asarray(found), np.log(1e-12), rtol=1e-5)


@pytest.mark.parametrize("kind", ["variance", "std"])
def test_no_width_at_all_is_a_finite_log_variance_in_keras(kind, tmp_path):
    x = keras.Input((8, 8, 1))
    h = layers.Flatten()(x)
    zero = layers.Dense(D, name="width", activation="relu", kernel_initializer="zeros")(h)
    encoder = keras.Model(x, [layers.Dense(D, name="mean")(h), zero])
    decoder = keras.Sequential([keras.Input((D,)), layers.Dense(64), layers.Reshape((8, 8, 1))])
    encoder.save(tmp_path / "encoder.keras")
    decoder.save(tmp_path / "decoder.keras")
    _check_zero_width(kind, [(name, tmp_path / name) for name in ("encoder.keras", "decoder.keras")])


@pytest.mark.parametrize("kind", ["variance", "std"])
def test_no_width_at_all_is_a_finite_log_variance_in_onnx(kind, torch_files):
    expected = torch_files("std-zero")
    assert not expected.spread.any()
    _check_zero_width(kind, expected.files)


@pytest.mark.parametrize(("name", "found"), [("std-trained", "std"), ("variance-trained", "variance")])
@pytest.mark.parametrize("names", [("first", "second"), ("b", "a")])
def test_of_a_trained_model_by_what_it_makes_of_pictures(name, found, names, torch_files, tmp_path):
    """Under names that say nothing. The kept model gives the standard deviations that torch gives."""
    expected = torch_files(name)
    with candidate_of(renamed(expected.files, names, tmp_path)) as candidate:
        choices = candidate.guess(load_test_split("digits").images).choices
        assert (choices.mean, choices.log_var, choices.spread) == (Head(0), Head(1), SPREADS[found])
        _, log_var = candidate.make(choices).model.encode(expected.x)
    np.testing.assert_allclose(np.asarray(log_var), LOG_VARIANCE[found](expected.spread), atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_names_that_tell_are_believed(seed, torch_files, tmp_path):
    """For an untrained network, all interpretations reconstruct equally badly, so the names decide."""
    images, expected = load_test_split("digits").images, torch_files(f"std-seed-{seed}")
    for names, mean in (
        (("z_loc", "z_scale"), 0),
        (("z_scale", "z_loc"), 1),
        (("sigma", "other"), 1),
        (("b", "mu"), 1),
    ):
        with candidate_of(renamed(expected.files, names, tmp_path)) as candidate:
            assert candidate.guess(images).choices.mean == Head(mean), names


def test_log_standard_deviations_are_recognised_by_name_only(torch_files, tmp_path):
    images, expected = load_test_split("digits").images, torch_files("log-std-trained")
    for names, found in ((("loc", "log_std"), "log-std"), (("loc", "other"), "log-variance")):
        with candidate_of(renamed(expected.files, names, tmp_path)) as candidate:
            assert candidate.guess(images).choices.spread == SPREADS[found]


@pytest.mark.full
def test_renamed_outputs_are_as_torch_names_them(exported_now, tmp_path):
    """Full tier only: needs torch."""
    names = ("z_loc", "z_scale")
    (_, of_torch), _ = export_case("std-seed-0", tmp_path, names).files
    expected = onnx.load(of_torch)
    (_, path), _ = renamed(exported_now("std-seed-0").files, names, tmp_path)
    assert onnx.load(path) == expected
