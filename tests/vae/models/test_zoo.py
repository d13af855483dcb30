"""All valid combinations train on a small data set; the others are refused with a reason.

Rules in this file divide all 576 combinations into valid and invalid ones. Some valid ones are trained: in the quick
tests so many that every choice occurs, in the full tests so many that every pair of choices occurs (all-pairs testing,
because most faults need two choices).
"""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np
import pytest

from vae.data.dataset import Dataset, Split
from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle, save_bundle
from vae.kinds import LIKELIHOODS
from vae.models.config import ModelConfig, TrainConfig, check_together
from vae.models.untyped_keras import ops
from vae.training.fit import fit, train
from vae.training.trainer import Trainer

AXES = {
    "network": ("dense", "conv", "residual"),
    "likelihood": tuple(LIKELIHOODS),
    "objective": ("autoencoder", "vae", "beta and free bits", "importance-weighted"),
    "prior": ("normal", "realnvp"),
    "classes": (0, 10),
    "binarize": (False, True),
}
OBJECTIVES = {
    "autoencoder": ({"variational": False}, {}),
    "vae": ({}, {}),
    "beta and free bits": ({}, {"beta": 2.0, "free_bits": 0.1, "kl_warmup": 0.5}),
    "importance-weighted": ({}, {"importance_samples": 3}),
}
SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "dense_units": 8, "prior_blocks": 2, "prior_units": 4}
ALL = [dict(zip(AXES, choice, strict=True)) for choice in itertools.product(*AXES.values())]


def configs(network, likelihood, objective, prior, classes, binarize, **training):
    """Return the configurations of a combination; invalid ones raise."""
    model, settings = OBJECTIVES[objective]
    widths = (8, 6) if network == "dense" else (4,)
    model_config = ModelConfig(
        **SMALL,
        **model,
        network=network,
        widths=widths,
        likelihood=likelihood,
        prior=prior,
        classes=classes,
        binarize=binarize,
    )
    train_config = TrainConfig(**({"dataset": "digits", "epochs": 2, "batch_size": 64} | settings | training))
    check_together(model_config, train_config)
    return model_config, train_config


def why_not(member: dict) -> str | None:
    """Return the message for an invalid combination; None for a valid one."""
    if member["binarize"] and member["likelihood"] != "bernoulli":
        return "binary pixels need a bernoulli likelihood"
    if member["prior"] == "realnvp" and member["objective"] == "autoencoder":
        return "a plain autoencoder has no prior to learn"
    if member["prior"] == "realnvp" and member["objective"] == "beta and free bits":
        return "which a flow prior does not have"
    return None


def singles(member: dict) -> set:
    return set(member.items())


def pairs(member: dict) -> set:
    return set(itertools.combinations(member.items(), 2))


def cover(members: list[dict], parts_of: Callable[[dict], set]) -> list[dict]:
    """Choose few members that together have all parts of all members, with a greedy algorithm."""
    missing, chosen = set().union(*map(parts_of, members)), []
    while missing:
        best = max(members, key=lambda member: len(parts_of(member) & missing))
        chosen.append(best)
        missing -= parts_of(best)
    return chosen


VALID = [member for member in ALL if why_not(member) is None]
CHOSEN = cover(VALID, pairs)
FEW = cover(CHOSEN, singles)


def _name(member: dict) -> str:
    return "-".join(str(choice).replace(" ", "_") for choice in member.values())


def _part(split: Split, count: int) -> Split:
    return Split(split.images[:count], split.labels[:count])


@pytest.fixture(scope="module")
def few(digits) -> Dataset:
    return dataclasses.replace(digits, train=_part(digits.train, 256), validation=_part(digits.validation, 64))


class TestCombinations:
    def test_invalid_combinations_are_refused_with_a_reason(self):
        refused = [member for member in ALL if why_not(member)]
        # 36 valid ones for each likelihood, and as many with binarised pixels, of which a likelihood has 96
        assert len(VALID) == 36 * (len(LIKELIHOODS) + 1)
        assert len(refused) == 96 * len(LIKELIHOODS) - len(VALID)
        for member in refused:
            with pytest.raises((ValueError, BadRequestError)) as caught:
                configs(**member)
            assert str(why_not(member)) in str(caught.value), member

    def test_valid_combinations_are_accepted(self):
        for member in VALID:
            configs(**member)

    def test_the_trained_combinations_have_all_pairs_of_choices(self):
        assert set().union(*map(pairs, CHOSEN)) == set().union(*map(pairs, VALID))
        for axis, choices in AXES.items():
            assert {member[axis] for member in FEW} == set(choices)


