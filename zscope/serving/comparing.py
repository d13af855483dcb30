"""HTTP routes of the Compare page: how the codes of two models for the same images relate."""

import json

from starlette.routing import BaseRoute

from vae.errors import BadRequestError
from vae.message import N_, message
from zscope.library.registry import open_model
from zscope.messages import ChangeHead, MatchingHead
from zscope.serving.binary_head import pack_head
from zscope.serving.parameters import whole
from zscope.serving.routes import DAY, JSON, get_route
from zscope.serving.workers import HEAVY

__all__ = ["comparing_routes"]


def comparing_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the routes. a and b are two models of one data set.

    `{prefix}/compare/{a}/{b}/matching`
        A head (`zscope.serving.binary_head`), then `LinearFollowing.weights`, float32 latent_dim of a × latent_dim
        of b. The head has `pairs`, each [dimension of a, of b, correlation, slope], `onlyA`, `onlyB` and `share`:
        see `vae.evaluation.comparison.matching`.
    `{prefix}/compare/{a}/{b}/change`
        A head with `neighbours`, `mean`, `standardError` and `chance`; then float32 change and u32 order of all test
        images: see `vae.evaluation.comparison.neighbourhoods`.
    `{prefix}/compare/{a}/{b}/neighbours?row=5`
        JSON: `a` and `b`, the rows of the test images nearest to that one in each model, nearest first.
    """
    pair = f"{prefix}/compare/{{a}}/{{b}}"
    return [
        get_route(f"{pair}/matching", _matching, workers=HEAVY, cache=DAY),
        get_route(f"{pair}/change", _change, workers=HEAVY, cache=DAY),
        get_route(
            f"{pair}/neighbours",
            _neighbours,
            workers=HEAVY,
            cache=DAY,
            media_type=JSON,
            query={"row": whole(N_("Give the number of a test image, like ?row=5."))},
        ),
    ]


def _matching(a: str, b: str) -> bytes:
    # Imported here, as in the functions below: it loads libraries for seconds, and importing this package must not.
    from vae.evaluation.comparison import follow_linearly, match_dimensions

    z_a, z_b = (open_model(id).reference.z_mean for id in _pair(a, b))
    found, following = match_dimensions(z_a, z_b), follow_linearly(z_a, z_b)
    pairs = zip(found.a, found.b, found.correlation, found.slope, strict=True)
    head: MatchingHead = {
        "pairs": [(int(i), int(j), round(float(r), 4), round(float(slope), 6)) for i, j, r, slope in pairs],
        "onlyA": found.only_a.tolist(),
        "onlyB": found.only_b.tolist(),
        "share": round(following.share, 4),
    }
    return pack_head(head, following.weights.astype("<f4").tobytes())


def _change(a: str, b: str) -> bytes:
    from vae.evaluation.comparison import neighbourhood_change
    from zscope.library.open_models import wide_neighbours

    of_a, of_b = (wide_neighbours(id) for id in _pair(a, b))
    found = neighbourhood_change(of_a, of_b)
    head: ChangeHead = {
        "neighbours": found.neighbours,
        "mean": found.mean,
        "standardError": found.standard_error,
        "chance": found.chance,
    }
    return pack_head(head, found.change.astype("<f4").tobytes(), found.order.astype("<u4").tobytes())


def _neighbours(a: str, b: str, row: int) -> bytes:
    from vae.evaluation.comparison import NEIGHBOURS
    from zscope.library.open_models import wide_neighbours

    found = [wide_neighbours(id) for id in _pair(a, b)]
    if row >= len(found[0]):
        raise BadRequestError("row is not the number of a test image.", message("Use 0 to {n}.", n=len(found[0]) - 1))
    of_a, of_b = (rows[row, :NEIGHBOURS].tolist() for rows in found)
    return json.dumps({"a": of_a, "b": of_b}).encode()


def _pair(a: str, b: str) -> tuple[str, str]:
    """Return the two ids.

    Raises:
        BadRequestError: the models are of different images.
    """
    from vae.evaluation.comparison import what_is_common

    if what_is_common(open_model(a).manifest, open_model(b).manifest) != "data":
        raise BadRequestError(
            message("{a} and {b} were trained on different images, so their codes can't be compared.", a=a, b=b),
            "Compare two models of one data set.",
        )
    return a, b
