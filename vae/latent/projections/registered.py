"""The registered projections, in the order in which pages list them. A library is imported when a map is fitted.

To add a projection, write its function in a module of this package and register its object here. The command line and
the Map page then offer it.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from vae.latent.projections.linear import LinearMap, dimension_map, direction_map, pca_map
from vae.latent.projections.projection import FittedProjection, LinearProjection, Projection
from vae.latent.projections.settings import Axes, Components, Direction, Number
from vae.latent.projections.tsne import MIN_PERPLEXITY, fit_tsne
from vae.latent.projections.umap import MIN_NEIGHBOURS, fit_umap
from vae.registry import Registry

__all__ = ["PROJECTIONS", "projections_for"]

PROJECTIONS = Registry[Projection]("projection")

_SEED = Number("seed", "Seed", "Seed of the random numbers; another seed gives another map.", 0, 0, 2**31 - 1)
_PERPLEXITY = Number(
    "perplexity",
    "Perplexity",
    "Number of neighbours that stay near a point; at most a third of the images.",
    30.0,
    MIN_PERPLEXITY,
    500.0,
    5.0,
)
_NEIGHBOURS = Number(
    "neighbours", "Neighbours", "Number of neighbours that stay near a point.", 15, MIN_NEIGHBOURS, 500
)
_MIN_DIST = Number("min_dist", "Least distance", "Least distance between points on the map.", 0.1, 0.0, 1.0, 0.05)
_COMPONENTS = Components()
_AXES = "The two axes, counted from 0."

_OnFrame = Callable[[int, np.ndarray], None]
_ShouldStop = Callable[[], bool]


class _SavedDirection(Protocol):
    """What a map needs of a saved direction (`zscope.library.maps.directions`)."""

    @property
    def title(self) -> str: ...
    @property
    def vector(self) -> tuple[float, ...]: ...
    @property
    def start(self) -> tuple[float, ...]: ...


def _tsne(codes: np.ndarray, perplexity: float, seed: int, on_frame: _OnFrame, should_stop: _ShouldStop) -> np.ndarray:
    """Fit t-SNE. The default perplexity is adapted to the number of codes; any other is used as given, or refused."""
    given = None if perplexity == _PERPLEXITY.default else perplexity
    return fit_tsne(codes, given, seed, on_frame=on_frame, should_stop=should_stop)


def _umap(
    codes: np.ndarray,
    neighbours: int,
    min_dist: float,
    seed: int,
    components: int,
    on_frame: _OnFrame,
    should_stop: _ShouldStop,
) -> np.ndarray:
    """Fit UMAP. The default number of neighbours is adapted to the number of codes, as in `_tsne`."""
    given = None if neighbours == _NEIGHBOURS.default else neighbours
    return fit_umap(codes, given, min_dist, seed, components, on_frame=on_frame, should_stop=should_stop)


def _pca_axes(axes: tuple[int, int], components: int) -> tuple[int, ...]:
    """Return the axes of a map: the chosen two, or the first three."""
    return axes if components == 2 else tuple(range(components))


def _pca_names(axes: tuple[int, int], components: int) -> tuple[str, ...]:
    return tuple(f"axis {axis + 1}" for axis in _pca_axes(axes, components))


def _pca(codes: np.ndarray, axes: tuple[int, int], components: int) -> LinearMap:
    return pca_map(codes, *_pca_axes(axes, components))


def _no_names(components: int, **settings: object) -> tuple[str, ...]:
    return ("",) * components


def _dimension_names(axes: tuple[int, int]) -> tuple[str, str]:
    return f"z{axes[0]}", f"z{axes[1]}"


def _dimensions(codes: np.ndarray, axes: tuple[int, int]) -> LinearMap:
    return dimension_map(codes, *axes)


def _direction_names(direction: _SavedDirection) -> tuple[str, str]:
    return direction.title, "perpendicular"


def _direction(codes: np.ndarray, direction: _SavedDirection) -> LinearMap:
    return direction_map(codes, np.array(direction.vector), np.array(direction.start))


PROJECTIONS.register(
    FittedProjection(
        key="tsne",
        title="t-SNE",
        meaning="t-SNE keeps neighbours together; the sizes of groups and the distances between them mean little.",
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
        meaning="UMAP keeps neighbours together; the distances between groups mean little.",
        source="McInnes et al. 2018",
        settings=(_NEIGHBOURS, _MIN_DIST, _SEED, _COMPONENTS),
        comparable=True,
        axis_names=_no_names,
        fit=_umap,
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="pca",
        title="PCA",
        meaning="PCA shows the directions of largest variance, to scale; all other directions are not visible.",
        source="Pearson 1901; Jolliffe 2002, section 1.1",
        settings=(Axes("axes", "Axes", _AXES, (0, 1), word="Axis", first=1, of_a_line=True), _COMPONENTS),
        least_dims=1,
        comparable=True,
        axis_names=_pca_names,
        plane=_pca,
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="raw",
        title="Two dimensions",
        meaning="Two latent dimensions, to scale; all others are not visible.",
        source="the latent dimensions of the codes",
        settings=(Axes("axes", "Axes", _AXES, (0, 1), word="Dimension"),),
        first_for=2,
        axis_names=_dimension_names,
        plane=_dimensions,
    )
)
PROJECTIONS.register(
    LinearProjection(
        key="along",
        title="A direction",
        meaning="Horizontal: the direction, with A at 0. Vertical: the perpendicular direction of largest variance. "
        "To scale; all others are not visible.",
        source="a saved attribute direction",
        settings=(Direction("direction", "Direction", "Id of a saved direction."),),
        axis_names=_direction_names,
        plane=_direction,
    )
)


def projections_for(dims: int) -> tuple[Projection, ...]:
    """Return the projections for a model with `dims` latent dimensions; the default is the first."""
    offered = [projection for projection in PROJECTIONS.values() if projection.least_dims <= dims]
    return tuple(sorted(offered, key=lambda projection: projection.first_for != dims))
