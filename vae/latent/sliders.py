"""The data of a model's sliders as JSON, for the app and the exported web page."""

from typing import Any

from vae.kinds import PRIORS
from vae.latent.profile import LatentProfile

__all__ = ["slider_data", "slider_unit"]


def slider_data(profile: LatentProfile) -> list[dict[str, Any]]:
    """Return one record per dimension, in the order of the sliders."""
    fields = ("kl", "effect", "spread", "low", "high", "median")
    return [
        {name: round(float(getattr(profile, name)[index]), 4) for name in fields}
        | {
            "index": int(index),
            "active": bool(profile.active[index]),
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
