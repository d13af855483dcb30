"""HTTP route for films of codes, with progress: MP4, WebP, GIF, a strip as PNG or SVG, frames, or the codes."""

import io
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import numpy as np
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from starlette.routing import BaseRoute

from vae.errors import BadRequestError
from vae.message import message
from vae.models.config import config_from_json, make_config
from vae.pictures.movie import MAX_FRAMES, MovieSettings, side_by_side, write_movie
from zscope.library.registry import open_model
from zscope.serving.binary_head import parse_head
from zscope.serving.bodies import BodyLimit
from zscope.serving.routes import post_route
from zscope.serving.streams import Lines, Stream
from zscope.serving.workers import HEAVY

__all__ = ["MovieOrder", "movie_routes"]

_LIMIT = BodyLimit(32_000_000, "Use fewer frames.")
_MAX_PIXELS = 256 << 20  # bytes of all decoded pictures
_CHUNK = 256  # codes decoded between two checks for a stop
_PART = 1 << 20  # bytes of a file that are sent at once
_LARGEST = 1000.0  # no code has a larger component
_POOL = ThreadPoolExecutor(2, thread_name_prefix="zscope-film")  # few at once, so that live decoding stays fast


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class MovieOrder:
    """A request for a film.

    Attributes:
        format: see `MovieSettings`; or "codes", an npz file with z and the positions t. A sheet has columns and no t.
        places: position of each frame on the path; 0 is the first picture, 1 the second.
        captions: one for each frame, see `write_movie`.
        across: number of codes that are decoded side by side in each frame.
    """

    format: Literal["mp4", "webp", "gif", "strip", "svg", "frames", "codes"]
    size: int
    frames_per_second: int
    upscaling: str
    columns: int
    places: list[float]
    captions: list[str] | None = None
    across: Annotated[int, Field(ge=1, le=4)] = 1


def movie_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the route `POST {prefix}/models/{id}/movie`.

    The body is a head (`zscope.serving.binary_head`) with the fields of `MovieOrder`, then the codes, float32
    frames × across × code_dim, little-endian. The answer has JSON lines with `done` and `total` frames; then a line
    with `suffix` and `bytes`, followed by that many bytes of the file, or a line with `error`. Nothing is kept.
    """
    return [post_route(f"{prefix}/models/{{model}}/movie", _movie, _LIMIT, workers=HEAVY)]


def _movie(model: str, body: memoryview) -> Stream:
    order, settings, codes = _parse(model, body)
    return Stream(partial(_make, model, order, settings, codes), _POOL)


def _make(model: str, order: MovieOrder, settings: MovieSettings, codes: np.ndarray, lines: Lines) -> None:
    if order.format == "codes":
        buffer = io.BytesIO()
        arrays = {"z": codes if order.across > 1 else codes[:, 0]}
        if not order.columns:
            arrays["t"] = np.array(order.places, np.float32)
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        size = buffer.tell()
        buffer.seek(0)
        _send(".npz", size, buffer, lines)
        return
    with tempfile.TemporaryDirectory(prefix="zscope-film-") as folder:
        frames = _decoded(model, codes, lines.stopped)
        if frames is None:
            return

        def progress(done: int, total: int) -> None:
            lines.progress(lambda: {"done": done, "total": total})

        file = Path(folder) / f"film{settings.suffix}"
        if write_movie(file, frames, settings, order.captions, progress, lines.stopped):
            with file.open("rb") as opened:
                _send(settings.suffix, file.stat().st_size, opened, lines)


def _decoded(model: str, codes: np.ndarray, should_stop: Callable[[], bool]) -> np.ndarray | None:
    """Decode the frames, uint8 `(n, h, w, c)`; None after a stop."""
    from zscope.serving.gradients import interpolator

    walker = interpolator(model)
    count, across, width = codes.shape
    flat = codes.reshape(-1, width)
    pictures = np.empty((len(flat), *open_model(model).manifest.model.image_shape), np.uint8)
    for start in range(0, len(flat), _CHUNK):
        if should_stop():
            return None
        part = slice(start, start + _CHUNK)
        pictures[part] = walker.pixels(flat[part])
    return pictures if across == 1 else side_by_side(pictures.reshape(count, across, *pictures.shape[1:]))


def _send(suffix: str, size: int, file: BinaryIO, lines: Lines) -> None:
    lines.line({"suffix": suffix, "bytes": size})
    while part := file.read(_PART):
        lines.send(part)


def _parse(model: str, body: memoryview) -> tuple[MovieOrder, MovieSettings, np.ndarray]:
    """Parse and check a body.

    Raises:
        ModelNotFoundError, BundleError: the model does not exist or is broken.
        BadRequestError: the body is no such request, or asks for too much.
    """
    config = open_model(model).manifest.model
    head, data = parse_head(body, _LIMIT.most)
    order = config_from_json(MovieOrder, head)
    settings = make_config(
        MovieSettings,
        format="strip" if order.format == "codes" else order.format,
        size=order.size,
        frames_per_second=order.frames_per_second,
        upscaling=order.upscaling,
        columns=order.columns,
    )
    count = len(order.places)
    if not 0 < count <= MAX_FRAMES:
        raise BadRequestError(
            message("The film has {count} frames.", count=f"{count:,}"),
            message("Use 1 to {max_frames}.", max_frames=f"{MAX_FRAMES:,}"),
        )
    if order.captions is not None and (len(order.captions) != count or max(map(len, order.captions)) > 200):
        raise BadRequestError(
            "The captions are not one text of at most 200 characters for each frame.", "Reload the page."
        )
    if count * order.across * int(np.prod(config.image_shape)) > _MAX_PIXELS:
        raise BadRequestError(
            message("{count} frames of this size are too many.", count=f"{count:,}"), "Use fewer frames."
        )
    if len(data) != 4 * count * order.across * config.code_dim:
        raise BadRequestError(
            message("The codes do not belong to {count} frames of this model.", count=f"{count:,}"), "Reload the page."
        )
    codes = np.frombuffer(data, "<f4").reshape(count, order.across, config.code_dim)
    if not (np.abs(codes) <= _LARGEST).all():  # also true for NaN
        raise BadRequestError(
            message("A code contains a number that is not between −{largest} and {largest}.", largest=f"{_LARGEST:g}"),
            "Choose other pictures.",
        )
    return order, settings, codes
