"""What two models can be compared by."""

from typing import Literal

from vae.errors import BadRequestError
from vae.formats.bundle.schema import Manifest

__all__ = ["Common", "check_encodes", "what_is_common"]

Common = Literal["data", "shape"]


def check_encodes(manifest: Manifest) -> None:
    """Refuse a decoder alone.

    Raises:
        BadRequestError: it is one.
    """
    if not manifest.model.encodes:
        raise BadRequestError(
            f"{manifest.id} is a decoder alone: it has no codes of images, by which two models are compared.",
            "Choose a model with an encoder.",
        )


def what_is_common(a: Manifest, b: Manifest) -> Common:
    """How much two models share.

    Returns:
        "data": one data set. Row i of both models' reference codes is its i-th test image, so that codes, maps and
        figures can be compared. "shape": images of one shape alone, so that both can be shown the same picture.

    Raises:
        BadRequestError: one model twice, a model that cannot encode, or images of other shapes.
    """
    if a.id == b.id:
        raise BadRequestError(f"{a.id} is one model, not two.", "Choose another one to compare it with.")
    check_encodes(a)
    check_encodes(b)
    if a.model.image_shape != b.model.image_shape:
        shapes = [" × ".join(map(str, one.model.image_shape)) for one in (a, b)]
        raise BadRequestError(
            f"{a.id} is of images of {shapes[0]}, {b.id} of {shapes[1]}: no picture fits both.",
            f"Compare {a.id} with another model of {shapes[0]} images.",
        )
    return "data" if a.dataset == b.dataset else "shape"
