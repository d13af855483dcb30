"""The paths that there are, in the order in which pages list them.

A new path: its function in a module beside this one, and its object here. Command line, route and page show it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from vae.latent.paths.corners import four_corner_grid
from vae.latent.paths.curve import Curve
from vae.latent.paths.geodesic import fit_geodesic
from vae.latent.paths.graph import DataGraph
from vae.latent.paths.straight import LinearPath, SlerpPath
from vae.registry import Registry

__all__ = ["PATHS", "Path", "PathKind", "PathTools"]


class Path(Protocol):
    """A path from one code to another."""

    def at(self, t: np.ndarray) -> np.ndarray:
        """As `LinearPath.at`."""
        ...


@dataclass(frozen=True)
class PathTools:
    """What a path of one model may be found with.

    Attributes:
        graph: returns the graph of the reference codes; the first call takes a second or two.
        energy, length: of a curve by the decoder, see `fit_geodesic`.
        on_step: is given the path as it is so far.
        should_stop: whether to return what there is.
    """

    graph: Callable[[], DataGraph]
    energy: Callable[[np.ndarray], tuple[float, np.ndarray]]
    length: Callable[[np.ndarray], float]
    on_step: Callable[[Path], None]
    should_stop: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class PathKind:
    """A way to go from one code to another.

    Attributes:
        key: its name in addresses and commands.
        title: its name on pages.
        meaning: where it goes, a sentence.
        source: where it is described; "" where that is common knowledge.
        find: a and b, float `(d,)`, and tools → the path.
        script: the name of its JavaScript form in `assets/js/paths/straight.js`; "" if the server finds it.
        converges: whether it is found step by step, which takes seconds.
        sheet: corners `(4, d)`, rows and columns → codes between them, `(rows, columns, d)`; None if it has none.
        color, dashes: of its line on the map; CSS pixels.
    """

    key: str
    title: str
    meaning: str
    source: str = ""
    find: Callable[[np.ndarray, np.ndarray, PathTools], Path]
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
        meaning="The direction turns, the radius is interpolated",
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
        meaning="From image to near image: the shortest way over each code's nearest neighbours, smoothed",
        source="as in Isomap, Tenenbaum et al. 2000",
        find=lambda a, b, tools: tools.graph().path(a, b),
        dashes=(8, 4),
    )
)
PATHS.register(
    PathKind(
        key="geodesic",
        title="Geodesic",
        meaning="Along which the picture changes least without leaving the data: "
        "the shortest by the decoder's own measure",
        source="Arvanitidis et al. 2018",
        find=_geodesic,
        converges=True,
        color="#5eead4",
    )
)
