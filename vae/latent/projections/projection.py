"""The class of a projection: one object has all its facts."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae.latent.projections.linear import LinearMap
from vae.latent.projections.settings import Direction, Setting

__all__ = ["FittedProjection", "LinearProjection", "Projection"]

_KEY = re.compile(r"[a-z]+")


def _no_names(**settings: object) -> tuple[str, ...]:
    return "", ""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A method to map codes to two dimensions: a `LinearProjection` or a `FittedProjection`.

    With the setting `Components`, it can also map them to three.

    Attributes:
        key: its name in URLs, files and commands; lower-case letters.
        title: its name on pages.
        meaning: what its map shows and what it does not show, a sentence.
        source: the publication that describes it.
        settings: in the order in which they are shown and written.
        least_dims: the least number of latent dimensions for which it is offered.
        first_for: the number of latent dimensions for which it is the default; 0 for none.
        comparable: whether maps of two models with equal settings can be compared.
        axis_names: the settings by name → the names of the axes; "" for an axis without a meaning.
        is_linear: whether the map is a plane through latent space. Such a map is computed immediately, and placing and
            inverting are exact. Any other map is fitted in a separate process; `NeighbourMap` places and inverts.
    """

    key: str
    title: str
    meaning: str
    source: str
    settings: tuple[Setting, ...] = ()
    least_dims: int = 2
    first_for: int = 0
    comparable: bool = False
    axis_names: Callable[..., tuple[str, ...]] = _no_names
    is_linear: ClassVar[bool]

    def __post_init__(self):
        if not _KEY.fullmatch(self.key):  # names of files and jobs begin with it
            raise ValueError(f"The key of a projection must have lower-case letters only, not {self.key!r}.")

    @property
    def takes_direction(self) -> bool:
        """Whether one of its settings is a saved direction."""
        return any(isinstance(setting, Direction) for setting in self.settings)


@dataclass(frozen=True, kw_only=True)
class LinearProjection(Projection):
    """A plane through latent space.

    Attributes:
        plane: codes float32 `(n, d)`, and the settings by name → the map.
    """

    plane: Callable[..., LinearMap]
    is_linear: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class FittedProjection(Projection):
    """A map that is defined at its points only.

    Attributes:
        fit: codes float32 `(n, d)`, the settings by name, `on_frame` and `should_stop` → coordinates float32 `(n, 2)`,
            or `(n, components)` if that is a setting. It calls `on_frame(iteration, coordinates)` and `should_stop()`
            while it runs; if that returns True, it returns the current coordinates.
    """

    fit: Callable[..., np.ndarray]
    is_linear: ClassVar[bool] = False
