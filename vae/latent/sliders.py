"""What sliders are told of a model's dimensions, as JSON has it: those of the app, and those of the web page."""

from typing import Any

from vae.kinds import PRIORS
from vae.latent.profile import LatentProfile

__all__ = ["slider_data", "slider_unit"]


def slider_data(profile: LatentProfile) -> list[dict[str, Any]]:
    """A record for each dimension, in slider order."""
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
    """How far apart codes are: 1 where the prior sees to it, else the active dimensions' spread, as one number.

    Args:
        prior: a key of `vae.kinds.PRIORS`; None of a plain autoencoder.
    """
    spread = profile.spread[profile.active]
    if (prior and PRIORS[prior].is_standard) or not len(spread):
        return 1.0
    return round(float((spread**2).mean() ** 0.5), 4)
