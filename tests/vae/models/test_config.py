"""Both configurations survive JSON, and a wrong setting is reported with its place."""

import dataclasses

import pytest
from pydantic import TypeAdapter

from vae.errors import BadRequestError
from vae.models.config import ModelConfig, TrainConfig, check_together, config_from_json

MODELS = [
    ModelConfig(),
    ModelConfig(image_shape=(64, 32, 3), latent_dim=2, widths=(8, 16, 24), activation="gelu", likelihood="gaussian"),
    ModelConfig(image_shape=(128, 128, 3), latent_dim=512, widths=(512,) * 4, dense_units=4096),
    ModelConfig(network="dense", image_shape=(9, 7, 3), variational=False, likelihood="laplace", classes=1000),
    ModelConfig(network="residual", blocks=8, binarize=True, prior="realnvp", prior_blocks=2, prior_units=1),
]
TRAININGS = [
    TrainConfig(),
    TrainConfig(dataset="fashion-mnist", epochs=1, beta=0.0, ema=0.0, seed=2**31 - 1),
    TrainConfig(weight_decay=0.05, dropout=0.3, free_bits=0.25, kl_warmup=0.0),
    TrainConfig(objective="elbo"),
    TrainConfig(importance_samples=64, final_learning_rate=0.0, batch_size=1),
]


@pytest.mark.parametrize("config", MODELS + TRAININGS)
def test_json_round_trip(config):
    text = TypeAdapter(type(config)).dump_json(config).decode()
    again = config_from_json(type(config), text)
    assert again == config
    assert isinstance(again, type(config))
    assert config_from_json(type(config), text.encode()) == config


@pytest.mark.parametrize("config", [ModelConfig(), TrainConfig()])
def test_the_json_has_all_fields(config):
    saved = TypeAdapter(type(config)).dump_python(config)
    # Older versions, which must read the file, do not know these two.
    assert saved.keys() == {field.name for field in dataclasses.fields(config)} - {"objective", "patience"}
    if isinstance(config, TrainConfig):
        assert TypeAdapter(TrainConfig).dump_python(dataclasses.replace(config, patience=3))["patience"] == 3


def test_missing_settings_have_their_defaults():
    assert config_from_json(ModelConfig, "{}") == ModelConfig()
    assert config_from_json(TrainConfig, '{"epochs": 3}') == TrainConfig(epochs=3)


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().latent_dim = 3  # pyright: ignore[reportAttributeAccessIssue]  # the error under test


