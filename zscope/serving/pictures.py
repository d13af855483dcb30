"""HTTP routes for user pictures: preparation, reconstruction and repair. Pictures are kept only during a request."""

import csv
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from starlette.routing import BaseRoute

from vae.data.picture_files import MAX_BYTES, read_picture
from vae.errors import BadRequestError
from vae.message import N_, message
from vae.models.config import config_from_json
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from vae.pictures.preparation import Prepared, Settings, input_style_of, prepare
from zscope.library.registry import open_model
from zscope.messages import NoteLine, PreparedHead, Reading, RepairLine
from zscope.serving.binary_head import HEAD_BYTES, pack_head, parse_head
from zscope.serving.bodies import BodyLimit
from zscope.serving.routes import LINES, post_route
from zscope.serving.streams import Lines, Stream
from zscope.serving.workers import HEAVY, Workers

if TYPE_CHECKING:
    from vae.pictures.reconstruction import Reading as MeasuredReading

__all__ = ["picture_routes"]

_FILE = BodyLimit(MAX_BYTES, N_("Save a smaller picture."))
_FILE_AND_SETTINGS = BodyLimit(MAX_BYTES + HEAD_BYTES, N_("Save a smaller picture."))
_PIXELS = BodyLimit(MAX_BYTES + HEAD_BYTES, N_("Use a smaller picture."))
_TABLE = BodyLimit(64_000_000, N_("Use fewer pictures."))
_MAX_ROWS = 20_000
_RAW_SIDE = 2048  # pixels
_ONE, _ARCHIVES = Workers("picture", 2, 1000), Workers("archive", 2, 30)
_MANY = Workers("pictures", 1, 1000)  # separate, so that a thousand files of one user do not delay the others
_REPAIRS = ThreadPoolExecutor(2, thread_name_prefix="zscope-repair")
_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, config=_STRICT)
class _PrepareRequest:
    """The head of `prepare`.

    Attributes:
        raw: height, width and channels of the pixels after the head; None if a file follows.
    """

    settings: Settings
    raw: tuple[int, int, int] | None = None


@dataclass(frozen=True, config=_STRICT)
class _RepairRequest:
    """The head of `repair`, see `vae.pictures.repair.Repairer.repair`."""

    pool: Annotated[int, Field(ge=1, le=64)] = 1
    noise: Annotated[float, Field(ge=0, le=2)] = 0.0


@dataclass(frozen=True, config=_STRICT)
class _Row:
    """A row of the archive's table, see `vae.pictures.reconstruction.Reading`."""

    name: Annotated[str, Field(max_length=300)]
    found: bool
    unusual: float
    mse: float
    mse_percentile: float
    kl: float
    kl_percentile: float
    off_data: float
    vote: Annotated[str, Field(max_length=200)]
    votes: int
    nearest: int


@dataclass(frozen=True, config=_STRICT)
class _ArchiveRequest:
    """The head of `archive`."""

    rows: list[_Row]


