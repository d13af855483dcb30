"""Suggests image size and colour for a data set from a sample of its pictures."""

import io
from dataclasses import dataclass

import numpy as np

from vae.data.backgrounds import BackgroundChoice, over
from vae.data.files import FileList
from vae.data.picture_files import UnreadableImageError, image_size, read_on_backgrounds
from vae.data.refusals import RefusedError

__all__ = ["MOST_SIDE", "SIDES", "Suggestion", "colourfulness", "suggest"]

SIDES = (28, 32, 48, 64, 96, 128, 160, 192, 224, 256)  # choices, pixels; built-in networks train on up to 128
MOST_SIDE = SIDES[-1]
_SAMPLE, _TRIES = 48, 200
# Hasler & Süsstrunk call 15 "slightly colourful"; scans of grey paper stay below 5.
_COLOURFUL = 8.0
_COLOURED_SHARE = 0.25


@dataclass(frozen=True)
class Suggestion:
    """A side in pixels and 1 or 3 channels, with the sample that they were derived from.

    Attributes:
        sample: uint8 `(n, side, side, channels)`, to show; n may be 0.
        short_side: the median of the sample's shorter sides, pixels.
    """

    side: int
    channels: int
    sample: np.ndarray
    short_side: int


def suggest(files: FileList, most: int = 64, seed: int = 0) -> Suggestion:
    """Suggest the smallest of `SIDES` that covers the median picture, and colour if a quarter of the pictures has any.

    Args:
        most: the largest side to suggest, pixels; one of `SIDES`.
        seed: for the sample.

    Raises:
        DataError: the archive exceeds its total limits.
    """
    rng = np.random.default_rng(seed)
    entries = [entry for entry in files.entries if entry.refused is None]
    sides: list[int] = []
    pictures: list[np.ndarray] = []
    on_white: dict[int, np.ndarray] = {}
    background = BackgroundChoice()
    for index in rng.permutation(len(entries))[:_TRIES]:
        try:
            data = io.BytesIO(files.read(entries[index]))
            size = image_size(data)
            black, white = read_on_backgrounds(data, (most, most, 3))
            if white is not None:
                on_white[len(pictures)] = white
                background.add(black, white)
            pictures.append(black)
            sides.append(min(size))
        except (RefusedError, UnreadableImageError):
            continue
        if len(pictures) == _SAMPLE:
            break
    if not pictures:
        return Suggestion(SIDES[0], 1, np.zeros((0, SIDES[0], SIDES[0], 1), np.uint8), 0)
    level = background.level
    for number, picture in on_white.items():
        pictures[number] = over(pictures[number], picture, level)
    short_side = int(np.median(sides))
    allowed = [side for side in SIDES if side <= most] or [SIDES[0]]
    side = next((side for side in allowed if side >= short_side), allowed[-1])
    coloured = np.mean([colourfulness(picture) > _COLOURFUL for picture in pictures])
    channels = 3 if coloured >= _COLOURED_SHARE else 1
    sample = np.stack([_resized(picture, side, channels) for picture in pictures])
    return Suggestion(side, channels, sample, short_side)


def colourfulness(picture: np.ndarray) -> float:
    """Return the colourfulness M of a picture, 0 for grey.

    Source: Hasler & Süsstrunk, "Measuring colourfulness in natural images", SPIE 5007 (2003), eq. 6-7.

    Args:
        picture: uint8 `(h, w, 3)`.
    """
    red, green, blue = np.moveaxis(picture.astype(np.float64), -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def _resized(picture: np.ndarray, side: int, channels: int) -> np.ndarray:
    from PIL import Image

    image = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(image.convert("RGB" if channels == 3 else "L"), np.uint8).reshape(side, side, channels)
