"""HTTP route for the paths of the Interpolate page, as a stream that shows how a geodesic converges."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.routing import BaseRoute

from vae.errors import BadRequestError
from vae.latent.paths import PATHS
from vae.message import message
from zscope.library.registry import open_model
from zscope.messages import NoteLine, PathLine
from zscope.serving.parameters import numbers, text
from zscope.serving.routes import LINES, get_route
from zscope.serving.streams import Lines, Stream

if TYPE_CHECKING:
    from vae.latent.paths.latent_path import LatentPath

__all__ = ["path_routes"]

_LARGEST = 1000.0  # no code has a larger component; links are untrusted text
# Few at once, so that live decoding stays fast.
_QUICK, _SLOW = (ThreadPoolExecutor(2, thread_name_prefix=f"zscope-{name}") for name in ("path", "geodesic"))


def path_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the route `{prefix}/models/{id}/path?kind=geodesic&a=0.1,…&b=…`, which answers with lines of JSON.

    Each line has `codes`, 81 of them, from half the path's length before a to half its length beyond b. The last line
    also has `done`, `length`, `way`, `speed`, `off`, `votes` and `jumps`, see `vae.inference.interpolation.PathReport`.
    A line before them may have only a `note`, which says why it takes time. If no path is found, the last line has
    `error`. a and b have `code_dim` numbers; the class weights of a conditional
    model change evenly from a's to b's.
    """
    end = numbers("Write it like ?a=0.5,-1.2,…", _LARGEST)
    query = {"kind": text, "a": end, "b": end}
    return [get_route(f"{prefix}/models/{{model}}/path", _path, media_type=LINES, query=query)]


def _path(model: str, kind: str, a: np.ndarray, b: np.ndarray) -> Stream:
    width = open_model(model).manifest.model.code_dim
    for name, end in (("a", a), ("b", b)):
        if end.shape != (width,):
            raise BadRequestError(
                message("{name} does not have {width} numbers.", name=name, width=width), "Write it like ?a=0.5,-1.2,…"
            )
    return Stream(partial(_find, model, kind, a, b), _SLOW if kind in PATHS and PATHS[kind].converges else _QUICK)


def _find(model: str, kind: str, a: np.ndarray, b: np.ndarray, lines: Lines) -> None:
    # Imported here: it loads the framework, and importing `zscope.serving` must not.
    from vae.inference.interpolation import TIMES
    from zscope.serving.gradients import STARTING, interpolator, must_start

    def content(path: "LatentPath") -> PathLine:
        return {"codes": _rounded(path.at(TIMES))}

    walker = interpolator(model)
    if PATHS[kind].converges and must_start():
        lines.line(NoteLine(note=STARTING))
    report = walker.find(
        kind,
        a,
        b,
        on_step=lambda path: lines.progress(lambda: content(path)),
        on_found=lambda path: lines.line(content(path)),
        should_stop=lines.stopped,
    )
    if report is None:
        return
    last: PathLine = {
        "done": True,
        "codes": _rounded(report.codes),
        "length": round(report.length, 4),
        "way": _rounded(report.way),
        "speed": _rounded(report.speed),
        "off": _rounded(report.off),
        "votes": report.votes.tolist(),
        "jumps": report.jumps,
    }
    lines.line(last)


def _rounded(values: np.ndarray) -> list[Any]:
    return np.round(values.astype(np.float64), 4).tolist()
