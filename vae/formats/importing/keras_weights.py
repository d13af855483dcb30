"""Reads `model.weights.h5` link by link; an array is read only if it has the shape that its layer requires.

HDF5 can refer to other files (external links, external storage, virtual data sets) and load filters from libraries.
Such files are refused.
"""

import io
import itertools
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from vae.errors import ImportRefusedError
from vae.formats.importing.keras_networks import KerasNetwork
from vae.message import message
from vae.models.networks.layer import Shape

__all__ = ["read_weights_file", "weights_of"]

_OBJECTS = 20_000  # links that are read
_DEPTH = 40


def read_weights_file(data: bytes, name: str) -> dict[str, Any]:
    """Return the HDF5 data sets of a weights file by path, checked but not read.

    Raises:
        ImportRefusedError: the file is not HDF5, or refers to other files.
    """
    try:
        file = h5py.File(io.BytesIO(data), "r")
        found: dict[str, Any] = {}
        _walk(file, "", found, name, 0, itertools.count())
        return found
    except ImportRefusedError:
        raise
    except Exception as error:  # h5py does not document all its exceptions
        raise ImportRefusedError(
            message("The weights of {name} cannot be read: {error}.", name=name, error=error), "Save the model again."
        ) from error


def _walk(group, path: str, found: dict[str, Any], name: str, depth: int, seen: Iterator[int]) -> None:
    for key in group:
        # Links are counted, not their targets: a group can contain itself many times.
        if depth > _DEPTH or next(seen) > _OBJECTS:
            raise ImportRefusedError(
                message("The weights of {name} are nested too deeply or have too many links.", name=name),
                "Save the model again.",
            )
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ImportRefusedError(
                message(
                    "The weights of {name} point to another place or file ({path}{key}).",
                    name=name,
                    path=path,
                    key=key[:60],
                ),
                "Save the model again.",
            )
        part = group[key]
        if isinstance(part, h5py.Group):
            _walk(part, f"{path}{key}/", found, name, depth + 1, seen)
        elif isinstance(part, h5py.Dataset):
            _check_plain(part, f"{path}{key}"[:80], name)
            found[f"{path}{key}"] = part
        else:
            raise ImportRefusedError(
                message("The weights of {name} contain a {name2}.", name=name, name2=type(part).__name__),
                "Save the model again.",
            )


def _check_plain(dataset, path: str, name: str) -> None:
    if dataset.external:
        raise ImportRefusedError(
            message("The weights of {name} are in another file ({path}).", name=name, path=path),
            "Save the model again.",
        )
    if dataset.is_virtual:
        raise ImportRefusedError(
            message("The weights of {name} combine other files ({path}).", name=name, path=path), "Save it again."
        )
    if dataset.id.get_create_plist().get_nfilters():
        raise ImportRefusedError(
            message("The weights of {name} are compressed or filtered ({path}).", name=name, path=path),
            "Save it with Keras.",
        )


def weights_of(network: KerasNetwork, found: dict[str, Any], prefix: str, name: str) -> dict[str, np.ndarray]:
    """Return a network's weights by the graph's names, float32.

    Args:
        found: see `read_weights_file`.
        prefix: path of the network's model in the file, "" or with a slash at the end.

    Raises:
        ImportRefusedError: a weight is missing, has another shape than its layer requires, or is not finite.
    """
    wanted = network.graph.weight_shapes()
    order: dict[str, list[str]] = {}
    for key in wanted:
        layer, weight = key.rsplit("/", 1)
        order.setdefault(layer, []).append(weight)
    weights = {}
    for layer, names in order.items():
        for index, weight in enumerate(names):
            place = f"{prefix}{network.stores[layer]}/vars/{index}"
            key = f"{layer}/{weight}"
            weights[key] = _read(found.get(place), wanted[key], f"the {weight} of the layer {layer[:60]}", name)
    return weights


def _read(dataset, shape: Shape, what: str, name: str) -> np.ndarray:
    if dataset is None:
        raise ImportRefusedError(
            message("{name} lacks {what}.", name=name, what=what), "Build the model, train it, and save it again."
        )
    try:
        kind, own = dataset.dtype, dataset.shape
        fits = own == shape and kind.kind == "f" and kind.itemsize <= 8
        array = np.asarray(dataset[()]).astype(np.float32) if fits else None
    except Exception as error:  # damaged data may be noticed only here
        raise ImportRefusedError(
            message("In {name}, {what} cannot be read: {error}.", name=name, what=what, error=error),
            "Save the model again.",
        ) from error
    if array is None:
        raise ImportRefusedError(
            message(
                "In {name}, {what} is {kind} of shape {own}; the layer requires {shape}.",
                name=name,
                what=what,
                kind=kind,
                own=own,
                shape=shape,
            ),
            "Keep the files of one model together.",
        )
    if not np.isfinite(array).all():
        raise ImportRefusedError(
            message("In {name}, {what} contains NaN or infinity.", name=name, what=what),
            "Its training diverged: train it again.",
        )
    return array
