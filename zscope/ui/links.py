"""A point of a latent space in a URL: `?model=mnist-16&z=0.62,-1.1,…&image=6`.

`assets/js/core/link.js` writes it.
"""

import math
from dataclasses import dataclass

from vae.errors import BadRequestError

__all__ = ["DEFAULT_MODEL", "Point", "Stop", "parse_point"]

DEFAULT_MODEL = "mnist-16"
_LARGEST = 1000.0  # beyond any code; a link is text that anyone can write


@dataclass(frozen=True)
class Point:
    """Where a person is in a model's latent space.

    Attributes:
        z: the code, finite, `code_dim` numbers: of a conditional model, the class weights behind z.
        image: index of the test image it came from, if it came from one.
    """

    z: tuple[float, ...]
    image: int | None = None


@dataclass(frozen=True)
class Stop:
    """A picture on an interpolation's way.

    Attributes:
        hold: seconds that play and film stay there.
    """

    point: Point
    hold: float = 0.0


def parse_point(z: str, image: str | None, code_dim: int, images: int, classes: int = 0) -> Point:
    """The point of a link.

    Args:
        z, image: the query parameters.
        code_dim: of the model the link names.
        images: how many test images its data set has.
        classes: how many numbers of the code, its last ones, are class weights.

    Raises:
        BadRequestError: not that many finite numbers, class weights that are none, or no such image.
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
    # A link has three decimals: what was written as 1/3 adds up to a little less than 1.
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
