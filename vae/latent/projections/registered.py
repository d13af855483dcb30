"""The projections that there are, in the order in which pages list them. No library is loaded until one is fitted.

A new projection: its function in a module beside this one, and its object here. Command line and Map page show it.
"""

from collections.abc import Callable

import numpy as np

from vae.latent.projections.linear import dimension_map, direction_map, pca_map
from vae.latent.projections.projection import FittedProjection, LinearProjection, Projection
from vae.latent.projections.settings import Axes, Direction, Number
from vae.latent.projections.tsne import MIN_PERPLEXITY, fit_tsne
from vae.latent.projections.umap import MIN_NEIGHBOURS, fit_umap
from vae.registry import Registry

__all__ = ["PROJECTIONS", "projections_for"]

PROJECTIONS = Registry[Projection]("projection")

_SEED = Number("seed", "Seed", "Another seed, another picture of the same.", 0, 0, 2**31 - 1)
_PERPLEXITY = Number(
    "perplexity",
    "Perplexity",
    "How many neighbours a point keeps near: at most a third of the images.",
    30.0,
    MIN_PERPLEXITY,
    500.0,
    5.0,
)
_NEIGHBOURS = Number("neighbours", "Neighbours", "How many neighbours a point keeps near.", 15, MIN_NEIGHBOURS, 500)
_MIN_DIST = Number("min_dist", "Least distance", "How tightly points may be packed.", 0.1, 0.0, 1.0, 0.05)
_AXES = "The two axes, counted from 0."


def _tsne(codes: np.ndarray, perplexity: float, seed: int, on_frame: Callable, should_stop: Callable) -> np.ndarray:
    """The default follows the number of codes; any other value is taken as it is, or refused."""
    told = None if perplexity == _PERPLEXITY.default else perplexity
    return fit_tsne(codes, told, seed, on_frame=on_frame, should_stop=should_stop)


def _umap(
    codes: np.ndarray, neighbours: int, min_dist: float, seed: int, on_frame: Callable, should_stop: Callable
) -> np.ndarray:
    """As `_tsne`."""
    told = None if neighbours == _NEIGHBOURS.default else neighbours
    return fit_umap(codes, told, min_dist, seed, on_frame=on_frame, should_stop=should_stop)


PROJECTIONS.register(
    FittedProjection(
        key="tsne",
        title="t-SNE",
        meaning="t-SNE keeps neighbours together; how far groups lie apart, and how large they are, means little.",
        source="van der Maaten & Hinton 2008",
        settings=(_PERPLEXITY, _SEED),
        comparable=True,
        fit=_tsne,
    )
)
PROJECTIONS.register(
    FittedProjection(
        key="umap",
        title="UMAP",
        meaning="UMAP keeps neighbours together; how far groups lie apart means little.",
        source="McInnes et al. 2018",
        settings=(_NEIGHBOURS, _MIN_DIST, _SEED),
        comparable=True,
        fit=_umap,
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="pca",
        title="PCA",
        meaning="PCA shows the two widest directions of the codes, true to scale; what lies across them is not seen.",
        source="Pearson 1901; Jolliffe 2002, section 1.1",
        settings=(Axes("axes", "Axes", _AXES, (0, 1), word="Axis", first=1, of_a_line=True),),
        least_dims=1,
        comparable=True,
        axis_names=lambda axes: tuple(f"axis {axis + 1}" for axis in axes),
        plane=lambda codes, axes: pca_map(codes, *axes),
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="raw",
        title="Two dimensions",
        meaning="Two latent dimensions as they are, true to scale; all others are not seen.",
        source="the codes themselves",
        settings=(Axes("axes", "Axes", _AXES, (0, 1), word="Dimension"),),
        first_for=2,
        axis_names=lambda axes: tuple(f"z{axis}" for axis in axes),
        plane=lambda codes, axes: dimension_map(codes, *axes),
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="along",
        title="A direction",
        meaning="Across: the direction, A at 0; up: the widest beside it. True to scale; all others are not seen.",
        source="a saved direction of attributes",
        settings=(Direction("direction", "Direction", "Id of a saved direction."),),
        axis_names=lambda direction: (direction.title, "beside it"),
        plane=lambda codes, direction: direction_map(codes, np.array(direction.vector), np.array(direction.start)),
    )
)


def projections_for(dims: int) -> tuple[Projection, ...]:
    """Return the projections that are offered for a model of so many latent dimensions, the first choice first."""
    offered = [projection for projection in PROJECTIONS.values() if projection.least_dims <= dims]
    return tuple(sorted(offered, key=lambda projection: projection.first_for != dims))
