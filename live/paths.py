"""The paths of the Interpolate page: each a stream of lines, so that the geodesic is seen as it converges."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from vae.errors import BadRequestError, DataError, ModelNotFoundError, ZscopeError
from vae.registry import open_model

__all__ = ["path_routes"]

_BETWEEN = 0.08  # seconds between two lines of a path that is still being found
_LARGEST = 1000.0  # beyond any code; a link is text that anyone can write
_AT_ONCE = threading.BoundedSemaphore(2)  # geodesics; the hands of others come first


def path_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/models/{id}/path?kind=geodesic&a=0.1,…&b=…`: lines of JSON (`application/x-ndjson`).

    Each has `codes`, 81 of them from half the way before a to half the way beyond b; the last one also `done`,
    `length`, `way`, `speed`, `off`, `votes` and `jumps`, see `vae.interpolation.PathReport`. A line with `error` ends a
    path that could not be found. a and b have `code_dim` numbers; of a conditional model, a's class weights hold along
    the way.
    """
    return [Route(f"{prefix}/models/{{model}}/path", _path)]


async def _path(request: Request) -> Response:
    try:
        kind = request.query_params.get("kind", "")
        model = request.path_params["model"]
        a, b, rest = await asyncio.to_thread(_ends, model, request)
    except ZscopeError as error:
        return PlainTextResponse(str(error), 404 if isinstance(error, ModelNotFoundError | DataError) else 400)
    return StreamingResponse(
        _lines(model, kind, a, b, rest), media_type="application/x-ndjson", headers={"cache-control": "no-store"}
    )


async def _lines(model: str, kind: str, a: np.ndarray, b: np.ndarray, rest: np.ndarray) -> AsyncIterator[bytes]:
    """Lines from a thread that finds the path; it stops when nobody listens any more."""
    loop, lines, stop = asyncio.get_running_loop(), asyncio.Queue(), threading.Event()

    def say(line: dict | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def find() -> None:
        try:
            _find(model, kind, a, b, rest, say, stop.is_set)
        except ZscopeError as error:
            say({"error": str(error)})
        except Exception:
            say({"error": "The path could not be found: an error of the program, see the server's log."})
            raise
        finally:
            say(None)

    finding = asyncio.ensure_future(asyncio.to_thread(find))
    try:
        while (line := await lines.get()) is not None:
            yield json.dumps(line).encode() + b"\n"
        await finding
    finally:
        stop.set()


def _find(model: str, kind: str, a, b, rest, say, should_stop) -> None:
    from vae.interpolation import TIMES, interpolator

    walker = interpolator(model).with_rest(rest)
    said = [0.0]

    def on_step(curve) -> None:
        if time.monotonic() - said[0] >= _BETWEEN:
            said[0] = time.monotonic()
            say({"codes": _rounded(curve.at(TIMES))})

    if kind == "geodesic":
        with _AT_ONCE:
            path = walker.path(kind, a, b, on_step=on_step, should_stop=should_stop)
    else:
        path = walker.path(kind, a, b)
    report = walker.report(path)
    say(
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


def _ends(model: str, request: Request) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    config = open_model(model).manifest.model
    ends = []
    for name in ("a", "b"):
        text = request.query_params.get(name, "")
        try:
            values = np.array([float(part) for part in text.split(",")], np.float32) if len(text) < 20_000 else None
        except (ValueError, OverflowError):
            values = None
        if values is None or values.shape != (config.code_dim,) or not (np.abs(values) <= _LARGEST).all():
            raise BadRequestError(f"{name} is not {config.code_dim} finite numbers.", "Write it like ?a=0.5,-1.2,…")
        ends.append(values)
    z = config.latent_dim
    return ends[0][:z], ends[1][:z], ends[0][z:]


def _rounded(values: np.ndarray) -> list:
    return np.round(values.astype(np.float64), 4).tolist()