@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        (ModelConfig, '{"latent_dims": 2}', "latent_dims is not a known field"),
        (ModelConfig, '{"latent_dim": "2"}', "latent_dim must be a whole number, not "),
        (ModelConfig, '{"latent_dim": 2.0}', "latent_dim must be a whole number, not "),
        (ModelConfig, '{"latent_dim": true}', "latent_dim must be a whole number, not "),
        (ModelConfig, '{"latent_dim": null}', "latent_dim must be a whole number, not "),
        (ModelConfig, '{"latent_dim": 0}', "latent_dim must be (at least|greater than) "),
        (ModelConfig, '{"latent_dim": 513}', "latent_dim must be (at most|less than) "),
        (ModelConfig, '{"widths": []}', "widths must have 1 or more entries"),
        (ModelConfig, '{"widths": [1, 2, 3, 4, 5]}', "widths must have at most 4 entries"),
        (ModelConfig, '{"widths": [32, 0]}', r"widths\.1 must be (at least|greater than) "),
        (ModelConfig, '{"widths": 32}', "widths must be a list"),
        (ModelConfig, '{"dense_units": 4097}', "dense_units must be (at most|less than) "),
        (ModelConfig, '{"activation": "exec"}', "activation must be one of .*'relu'.*, not "),
        (ModelConfig, '{"likelihood": "poisson"}', "likelihood must be one of .*'bernoulli'.*, not "),
        (ModelConfig, '{"image_shape": [28, 28]}', r"image_shape\.2 is missing"),
        (ModelConfig, '{"image_shape": [28, 28, 4]}', r"image_shape\.2 must be (at most|less than) "),
        (ModelConfig, '{"image_shape": [28, 28, 2]}', "not 2"),
        (ModelConfig, '{"image_shape": [256, 28, 1]}', r"image_shape\.0 must be (at most|less than) "),
        (ModelConfig, '{"image_shape": [30, 28, 1]}', "image_shape .*30.* halved 2 times: use sides divisible by 4"),
        (ModelConfig, '{"image_shape": [28, 30, 1]}', "use sides divisible by 4"),
        (ModelConfig, '{"widths": [8, 8, 8]}', "halved 3 times: use sides divisible by 8"),
        (ModelConfig, '{"network": "transformer"}', "network must be one of .*'residual'.*, not "),
        (ModelConfig, '{"blocks": 0}', "blocks must be (at least|greater than) "),
        (ModelConfig, '{"binarize": 1}', "binarize must be true or false, not "),
        (ModelConfig, '{"variational": "no"}', "variational must be true or false, not "),
        (ModelConfig, '{"prior": "vamp"}', "prior must be one of .*'realnvp'.*, not "),
        (ModelConfig, '{"prior_blocks": 1}', "prior_blocks must be (at least|greater than) "),
        (ModelConfig, '{"prior_units": 1025}', "prior_units must be (at most|less than) "),
        (ModelConfig, '{"classes": 1001}', "classes must be (at most|less than) "),
        (ModelConfig, '{"classes": -1}', "classes must be (at least|greater than) "),
        (ModelConfig, '{"classes": 1}', "a single class has no information for the decoder: use classes 0"),
        (
            ModelConfig,
            '{"binarize": true, "likelihood": "laplace"}',
            "bernoulli likelihood, not laplace: turn binarize",
        ),
        (
            ModelConfig,
            '{"prior": "realnvp", "variational": false}',
            "autoencoder has no prior to learn: use prior normal",
        ),
        (ModelConfig, '{"prior": "realnvp", "latent_dim": 1}', "use latent_dim 2 or more, or prior normal"),
        (ModelConfig, '{"network": "residual", "image_shape": [30, 28, 1]}', "use sides divisible by 4"),
        (TrainConfig, '{"dropout": 1}', "dropout must be (at most|less than) "),
        (TrainConfig, '{"weight_decay": -0.1}', "weight_decay must be (at least|greater than) "),
        (TrainConfig, '{"free_bits": -0.1}', "free_bits must be (at least|greater than) "),
        (TrainConfig, '{"importance_samples": 0}', "importance_samples must be (at least|greater than) "),
        (TrainConfig, '{"importance_samples": 65}', "importance_samples must be (at most|less than) "),
        (TrainConfig, '{"learning_rate": 0}', "learning_rate must be (at least|greater than) "),
        (TrainConfig, '{"learning_rate": NaN}', "learning_rate must be at most 1, not nan"),
        (TrainConfig, '{"clip_norm": Infinity}', "clip_norm must be (a finite number|at most)"),
        (TrainConfig, '{"beta": -0.1}', "beta must be (at least|greater than) "),
        (TrainConfig, '{"beta": NaN}', "beta must be (a finite number|at most|at least)"),
        (TrainConfig, '{"kl_warmup": 1}', "kl_warmup must be (at most|less than) "),
        (TrainConfig, '{"ema": 1}', "ema must be (at most|less than) "),
        (TrainConfig, '{"epochs": 0}', "epochs must be (at least|greater than) "),
        (TrainConfig, '{"seed": -1}', "seed must be (at least|greater than) "),
        (TrainConfig, '{"dataset": "../mnist"}', "dataset must match the pattern"),
        (TrainConfig, "[]", r"The settings must be a JSON object\."),
        (TrainConfig, '{"epochs": 3', r"The settings are not valid JSON\."),
        (TrainConfig, b"\xff\xfe", r"The settings are not valid JSON\."),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(kind, text, place):
    with pytest.raises(BadRequestError, match=place) as caught:
        config_from_json(kind, text)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_wrong_settings_are_refused_on_creation():
    with pytest.raises(ValueError, match="divisible by 4"):
        ModelConfig(image_shape=(26, 28, 1))
    with pytest.raises(ValueError, match="latent_dim"):
        ModelConfig(latent_dim=-1)


def test_a_dense_network_takes_images_of_any_sides():
    assert ModelConfig(network="dense", image_shape=(5, 127, 1), widths=(8,) * 4).image_shape == (5, 127, 1)


@pytest.mark.parametrize(("classes", "width"), [(0, 7), (10, 17)])
def test_the_width_of_a_code_includes_the_class(classes, width):
    assert ModelConfig(latent_dim=7, classes=classes).code_dim == width


PLAIN = {"variational": False}
FLOW = {"prior": "realnvp"}


class TestTogether:
    """Settings that are valid alone; docs/zoo.md lists the refused combinations."""

    @pytest.mark.parametrize(
        ("model", "training", "reason"),
        [
            (PLAIN, {"beta": 2.0}, "has no KL, so beta.*beta at 1"),
            (PLAIN, {"beta": 0.0}, "has no KL"),
            (PLAIN, {"free_bits": 0.1}, "has no KL, so.*free_bits at 0"),
            (PLAIN, {"importance_samples": 2}, "does not sample codes.*importance_samples at 1"),
            (
                {},
                {"free_bits": 0.1, "importance_samples": 2},
                "a separate KL, which.*free_bits or importance_samples",
            ),
            (FLOW, {"free_bits": 0.1}, "a flow prior does not have.*free_bits to 0"),
        ],
    )
    def test_invalid_combinations_are_refused_with_a_reason(self, model, training, reason):
        with pytest.raises(BadRequestError, match=reason):
            check_together(ModelConfig(**model), TrainConfig(**training))

    @pytest.mark.parametrize(
        ("model", "training"),
        [
            ({}, {}),
            (PLAIN, {"dropout": 0.5, "weight_decay": 0.1}),
            ({}, {"free_bits": 0.5, "beta": 4.0}),
            ({}, {"importance_samples": 64, "beta": 0.5}),
            (FLOW, {"importance_samples": 5}),
            (FLOW | {"classes": 10, "binarize": True}, {"beta": 4.0}),
        ],
    )
    def test_valid_combinations_pass(self, model, training):
        assert check_together(ModelConfig(**model), TrainConfig(**training)) is None
