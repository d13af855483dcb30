"""HTTP routes for a model card's pictures: uncurated samples; best, median and worst reconstructions."""

from starlette.routing import BaseRoute

from zscope.library.picture_cache import PICKS, SHEETS
from zscope.serving.parameters import one_of
from zscope.serving.routes import KEPT, PNG, get_route
from zscope.serving.workers import Workers

__all__ = ["sample_routes"]

# One at a time, since the list of models requests dozens; separate, so that a model's own page does not wait for them.
_SHELF, _CARD = Workers("shelf", 1, 500), Workers("card", 1, 100)


def sample_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the routes, which answer with PNGs.

    `{prefix}/models/{id}/samples/{kind}`
        Samples from the prior with a fixed seed, `few` or `many`; see `zscope.library.sample_sheets`.
    `{prefix}/models/{id}/reconstructions/{kind}`
        Test images above, their reconstructions below: `best`, `median` or `worst`; see
        `zscope.library.picker_pictures`.
    """
    # Addresses contain the weights' hash.
    model = f"{prefix}/models/{{model}}"
    return [
        get_route(f"{model}/samples/few", _samples, workers=_SHELF, cache=KEPT, media_type=PNG),
        get_route(f"{model}/samples/{{kind}}", _samples, workers=_CARD, cache=KEPT, media_type=PNG),
        get_route(f"{model}/reconstructions/{{kind}}", _reconstructions, workers=_CARD, cache=KEPT, media_type=PNG),
    ]


def _samples(model: str, kind: str = "few") -> bytes:
    # Imported here: it loads the framework, and importing `zscope.serving` must not.
    from zscope.library.sample_sheets import sample_sheet

    return sample_sheet(model, one_of(SHEETS, kind, "sheet"))


def _reconstructions(model: str, kind: str) -> bytes:
    from zscope.library.picker_pictures import pick_reconstructions

    return pick_reconstructions(model).sheet(one_of(PICKS, kind, "sheet"))
