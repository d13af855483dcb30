"""Pixel formats and layouts: how a network represents images.

A pixel format is a range of numbers, such as [−1, 1], or a standardisation. A layout is an order of axes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isqrt
from typing import Literal

import numpy as np

from vae.errors import BadRequestError, ImportRefusedError
from vae.message import N_, message
from vae.models.networks.layer import Shape

__all__ = [
    "LAYOUTS",
    "PIXELS",
    "Layout",
    "Numbers",
    "Pixels",
    "arrange",
    "layouts_of",
    "parse_pixels",
    "picture_fault",
    "pictures_from",
]

Layout = Literal["hwc", "chw", "hw", "flat", "flat-chw"]
LAYOUTS: dict[Layout, str] = {
    "hwc": "height, width, channels",
    "chw": "channels, height, width",
    "hw": "height, width",
    "flat": N_("one row of numbers"),
    "flat-chw": N_("one row of numbers, channel by channel"),
}
_SIDES = (4, 256)  # pixels, least and most
_MOST, _LEAST_DEVIATION = 10_000.0, 0.0001  # of a standardisation: beyond them, float32 loses the pixels
Numbers = float | tuple[float, ...]


@dataclass(frozen=True)
class Pixels:
    """A pixel format: a pixel p in [0, 1] is `scale` · p + `offset` in the network; of logits, p is their sigmoid.

    Attributes:
        title: name in the dialog and on the model card.
        scale, offset: one number each, or one for each channel.
        logits: whether the network's numbers are logits.
    """

    title: str
    scale: Numbers = 1.0
    offset: Numbers = 0.0
    logits: bool = False

    @classmethod
    def standardised(cls, mean: Sequence[float], deviation: Sequence[float], of: str = "") -> "Pixels":
        """(p − mean) / deviation, as `transforms.Normalize` of torchvision computes it.

        Args:
            mean, deviation: one for each channel, or a single one for all channels.
            of: the data set that they come from, for the title.
        """
        means, deviations = (" ".join(f"{number:.4g}" for number in numbers) for numbers in (mean, deviation))
        title = message(
            "standardised: mean {means}, SD {deviations}{value}",
            means=means,
            deviations=deviations,
            value=of and f" ({of})",
        )
        pairs = [(float(1 / one), float(-centre / one)) for centre, one in zip(mean, deviation, strict=True)]
        if len(pairs) == 1:
            return cls(title, *pairs[0])
        return cls(title, tuple(scale for scale, _ in pairs), tuple(offset for _, offset in pairs))

    @property
    def changes(self) -> bool:
        """Whether they differ from pixels in [0, 1]."""
        return self.logits or (self.scale, self.offset) != (1.0, 0.0)

    @property
    def standardises(self) -> bool:
        """Whether this is a standardisation by a mean and an SD, not a usual range or logits."""
        return not self.logits and (self.scale, self.offset) not in _RANGES

    @property
    def inverse(self) -> tuple[Numbers, Numbers]:
        """Scale and offset of the conversion back to [0, 1]."""
        if isinstance(self.scale, tuple) and isinstance(self.offset, tuple):
            pairs = zip(self.scale, self.offset, strict=True)
            return tuple(1 / scale for scale in self.scale), tuple(-offset / scale for scale, offset in pairs)
        if isinstance(self.scale, tuple) or isinstance(self.offset, tuple):  # never: both are made together
            raise ValueError("scale and offset of pixels have different numbers of channels")
        return 1 / self.scale, -self.offset / self.scale

    def fits(self, channels: int) -> bool:
        """Whether images with that many channels can have this format."""
        return not isinstance(self.scale, tuple) or len(self.scale) == channels

    def check(self, channels: int) -> None:
        """Refuse images that cannot have this format.

        Raises:
            ImportRefusedError: the number of channels differs.
        """
        if not self.fits(channels):
            raise ImportRefusedError(
                message(
                    "The pixel format “{title}” has another number of channels than the images, {channels}.",
                    title=self.title,
                    channels=channels,
                ),
                "Choose another pixel format, or state a mean and an SD for each channel.",
            )

    def to_network(self, p: np.ndarray) -> np.ndarray:
        """Convert pixels in [0, 1], channels last, to the network's numbers. Not defined for logits."""
        return (p * np.asarray(self.scale, np.float32) + np.asarray(self.offset, np.float32)).astype(np.float32)

    def from_network(self, x: np.ndarray) -> np.ndarray:
        """Convert the network's numbers, channels last, to pixels; in [0, 1] if the network keeps to its range."""
        x = np.asarray(x, np.float32)
        if self.logits:
            return 1 / (1 + np.exp(-np.clip(x, -80, 80)))
        return (x - np.asarray(self.offset, np.float32)) / np.asarray(self.scale, np.float32)


