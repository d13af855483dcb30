"""`model.weights.h5` → named arrays: read link by link, each array only where a layer's own arithmetic wants its shape.

HDF5 can point into other files (external links, external storage, virtual data sets) and load filters from libraries:
none of it is followed.
"""

import io
import itertools
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from vae.errors import ImportRefusedError
from vae.formats.importing.keras_networks import KerasNetwork
from vae.models.networks.layer import Shape

__all__ = ["read_weights_file", "weights_of"]

_OBJECTS = 20_000  # links that are looked at
_DEPTH = 40


def read_weights_file(data: bytes, name: str) -> dict[str, Any]:
    """The data sets of a weights' file by their paths, checked and not yet read.

    Raises:
        ImportRefusedError: no HDF5, or one that points elsewhere.
    """
    try:
        file = h5py.File(io.BytesIO(data), "r")
        found: dict[str, Any] = {}
        _walk(file, "", found, name, 0, itertools.count())
        return found
    except ImportRefusedError:
        raise
    except Exception as error:  # what the parser of another library raises is no promise of theirs
        raise ImportRefusedError(f"The weights of {name} cannot be read: {error}.", "Save the model again.") from error


def _walk(group, path: str, found: dict[str, Any], name: str, depth: int, seen: Iterator[int]) -> None:
    for key in group:
        # Of links, not of what they lead to: a group can hold itself, many times.
        if depth > _DEPTH or next(seen) > _OBJECTS:
            raise ImportRefusedError(
                f"The weights of {name} are nested too deep, or too many.", "Save the model again."
            )
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ImportRefusedError(
                f"The weights of {name} point to another place or file ({path}{key[:60]}).", "Save the model again."
            )
        part = group[key]
        if isinstance(part, h5py.Group):
            _walk(part, f"{path}{key}/", found, name, depth + 1, seen)
        elif isinstance(part, h5py.Dataset):
            _check_plain(part, f"{path}{key}"[:80], name)
            found[f"{path}{key}"] = part
        else:
            raise ImportRefusedError(f"The weights of {name} hold a {type(part).__name__}.", "Save the model again.")


def _check_plain(dataset, path: str, name: str) -> None:
    if dataset.external:
        raise ImportRefusedError(f"The weights of {name} lie in another file ({path}).", "Save the model again.")
    if dataset.is_virtual:
        raise ImportRefusedError(f"The weights of {name} are put together from other files ({path}).", "Save it again.")
    if dataset.id.get_create_plist().get_nfilters():
        raise ImportRefusedError(f"The weights of {name} are compressed or filtered ({path}).", "Save it with Keras.")


def weights_of(network: KerasNetwork, found: dict[str, Any], prefix: str, name: str) -> dict[str, np.ndarray]:
    """A network's weights by the graph's names, float32.

    Args:
        found: see `read_weights_file`.
        prefix: where the network's model lies in the file, "" or with a slash at its end.

    Raises:
        ImportRefusedError: one is missing, of another shape than the layer's, or not finite.
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
        raise ImportRefusedError(f"{name} lacks {what}.", "Build the model, train it, and save it again.")
    try:
        kind, own = dataset.dtype, dataset.shape
        fits = own == shape and kind.kind == "f" and kind.itemsize <= 8
        array = np.asarray(dataset[()]).astype(np.float32) if fits else None
    except Exception as error:  # damage can show as late as here
        raise ImportRefusedError(f"In {name}, {what} cannot be read: {error}.", "Save the model again.") from error
    if array is None:
        raise ImportRefusedError(
            f"In {name}, {what} is {kind} of shape {own}, the layer takes {shape}.",
            "Keep the files of one model together.",
        )
    if not np.isfinite(array).all():
        raise ImportRefusedError(f"In {name}, {what} holds NaN or infinity.", "Its training diverged: train it again.")
    return array
