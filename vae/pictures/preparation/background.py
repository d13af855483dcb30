"""A picture at a model's size, what is transparent over the ground that the model's own pictures have."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae.data.picture_files import read_on_backgrounds
from vae.errors import DataError

__all__ = ["background_of", "read_for_model"]


def read_for_model(source: str | Path | BinaryIO, manifest) -> np.ndarray:
    """Read one picture, cropped around its centre and resized.

    Args:
        source: as of `vae.data.picture_files.read_on_backgrounds`.
        manifest: the model's `vae.formats.bundle.Manifest`.

    Returns:
        uint8 `(height, width, channels)`. What is transparent is black, white or grey, whichever the borders of the
        model's own pictures are nearest to; black where these are not available. A picture that cannot be seen over
        that, such as a black drawing over black, is over the one that shows most of it.

    Raises:
        As `vae.data.picture_files.read_on_backgrounds`.
    """
    from vae.data.backgrounds import BackgroundChoice, is_blank, over

    on_black, on_white = read_on_backgrounds(source, manifest.model.image_shape)
    if on_white is None:
        return on_black
    picture = over(on_black, on_white, _ground(manifest))
    if not is_blank(picture):
        return picture
    choice = BackgroundChoice()
    choice.add(on_black, on_white)
    return over(on_black, on_white, choice.level)


def background_of(images: np.ndarray) -> int:
    """What the borders of pictures uint8 `(n, h, w, c)` are nearest to: one of `vae.data.backgrounds.LEVELS`."""
    from vae.data.backgrounds import LEVELS

    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return min(LEVELS, key=lambda level: abs(level - float(np.median(border))))


def _ground(manifest) -> int:
    from vae.data import load_test_split

    wants = manifest.preprocessing
    if wants is not None and wants.content == "object":
        return 255 if wants.background > 127 else 0
    try:
        return background_of(load_test_split(manifest.dataset).images)
    except DataError:
        return 0
