"""The paths of the Interpolate page: each a stream of lines, so that the geodesic is seen as it converges."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.routing import BaseRoute

from vae.errors import BadRequestError
from vae.latent.paths import PATHS
from zscope.library.registry import open_model
from zscope.serving.parameters import numbers, text
from zscope.serving.routes import LINES, get_route
from zscope.serving.streams import Lines, Stream

if TYPE_CHECKING:
    from vae.latent.paths.latent_path import LatentPath

__all__ = ["path_routes"]

_LARGEST = 1000.0  # beyond any code; a link is text that anyone can write
# So many at once; live decoding goes first.
_QUICK, _SLOW = (ThreadPoolExecutor(2, thread_name_prefix=f"zscope-{name}") for name in ("path", "geodesic"))


def path_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/models/{id}/path?kind=geodesic&a=0.1,…&b=…`: lines of JSON (`application/x-ndjson`).

    Each has `codes`, 81 of them from half the way before a to half the way beyond b; the last one also `done`,
    `length`, `way`, `speed`, `off`, `votes` and `jumps`, see `vae.inference.interpolation.PathReport`. A line with
    `error` ends a
    path that could not be found. a and b have `code_dim` numbers: of a conditional model, the class weights go evenly
    from a's to b's.
    """
    end = numbers("Write it like ?a=0.5,-1.2,…", _LARGEST)
    query = {"kind": text, "a": end, "b": end}
    return [get_route(f"{prefix}/models/{{model}}/path", _path, media_type=LINES, query=query)]


def _path(model: str, kind: str, a: np.ndarray, b: np.ndarray) -> Stream:
    width = open_model(model).manifest.model.code_dim
    for name, end in (("a", a), ("b", b)):
        if end.shape != (width,):
            raise BadRequestError(f"{name} is not {width} finite numbers.", "Write it like ?a=0.5,-1.2,…")
    return Stream(partial(_find, model, kind, a, b), _SLOW if kind in PATHS and PATHS[kind].converges else _QUICK)


def _find(model: str, kind: str, a: np.ndarray, b: np.ndarray, lines: Lines) -> None:
    # Imported here: it loads the framework, and importing `zscope.serving` must not.
    from vae.inference.interpolation import TIMES
    from zscope.library.open_models import interpolator

    def content(path: "LatentPath") -> dict[str, object]:
        return {"codes": _rounded(path.at(TIMES))}

    report = interpolator(model).find(
        kind,
        a,
        b,
        on_step=lambda path: lines.progress(lambda: content(path)),
        on_found=lambda path: lines.line(content(path)),
        should_stop=lines.stopped,
    )
    if report is None:
        return
    lines.line(
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


def _rounded(values: np.ndarray) -> list[Any]:
    return np.round(values.astype(np.float64), 4).tolist()
