"""What the browser fetches once: codes of the encoded data, and its images, as plain HTTP with cache headers."""

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from vae.data import Split, load_at_hand, load_test_split
from vae.errors import BadRequestError, DataError
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.registry import open_model
from zscope.serving.workers import HEAVY, QUICK, answered

__all__ = ["IMAGES_AT_ONCE", "content_routes"]

IMAGES_AT_ONCE = 256
SHEET_IMAGES = 10_000
SHEET_SIDE = 28  # pixels
# The addresses carry the content's hash, or name a split that never changes: a browser may keep them.
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


def content_routes(prefix: str = "/content") -> list[BaseRoute]:
    """The routes, to be put beside the live channel's.

    `{prefix}/models/{id}/codes`
        The reference codes: u32 n, u32 latent_dim, float32 n × latent_dim z_mean, uint16 n labels, little-endian.
    `{prefix}/models/{id}/prior?seed=k`
        Draws of z from the model's prior: float32 256 × latent_dim, without a header; see
        `vae.inference.loaded_model.draw_prior`.
    `{prefix}/data/{name}/{split}/images?index=5,17`
        uint8 images of a split (test, train or validation) in that order, h × w × c each, without a header.
    `{prefix}/data/{name}/{split}/sheet?number=0`
        10,000 images of a split as one PNG, a hundred in a row, at most 28 pixels a side.
    """
    return [
        Route(f"{prefix}/models/{{model}}/codes", answered(_codes, QUICK, _KEEP)),
        Route(f"{prefix}/models/{{model}}/prior", answered(_prior, HEAVY, _KEEP)),
        Route(f"{prefix}/data/{{name}}/{{split}}/images", answered(_images, QUICK, _KEEP)),
        Route(f"{prefix}/data/{{name}}/{{split}}/sheet", answered(_sheet, HEAVY, _KEEP)),
    ]


def _codes(request: Request) -> bytes:
    reference = open_model(request.path_params["model"]).reference
    head = np.array(reference.z_mean.shape, "<u4")
    return head.tobytes() + reference.z_mean.astype("<f4").tobytes() + reference.labels.astype("<u2").tobytes()


def _prior(request: Request) -> bytes:
    # Imported here: it brings the framework, and importing `live` must not.
    from zscope.library.open_models import draw_prior

    text = request.query_params.get("seed", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequestError("seed is not a whole number.", "Write it like ?seed=5.")
    return draw_prior(request.path_params["model"], int(text)).astype("<f4").tobytes()


def _images(request: Request) -> bytes:
    split = _split(request)
    text = request.query_params.get("index", "")
    try:
        rows = [int(part) for part in text.split(",")]
    except ValueError:
        raise BadRequestError("index is not a list of whole numbers.", "Write it like ?index=5,17.") from None
    if len(rows) > IMAGES_AT_ONCE or not all(0 <= row < len(split) for row in rows):
        raise BadRequestError(
            f"{len(rows)} indices, or one outside 0…{len(split) - 1}.", f"Ask for at most {IMAGES_AT_ONCE} at once."
        )
    return split.images[rows].tobytes()


def _sheet(request: Request) -> bytes:
    text = request.query_params.get("number", "")
    split = _split(request)
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) * SHEET_IMAGES < len(split)):
        raise BadRequestError(f"{text[:20]!r} is no sheet of {len(split)} images.", "Count from 0.")
    start = int(text) * SHEET_IMAGES
    images = np.stack([_small(image) for image in split.images[start : start + SHEET_IMAGES]])
    return png_bytes(contact_sheet(images, columns=100, gap=0))


def _small(image: np.ndarray) -> np.ndarray:
    """At most `SHEET_SIDE` pixels on its longer side."""
    height, width, channels = image.shape
    scale = SHEET_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (round(width * scale), round(height * scale))
    picture = Image.fromarray(image[..., 0] if channels == 1 else image)
    return np.asarray(picture.resize(size, Image.Resampling.BOX)).reshape(size[1], size[0], channels)


def _split(request: Request) -> Split:
    name, split = request.path_params["name"], request.path_params["split"]
    if split == "test":
        return load_test_split(name)
    if split not in ("train", "validation"):
        raise DataError(f"There is no split {split[:40]!r}.", "They are test, train and validation.")
    return getattr(load_at_hand(name), split)  # nothing is fetched for a visitor's request
