"""HTTP routes of the Map page: finished maps, their density, and the progress of maps that are being made."""

import json
import re
from typing import TYPE_CHECKING

import numpy as np
from starlette.routing import BaseRoute

from vae.errors import BadRequestError, NotFoundError
from vae.message import message
from zscope.messages import MapStatus, PointsHead
from zscope.serving.binary_head import pack_head
from zscope.serving.parameters import query_without_version
from zscope.serving.routes import DAY, JSON, get_route
from zscope.serving.workers import HEAVY

if TYPE_CHECKING:
    from zscope.library.maps.making import MapParts

__all__ = ["map_routes"]


def map_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the routes.

    `{prefix}/models/{id}/map?{settings}`
        A finished map: a head (`zscope.serving.binary_head`), then one block each for all points: float32 x, y (and z
        on a map of three components); float32 error; float32 elbo; float32 distance; float32 z_mean; uint32 row; uint16
        label; uint8 split, little-endian.
        404 if the map does not exist. The head has `points`, `dimensions`, `components`, `total` (number of images),
        `key`, and for a linear map `shares` (of variance, per axis) and `axes` (components × latent_dim, orthonormal),
        else null.
    `{prefix}/models/{id}/density?{settings}`
        The point density of a finished map: u32 columns, u32 rows, float32 x of the columns' centres, float32 y of the
        rows' centres, then rows × columns float32: the share of all points at places of higher density
        (`DensityGrid.shares`). 400 for a map of three components.
    `{prefix}/models/{id}/attributes/{number}?{settings}`
        The values of an attribute of the data set for the points of a finished map: float32 `(points,)`, NaN where one
        is missing. 404 if the data set has no attribute of that number.
    `{prefix}/maps/{key}/status`
        JSON: alive, what, done, total, frame, error, whole. 404 if that map was never requested.
    `{prefix}/maps/{key}/frame`
        The newest frame: u32 number, then float32 x, y (and z) of each point.
    """
    settings = {"settings": query_without_version}
    return [
        # These addresses contain the weights' hash.
        get_route(f"{prefix}/models/{{model}}/map", _map, workers=HEAVY, cache=DAY, query=settings),
        get_route(f"{prefix}/models/{{model}}/density", _density, workers=HEAVY, cache=DAY, query=settings),
        get_route(
            f"{prefix}/models/{{model}}/attributes/{{number}}", _attribute, workers=HEAVY, cache=DAY, query=settings
        ),
        get_route(f"{prefix}/maps/{{key}}/status", _status, media_type=JSON),
        get_route(f"{prefix}/maps/{{key}}/frame", _frame),
    ]


def _finished(model: str, settings: str) -> "MapParts":
    """Return a finished map.

    Raises:
        NotFoundError: the map does not exist.
    """
    # Imported here: it loads the framework, and importing this package must not.
    from zscope.library.maps.making import find_map
    from zscope.library.maps.spec import parse_spec

    parts = find_map(model, parse_spec(settings))
    if parts is None:
        raise NotFoundError("This map does not exist yet.", "Make it on the Map page.")
    return parts


def _density(model: str, settings: str) -> bytes:
    from vae.latent.density import density_grid
    from zscope.library.maps.export import places_of

    parts = _finished(model, settings)
    if parts.spec.components > 2:
        raise BadRequestError("A map of three components has no contours.", "Use a map of two.")
    grid = density_grid(places_of(parts))
    blocks = (grid.x, grid.y, grid.shares())
    head = np.array([len(grid.x), len(grid.y)], "<u4").tobytes()
    return head + b"".join(block.astype("<f4").tobytes() for block in blocks)


def _attribute(model: str, number: str, settings: str) -> bytes:
    from zscope.library.maps.attributes import attribute_values

    parts = _finished(model, settings)
    if not re.fullmatch(r"[0-9]{1,4}", number):
        raise BadRequestError(
            message("{number} is not the number of an attribute.", number=repr(number[:20])), "Count from 0."
        )
    return attribute_values(parts, int(number)).astype("<f4").tobytes()


def _map(model: str, settings: str) -> bytes:
    from vae.latent.projections import LinearMap
    from zscope.library.maps.loaded_map import projection_of

    parts = _finished(model, settings)
    points, xy = parts.points, parts.coordinates
    shares: list[float] | None = None
    axes: list[list[float]] | None = None
    if xy is None:
        projection = projection_of(parts)
        xy = projection.place(points.z_mean)
        if isinstance(projection, LinearMap):
            shares, axes = projection.shares.tolist(), projection.axes.round(6).tolist()
    head: PointsHead = {
        "points": len(points.row),
        "dimensions": points.z_mean.shape[1],
        "components": parts.spec.components,
        "total": int(points.total),
        "key": parts.key,
        "shares": shares,
        "axes": axes,
    }
    floats = (xy, points.error, points.elbo, points.distance, points.z_mean)
    return pack_head(
        head,
        *(block.astype("<f4").tobytes() for block in floats),
        points.row.astype("<u4").tobytes(),
        points.label.astype("<u2").tobytes(),
        points.split.astype("u1").tobytes(),
    )


def _status(key: str) -> bytes:
    from zscope.jobs.maps import find_job, frame_number

    job = find_job(key)
    if job is None:
        raise NotFoundError("This map is not being made.", "Make it on the Map page.")
    status: MapStatus = {
        "alive": job.active,
        "what": job.step,
        "done": job.done,
        "total": job.total,
        "frame": frame_number(key),
        "error": job.error,
        "whole": job.state == "done",
    }
    return json.dumps(status).encode()


def _frame(key: str) -> bytes:
    from zscope.jobs.maps import read_frame

    try:
        return read_frame(key)
    except OSError:
        raise NotFoundError("The map has no frame yet.", "Try again in a moment.") from None
