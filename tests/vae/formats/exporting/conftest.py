"""Small bundles with random weights: every kind of network, one of them imported as ONNX."""

from functools import cache

import numpy as np
import pytest

from tests.browser.zoo_models import make_shapes
from tests.onnx_model import save_onnx
from vae.formats.bundle import save_bundle
from vae.formats.bundle.schema import ImportRecord
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.plan import parameter_count, weight_shapes

GREY = {"image_shape": (8, 8, 1), "latent_dim": 3}
CONFIGS = {
    "residual": ModelConfig(
        **GREY, network="residual", widths=(6, 8), blocks=2, dense_units=10, activation="gelu",
        likelihood="continuous-bernoulli",
    ),
    "conditional-flow": ModelConfig(
        **GREY, network="dense", widths=(9, 7), classes=10, prior="realnvp", activation="silu", likelihood="laplace"
    ),
    "plain": ModelConfig(**GREY, widths=(4,), dense_units=10, variational=False, likelihood="gaussian"),
    "colour": ModelConfig(image_shape=(32, 32, 3), latent_dim=4, widths=(4, 6), dense_units=12, binarize=True),
}  # fmt: skip


@pytest.fixture(scope="session")
def shapes_data(tmp_path_factory) -> str:
    """A data set in colour, its id."""
    return make_shapes(tmp_path_factory.mktemp("colour") / "pictures", count=60)


@pytest.fixture(scope="session")
def make_bundle(tmp_path_factory, make_content, request):
    """`make_bundle("residual")` → the folder of its bundle, made once and not to be changed."""

    @cache
    def make(name: str):
        config = CONFIGS[name]
        content = make_content(config) | {"id": name}
        # Far from the identity, where layer order, groups and epsilon count.
        rng = np.random.default_rng(1)
        content["weights"] = {
            key: array + rng.normal(0, 0.2, array.shape).astype(np.float32) for key, array in content["weights"].items()
        }
        if name == "colour":
            content["dataset"] = request.getfixturevalue("shapes_data")
        return save_bundle(tmp_path_factory.mktemp(name) / name, **content)

    return make


@pytest.fixture
def imported_onnx(tmp_path, make_content):
    """`imported_onnx(encodes=True, batch=None)` → the folder of a bundle whose networks are ONNX files."""
    return lambda encodes=True, batch=None: save_onnx(tmp_path, make_content(), encodes, batch)


@pytest.fixture
def imported_graph(tmp_path, make_content):
    """The folder of a bundle of Keras' layers, none of them ours."""
    encoder = (
        {
            "kind": "Conv2D",
            "name": "images",
            "inputs": ("input",),
            "filters": 4,
            "kernel_size": (3, 3),
            "padding": "same",
        },
        {"kind": "BatchNormalization", "name": "n", "inputs": ("images",)},
        {"kind": "LeakyReLU", "name": "a", "inputs": ("n",)},
        {"kind": "MaxPooling2D", "name": "clip", "inputs": ("a",)},
        {"kind": "Flatten", "name": "log", "inputs": ("clip",)},
        {"kind": "Dense", "name": "mean", "inputs": ("log",), "units": 3},
        {"kind": "Dense", "name": "deviation", "inputs": ("log",), "units": 3, "activation": "softplus"},
        {"kind": "Clip", "name": "within", "inputs": ("deviation",), "x_min": 1e-6, "x_max": 1e6},
        {"kind": "Log", "name": "pictures", "inputs": ("within",)},
        {"kind": "Rescaling", "name": "log_var", "inputs": ("pictures",), "scale": 2.0},
    )
    decoder = (
        {"kind": "Dense", "name": "d", "inputs": ("input",), "units": 32, "activation": "elu"},
        {"kind": "Reshape", "name": "r", "inputs": ("d",), "target_shape": (4, 4, 2)},
        {"kind": "UpSampling2D", "name": "codes", "inputs": ("r",), "interpolation": "bilinear"},
        {"kind": "Conv2DTranspose", "name": "pictures", "inputs": ("codes",), "filters": 1, "kernel_size": (3, 3),
         "padding": "same"},
    )  # fmt: skip
    config = ImportedConfig.model_validate(
        {
            "image_shape": (8, 8, 1),
            "latent_dim": 3,
            "variational": True,
            "encoder": {"kind": "graph", "input_shape": (8, 8, 1), "layers": encoder, "outputs": ("mean", "log_var")},
            "decoder": {"kind": "graph", "input_shape": (3,), "layers": decoder, "outputs": ("pictures",)},
        }
    )
    rng = np.random.default_rng(0)
    weights = {
        name: rng.uniform(0.3, 0.9, shape).astype(np.float32) if "variance" in name
        else rng.normal(0, 0.4, shape).astype(np.float32)
        for name, shape in weight_shapes(config).items()
    }  # fmt: skip
    content = make_content()
    imported = ImportRecord(files=[], framework="Keras", readings=[], finished="2026-01-01T00:00:00+00:00")
    of_card = {"training": None, "imported": imported, "parameters": parameter_count(config)}
    card = content["card"].model_copy(update=of_card)
    return save_bundle(
        tmp_path / "graph", **content | {"id": "graph", "config": config, "weights": weights, "card": card}
    )
