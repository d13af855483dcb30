"""Contact sheets: many images as one picture."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import io
from math import ceil, sqrt

import numpy as np
from PIL import Image

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["contact_sheet", "pick_rows", "png_bytes"]


def contact_sheet(
    images: np.ndarray,
    columns: int = 0,
    scale: int = 1,
    gap: int = 2,
    background: int | tuple[int, int, int] = (16, 19, 28),
) -> Image.Image:
    """Arrange images in rows, from the upper left.

    Args:
        images: uint8 `(n, h, w, c)`, c being 1 or 3; n at least 1.
        columns: images in a row; 0 makes the sheet about square.
        scale: width and height of the square that each pixel becomes; small images stay sharp.
        gap: pixels between and around the images, in `background`.
        background: grey level or red, green, blue, 0 to 255.

    Returns:
        An RGB picture.

    Raises:
        BadRequestError: no images, or another dtype or shape.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or images.dtype != np.uint8 or len(images) == 0:
        raise BadRequestError(
            message(
                "A contact sheet needs uint8 images (n, h, w, 1 or 3), these are {dtype} {shape}.",
                dtype=images.dtype,
                shape=images.shape,
            ),
            "Pass at least one image.",
        )
    if min(scale, 1 + gap, 1 + columns) < 1:
        raise BadRequestError("A contact sheet's columns, scale and gap cannot be negative.", "Use scale 1 or more.")
    count, height, width, _ = images.shape
    columns = min(columns or ceil(sqrt(count)), count)
    height, width = height * scale, width * scale
    sheet = np.empty((ceil(count / columns) * (height + gap) + gap, columns * (width + gap) + gap, 3), np.uint8)
    sheet[:] = background
    for index, image in enumerate(images):
        top, left = gap + index // columns * (height + gap), gap + index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image.repeat(scale, 0).repeat(scale, 1)
    return Image.fromarray(sheet)


def pick_rows(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Choose up to `count` rows to show: random ones, equally many of each class where possible, ordered by class.

    Args:
        labels: `(n,)` whole numbers.
    """
    rng = np.random.default_rng(seed)
    labels = np.asarray(labels)
    shuffled = rng.permutation(len(labels))
    turn = np.empty(len(labels), np.int64)  # rank of each within its class
    for label in np.unique(labels):
        rows = shuffled[labels[shuffled] == label]
        turn[rows] = np.arange(len(rows))
    rows = shuffled[np.argsort(turn[shuffled], kind="stable")][:count]
    return rows[np.argsort(labels[rows], kind="stable")]


def png_bytes(image: Image.Image, widest: int = 0) -> bytes:
    """Encode a picture as PNG, reduced to at most `widest` pixels in width; 0 means no limit."""
    if widest and image.width > widest:
        image = image.resize((widest, max(1, round(image.height * widest / image.width))), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
