"""A registered network works everywhere; a wrong one is refused before training."""

import dataclasses

import numpy as np
import onnxruntime
import pytest

from vae.data.dataset import Split
from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle
from vae.formats.exporting.demo import demo_page
from vae.formats.exporting.formats import FORMATS
from vae.formats.publish import publish
from vae.models.architecture import layers_of
from vae.models.config import ModelConfig, TrainConfig, make_config
from vae.models.networks.network import NETWORKS, Network, register
from vae.models.networks.plan import parameter_count
from vae.models.untyped_keras import ops
from vae.training.fit import train


def _encode(stack, config):
    stack.add("SeparableConv2D", "separable", filters=config.widths[0], kernel_size=(3, 3), activation="tanh")
    stack.add("BatchNormalization", "block/norm")
    stack.add("GlobalAveragePooling2D", "block")


def _decode(stack, config):
    height, width, channels = config.image_shape
    first = stack.add("Dense", "first", units=config.widths[0], activation="softplus")
    second = stack.add("Dense", "second", units=config.widths[0])
    stack.add("Multiply", "product", inputs=(first, second))
    stack.add("Dense", "wide", units=height * width * channels)
    stack.add("Reshape", "image", target_shape=config.image_shape)


def _check(config):
    if len(config.widths) > 1:
        raise ValueError("the toy has one width")


TOY = Network("toy", "Toy", "A toy.", "This test", ("widths",), _encode, _decode, _check)
SMALL = {"image_shape": (8, 8, 1), "latent_dim": 2, "widths": (5,)}


@pytest.fixture
def toy(monkeypatch):
    """A registered toy network, which is removed again."""
    monkeypatch.setattr(NETWORKS, "_objects", dict(NETWORKS._objects))
    return register(TOY)


@pytest.fixture
def registered(monkeypatch):
    """`registered(encode=…)` registers the toy with a change."""

    def make(**change):
        return register(dataclasses.replace(TOY, **change))

    monkeypatch.setattr(NETWORKS, "_objects", dict(NETWORKS._objects))
    return make


def test_it_can_be_trained_saved_exported_and_shown(toy, digits, tmp_path):
    few = dataclasses.replace(digits, train=Split(digits.train.images[:256], digits.train.labels[:256]))
    config = make_config(ModelConfig, network="toy", **SMALL)
    training = TrainConfig(dataset="digits", epochs=1, batch_size=128)
    assert -(-len(few.train) // training.batch_size) == 2, "steps"
    vae, history = train(few, config, training)
    assert np.isfinite(history["loss"]).all()
    card = publish(
        vae, tmp_path / "toy", title="Toy", dataset=few, train_config=training, history=history, seconds=1.0,
        command="none", iwae_samples=2, iwae_images=8, report=lambda what, done, total: None,
    )  # fmt: skip
    assert card.summary.startswith("Toy VAE of")
    bundle = load_bundle(tmp_path / "toy")
    assert bundle.card.parameters == parameter_count(config) == sum(row.parameters for row in layers_of(config))
    assert [row.kind for row in layers_of(config)][1] == "block of 2 layers"

    codes = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    expected = ops.convert_to_numpy(vae.likelihood.mean(vae.decoder(codes)))
    (tmp_path / "onnx").mkdir()
    FORMATS["onnx"].write(bundle, tmp_path, tmp_path / "onnx")
    (pictures,) = onnxruntime.InferenceSession(tmp_path / "onnx" / "decoder.onnx").run(None, {"codes": codes})
    np.testing.assert_allclose(np.asarray(pictures), expected, atol=1e-5)
    images = few.test.images[:5].astype(np.float32) / 255
    z_mean, z_log_var = onnxruntime.InferenceSession(tmp_path / "onnx" / "encoder.onnx").run(None, {"images": images})
    for found, wanted in zip((z_mean, z_log_var), vae.encode(images), strict=True):
        np.testing.assert_allclose(np.asarray(found), ops.convert_to_numpy(wanted), atol=1e-5)
    assert b'"kind":"Multiply"' in demo_page(bundle, ["#000"])


SCALED = {"filters": 2, "kernel_size": (9, 9)}


def test_its_check_is_used(toy):
    with pytest.raises(BadRequestError, match="the toy has one width"):
        make_config(ModelConfig, network="toy", **SMALL | {"widths": (5, 6)})


def test_an_unknown_network_is_refused():
    with pytest.raises(BadRequestError, match=r"network must be one of .*'residual'"):
        make_config(ModelConfig, network="toy", **SMALL)


def test_a_key_is_taken_once(toy):
    for key in ("toy", "conv", "imported"):
        with pytest.raises(ValueError, match=f"network {key!r} already"):
            register(dataclasses.replace(TOY, key=key))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encode": lambda stack, config: stack.add("Fold", "a")}, "a has the unknown kind Fold: use one of Act"),
        ({"encode": lambda stack, config: stack.add("Dense", "a", unit=3)}, "unit"),
        (
            {"encode": lambda stack, config: stack.add("Flatten", "a", inputs=("b",))},
            "takes b, which is no",
        ),
        (
            {"encode": lambda stack, config: stack.add("Conv2D", "a", **SCALED)},
            r"\(0, 0, 2\), not",
        ),
        ({"encode": lambda stack, config: stack.add("ReLU", "a")}, r"outputs the shape \(8, 8, 1\), not a vector"),
        ({"decode": lambda stack, config: stack.add("Dense", "a", units=3)}, r"\(3,\), not \(8, 8, 1\)"),
    ],
)
def test_a_wrong_network_is_refused_when_it_is_configured(registered, change, message):
    registered(**change)
    with pytest.raises(BadRequestError, match=message):
        make_config(ModelConfig, network="toy", **SMALL)


def test_every_network_has_its_facts():
    fields = {field.name for field in dataclasses.fields(ModelConfig)}
    for key, network in NETWORKS.items():
        assert key == network.key
        assert network.title and network.meaning.endswith(".")
        assert set(network.settings) <= fields
