"""Several paths, one after the other."""

from collections.abc import Sequence

import numpy as np

from vae.errors import BadRequestError
from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.straight import check_times

__all__ = ["JoinedPath"]


class JoinedPath:
    """A → B → C → …: each leg takes the same share of the way from 0 to 1.

    Args:
        legs: paths with `at`, each beginning where the one before ends.

    Raises:
        BadRequestError: no legs.
    """

    def __init__(self, legs: Sequence[LatentPath]):
        if not legs:
            raise BadRequestError("A way needs two codes at least.", "Add another one.")
        self._legs = list(legs)

    def at(self, t: np.ndarray) -> np.ndarray:
        """As `LinearPath.at`; beyond the ends it goes on along the first and the last leg, half of that leg at most."""
        count = len(self._legs)
        place = check_times(t) * count
        leg = np.clip(np.floor(place), 0, count - 1).astype(int)
        within = np.round(place - leg, 12)  # at its ends, a leg's own are exact
        parts = [path.at(within[leg == i]) for i, path in enumerate(self._legs)]
        codes = np.empty((len(place), parts[0].shape[1]), np.float32)
        for i, part in enumerate(parts):
            codes[leg == i] = part
        return codes
