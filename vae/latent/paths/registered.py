"""The registered paths, in the order in which pages list them.

To add a path, write its class or function in a module of this package and register its object here. The command line,
the HTTP route and the Interpolate page then offer it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from vae.latent.paths.corners import four_corner_grid
from vae.latent.paths.curve import Curve
from vae.latent.paths.geodesic import fit_geodesic
from vae.latent.paths.graph import DataGraph
from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.straight import LinearPath, SlerpPath
from vae.registry import Registry

__all__ = ["PATHS", "PathKind", "PathTools"]


@dataclass(frozen=True)
class PathTools:
    """Functions of one model that a path may need.

    Attributes:
        graph: returns the graph of the reference codes; the first call takes one to two seconds.
        energy, length: of a curve, see `fit_geodesic`.
        on_step: called with the current path after each iteration.
        should_stop: returns whether to stop and use the current path.
    """

    graph: Callable[[], DataGraph]
    energy: Callable[[np.ndarray], tuple[float, np.ndarray]]
    length: Callable[[np.ndarray], float]
    on_step: Callable[[LatentPath], None]
    should_stop: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class PathKind:
    """A kind of path from one code to another.

    Attributes:
        key: its name in URLs and commands.
        title: its name on pages.
        meaning: its course, a sentence.
        source: the publication that describes it; "" if it needs none.
        find: a and b, float `(d,)`, and tools → the path.
        script: the name of its JavaScript form in `assets/js/paths/straight.js`; "" if the server computes it.
        converges: whether it is computed iteratively, which takes seconds.
        sheet: corners `(4, d)`, rows and columns → codes between them, `(rows, columns, d)`; None if it has no grid.
        color, dashes: style of its line on the map; dashes in CSS pixels.
    """

    key: str
    title: str
    meaning: str
    source: str = ""
    find: Callable[[np.ndarray, np.ndarray, PathTools], LatentPath]
    script: str = ""
    converges: bool = False
    sheet: Callable[[np.ndarray, int, int], np.ndarray] | None = None
    color: str = "#ffffff"
    dashes: tuple[float, ...] = ()


PATHS = Registry[PathKind]("path")


def _geodesic(a: np.ndarray, b: np.ndarray, tools: PathTools) -> Curve:
    return fit_geodesic(tools.energy, tools.length, a, b, on_step=tools.on_step, should_stop=tools.should_stop)


PATHS.register(
    PathKind(
        key="linear",
        title="Straight",
        meaning="a + t (b − a)",
        find=lambda a, b, tools: LinearPath(a, b),
        script="linear",
        sheet=four_corner_grid,
    )
)
PATHS.register(
    PathKind(
        key="slerp",
        title="Spherical",
        meaning="The direction rotates evenly, the radius is interpolated",
        source="slerp, Shoemake 1985",
        find=lambda a, b, tools: SlerpPath(a, b),
        script="slerp",
        sheet=partial(four_corner_grid, spherical=True),
        dashes=(2, 3),
    )
)
PATHS.register(
    PathKind(
        key="graph",
        title="Data graph",
        meaning="The shortest path between neighbouring images, smoothed",
        source="as in Isomap, Tenenbaum et al. 2000",
        find=lambda a, b, tools: tools.graph().path(a, b),
        dashes=(8, 4),
    )
)
PATHS.register(
    PathKind(
        key="geodesic",
        title="Geodesic",
        meaning="The path along which the picture changes least, with a penalty away from the data",
        source="Arvanitidis et al. 2018",
        find=_geodesic,
        converges=True,
        color="#5eead4",
    )
)
