"""Parses a point of a latent space from a URL: `?model=mnist-16&z=0.62,-1.1,…&image=6`.

`assets/js/core/link.js` writes these URLs.
"""

import math
from dataclasses import dataclass

from vae.errors import BadRequestError

__all__ = ["DEFAULT_MODEL", "Camera", "Point", "Stop", "parse_camera", "parse_point"]

DEFAULT_MODEL = "mnist-16"
_LARGEST = 1000.0  # larger than any code; links are untrusted


Camera = tuple[float, float, float, float, float, float]  # of a map in 3-D: eye, then the point that it looks at
_FARTHEST = 100.0  # from the middle of the map, whose size is about 1


@dataclass(frozen=True)
class Point:
    """The current point in a model's latent space.

    Attributes:
        z: the code, `code_dim` finite numbers; for a conditional model z is followed by the class weights.
        image: index of the test image that it encodes, if any.
    """

    z: tuple[float, ...]
    image: int | None = None


@dataclass(frozen=True)
class Stop:
    """A stop of an interpolation.

    Attributes:
        hold: seconds that playback and film pause there.
    """

    point: Point
    hold: float = 0.0


def parse_camera(text: str) -> Camera:
    """Parse the camera of a link.

    Raises:
        BadRequestError: it is not six finite numbers, or its eye is in the middle of the map.
    """
    try:
        values = tuple(float(part) for part in text.split(",")) if len(text) < 200 else ()
    except ValueError:
        values = ()
    match values:
        case (x, y, z, to_x, to_y, to_z) if all(abs(value) <= _FARTHEST for value in values) and (x, y, z) != (0, 0, 0):
            return x, y, z, to_x, to_y, to_z
    raise BadRequestError("The link's camera is not six finite numbers.", "Copy the link again, or rotate the map.")


def parse_point(z: str, image: str | None, code_dim: int, images: int, classes: int = 0) -> Point:
    """Parse the point of a link.

    Args:
        z, image: the query parameters.
        code_dim: of the link's model.
        images: number of test images of its data set.
        classes: how many of the last numbers are class weights.

    Raises:
        BadRequestError: not `code_dim` finite numbers, invalid class weights, or no such image.
    """
    try:
        values = tuple(float(part) for part in z.split(",")) if len(z) < 20 * code_dim else ()
    except ValueError:
        values = ()
    if len(values) != code_dim or not all(math.isfinite(v) and abs(v) <= _LARGEST for v in values):
        raise BadRequestError(
            f"The link's point is not {code_dim} finite numbers.", "Copy the link again, or start from any point."
        )
    weights = values[code_dim - classes :]
    # Links have three decimals, so class weights of 1/3 add up to a little less than 1.
    if classes and (min(weights) < 0 or abs(sum(weights) - 1) > 0.001 * (classes + 1)):
        raise BadRequestError(
            f"The last {classes} numbers of the link's point are not class weights with the sum 1.",
            "Copy the link again, or start from any point.",
        )
    if image is None:
        return Point(values)
    if not (image.isascii() and image.isdecimal() and len(image) < 10 and int(image) < images):
        raise BadRequestError(
            f"The link's image is not a number from 0 to {images - 1}.", "Copy the link again, or start from any image."
        )
    return Point(values, int(image))
