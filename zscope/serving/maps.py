"""What the Map page fetches once, as plain HTTP: points, their places, and how a map in the making stands."""

import json

import numpy as np
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from vae.errors import DataError
from zscope.serving.workers import HEAVY, QUICK, answered

__all__ = ["map_routes"]

_NEW = {"cache-control": "no-store"}
_DAY = {"cache-control": "private, max-age=86400"}  # the address carries the weights' hash


def map_routes(prefix: str = "/content") -> list[BaseRoute]:
    """The routes, to be put beside the others.

    `{prefix}/models/{id}/map?{settings}`
        A finished map: u32 length of a JSON text, the text (filled up with blanks to a multiple of four bytes), then
        of all points float32 x, y; float32 error; float32 elbo; float32 distance; float32 z_mean; uint32 row;
        uint16 label; uint8 split, each as one block, little-endian. 404 while it is not made. The text has `points`,
        `dimensions`, `total` (images there are), `key`, and of a linear map `shares` (of variance, per axis) and
        `axes` (2 × latent_dim, orthonormal), else null.
    `{prefix}/models/{id}/density?{settings}`
        How thick the points of a finished map lie: u32 columns, u32 rows, float32 x of the columns' middles, y of the
        rows', then rows × columns the share of all points that lie where it is thicker (`DensityGrid.shares`).
    `{prefix}/maps/{key}/status`
        JSON: alive, what, done, total, frame, error, whole. 404 where nobody has asked for that map.
    `{prefix}/maps/{key}/frame`
        The newest frame: u32 number, then float32 x, y of each point.
    """
    return [
        Route(f"{prefix}/models/{{model}}/map", answered(_map, HEAVY, _DAY)),
        Route(f"{prefix}/models/{{model}}/density", answered(_density, HEAVY, _DAY)),
        Route(f"{prefix}/maps/{{key}}/status", answered(_status, QUICK, _NEW)),
        Route(f"{prefix}/maps/{{key}}/frame", answered(_frame, QUICK, _NEW)),
    ]


def _finished(request: Request):
    """The map's parts."""
    # Imported here: it brings the framework, and importing `live` must not.
    from zscope.library.maps.making import find_map
    from zscope.library.maps.spec import parse_spec

    query = "&".join(part for part in request.url.query.split("&") if not part.startswith("v="))
    parts = find_map(request.path_params["model"], parse_spec(query))
    if parts is None:
        raise DataError("This map is not made yet.", "Make it on the Map page.")
    return parts


def _density(request: Request) -> bytes:
    from vae.latent.density import density_grid
    from zscope.library.maps.export import places_of

    grid = density_grid(places_of(_finished(request)))
    blocks = (grid.x, grid.y, grid.shares())
    head = np.array([len(grid.x), len(grid.y)], "<u4").tobytes()
    return head + b"".join(block.astype("<f4").tobytes() for block in blocks)


def _map(request: Request) -> bytes:
    from zscope.library.maps.loaded_map import projection_of

    parts = _finished(request)
    points, linear = parts.points, parts.coordinates is None
    xy, shares, axes = parts.coordinates, None, None
    if linear:
        projection = projection_of(parts)
        xy, shares = projection.place(points.z_mean), projection.shares.tolist()
        axes = projection.axes.round(6).tolist()
    text = json.dumps(
        {
            "points": len(points.row),
            "dimensions": points.z_mean.shape[1],
            "total": int(points.total),
            "key": parts.key,
            "shares": shares,
            "axes": axes,
        }
    ).encode()
    text += b" " * (-len(text) % 4)
    floats = (xy, points.error, points.elbo, points.distance, points.z_mean)
    return b"".join(
        [
            np.array([len(text)], "<u4").tobytes(),
            text,
            *(block.astype("<f4").tobytes() for block in floats),
            points.row.astype("<u4").tobytes(),
            points.label.astype("<u2").tobytes(),
            points.split.astype("u1").tobytes(),
        ]
    )


def _status(request: Request) -> bytes:
    from zscope.jobs.maps import find_job, frame_number

    key = request.path_params["key"]
    job = find_job(key)
    if job is None:
        raise DataError("Nobody has asked for this map.", "Make it on the Map page.")
    told = {"alive": job.active, "what": job.step, "done": job.done, "total": job.total}
    return json.dumps(told | {"frame": frame_number(key), "error": job.error, "whole": job.state == "done"}).encode()


def _frame(request: Request) -> bytes:
    from zscope.jobs.maps import read_frame

    try:
        return read_frame(request.path_params["key"])
    except OSError:
        raise DataError("There is no frame yet.", "Ask again in a moment.") from None