_RANGES: tuple[tuple[Numbers, Numbers], ...] = ((1.0, 0.0), (2.0, -1.0), (255.0, 0.0))
PIXELS = {
    "unit": Pixels("0 to 1"),
    "signed": Pixels("−1 to 1", 2.0, -1.0),
    "bytes": Pixels("0 to 255", 255.0),
    "logits": Pixels("logits (before a sigmoid)", logits=True),
    # Many programs use these values for all data.
    "mnist": Pixels.standardised([0.1307], [0.3081], "MNIST"),
    "imagenet": Pixels.standardised([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "ImageNet"),
}


def parse_pixels(text: str) -> Pixels:
    """Return the pixel format that a user states.

    Args:
        text: a key of `PIXELS`; or "MEAN,SD" in units of pixels in [0, 1]; or three means and then three SDs, for red,
            green and blue, as "0.485,0.456,0.406,0.229,0.224,0.225".

    Raises:
        BadRequestError: neither; or a mean or an SD is out of range.
    """
    text = text.strip()
    if text in PIXELS:
        return PIXELS[text]
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 6):
        raise BadRequestError(
            message("Unknown pixel format {text}.", text=repr(text[:80])),
            message(
                "Use one of {pixels}; or MEAN,SD, such as 0.5,0.25; or three means and three SDs for colour.",
                pixels=", ".join(PIXELS),
            ),
        )
    means, deviations = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
    if not all(isfinite(mean) and abs(mean) <= _MOST for mean in means):
        raise BadRequestError(
            message("The mean in {text} is out of range.", text=repr(text[:80])),
            message("Use a number from −{most} to {most}.", most=f"{_MOST:g}"),
        )
    if not all(_LEAST_DEVIATION <= deviation <= _MOST for deviation in deviations):
        raise BadRequestError(
            message("The SD in {text} is out of range.", text=repr(text[:80])),
            message(
                "Use a number from {least_deviation} to {most}.",
                least_deviation=f"{_LEAST_DEVIATION:g}",
                most=f"{_MOST:g}",
            ),
        )
    stated = Pixels.standardised(means, deviations)
    same = (known for known in PIXELS.values() if not known.logits)
    return next((known for known in same if (known.scale, known.offset) == (stated.scale, stated.offset)), stated)


def layouts_of(shape: Shape) -> list[tuple[Layout, Shape]]:
    """Return the layouts that a tensor of this shape can have, with the image shape `(h, w, c)` of each.

    The most likely one is first. Empty if the tensor cannot hold an image.
    """
    found: list[tuple[Layout, Shape]] = []
    if len(shape) == 3 and shape[2] in (1, 3):
        found.append(("hwc", shape))
    if len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3):
        found.append(("chw", (shape[1], shape[2], shape[0])))
    if len(shape) == 2:
        found.append(("hw", (*shape, 1)))
    if len(shape) == 1:
        rows: tuple[tuple[int, tuple[Layout, ...]], ...] = ((1, ("flat",)), (3, ("flat", "flat-chw")))
        for channels, layouts in rows:
            side = isqrt(shape[0] // channels)
            if side * side * channels == shape[0]:
                found.extend((layout, (side, side, channels)) for layout in layouts)
    return [(layout, image) for layout, image in found if all(_SIDES[0] <= side <= _SIDES[1] for side in image[:2])]


def picture_fault(shape: Shape) -> str:
    """Return why a tensor of this shape cannot hold images, to complete "The images …": "have …" or "are …".

    Args:
        shape: one for which `layouts_of` returns [].
    """
    low, high = _SIDES
    if len(shape) == 1:
        side, rest = isqrt(shape[0]), isqrt(shape[0] // 3)
        if side * side != shape[0] and rest * rest * 3 != shape[0]:
            return message(
                "have {shape} numbers, which is not a square image of 1 or 3 channels", shape=f"{shape[0]:,}"
            )
        shape = (side, side) if side * side == shape[0] else (rest, rest)
    if len(shape) == 3:
        first = shape[2] not in (1, 3) and (shape[0] in (1, 3) or shape[0] < shape[2])
        channels, shape = (shape[0], shape[1:]) if first else (shape[2], shape[:2])
        if channels not in (1, 3):
            return message("have {channels} channels; images have 1 (grey) or 3 (colour)", channels=f"{channels:,}")
    if len(shape) == 2:
        return message(
            "are {shape} × {shape2} pixels; a side has {low} to {high}",
            shape=f"{shape[0]:,}",
            shape2=f"{shape[1]:,}",
            low=low,
            high=high,
        )
    return message("have {n} axes; images have 1 to 3", n=len(shape))


def arrange(images: np.ndarray, layout: Layout, shape: Shape) -> np.ndarray:
    """Return images `(n, h, w, c)` in a network's layout, `(n, *shape)`."""
    first = layout in ("chw", "flat-chw")
    return (images.transpose(0, 3, 1, 2) if first else images).reshape(len(images), *shape)


def pictures_from(tensor: np.ndarray, layout: Layout, image_shape: Shape) -> np.ndarray:
    """Return a network's `(n, *shape)` as images `(n, h, w, c)`; the inverse of `arrange`."""
    height, width, channels = image_shape
    if layout in ("chw", "flat-chw"):
        return tensor.reshape(len(tensor), channels, height, width).transpose(0, 2, 3, 1)
    return tensor.reshape(len(tensor), height, width, channels)
