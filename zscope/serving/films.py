"""HTTP route for the pictures of a training run, one frame per epoch."""

from starlette.routing import BaseRoute

from vae.errors import NotFoundError, TrainingError
from vae.message import message
from zscope.jobs.runs import find_run
from zscope.serving.parameters import one_of
from zscope.serving.routes import DAY, PNG, get_route

__all__ = ["film_routes"]

_KINDS = ("reconstructions", "codes")


def film_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the route `{prefix}/runs/{id}/film/{epoch}/{kind}`: a PNG; kind is "reconstructions" or "codes".

    See `zscope.jobs.runs.film`. Addresses contain the run's time of creation (`?v=`), since a later run of the same
    name has other pictures.
    """
    return [get_route(f"{prefix}/runs/{{id}}/film/{{epoch:int}}/{{kind}}", _frame, cache=DAY, media_type=PNG)]


def _frame(id: str, epoch: int, kind: str) -> bytes:
    kind = one_of(_KINDS, kind, "kind of film")
    try:
        run = find_run(id)
    except TrainingError as error:
        raise NotFoundError(error.message, error.hint) from error
    file = run.film / f"{epoch:05d}-{kind}.png"
    try:
        return file.read_bytes()
    except OSError:
        raise NotFoundError(
            message("The run has no frame of epoch {epoch}.", epoch=epoch), "Choose another epoch."
        ) from None
