"""What a model draws, as pictures for its card: uncurated samples, and its best, median and worst reconstructions."""

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from vae.errors import BadRequestError
from zscope.library.picture_cache import PICKS, SHEETS
from zscope.serving.workers import Workers, answered

__all__ = ["sample_routes"]

# One at a time: a shelf asks for dozens, and nobody's hand may wait for them. Nor may a model's own page.
_SHELF, _CARD = Workers("shelf", 1, 500), Workers("card", 1, 100)
# The page's address carries the weights' hash.
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


def sample_routes(prefix: str = "/content") -> list[BaseRoute]:
    """PNGs.

    `{prefix}/models/{id}/samples/{kind}`
        Draws from the prior, by a fixed seed, `few` or `many`; see `zscope.library.sample_sheets`.
    `{prefix}/models/{id}/reconstructions/{kind}`
        Test images above, what the model makes of them below, `best`, `median` or `worst`; see
        `zscope.library.picker_pictures`.
    """
    return [
        Route(f"{prefix}/models/{{model}}/samples/few", answered(_samples, _SHELF, _KEEP, "image/png")),
        Route(f"{prefix}/models/{{model}}/samples/{{kind}}", answered(_samples, _CARD, _KEEP, "image/png")),
        Route(
            f"{prefix}/models/{{model}}/reconstructions/{{kind}}",
            answered(_reconstructions, _CARD, _KEEP, "image/png"),
        ),
    ]


def _samples(request: Request) -> bytes:
    # Imported here: it brings the framework, and importing `live` must not.
    from zscope.library.sample_sheets import sample_sheet

    kind = _one_of(tuple(SHEETS), request.path_params.get("kind", "few"))
    return sample_sheet(request.path_params["model"], kind)


def _reconstructions(request: Request) -> bytes:
    from zscope.library.picker_pictures import pick_reconstructions

    picks = pick_reconstructions(request.path_params["model"])
    return picks.sheet(_one_of(PICKS, request.path_params["kind"]))


def _one_of(kinds: tuple[str, ...], kind: str) -> str:
    if kind not in kinds:
        raise BadRequestError(f"There is no sheet {kind[:40]!r}.", f"They are {', '.join(kinds)}.")
    return kind
