"""Reads a picture at a model's size, with transparent pixels over the background of the model's data."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae.data.picture_files import read_on_backgrounds
from vae.errors import DataError

__all__ = ["background_of", "read_for_model"]


def read_for_model(source: str | Path | BinaryIO, manifest) -> np.ndarray:
    """Read one picture, centre-cropped and resized.

    Args:
        source: see `vae.data.picture_files.read_on_backgrounds`.
        manifest: the model's `vae.formats.bundle.Manifest`.

    Returns:
        uint8 `(height, width, channels)`. Transparent pixels become black, white or grey, whichever is closest to the
        borders of the model's data; black if these are not available. A picture that is invisible on that background,
        such as a black drawing on black, gets the one that shows most of it.

    Raises:
        As `vae.data.picture_files.read_on_backgrounds`.
    """
    from vae.data.backgrounds import BackgroundChoice, is_blank, over

    on_black, on_white = read_on_backgrounds(source, manifest.model.image_shape)
    if on_white is None:
        return on_black
    picture = over(on_black, on_white, _background(manifest))
    if not is_blank(picture):
        return picture
    choice = BackgroundChoice()
    choice.add(on_black, on_white)
    return over(on_black, on_white, choice.level)


def background_of(images: np.ndarray) -> int:
    """Return the level of `vae.data.backgrounds.LEVELS` closest to the borders of images uint8 `(n, h, w, c)`."""
    from vae.data.backgrounds import LEVELS

    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return min(LEVELS, key=lambda level: abs(level - float(np.median(border))))


def _background(manifest) -> int:
    from vae.data import load_test_split

    style = manifest.preprocessing
    if style is not None and style.content == "object":
        return 255 if style.background > 127 else 0
    try:
        return background_of(load_test_split(manifest.dataset).images)
    except DataError:
        return 0
