"""What the Compare page fetches once, as plain HTTP: how two models' codes of the same images go together."""

import json

import numpy as np
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from vae.errors import BadRequestError
from zscope.library.registry import open_model
from zscope.serving.workers import HEAVY, answered

__all__ = ["comparing_routes"]

_KEEP = {"cache-control": "private, max-age=86400"}  # the address carries both models' hashes


def comparing_routes(prefix: str = "/content") -> list[BaseRoute]:
    """The routes, to be put beside the others. a and b are two models of one data set.

    `{prefix}/compare/{a}/{b}/matching`
        u32 length of a JSON text, the text (filled up with blanks to a multiple of four bytes), then float32
        latent_dim of a × latent_dim of b `LinearFollowing.weights`. The text has `pairs`, each [dimension of a, of b,
        correlation, slope]; `onlyA`, `onlyB`; and `share`, see `vae.evaluation.comparison.matching`.
    `{prefix}/compare/{a}/{b}/change`
        The same head, with `neighbours`, `mean`, `standardError` and `chance`; then of all test images float32 change
        and u32 order, see `vae.evaluation.comparison.neighbourhoods`.
    `{prefix}/compare/{a}/{b}/neighbours?row=5`
        JSON: `a` and `b`, the rows of that test image's nearest others in each, nearest first.
    """
    return [
        Route(f"{prefix}/compare/{{a}}/{{b}}/matching", answered(_matching, HEAVY, _KEEP)),
        Route(f"{prefix}/compare/{{a}}/{{b}}/change", answered(_change, HEAVY, _KEEP)),
        Route(f"{prefix}/compare/{{a}}/{{b}}/neighbours", answered(_neighbours, HEAVY, _KEEP)),
    ]


def _matching(request: Request) -> bytes:
    # Imported here, as in the others: it brings libraries that take seconds, and importing `live` must not.
    from vae.evaluation.comparison import follow_linearly, match_dimensions

    z_a, z_b = (open_model(id).reference.z_mean for id in _pair(request))
    found, following = match_dimensions(z_a, z_b), follow_linearly(z_a, z_b)
    pairs = zip(found.a, found.b, found.correlation, found.slope, strict=True)
    told = {
        "pairs": [[int(a), int(b), round(float(r), 4), round(float(slope), 6)] for a, b, r, slope in pairs],
        "onlyA": found.only_a.tolist(),
        "onlyB": found.only_b.tolist(),
        "share": round(following.share, 4),
    }
    return _headed(told, following.weights.astype("<f4"))


def _change(request: Request) -> bytes:
    from vae.evaluation.comparison import neighbourhood_change
    from zscope.library.open_models import wide_neighbours

    found = neighbourhood_change(*map(wide_neighbours, _pair(request)))
    told = {
        "neighbours": found.neighbours,
        "mean": found.mean,
        "standardError": found.standard_error,
        "chance": found.chance,
    }
    return _headed(told, found.change.astype("<f4"), found.order.astype("<u4"))


def _neighbours(request: Request) -> bytes:
    from vae.evaluation.comparison import NEIGHBOURS
    from zscope.library.open_models import wide_neighbours

    text = request.query_params.get("row", "")
    found = [wide_neighbours(id) for id in _pair(request)]
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(found[0])):
        raise BadRequestError("row is not the number of a test image.", f"Count from 0 to {len(found[0]) - 1}.")
    a, b = (rows[int(text), :NEIGHBOURS].tolist() for rows in found)
    return json.dumps({"a": a, "b": b}).encode()


def _pair(request: Request) -> tuple[str, str]:
    """The two ids.

    Raises:
        BadRequestError: they are not of the same images.
    """
    from vae.evaluation.comparison import what_is_common

    ids = request.path_params["a"], request.path_params["b"]
    if what_is_common(*(open_model(id).manifest for id in ids)) != "data":
        raise BadRequestError(
            f"{ids[0]} and {ids[1]} have learned other images: there are no codes of the same ones to compare.",
            "Compare two models of one data set.",
        )
    return ids


def _headed(told: dict, *blocks: np.ndarray) -> bytes:
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(block.tobytes() for block in blocks)
