"""The two records survive JSON, and a wrong setting is named with its place."""

import dataclasses

import pytest
from pydantic import TypeAdapter

from vae.config import ModelConfig, TrainConfig, config_from_json
from vae.errors import BadRequestError

MODELS = [
    ModelConfig(),
    ModelConfig(image_shape=(64, 32, 3), latent_dim=2, widths=(8, 16, 24), activation="gelu", likelihood="gaussian"),
    ModelConfig(image_shape=(128, 128, 3), latent_dim=512, widths=(512,) * 4, dense_units=4096),
]
TRAININGS = [TrainConfig(), TrainConfig(dataset="fashion-mnist", epochs=1, beta=0.0, ema=0.0, seed=2**31 - 1)]


@pytest.mark.parametrize("config", MODELS + TRAININGS)
def test_json_round_trip(config):
    text = TypeAdapter(type(config)).dump_json(config).decode()
    again = config_from_json(type(config), text)
    assert again == config
    assert isinstance(again, type(config))
    assert config_from_json(type(config), text.encode()) == config


@pytest.mark.parametrize("config", [ModelConfig(), TrainConfig()])
def test_the_json_names_every_field(config):
    assert TypeAdapter(type(config)).dump_python(config).keys() == {field.name for field in dataclasses.fields(config)}


def test_left_out_settings_are_the_defaults():
    assert config_from_json(ModelConfig, "{}") == ModelConfig()
    assert config_from_json(TrainConfig, '{"epochs": 3}') == TrainConfig(epochs=3)


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().latent_dim = 3


@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        (ModelConfig, '{"latent_dims": 2}', r"ModelConfig: latent_dims: .*[Uu]nexpected"),
        (ModelConfig, '{"latent_dim": "2"}', "ModelConfig: latent_dim: .*integer"),
        (ModelConfig, '{"latent_dim": 2.0}', "ModelConfig: latent_dim: .*integer"),
        (ModelConfig, '{"latent_dim": true}', "ModelConfig: latent_dim: .*integer"),
        (ModelConfig, '{"latent_dim": null}', "ModelConfig: latent_dim: .*integer"),
        (ModelConfig, '{"latent_dim": 0}', "ModelConfig: latent_dim: .*greater"),
        (ModelConfig, '{"latent_dim": 513}', "ModelConfig: latent_dim: .*less"),
        (ModelConfig, '{"widths": []}', "ModelConfig: widths: .*at least 1"),
        (ModelConfig, '{"widths": [1, 2, 3, 4, 5]}', "ModelConfig: widths: .*at most 4"),
        (ModelConfig, '{"widths": [32, 0]}', r"ModelConfig: widths\.1: .*greater"),
        (ModelConfig, '{"widths": 32}', "ModelConfig: widths: "),
        (ModelConfig, '{"dense_units": 4097}', "ModelConfig: dense_units: .*less"),
        (ModelConfig, '{"activation": "exec"}', "ModelConfig: activation: .*'relu'"),
        (ModelConfig, '{"likelihood": "poisson"}', "ModelConfig: likelihood: .*'bernoulli'"),
        (ModelConfig, '{"image_shape": [28, 28]}', "ModelConfig: image_shape"),
        (ModelConfig, '{"image_shape": [28, 28, 4]}', r"ModelConfig: image_shape\.2: .*less"),
        (ModelConfig, '{"image_shape": [28, 28, 2]}', "not 2"),
        (ModelConfig, '{"image_shape": [256, 28, 1]}', r"ModelConfig: image_shape\.0: .*less"),
        (ModelConfig, '{"image_shape": [30, 28, 1]}', "image_shape .*30.* halved 2 times: use sides divisible by 4"),
        (ModelConfig, '{"image_shape": [28, 30, 1]}', "use sides divisible by 4"),
        (ModelConfig, '{"widths": [8, 8, 8]}', "halved 3 times: use sides divisible by 8"),
        (TrainConfig, '{"learning_rate": 0}', "TrainConfig: learning_rate: .*greater"),
        (TrainConfig, '{"learning_rate": NaN}', "TrainConfig: learning_rate"),
        (TrainConfig, '{"clip_norm": Infinity}', "TrainConfig: clip_norm"),
        (TrainConfig, '{"beta": -0.1}', "TrainConfig: beta: .*greater"),
        (TrainConfig, '{"beta": NaN}', "TrainConfig: beta"),
        (TrainConfig, '{"kl_warmup": 1}', "TrainConfig: kl_warmup: .*less"),
        (TrainConfig, '{"ema": 1}', "TrainConfig: ema: .*less"),
        (TrainConfig, '{"epochs": 0}', "TrainConfig: epochs: .*greater"),
        (TrainConfig, '{"seed": -1}', "TrainConfig: seed: .*greater"),
        (TrainConfig, '{"dataset": "../mnist"}', "TrainConfig: dataset: .*pattern"),
        (TrainConfig, "[]", "TrainConfig: "),
        (TrainConfig, '{"epochs": 3', "TrainConfig: .*JSON"),
        (TrainConfig, b"\xff\xfe", "TrainConfig: .*JSON"),
    ],
)
def test_a_wrong_setting_is_refused_at_its_place(kind, text, place):
    with pytest.raises(BadRequestError, match=place) as caught:
        config_from_json(kind, text)
    assert caught.value.mend
    assert "\n" not in str(caught.value)


def test_faults_are_caught_on_creation_too():
    with pytest.raises(ValueError, match="divisible by 4"):
        ModelConfig(image_shape=(26, 28, 1))
    with pytest.raises(ValueError, match="latent_dim"):
        ModelConfig(latent_dim=-1)
