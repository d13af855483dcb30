"""`.keras` archives written without Keras, so that they can contain what Keras would not write."""

import io
import json
import zipfile
from collections.abc import Callable

import h5py
import numpy as np

__all__ = ["archive", "decoder", "layer", "weights_file", "with_layer"]


def layer(kind: str, module: str | None = "keras.layers", **config) -> dict:
    return {"module": module, "class_name": kind, "config": {"name": kind.lower()} | config}


def decoder(*middle: dict) -> dict:
    """The configuration of a decoder of two dimensions, with layers before its last two."""
    layers = [
        layer("InputLayer", batch_shape=[None, 2], name="z"),
        *middle,
        layer("Dense", units=64, activation="sigmoid", name="out"),
        layer("Reshape", target_shape=[8, 8, 1], name="picture"),
    ]
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "decoder", "layers": layers}}


def weights_file(fill: Callable[[h5py.Group], None] | None = None, value: float = 0.1) -> bytes:
    """Those of `decoder()`; `fill` is given the place of its dense layer's weights instead."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        place = file.create_group("layers/dense/vars")
        if fill:
            fill(place)
        else:
            place["0"], place["1"] = np.full((2, 64), value, np.float32), np.zeros(64, np.float32)
    return data.getvalue()


def archive(config: dict | bytes | None = None, weights: bytes | None = None, **more: bytes) -> bytes:
    """The three members, and more of them."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        file.writestr("config.json", config if isinstance(config, bytes) else json.dumps(config or decoder()))
        file.writestr("model.weights.h5", weights_file() if weights is None else weights)
        for name, content in more.items():
            file.writestr(name, content)
    return data.getvalue()


def with_layer(kind: str, module: str | None = "keras.layers", **config) -> bytes:
    """An archive with one more layer."""
    return archive(decoder(layer(kind, module, **config)))
