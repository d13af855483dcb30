"""The pictures of a run, frame by frame, over plain HTTP: scrubbing through them is the browser's own affair."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from vae.errors import ZscopeError
from zscope.jobs.runs import find_run
from zscope.serving.workers import QUICK

__all__ = ["film_routes"]

_KINDS = ("reconstructions", "codes")


def film_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/runs/{id}/film/{epoch}/{kind}`: a PNG; kind is reconstructions or codes, see `zscope.jobs.runs.film`.

    The page's address carries the run's beginning (`?v=`): a run of the same name has other pictures.
    """
    return [Route(f"{prefix}/runs/{{id}}/film/{{epoch:int}}/{{kind}}", _frame)]


async def _frame(request: Request) -> Response:
    kind, epoch = request.path_params["kind"], request.path_params["epoch"]
    if kind not in _KINDS or epoch > 99_999:
        return PlainTextResponse(f"A film has {' and '.join(_KINDS)}.", 404)
    try:
        run = await QUICK.run(find_run, request.path_params["id"])
        data = await QUICK.run((run.film / f"{epoch:05d}-{kind}.png").read_bytes)
    except ZscopeError as error:
        return PlainTextResponse(str(error), 404)
    except OSError:
        return PlainTextResponse(f"There is no frame of epoch {epoch}.", 404)
    return Response(data, media_type="image/png", headers={"cache-control": "private, max-age=86400"})
