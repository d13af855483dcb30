"""What size and colour pictures are best learned at, judged by a few of them."""

import io
from dataclasses import dataclass

import numpy as np

from vae.data.backgrounds import GroundChoice, over
from vae.data.files import FileList
from vae.data.picture_files import UnreadableImageError, image_size, read_on_grounds
from vae.data.refusals import RefusedError

__all__ = ["MOST_SIDE", "SIDES", "Suggestion", "colourfulness", "suggest"]

SIDES = (28, 32, 48, 64, 96, 128, 160, 192, 224, 256)  # that are offered; our own networks learn up to 128
MOST_SIDE = SIDES[-1]
_SAMPLE, _TRIES = 48, 200
# Hasler & Süsstrunk call 15 "slightly colourful"; scans of grey paper stay below 5.
_COLOURFUL = 8.0
_COLOURED_SHARE = 0.25


@dataclass(frozen=True)
class Suggestion:
    """A side in pixels and 1 or 3 channels, with the pictures they were judged by.

    Attributes:
        sample: uint8 `(n, side, side, channels)`, for a first look; n may be 0.
        short_side: the median of the sample's shorter sides, in pixels.
    """

    side: int
    channels: int
    sample: np.ndarray
    short_side: int


def suggest(files: FileList, most: int = 64, seed: int = 0) -> Suggestion:
    """The smallest of `SIDES` that is no smaller than the median picture; colour if a quarter of them has any.

    Args:
        most: the largest side to suggest, in pixels; one of `SIDES`.
        seed: of the sample.

    Raises:
        DataError: the archive as a whole is beyond its limits.
    """
    rng = np.random.default_rng(seed)
    entries = [entry for entry in files.entries if entry.refused is None]
    sides, pictures, on_white, ground = [], [], {}, GroundChoice()
    for index in rng.permutation(len(entries))[:_TRIES]:
        try:
            data = io.BytesIO(files.read(entries[index]))
            size = image_size(data)
            black, white = read_on_grounds(data, (most, most, 3))
            if white is not None:
                on_white[len(pictures)] = white
                ground.add(black, white)
            pictures.append(black)
            sides.append(min(size))
        except (RefusedError, UnreadableImageError):
            continue
        if len(pictures) == _SAMPLE:
            break
    if not pictures:
        return Suggestion(SIDES[0], 1, np.zeros((0, SIDES[0], SIDES[0], 1), np.uint8), 0)
    level = ground.level
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
    """M of Hasler & Süsstrunk, "Measuring colourfulness in natural images", SPIE 5007 (2003), eq. 6-7: 0 for grey.

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
