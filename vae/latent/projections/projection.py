"""A projection: one object that holds everything about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae.latent.projections.linear import LinearMap
from vae.latent.projections.settings import Direction, Setting

__all__ = ["FittedProjection", "LinearProjection", "Projection"]

_KEY = re.compile(r"[a-z]+")


def _no_names(**settings) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A way to draw codes on a plane: a `LinearProjection` or a `FittedProjection`.

    Attributes:
        key: its name in addresses, files and commands; small letters.
        title: its name on pages.
        meaning: what its map shows and what it does not, a sentence.
        source: where it is described.
        settings: in the order in which they are shown and written.
        least_dims: the fewest latent dimensions of a model that it is offered for.
        first_for: the number of latent dimensions for which it is the first choice; 0 for none.
        comparable: whether two models' maps with equal settings show the same of them.
        axis_names: the settings by name → the names of both axes, "" where an axis means nothing.
        is_linear: whether it is a plane through latent space. A linear map is made at once, and placing and inverting
            are exact. Any other is fitted by a process of its own, and `NeighbourMap` places and inverts.
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
        if not _KEY.fullmatch(self.key):  # it begins the names of files and of jobs
            raise ValueError(f"The key of a projection has small letters only, not {self.key!r}.")

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
    """A map that exists at its points only.

    Attributes:
        fit: codes float32 `(n, d)`, the settings by name, `on_frame` and `should_stop` → coordinates float32 `(n, 2)`.
            It calls `on_frame(iteration, coordinates)` while it works, asks `should_stop()`, and returns what it has
            when told to stop.
    """

    fit: Callable[..., np.ndarray]
    is_linear: ClassVar[bool] = False