def picture_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the routes `POST {prefix}/models/{id}/…`; for "head" see `zscope.serving.binary_head`.

    `prepare`
        Body: a head with `settings` (`vae.pictures.preparation.Settings`) and `raw` (`_PrepareRequest`), then the
        picture. Answer: a head with `picture` (height, width, channels), `steps` (`name`, `shape`, `chosen`,
        `automatic`), `box` and `found`; if a file was sent, then the upright picture of at most 1024 pixels a side;
        then the pixels of every step. The last step is the model's input.
    `read`
        Body: the model's input, h × w × c. Answer: a head with the fields of `vae.pictures.reconstruction.Reading`,
        then `odd`, h × w.
    `reconstruct`
        Body: a picture file. Answer: the head of `read` with `found`, then the prepared input and its reconstruction.
    `repair`
        Body: a head with `pool` and `noise` (`vae.pictures.repair`), then the visible pixels, then the weight of each
        pixel, 0 to 255. Answer: lines of JSON with `step`, `of` and `codes`, most likely first; the last line also has
        `done` and `losses`. A first line may have only a `note`, which says why it takes time.
    `archive`
        Body: a head with the `rows` of a table, then input and reconstruction of each row in turn. Answer: a ZIP with
        the table as CSV and a PNG of each picture.
    """
    model = f"{prefix}/models/{{model}}"
    return [
        post_route(f"{model}/prepare", _prepare, _FILE_AND_SETTINGS, workers=_ONE),
        post_route(f"{model}/read", _read, _PIXELS, workers=_ONE),
        post_route(f"{model}/reconstruct", _reconstruct, _FILE, workers=_MANY),
        post_route(f"{model}/archive", _archive, _TABLE, workers=_ARCHIVES),
        post_route(f"{model}/repair", _repair, _PIXELS, workers=HEAVY, media_type=LINES),
    ]


def _prepare(model: str, body: memoryview) -> bytes:
    head, data = parse_head(body)
    order = config_from_json(_PrepareRequest, head)
    picture = read_picture(io.BytesIO(data)) if order.raw is None else _raw(data, order.raw)
    prepared = _prepared(model, picture, order.settings)
    answer: PreparedHead = {
        "picture": _shape(picture),
        "steps": [
            {"name": step.name, "shape": _shape(step.image), "chosen": step.chosen, "automatic": step.automatic}
            for step in prepared.steps
        ],
        "box": prepared.box,
        "found": prepared.found,
    }
    pixels = [step.image.tobytes() for step in prepared.steps]
    return pack_head(answer, b"" if order.raw else picture.tobytes(), *pixels)


def _read(model: str, body: memoryview) -> bytes:
    from zscope.library.open_models import reader

    reading = reader(model).read(_pixels(body, open_model(model).manifest.model.image_shape))
    return pack_head(_fields_of(reading), reading.odd.tobytes())


def _reconstruct(model: str, body: memoryview) -> bytes:
    from zscope.library.open_models import reader

    prepared = _prepared(model, read_picture(io.BytesIO(body)), Settings())
    reading = reader(model).read(prepared.image)
    answer: Reading = {**_fields_of(reading), "found": prepared.found}
    return pack_head(answer, prepared.image.tobytes(), reading.image.tobytes())


def _repair(model: str, body: memoryview) -> Stream:
    head, data = parse_head(body)
    order = config_from_json(_RepairRequest, head)
    height, width, channels = open_model(model).manifest.model.image_shape
    small = height // order.pool, width // order.pool
    if height % order.pool or width % order.pool:
        raise BadRequestError(
            message(
                "{height}×{width} pixels can't be reduced {pool} times.", height=height, width=width, pool=order.pool
            ),
            "Use a divisor of both sides.",
        )
    image = _pixels(data[: small[0] * small[1] * channels], (*small, channels))
    visible = _pixels(data[image.size :], (*small, 1))[..., 0] / 255
    return Stream(partial(_search, model, image, visible, order), _REPAIRS)


def _search(model: str, image: np.ndarray, visible: np.ndarray, order: _RepairRequest, lines: Lines) -> None:
    from vae.pictures.repair import STEPS
    from zscope.serving.gradients import STARTING, must_start, repairer

    def on_step(step: int, codes: np.ndarray) -> None:
        lines.progress(lambda: RepairLine(step=step, of=STEPS, codes=_rounded(codes)))

    if must_start():
        lines.line(NoteLine(note=STARTING))
    repaired = repairer(model).repair(image, visible, order.pool, order.noise, on_step, lines.stopped)
    codes, losses = _rounded(repaired.codes), _rounded(repaired.losses)
    lines.line(RepairLine(step=STEPS, of=STEPS, codes=codes, done=True, losses=losses))


def _archive(model: str, body: memoryview) -> bytes:
    head, data = parse_head(body, _TABLE.most)
    rows = config_from_json(_ArchiveRequest, head).rows
    if not 0 < len(rows) <= _MAX_ROWS:
        raise BadRequestError(
            message("The table has {n} pictures.", n=f"{len(rows):,}"),
            message("Use 1 to {max_rows}.", max_rows=f"{_MAX_ROWS:,}"),
        )
    shape = open_model(model).manifest.model.image_shape
    pairs = _pixels(data, (len(rows), 2, *shape))
    table, buffer = io.StringIO(), io.BytesIO()
    names = [field.name for field in fields(_Row)]
    writer = csv.DictWriter(table, ["picture", *names])
    writer.writeheader()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: PNGs hardly shrink
        for number, (row, pair) in enumerate(zip(rows, pairs, strict=True), 1):
            writer.writerow({"picture": f"{number:05d}"} | asdict(row))
            for kind, pixels in zip(("input", "reconstruction"), pair, strict=True):
                archive.writestr(f"{number:05d}-{kind}.png", png_bytes(contact_sheet(pixels[None], gap=0)))
        archive.writestr("pictures.csv", table.getvalue())
    return buffer.getvalue()


def _prepared(model: str, picture: np.ndarray, settings: Settings) -> Prepared:
    manifest = open_model(model).manifest
    return prepare(picture, input_style_of(manifest), manifest.model.image_shape, settings)


def _raw(data: bytes | memoryview, shape: tuple[int, int, int]) -> np.ndarray:
    if shape[2] not in (1, 3) or not all(0 < side <= _RAW_SIDE for side in shape[:2]):
        raise BadRequestError(
            message("The picture has the shape {shape}.", shape=shape),
            message("Use at most {raw_side} pixels a side, grey or RGB.", raw_side=_RAW_SIDE),
        )
    return _pixels(data, shape)


def _pixels(data: bytes | memoryview, shape: tuple[int, ...]) -> np.ndarray:
    if len(data) != int(np.prod(shape)):
        raise BadRequestError(
            message("{n} bytes are not the pixels of the shape {shape}.", n=f"{len(data):,}", shape=shape),
            "Reload the page.",
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def _shape(image: np.ndarray) -> tuple[int, int, int]:
    return image.shape[0], image.shape[1], image.shape[2] if image.ndim == 3 else 1


def _fields_of(reading: "MeasuredReading") -> Reading:
    return {
        "code": _rounded(reading.code),
        "mse": reading.mse,
        "mse_percentile": reading.mse_percentile,
        "r_squared": reading.r_squared,
        "log_likelihood": reading.log_likelihood,
        "kl": reading.kl,
        "kl_percentile": reading.kl_percentile,
        "off_data": reading.off_data,
        "distance": reading.distance,
        "unusual": reading.unusual,
        "compared": reading.compared,
        "nearest": reading.nearest.tolist(),
        "vote": reading.vote,
        "votes": reading.votes,
    }


def _rounded(values: np.ndarray) -> list[Any]:
    return np.round(values.astype(np.float64), 5).tolist()
