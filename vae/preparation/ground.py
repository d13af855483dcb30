"""A picture at a model's size, what is transparent over the ground that the model's own pictures have."""

from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from vae.errors import DataError
from vae.images import read_on_grounds

__all__ = ["ground_of", "read_for_model"]


def read_for_model(source: str | Path | BinaryIO, manifest) -> np.ndarray:
    """Read one picture, cropped around its centre and resized.

    Args:
        source: as of `vae.images.read_image`.
        manifest: the model's `vae.bundle.Manifest`.

    Returns:
        uint8 `(height, width, channels)`; over black where the model's own pictures are not to be had.

    Raises:
        As `vae.images.read_image`.
    """
    on_black, on_white = read_on_grounds(source, manifest.model.image_shape)
    return on_black if on_white is None or _ground(manifest) == "black" else on_white


def ground_of(images: np.ndarray) -> Literal["black", "white"]:
    """What the borders of pictures uint8 `(n, h, w, c)` are nearer to."""
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return "white" if np.median(border) > 127 else "black"


def _ground(manifest) -> Literal["black", "white"]:
    from vae.data import load_test_split

    wants = manifest.preprocessing
    if wants is not None and wants.content == "object":
        return "white" if wants.background > 127 else "black"
    try:
        return ground_of(load_test_split(manifest.dataset).images)
    except DataError:
        return "black"
