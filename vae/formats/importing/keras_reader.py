"""Reads the networks of a `.keras` file: layers and weights, as data."""

import json

import numpy as np
from safetensors.numpy import save

from vae.errors import ImportRefusedError
from vae.formats.bundle.weights import PARAMETER_BUDGET
from vae.formats.importing.archive import read_keras_archive
from vae.formats.importing.draft import FoundNetwork
from vae.formats.importing.keras_config import read_config
from vae.formats.importing.keras_networks import KerasNetwork, networks_of
from vae.formats.importing.keras_weights import read_weights_file, weights_of
from vae.formats.importing.reading import Found, Reading
from vae.message import message
from vae.models.networks.layer import Layer

__all__ = ["read_keras"]

_RESHAPING = ("Reshape", "Flatten", "Permute", "Cropping2D", "ZeroPadding2D", "UpSampling2D")
_NOTHING = ("Activation", "linear")


def read_keras(reading: Reading) -> Found:
    """Read the networks of a `.keras` file and write their weights.

    Returns:
        The version of Keras, the networks, and no notes.

    Raises:
        ImportRefusedError: the file is refused; the message has the reason.
    """
    name = reading.name
    members = read_keras_archive(reading.path, name)
    version = _keras_version(members["metadata.json"])
    roots = read_config(members["config.json"], name, version)
    networks = [(root, network) for root in roots for network in networks_of(root)]
    count = sum(int(np.prod(shape)) for _, network in networks for shape in network.graph.weight_shapes().values())
    if count > 2 * PARAMETER_BUDGET:
        raise ImportRefusedError(
            message(
                "{name} has {count} weights; the limit is {parameter_budget}.",
                name=name,
                count=f"{count:,}",
                parameter_budget=f"{PARAMETER_BUDGET:,}",
            ),
            "Import a smaller model.",
        )
    data_sets = read_weights_file(members["model.weights.h5"], name)
    found = []
    for root, network in networks[:8]:
        prefix = f"{root.store}/" if root.store else ""
        weights = weights_of(network, data_sets, prefix, name)
        place = reading.number + len(found)
        (reading.folder / f"{place}.safetensors").write_bytes(save(weights))
        found.append(
            FoundNetwork(
                source=name,
                name=network.name[:200],
                outputs=network.output_names,
                encodes=network.encodes,
                ends=_ending(network),
                number=place,
                network=network.graph,
            )
        )
    return version, found, ()


def _ending(network: KerasNetwork) -> str:
    """Return the activation of the first output; layers that only change the shape are skipped."""
    layers = {layer.name: layer for layer in network.graph.layers}
    layer = layers.get(network.graph.outputs[0])
    while layer is not None and (layer.kind in _RESHAPING or (layer.kind, _activation(layer)) == _NOTHING):
        layer = layers.get(layer.inputs[0])
    return _activation(layer)


def _activation(layer: Layer | None) -> str:
    return getattr(layer, "activation", "") or ""


def _keras_version(metadata: bytes) -> str:
    try:
        version = str(json.loads(metadata).get("keras_version", ""))
    except (ValueError, AttributeError):
        version = ""
    return f"Keras {version[:20]}".strip()
