"""What the browser fetches once: codes of the encoded data, and its images, as plain HTTP with cache headers."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from vae.data import load_test_split
from vae.errors import BadRequestError, DataError, ModelNotFoundError, ZscopeError
from vae.registry import open_model

__all__ = ["IMAGES_AT_ONCE", "content_routes"]

IMAGES_AT_ONCE = 256
# The addresses carry the content's hash, or name a split that never changes: a browser may keep them.
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


def content_routes(prefix: str = "/content") -> list[BaseRoute]:
    """The routes, to be put beside the live channel's.

    `{prefix}/models/{id}/codes`
        The reference codes: u32 n, u32 latent_dim, float32 n × latent_dim z_mean, uint16 n labels, little-endian.
    `{prefix}/models/{id}/prior?seed=k`
        Draws of z from the model's prior: float32 256 × latent_dim, without a header; see `vae.loaded.draw_prior`.
    `{prefix}/data/{name}/test/images?index=5,17`
        uint8 images of the test split in that order, h × w × c each, without a header.
    """
    return [
        Route(f"{prefix}/models/{{model}}/codes", _answer(_codes)),
        Route(f"{prefix}/models/{{model}}/prior", _answer(_prior)),
        Route(f"{prefix}/data/{{name}}/test/images", _answer(_images)),
    ]


def _codes(request: Request) -> bytes:
    reference = open_model(request.path_params["model"]).reference
    head = np.array(reference.z_mean.shape, "<u4")
    return head.tobytes() + reference.z_mean.astype("<f4").tobytes() + reference.labels.astype("<u2").tobytes()


def _prior(request: Request) -> bytes:
    # Imported here: it brings the framework, and importing `live` must not.
    from vae.loaded import draw_prior

    text = request.query_params.get("seed", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequestError("seed is not a whole number.", "Write it like ?seed=5.")
    return draw_prior(request.path_params["model"], int(text)).astype("<f4").tobytes()


def _images(request: Request) -> bytes:
    split = load_test_split(request.path_params["name"])
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


def _answer(read: Callable[[Request], bytes]) -> Callable[[Request], Awaitable[Response]]:
    """Read in a thread, so that a first, slow read holds up nobody's drag; errors become 400 or 404 with their mend."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await asyncio.to_thread(read, request)
        except ZscopeError as error:
            status = 404 if isinstance(error, ModelNotFoundError | DataError) else 400
            return PlainTextResponse(str(error), status)
        return Response(body, media_type="application/octet-stream", headers=_KEEP)

    return endpoint
