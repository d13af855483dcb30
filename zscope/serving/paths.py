"""The paths of the Interpolate page: each a stream of lines, so that the geodesic is seen as it converges."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from vae.errors import BadRequestError, DataError, ModelNotFoundError, ZscopeError
from vae.latent.paths import PATHS
from zscope.library.registry import open_model
from zscope.serving.streams import line, stream
from zscope.serving.workers import QUICK

__all__ = ["path_routes"]

_BETWEEN = 0.15  # seconds between two lines of a path that is still being found
_LARGEST = 1000.0  # beyond any code; a link is text that anyone can write
# So many at once; the hands of others come first.
_QUICK, _SLOW = (ThreadPoolExecutor(2, thread_name_prefix=f"zscope-{name}") for name in ("path", "geodesic"))


def path_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/models/{id}/path?kind=geodesic&a=0.1,…&b=…`: lines of JSON (`application/x-ndjson`).

    Each has `codes`, 81 of them from half the way before a to half the way beyond b; the last one also `done`,
    `length`, `way`, `speed`, `off`, `votes` and `jumps`, see `vae.inference.interpolation.PathReport`. A line with
    `error` ends a
    path that could not be found. a and b have `code_dim` numbers: of a conditional model, the class weights go evenly
    from a's to b's.
    """
    return [Route(f"{prefix}/models/{{model}}/path", _path)]


async def _path(request: Request) -> Response:
    try:
        kind = request.query_params.get("kind", "")
        model = request.path_params["model"]
        a, b = await QUICK.run(_ends, model, request)
    except ZscopeError as error:
        return PlainTextResponse(str(error), 404 if isinstance(error, ModelNotFoundError | DataError) else 400)
    return StreamingResponse(
        stream(partial(_find, model, kind, a, b), _SLOW if kind in PATHS and PATHS[kind].converges else _QUICK),
        media_type="application/x-ndjson",
        headers={"cache-control": "no-store"},
    )


def _find(model: str, kind: str, a: np.ndarray, b: np.ndarray, say: Callable, should_stop: Callable) -> None:
    from vae.inference.interpolation import TIMES
    from zscope.library.open_models import interpolator

    said = [0.0]

    def on_found(path) -> None:
        said[0] = time.monotonic()
        say(line({"codes": _rounded(path.at(TIMES))}))

    def on_step(path) -> None:
        if time.monotonic() - said[0] >= _BETWEEN:
            on_found(path)

    report = interpolator(model).find(kind, a, b, on_step, on_found, should_stop)
    if report is None:
        return
    say(
        line(
            {
                "done": True,
                "codes": _rounded(report.codes),
                "length": round(report.length, 4),
                "way": _rounded(report.way),
                "speed": _rounded(report.speed),
                "off": _rounded(report.off),
                "votes": report.votes.tolist(),
                "jumps": report.jumps,
            }
        )
    )


def _ends(model: str, request: Request) -> list[np.ndarray]:
    width = open_model(model).manifest.model.code_dim
    ends = []
    for name in ("a", "b"):
        text = request.query_params.get(name, "")
        try:
            values = np.array([float(part) for part in text.split(",")], np.float32) if len(text) < 20_000 else None
        except (ValueError, OverflowError):
            values = None
        if values is None or values.shape != (width,) or not (np.abs(values) <= _LARGEST).all():
            raise BadRequestError(f"{name} is not {width} finite numbers.", "Write it like ?a=0.5,-1.2,…")
        ends.append(values)
    return ends


def _rounded(values: np.ndarray) -> list:
    return np.round(values.astype(np.float64), 4).tolist()
