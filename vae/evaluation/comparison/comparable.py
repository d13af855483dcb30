"""Checks what two models have in common."""

from typing import Literal

from vae.errors import BadRequestError
from vae.formats.bundle.schema import Manifest
from vae.message import message

__all__ = ["Common", "check_encodes", "what_is_common"]

Common = Literal["data", "shape"]


def check_encodes(manifest: Manifest) -> None:
    """Refuse a model without an encoder.

    Raises:
        BadRequestError: it has none.
    """
    if not manifest.model.encodes:
        raise BadRequestError(
            message("{id} has no encoder, so it has no codes of images to compare.", id=manifest.id),
            "Choose a model with an encoder.",
        )


def what_is_common(a: Manifest, b: Manifest) -> Common:
    """Return what two models have in common.

    Returns:
        "data": the data set. Row i of both models' reference codes belongs to its i-th test image, so codes, maps and
        figures can be compared. "shape": only the shape of images, so both can encode the same picture.

    Raises:
        BadRequestError: both are the same model, one has no encoder, or their images have different shapes.
    """
    if a.id == b.id:
        raise BadRequestError(message("Both models are {id}.", id=a.id), "Choose another model to compare it with.")
    check_encodes(a)
    check_encodes(b)
    if a.model.image_shape != b.model.image_shape:
        shapes = [" × ".join(map(str, one.model.image_shape)) for one in (a, b)]
        raise BadRequestError(
            message(
                "{id} takes images of {shapes}, {id2} of {shapes2}: no picture fits both.",
                id=a.id,
                shapes=shapes[0],
                id2=b.id,
                shapes2=shapes[1],
            ),
            message("Compare {id} with another model of {shapes} images.", id=a.id, shapes=shapes[0]),
        )
    return "data" if a.dataset == b.dataset else "shape"
