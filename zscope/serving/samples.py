"""What a model draws, as pictures for its card: uncurated samples, and its best, median and worst reconstructions."""

from starlette.routing import BaseRoute

from zscope.library.picture_cache import PICKS, SHEETS
from zscope.serving.parameters import one_of
from zscope.serving.routes import FOREVER, PNG, get_route
from zscope.serving.workers import Workers

__all__ = ["sample_routes"]

# One at a time: a shelf asks for dozens, and nobody's hand may wait for them. Nor may a model's own page.
_SHELF, _CARD = Workers("shelf", 1, 500), Workers("card", 1, 100)


def sample_routes(prefix: str = "/content") -> list[BaseRoute]:
    """PNGs.

    `{prefix}/models/{id}/samples/{kind}`
        Draws from the prior, by a fixed seed, `few` or `many`; see `zscope.library.sample_sheets`.
    `{prefix}/models/{id}/reconstructions/{kind}`
        Test images above, what the model makes of them below, `best`, `median` or `worst`; see
        `zscope.library.picker_pictures`.
    """
    # The page's address carries the weights' hash.
    model = f"{prefix}/models/{{model}}"
    return [
        get_route(f"{model}/samples/few", _samples, workers=_SHELF, cache=FOREVER, media_type=PNG),
        get_route(f"{model}/samples/{{kind}}", _samples, workers=_CARD, cache=FOREVER, media_type=PNG),
        get_route(f"{model}/reconstructions/{{kind}}", _reconstructions, workers=_CARD, cache=FOREVER, media_type=PNG),
    ]


def _samples(model: str, kind: str = "few") -> bytes:
    # Imported here: it loads the framework, and importing `zscope.serving` must not.
    from zscope.library.sample_sheets import sample_sheet

    return sample_sheet(model, one_of(SHEETS, kind, "sheet"))


def _reconstructions(model: str, kind: str) -> bytes:
    from zscope.library.picker_pictures import pick_reconstructions

    return pick_reconstructions(model).sheet(one_of(PICKS, kind, "sheet"))
