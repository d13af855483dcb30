"""Pictures for a model that came without any: what it decodes from its own reference codes.

A decoder alone has no images to be explored with, and a bundle's data set may not be here. Everything that shows a
model's images then shows these, under a title that says so.
"""

from functools import lru_cache

import numpy as np

from vae.data.builtin import DatasetInfo
from vae.data.dataset import Dataset, Split
from vae.errors import DataNotFoundError, ModelNotFoundError

__all__ = ["drawn_id", "drawn_info", "drawn_rows", "drawn_split", "is_drawn", "load_drawn", "use_library"]

_PREFIX = "drawn-"
_PIXEL_VALUES = 6_000_000  # of all of them together
_ROWS = (200, 2000)


_library = None


def use_library(library) -> None:
    """Say where models are listed.

    Args:
        library: a module or object with `find_model(id)` and `open_model(id)`, as `zscope.library.registry` has them.
    """
    global _library
    _library = library


def drawn_id(model_id: str) -> str:
    """The id of a model's own pictures as a data set."""
    return f"{_PREFIX}{model_id}"


def is_drawn(name: str) -> bool:
    """Whether a data set's id is one of these."""
    return name.startswith(_PREFIX)


def drawn_rows(image_shape: tuple[int, int, int]) -> int:
    """How many codes to draw for a model of such pictures: enough for a map, few enough to be decoded at once."""
    return int(np.clip(_PIXEL_VALUES // np.prod(image_shape), *_ROWS))


def drawn_info(name: str) -> DatasetInfo:
    """What is said of them.

    Raises:
        DataNotFoundError: the model is not here.
    """
    manifest = _entry(name).manifest
    return DatasetInfo(
        name, f"pictures {manifest.title} decodes"[:80], manifest.model.image_shape, (), None, "", "",
        version=manifest.networks_hash[:16],
    )  # fmt: skip


def drawn_split(name: str) -> Split:
    """The pictures, row i being decoded from the i-th reference code.

    Raises:
        DataNotFoundError: the model is not here.
        BundleError: it is broken.
    """
    entry = _entry(name)
    return _decoded(entry.id, entry.manifest.networks_hash, entry.manifest.files["reference.npz"].sha256)


def load_drawn(name: str) -> Dataset:
    """They are all test pictures: there are none that it was trained on."""
    split = drawn_split(name)
    none = Split(split.images[:0], split.labels[:0])
    return Dataset(drawn_info(name), none, none, split, "decoded by the model itself", complete=True)


def _entry(name: str):
    try:
        entry = _library.find_model(name.removeprefix(_PREFIX)) if _library else None
    except ModelNotFoundError:
        entry = None
    if entry is None or entry.fault:
        raise DataNotFoundError(f"The model whose pictures {name[:80]} are is not here.", "Choose another model.")
    return entry


@lru_cache(maxsize=4)
def _decoded(model_id: str, networks: str, codes: str) -> Split:
    """Args:
    networks, codes: hashes, so that a model imported anew is decoded anew.
    """
    from vae.inference.codec import Codec

    bundle = _library.open_model(model_id)
    images = Codec(bundle.vae).decode_pixels(bundle.reference.z_mean)
    return Split(images, np.zeros(len(images), np.int64))
