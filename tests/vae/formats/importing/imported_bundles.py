"""Bundles of imported models, of random weights: one of graphs, one that onnxruntime runs."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from tests.vae.formats.importing.onnx_files import constant, decoder_model, node
from vae.data import load_test_split
from vae.formats.bundle import Card, save_bundle
from vae.formats.bundle.onnx_file import weight_count
from vae.formats.bundle.reference import Reference
from vae.formats.bundle.schema import ImportRecord, Metrics, SourceFile
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph
from vae.models.networks.plan import parameter_count, weight_shapes

__all__ = ["hashed", "save_graphs", "save_onnx", "zipped"]

_LATENT = 2


def _layers(*layers: tuple) -> tuple[dict, ...]:
    made, last = [], "input"
    for kind, name, settings in layers:
        inputs = settings.pop("inputs", (last,))
        made.append({"kind": kind, "name": name, "inputs": inputs, **settings})
        last = name
    return tuple(made)


def _graphs() -> ImportedConfig:
    encoder = _layers(
        ("Conv2D", "conv", {"filters": 3, "kernel_size": (3, 3), "strides": (2, 2), "activation": "relu"}),
        ("BatchNormalization", "norm", {}),
        ("Flatten", "flat", {}),
        ("Dense", "mean", {"units": _LATENT}),
        ("Dense", "log_var", {"units": _LATENT, "inputs": ("flat",)}),
    )
    decoder = _layers(
        ("Dense", "dense", {"units": 64, "activation": "sigmoid"}),
        ("Reshape", "picture", {"target_shape": (8, 8, 1)}),
    )
    return ImportedConfig(
        image_shape=(8, 8, 1),
        latent_dim=_LATENT,
        variational=True,
        encoder=Graph.model_validate({"input_shape": (8, 8, 1), "layers": encoder, "outputs": ("mean", "log_var")}),
        decoder=Graph.model_validate({"input_shape": (_LATENT,), "layers": decoder, "outputs": ("picture",)}),
    )


def save_graphs(folder: Path, id: str = "graphs", **change) -> Path:
    """Save a VAE of layers that are known."""
    config, rng = _graphs(), np.random.default_rng(0)
    weights = {name: rng.uniform(0.1, 0.5, shape).astype(np.float32) for name, shape in weight_shapes(config).items()}
    return _save(folder, id, config, weights=weights, **change)


def save_onnx(folder: Path, id: str = "onnx", **change) -> Path:
    """Save a decoder alone that onnxruntime runs."""
    model = decoder_model(node("Identity", ["input"], ["z"]), node("Identity", ["z"], ["made"]), output="rows")
    model.graph.input[0].name = "input"
    model.graph.node.extend([node("Reshape", ["rows", "picture"], ["output_0"])])
    model.graph.initializer.append(constant("picture", np.array([-1, 8, 8, 1])))
    model.graph.output[0].name = "output_0"
    for dim, side in zip(model.graph.output[0].type.tensor_type.shape.dim[1:], (8, 8, 1), strict=True):
        dim.dim_value = side
    part = OnnxPart(input_shape=(_LATENT,), output_shapes=((8, 8, 1),), parameters=weight_count(model))
    config = ImportedConfig(image_shape=(8, 8, 1), latent_dim=_LATENT, variational=True, encoder=None, decoder=part)
    return _save(folder, id, config, weights={}, onnx={"decoder": model.SerializeToString()}, **change)


def _save(folder: Path, id: str, config: ImportedConfig, **change) -> Path:
    rng, labels = np.random.default_rng(1), load_test_split("digits").labels
    codes = rng.normal(size=(len(labels), config.latent_dim)).astype(np.float32)
    content = {
        "title": id.capitalize(),
        "dataset": "digits",
        "card": _card(config),
        "reference": Reference(
            z_mean=codes,
            z_log_var=np.full_like(codes, -2),
            labels=labels,
            data_distance=rng.uniform(0.1, 2, len(labels)).astype(np.float32),
        ),
    }
    return save_bundle(folder, id=id, config=config, **content | change)


def _card(config: ImportedConfig) -> Card:
    nothing = dict.fromkeys(("elbo", "reconstruction", "kl", "iwae", "mse", "knn_accuracy"), None)
    zeros = dict.fromkeys(("images", "iwae_samples", "iwae_images", "knn_neighbours", "knn_reference"), 0)
    return Card(
        summary="Random weights.",
        licence="None.",
        parameters=parameter_count(config),
        imported=ImportRecord(
            files=[SourceFile(name="a.keras", bytes=1, sha256="0" * 64)],
            framework="by hand",
            readings=["None."],
            finished="2026-01-01T00:00:00+00:00",
        ),
        metrics=Metrics(**nothing, **zeros, kl_per_dimension=[0.5] * config.latent_dim, active_units=config.latent_dim),
    )


def hashed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Update the sizes and hashes of the manifest, as an attacker would."""
    manifest = json.loads(files["model.json"])
    manifest["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
        if name != "model.json"
    }
    return files | {"model.json": json.dumps(manifest).encode()}


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()
