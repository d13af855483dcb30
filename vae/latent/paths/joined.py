"""Joins several paths into one."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Sequence

import numpy as np

from vae.errors import BadRequestError
from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.straight import check_times

__all__ = ["JoinedPath"]


class JoinedPath:
    """A path A → B → C → …; every leg takes the same time.

    Args:
        legs: paths; each begins at the end of the preceding one.

    Raises:
        BadRequestError: no legs.
    """

    def __init__(self, legs: Sequence[LatentPath]):
        if not legs:
            raise BadRequestError("A path needs at least two codes.", "Add another one.")
        self._legs = list(legs)

    def at(self, t: np.ndarray) -> np.ndarray:
        """See `LatentPath.at`; beyond its ends the path continues along the first and the last leg.

        Raises:
            BadRequestError: `t` is not a list of times, or lies more than half a leg beyond the ends.
        """
        count = len(self._legs)
        position = check_times(t) * count
        leg = np.clip(np.floor(position), 0, count - 1).astype(int)
        within = np.round(position - leg, 12)  # exactly 0 or 1 at the ends of a leg
        parts = [path.at(within[leg == i]) for i, path in enumerate(self._legs)]
        codes = np.empty((len(position), parts[0].shape[1]), np.float32)
        for i, part in enumerate(parts):
            codes[leg == i] = part
        return codes
