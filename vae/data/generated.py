"""Generated data: pictures that a model without a data set decodes from its own reference codes.

A decoder without an encoder has no images, and the data set of an imported bundle may be missing. Pages then show
these pictures under a title that says so.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from vae.data.builtin import DatasetInfo
from vae.data.dataset import Dataset, Split
from vae.errors import DataNotFoundError, ModelNotFoundError
from vae.message import N_, message

__all__ = [
    "generated_id",
    "generated_info",
    "generated_rows",
    "generated_split",
    "is_generated",
    "load_generated",
    "use_library",
]

_PREFIX = "drawn-"  # saved in bundles: it stays
_PIXEL_VALUES = 6_000_000  # of all pictures together
_ROWS = (200, 2000)


_library: Any = None


def use_library(library) -> None:
    """Register the list of models.

    Args:
        library: a module or object with `find_model(id)` and `decode_reference(id)`, such as `zscope.library.registry`.
    """
    global _library
    _library = library


def generated_id(model_id: str) -> str:
    """Return the id of a model's generated data set."""
    return f"{_PREFIX}{model_id}"


def is_generated(name: str) -> bool:
    """Return whether an id is that of a generated data set."""
    return name.startswith(_PREFIX)


def generated_rows(image_shape: tuple[int, int, int]) -> int:
    """Return how many codes to sample for images of that shape: enough for a map, few enough to decode at once."""
    return int(np.clip(_PIXEL_VALUES // np.prod(image_shape), *_ROWS))


def generated_info(name: str) -> DatasetInfo:
    """Return the description of a generated data set.

    Raises:
        DataNotFoundError: the model was not found.
    """
    manifest = _entry(name).manifest
    return DatasetInfo(
        name, f"pictures {manifest.title} decodes"[:80], manifest.model.image_shape, (), None, "", "",
        version=manifest.networks_hash[:16],
    )  # fmt: skip


def generated_split(name: str) -> Split:
    """Return the pictures; row i is decoded from the i-th reference code.

    Raises:
        DataNotFoundError: the model was not found.
        BundleError: its bundle is broken.
    """
    entry = _entry(name)
    return _decoded(entry.id, entry.manifest.networks_hash, entry.manifest.files["reference.npz"].sha256)


def load_generated(name: str) -> Dataset:
    """Load a generated data set. All of its pictures are in the test split."""
    split = generated_split(name)
    none = Split(split.images[:0], split.labels[:0])
    return Dataset(generated_info(name), none, none, split, N_("decoded by the model itself"), complete=True)


def _entry(name: str):
    try:
        entry = _library.find_model(name.removeprefix(_PREFIX)) if _library else None
    except ModelNotFoundError:
        entry = None
    if entry is None or entry.fault:
        raise DataNotFoundError(
            message("The model that generates the data set {name} was not found.", name=name[:80]),
            "Choose another model.",
        )
    return entry


@lru_cache(maxsize=4)
def _decoded(model_id: str, networks: str, codes: str) -> Split:
    """Args:
    networks, codes: hashes, so that a model imported again is decoded again.
    """
    images = _library.decode_reference(model_id)
    return Split(images, np.zeros(len(images), np.int64))
