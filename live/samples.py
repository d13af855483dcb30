"""What a model draws, as pictures for its card: uncurated samples, and its best, median and worst reconstructions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from vae.errors import BadRequestError, ModelNotFoundError, ZscopeError
from vae.shelf.keeping import PICKS, SHEETS

__all__ = ["sample_routes"]

# One at a time: a shelf asks for dozens, and nobody's hand may wait for them. Nor may a model's own page.
_SHELF, _CARD = (ThreadPoolExecutor(1, thread_name_prefix=f"zscope-{name}") for name in ("shelf", "card"))
# The page's address carries the weights' hash.
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


def sample_routes(prefix: str = "/content") -> list[BaseRoute]:
    """PNGs.

    `{prefix}/models/{id}/samples/{kind}`
        Draws from the prior, by a fixed seed, `few` or `many`; see `vae.shelf.sheets`.
    `{prefix}/models/{id}/reconstructions/{kind}`
        Test images above, what the model makes of them below, `best`, `median` or `worst`; see `vae.shelf.picks`.
    """
    return [
        Route(f"{prefix}/models/{{model}}/samples/{{kind}}", _answer(_samples)),
        Route(f"{prefix}/models/{{model}}/reconstructions/{{kind}}", _answer(_reconstructions)),
    ]


def _samples(model: str, kind: str) -> bytes:
    # Imported here: it brings the framework, and importing `live` must not.
    from vae.shelf.sheets import sample_sheet

    return sample_sheet(model, _one_of(tuple(SHEETS), kind))


def _reconstructions(model: str, kind: str) -> bytes:
    from vae.shelf.picks import pick_reconstructions

    return pick_reconstructions(model).sheet(_one_of(PICKS, kind))


def _one_of(kinds: tuple[str, ...], kind: str) -> str:
    if kind not in kinds:
        raise BadRequestError(f"There is no sheet {kind[:40]!r}.", f"They are {', '.join(kinds)}.")
    return kind


def _answer(work: Callable[[str, str], bytes]):
    async def endpoint(request: Request) -> Response:
        model, kind = request.path_params["model"], request.path_params["kind"]
        try:
            pool = _SHELF if kind == "few" else _CARD
            data = await asyncio.get_running_loop().run_in_executor(pool, work, model, kind)
        except ZscopeError as error:
            return PlainTextResponse(str(error), 404 if isinstance(error, ModelNotFoundError) else 400)
        return Response(data, media_type="image/png", headers=_KEEP)

    return endpoint
