"""The input style of a data set: common properties of its images, to which a new picture is adapted."""

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.message import message

if TYPE_CHECKING:
    from vae.formats.bundle import Manifest

__all__ = ["InputStyle", "derive_input_style", "input_style_of"]

Share = Annotated[float, Field(ge=0, le=1)]
_IMAGES = 2000  # images examined
_CONTENT = 0.12  # of the grey range: content differs more from the background
_COLOURED = 0.02  # of the range: mean difference of the channels of colour images
_EVEN = 0.35  # largest share of content at the borders if there is a background
_BETTER = 0.9  # the centre of mass is used if its spread is less than this share of the box centre's


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class InputStyle:
    """How the images of a data set are laid out.

    Attributes:
        content: "object": one object on a flat background; "scene": the picture fills its frame, or has colours.
        light: whether an object is lighter than its background.
        background: level of the background, 0…255.
        extent: longer side of the object, as a share of the frame's.
        centre: which point of the object has a fixed position: its centre of mass, or the centre of its bounding box.
        middle: that position, row and column as shares of the frame; (0.5, 0.5) is the middle.
    """

    content: Literal["object", "scene"] = "scene"
    light: bool = True
    background: Annotated[int, Field(ge=0, le=255)] = 0
    extent: Annotated[float, Field(gt=0, le=1)] = 1.0
    centre: Literal["mass", "box"] = "box"
    middle: tuple[Share, Share] = (0.5, 0.5)


def derive_input_style(images: np.ndarray) -> InputStyle:
    """Derive the input style from images.

    Args:
        images: uint8 `(n, h, w, c)`, n ≥ 1.

    Raises:
        BadRequestError: another dtype or shape.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise BadRequestError(
            message(
                "Expected images as uint8 (n, h, w, c), got {dtype} {shape}.", dtype=images.dtype, shape=images.shape
            ),
            "Convert the array.",
        )
    rows = np.linspace(0, len(images) - 1, min(_IMAGES, len(images))).astype(int)
    some = images[rows].astype(np.float32)
    if np.ptp(some, axis=3).mean() > _COLOURED * 255:
        return InputStyle()  # colour images are not reduced to ink
    grey = some.mean(axis=3)
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    background = float(np.median(border))
    content = np.abs(grey - background) > _CONTENT * 255
    if (np.abs(border - background) > _CONTENT * 255).mean() > _EVEN or not content.any():
        return InputStyle()
    drawn = content.any(axis=(1, 2))
    boxes = np.array([_box(one) for one in content[drawn]], np.float64)  # top, bottom, left, right
    masses = np.array([_mass(np.abs(one - background)) for one in grey[drawn]])
    side = np.array(grey.shape[1:])
    middles = np.stack([boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)], axis=1) + 0.5
    by_mass = masses.std(axis=0).mean() < _BETTER * middles.std(axis=0).mean()
    place = (masses if by_mass else middles).mean(axis=0) / side
    longer = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]) + 1
    return InputStyle(
        content="object",
        light=bool((grey - background)[content].mean() > 0),
        background=round(background),
        extent=round(float(np.median(longer) / side.max()), 4),
        centre="mass" if by_mass else "box",
        middle=(round(float(place[0]), 4), round(float(place[1]), 4)),
    )


def input_style_of(manifest: "Manifest") -> InputStyle:
    """Return the input style of a bundle's model, from its manifest or, if that has none, from the test split.

    Raises:
        DataError: the test split is not available.
    """
    return manifest.preprocessing or derive_input_style(load_test_split(manifest.dataset).images)


def _box(content: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(content.any(axis=1)), np.flatnonzero(content.any(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


def _mass(weights: np.ndarray) -> tuple[float, float]:
    """Centre of mass, row and column; the middle of a pixel is at .5."""
    total = weights.sum()
    rows, columns = weights.sum(axis=1), weights.sum(axis=0)
    return (rows @ (np.arange(len(rows)) + 0.5)) / total, (columns @ (np.arange(len(columns)) + 0.5)) / total
