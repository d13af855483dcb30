"""The data of a model's sliders as JSON, for the app and the exported web page."""

from typing import Annotated, TypedDict

import numpy as np

from vae.kinds import PRIORS
from vae.latent.profile import LatentProfile

__all__ = ["Dimension", "slider_data", "slider_unit"]


class Dimension(TypedDict):
    """A latent dimension, in slider order."""

    index: Annotated[int, "in z"]
    active: Annotated[bool, "false: collapsed to the prior"]
    kl: Annotated[float, "nats"]
    effect: Annotated[float, "on the picture, root mean square"]
    spread: Annotated[float, "standard deviation of the codes"]
    low: float
    high: float
    median: Annotated[float, "of the codes"]
    histogram: Annotated[list[float], "shares of the codes, from low to high"]


def slider_data(profile: LatentProfile) -> list[Dimension]:
    """Return a record for each dimension, in slider order."""

    def rounded(values: np.ndarray, index: int) -> float:
        return round(float(values[index]), 4)

    return [
        {
            "index": int(index),
            "active": bool(profile.active[index]),
            "kl": rounded(profile.kl, index),
            "effect": rounded(profile.effect, index),
            "spread": rounded(profile.spread, index),
            "low": rounded(profile.low, index),
            "high": rounded(profile.high, index),
            "median": rounded(profile.median, index),
            "histogram": [round(float(share), 3) for share in profile.histogram[index]],
        }
        for index in profile.order
    ]


def slider_unit(profile: LatentProfile, prior: str | None) -> float:
    """Return the unit of slider movements: 1 for a standard prior, else the mean spread of the active dimensions.

    Args:
        prior: a key of `vae.kinds.PRIORS`; None for a plain autoencoder.
    """
    spread = profile.spread[profile.active]
    if (prior and PRIORS[prior].is_standard) or not len(spread):
        return 1.0
    return round(float((spread**2).mean() ** 0.5), 4)
