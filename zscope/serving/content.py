"""HTTP routes for content that browsers cache: images of the data sets and their codes."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np
from PIL import Image
from starlette.routing import BaseRoute

from vae.data import Split, load_cached, load_test_split
from vae.errors import BadRequestError, DataNotFoundError
from vae.message import N_, message
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.registry import open_model
from zscope.serving.parameters import whole, wholes
from zscope.serving.routes import KEPT, PNG, get_route
from zscope.serving.workers import HEAVY

__all__ = ["IMAGES_AT_ONCE", "content_routes"]

IMAGES_AT_ONCE = 256
SHEET_IMAGES = 10_000
SHEET_SIDE = 28  # pixels


def content_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the routes.

    `{prefix}/models/{id}/codes`
        The reference codes: u32 n, u32 latent_dim, float32 n × latent_dim z_mean, uint16 n labels, little-endian.
    `{prefix}/models/{id}/prior?seed=k`
        Samples of z from the model's prior: float32 256 × latent_dim, without a header; see
        `zscope.library.open_models.draw_prior`.
    `{prefix}/data/{name}/{split}/images?index=5,17`
        uint8 images of a split (test, train or validation) in the given order, h × w × c each, without a header.
    `{prefix}/data/{name}/{split}/sheet?number=0`
        10,000 images of a split as one PNG, a hundred in a row, each at most 28 pixels a side.
    """
    # Cached forever: the address contains a hash of the content, or names a split that never changes.
    model, split = f"{prefix}/models/{{model}}", f"{prefix}/data/{{name}}/{{split}}"
    seed, index, number = (
        whole(N_("Write it like ?seed=5.")),
        wholes(N_("Write it like ?index=5,17.")),
        whole(N_("Count from 0.")),
    )
    return [
        get_route(f"{model}/codes", _codes, cache=KEPT),
        get_route(f"{model}/prior", _prior, cache=KEPT, query={"seed": seed}),
        get_route(f"{split}/images", _images, cache=KEPT, query={"index": index}),
        get_route(f"{split}/sheet", _sheet, workers=HEAVY, cache=KEPT, media_type=PNG, query={"number": number}),
    ]


def _codes(model: str) -> bytes:
    reference = open_model(model).reference
    head = np.array(reference.z_mean.shape, "<u4")
    return head.tobytes() + reference.z_mean.astype("<f4").tobytes() + reference.labels.astype("<u2").tobytes()


def _prior(model: str, seed: int) -> bytes:
    # Imported here: it loads the framework, and importing this package must not.
    from zscope.library.open_models import draw_prior

    return draw_prior(model, seed).astype("<f4").tobytes()


def _images(name: str, split: str, index: list[int]) -> bytes:
    images = _split(name, split).images
    if len(index) > IMAGES_AT_ONCE or max(index) >= len(images):
        raise BadRequestError(
            message(
                "Got {n} indices up to {index} for a split of {n2} images.",
                n=len(index),
                index=max(index),
                n2=len(images),
            ),
            message(
                "Request at most {images_at_once} images at once, by their indices from 0.",
                images_at_once=IMAGES_AT_ONCE,
            ),
        )
    return images[index].tobytes()


def _sheet(name: str, split: str, number: int) -> bytes:
    images = _split(name, split).images
    start = number * SHEET_IMAGES
    if start >= len(images):
        raise BadRequestError(
            message("There is no sheet {number} of {n} images.", number=number, n=len(images)), "Count sheets from 0."
        )
    images = np.stack([_small(image) for image in images[start : start + SHEET_IMAGES]])
    return png_bytes(contact_sheet(images, columns=100, gap=0))


def _small(image: np.ndarray) -> np.ndarray:
    """Reduce an image to at most `SHEET_SIDE` pixels on its longer side."""
    height, width, channels = image.shape
    scale = SHEET_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (round(width * scale), round(height * scale))
    picture = Image.fromarray(image[..., 0] if channels == 1 else image)
    return np.asarray(picture.resize(size, Image.Resampling.BOX)).reshape(size[1], size[0], channels)


def _split(name: str, split: str) -> Split:
    if split == "test":
        return load_test_split(name)
    if split not in ("train", "validation"):
        raise DataNotFoundError(
            message("No split is called {split}.", split=repr(split[:40])), "Use test, train or validation."
        )
    dataset = load_cached(name)  # without a download: a request must not start one
    return dataset.train if split == "train" else dataset.validation
