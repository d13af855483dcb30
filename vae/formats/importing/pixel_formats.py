"""How a network holds pictures: in which order of axes, and between which numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Literal

import numpy as np

from vae.models.networks.layer import Shape

__all__ = [
    "LAYOUTS",
    "PIXELS",
    "Layout",
    "Numbers",
    "Pixels",
    "arrange",
    "layouts_of",
    "picture_fault",
    "pictures_from",
]

Layout = Literal["hwc", "chw", "hw", "flat", "flat-chw"]
LAYOUTS: dict[Layout, str] = {
    "hwc": "height, width, channels",
    "chw": "channels, height, width",
    "hw": "height, width",
    "flat": "one row of numbers",
    "flat-chw": "one row of numbers, channel by channel",
}
_SIDES = (4, 256)
Numbers = float | tuple[float, ...]


@dataclass(frozen=True)
class Pixels:
    """What a network's numbers say: p in [0, 1] is `scale` · p + `offset` there; of logits, p is their sigmoid.

    Attributes:
        scale, offset: one number each, or one for each channel.
    """

    title: str
    scale: Numbers = 1.0
    offset: Numbers = 0.0
    logits: bool = False

    @classmethod
    def standardised(cls, mean: Sequence[float], deviation: Sequence[float], of: str = "") -> "Pixels":
        """(p − mean) / deviation, as `transforms.Normalize` of torchvision computes it.

        Args:
            mean, deviation: of each channel.
            of: whose they are, for the title.
        """
        means, deviations = (" ".join(f"{number:.4g}" for number in numbers) for numbers in (mean, deviation))
        title = f"standardised: mean {means}, SD {deviations}{of and f' ({of})'}"
        scale = tuple(float(1 / one) for one in deviation)
        offset = tuple(float(-centre / one) for centre, one in zip(mean, deviation, strict=True))
        return cls(title, scale, offset) if len(scale) > 1 else cls(title, scale[0], offset[0])

    @property
    def changes(self) -> bool:
        """Whether they are others than those in [0, 1]."""
        return self.logits or (self.scale, self.offset) != (1.0, 0.0)

    @property
    def inverse(self) -> tuple[Numbers, Numbers]:
        """Scale and offset of the way back to [0, 1]."""
        if isinstance(self.scale, tuple):
            pairs = zip(self.scale, self.offset, strict=True)
            return tuple(1 / scale for scale in self.scale), tuple(-offset / scale for scale, offset in pairs)
        return 1 / self.scale, -self.offset / self.scale

    def fits(self, channels: int) -> bool:
        """Whether pictures of so many channels can have them."""
        return not isinstance(self.scale, tuple) or len(self.scale) == channels

    def to_network(self, p: np.ndarray) -> np.ndarray:
        """Pixels in [0, 1], channels last → its numbers; not of logits."""
        return (p * np.float32(self.scale) + np.float32(self.offset)).astype(np.float32)

    def from_network(self, x: np.ndarray) -> np.ndarray:
        """Its numbers, channels last → pixels, in [0, 1] where the network keeps to its range."""
        x = np.asarray(x, np.float32)
        if self.logits:
            return 1 / (1 + np.exp(-np.clip(x, -80, 80)))
        return (x - np.float32(self.offset)) / np.float32(self.scale)


PIXELS = {
    "unit": Pixels("0 to 1"),
    "signed": Pixels("−1 to 1", 2.0, -1.0),
    "bytes": Pixels("0 to 255", 255.0),
    "logits": Pixels("logits (before a sigmoid)", logits=True),
    # Those of tutorials, whatever the data.
    "mnist": Pixels.standardised([0.1307], [0.3081], "MNIST"),
    "imagenet": Pixels.standardised([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "ImageNet"),
}


def layouts_of(shape: Shape) -> list[tuple[Layout, Shape]]:
    """What pictures, `(h, w, c)`, a tensor of that shape may hold, the likeliest first; [] where it holds none."""
    found: list[tuple[Layout, Shape]] = []
    if len(shape) == 3 and shape[2] in (1, 3):
        found.append(("hwc", shape))
    if len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3):
        found.append(("chw", (shape[1], shape[2], shape[0])))
    if len(shape) == 2:
        found.append(("hw", (*shape, 1)))
    if len(shape) == 1:
        for channels, layouts in ((1, ("flat",)), (3, ("flat", "flat-chw"))):
            side = isqrt(shape[0] // channels)
            if side * side * channels == shape[0]:
                found += [(layout, (side, side, channels)) for layout in layouts]
    return [(layout, image) for layout, image in found if all(_SIDES[0] <= side <= _SIDES[1] for side in image[:2])]


def picture_fault(shape: Shape) -> str:
    """Why a tensor of a shape for which `layouts_of` finds nothing holds no pictures, for a sentence: "have …"."""
    low, high = _SIDES
    if len(shape) == 1:
        side, rest = isqrt(shape[0]), isqrt(shape[0] // 3)
        if side * side != shape[0] and rest * rest * 3 != shape[0]:
            return f"have {shape[0]:,} numbers, which make no square of 1 or 3 channels"
        shape = (side, side) if side * side == shape[0] else (rest, rest)
    if len(shape) == 3:
        first = shape[2] not in (1, 3) and (shape[0] in (1, 3) or shape[0] < shape[2])
        channels, shape = (shape[0], shape[1:]) if first else (shape[2], shape[:2])
        if channels not in (1, 3):
            return f"have {channels:,} channels; 1 (grey) or 3 (colour) can be shown"
    if len(shape) == 2:
        return f"are {shape[0]:,} × {shape[1]:,} pixels; {low} to {high} a side can be shown"
    return f"have {len(shape)} axes; 1 to 3 are read"


def arrange(images: np.ndarray, layout: Layout, shape: Shape) -> np.ndarray:
    """Pictures `(n, h, w, c)` as the network takes them, `(n, *shape)`."""
    first = layout in ("chw", "flat-chw")
    return (images.transpose(0, 3, 1, 2) if first else images).reshape(len(images), *shape)


def pictures_from(tensor: np.ndarray, layout: Layout, image_shape: Shape) -> np.ndarray:
    """The other way round: `(n, *shape)` → `(n, h, w, c)`."""
    height, width, channels = image_shape
    if layout in ("chw", "flat-chw"):
        return tensor.reshape(len(tensor), channels, height, width).transpose(0, 2, 3, 1)
    assert prod(tensor.shape[1:]) == height * width * channels
    return tensor.reshape(len(tensor), height, width, channels)