@pytest.mark.parametrize(
    "member",
    [pytest.param(member, marks=() if member in FEW else pytest.mark.full) for member in CHOSEN],
    ids=_name,
)
def test_it_trains_and_its_bundle_can_be_loaded(few, member, make_content, tmp_path):
    model_config, train_config = configs(**member, batch_size=128)
    trainer = Trainer(few, model_config, train_config)
    start = {name: np.array(weight.numpy()) for name, weight in trainer.vae.named_weights().items()}
    assert fit(trainer)

    history = {name: np.array(values) for name, values in trainer.history.items()}
    assert all(values.shape == (2,) and np.isfinite(values).all() for values in history.values())
    assert np.isfinite(trainer.kl_per_dimension).all()
    if member["objective"] == "autoencoder":
        assert not history["kl"].any()
        assert not history["val_kl"].any()
        np.testing.assert_allclose(history["loss"], history["reconstruction"])
    else:
        assert (history["val_kl"] != 0).all()
    weights = {name: np.array(weight.numpy()) for name, weight in trainer.average.named_weights().items()}
    still = [name for name, weight in weights.items() if (weight == start[name]).all()]
    assert still == [], "every weight learns"

    folder = save_bundle(tmp_path / "tiny", **make_content(model_config) | {"weights": weights})
    bundle = load_bundle(folder)
    assert bundle.manifest.model == model_config
    x = few.validation.images[:5].astype(np.float32) / 255
    labels = few.validation.labels[:5].astype(np.int32)
    for ours, theirs in zip(_figures(trainer.average, x, labels), _figures(bundle.vae, x, labels), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def _figures(vae, x, labels) -> list[np.ndarray]:
    z_mean, z_log_var = vae.encode(x)
    parts = (z_mean, z_log_var, vae.log_prob_x(x, z_mean, labels), vae.log_prior(z_mean), vae.sample_prior(z_mean))
    return [ops.convert_to_numpy(part) for part in parts]


LEARNERS = [
    {"network": "conv", "likelihood": "bernoulli", "objective": "vae", "prior": "normal"},
    {"network": "dense", "likelihood": "continuous-bernoulli", "objective": "importance-weighted", "prior": "normal"},
    {"network": "residual", "likelihood": "gaussian", "objective": "beta and free bits", "prior": "normal"},
    {"network": "dense", "likelihood": "gaussian-optimal", "objective": "vae", "prior": "realnvp"},
    {"network": "conv", "likelihood": "laplace", "objective": "autoencoder", "prior": "normal"},
    {"network": "dense", "likelihood": "discretized-logistic", "objective": "vae", "prior": "normal"},
]


QUICK_LEARNERS = (LEARNERS[0], LEARNERS[3])  # one network, and the flow prior; all networks train above


@pytest.mark.parametrize(
    "member",
    [pytest.param(member, marks=() if member in QUICK_LEARNERS else pytest.mark.full) for member in LEARNERS],
    ids=_name,
)
def test_it_learns_in_a_longer_training(digits, member):
    """Validation images are reconstructed better than by the mean picture."""
    settings = {"epochs": 8, "learning_rate": 1e-2, "kl_warmup": 0.0}
    model_config, train_config = configs(**member, classes=0, binarize=False, **settings)
    vae, history = train(digits, dataclasses.replace(model_config, dense_units=32, widths=(16,)), train_config)
    assert history["val_loss"][-1] < history["val_loss"][0]
    x = digits.validation.images.astype(np.float32) / 255
    shown = ops.convert_to_numpy(vae.likelihood.mean(vae.decoder(vae.encode(x)[0])))
    constant = np.mean((x - x.mean(axis=0)) ** 2)
    assert np.mean((x - shown) ** 2) < 0.85 * constant, "better than the mean picture"


@pytest.mark.full
def test_a_conditional_model_reconstructs_better_with_the_right_class(digits):
    member = {"network": "dense", "likelihood": "gaussian-optimal", "objective": "vae", "prior": "normal"}
    settings = {"epochs": 8, "learning_rate": 1e-2, "kl_warmup": 0.0}
    model_config, train_config = configs(**member, classes=10, binarize=False, **settings)
    vae, _ = train(digits, dataclasses.replace(model_config, latent_dim=2, widths=(32,)), train_config)
    x = digits.validation.images.astype(np.float32) / 255
    labels = digits.validation.labels.astype(np.int32)
    z_mean, _ = vae.encode(x)
    right, wrong = (
        ops.convert_to_numpy(vae.log_prob_x(x, z_mean, given)).mean() for given in (labels, (labels + 5) % 10)
    )
    assert right > wrong + 10


SIZES = [((28, 28, 1), (4, 4)), ((32, 64, 3), (3, 4)), ((64, 48, 1), (3, 4, 5)), ((128, 128, 3), (2, 3, 4, 5))]


NETWORKS_AND_SIZES = [(network, *size) for network in AXES["network"] for size in SIZES]
ONE_OF_EACH = [("dense", *SIZES[1]), ("conv", *SIZES[2]), ("conv", *SIZES[3]), ("residual", *SIZES[0])]


@pytest.mark.parametrize(
    ("network", "shape", "widths"),
    [pytest.param(*case, marks=() if case in ONE_OF_EACH else pytest.mark.full) for case in NETWORKS_AND_SIZES],
)
def test_images_of_all_sizes_grey_and_colour(digits, network, shape, widths):
    """The images are enlarged and tinted digits."""
    rows, columns = (np.arange(side) * 8 // side for side in shape[:2])
    images = digits.train.images[:24][:, rows][:, :, columns]
    images = np.concatenate([images // (channel + 1) for channel in range(shape[2])], axis=-1)
    info = dataclasses.replace(digits.info, image_shape=shape)
    split = Split(images, digits.train.labels[:24])
    model = ModelConfig(
        image_shape=shape, latent_dim=2, network=network, widths=widths, dense_units=4, likelihood="gaussian"
    )
    trainer = Trainer(
        Dataset(info, split, split, split, "", True), model, TrainConfig(dataset="digits", epochs=2, batch_size=24)
    )
    assert fit(trainer)
    assert np.isfinite(list(trainer.history.values())).all()
    logits = trainer.average.decoder(np.zeros((1, 2), np.float32))
    assert tuple(logits.shape) == (1, *shape)
