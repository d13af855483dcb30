"""Profiles the latent dimensions: information, effect, range and distribution, for the sliders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vae.kinds import PRIORS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["ACTIVE_VARIANCE", "LatentProfile", "active_units", "effects", "is_effective", "kl_per_dimension", "profile"]

ACTIVE_VARIANCE = 0.01  # of z_mean over the data, in prior variances (Burda et al. 2016, section 5.2)
_RANGE = (0.001, 0.999)  # quantiles of the codes at the ends of a slider
_BINS = 48
_EFFECTIVE = 0.02  # of the largest effect


@dataclass(frozen=True)
class LatentProfile:
    """Figures of each dimension; each array has `latent_dim` rows.

    Attributes:
        order: int, dimensions by decreasing effect if it is known, else by KL, else by spread (plain autoencoders have
            no KL).
        kl: float, mean KL to the prior over the data, nats.
        effect: float, see `effects`; zeros for models with an encoder.
        spread: float, standard deviation of the data's codes.
        active: bool, whether the dimension varies with the image.
        low, high: float, bounds of the central 99.8 % of the data's codes; -3 and 3 for a collapsed dimension.
        median: float, of the data's codes.
        histogram: float `(latent_dim, bins)`, histogram of the codes between low and high; the largest bin is 1.
    """

    order: np.ndarray
    kl: np.ndarray
    effect: np.ndarray
    spread: np.ndarray
    active: np.ndarray
    low: np.ndarray
    high: np.ndarray
    median: np.ndarray
    histogram: np.ndarray


def active_units(z_mean: np.ndarray) -> np.ndarray:
    """Return which dimensions have Var_x(E[z | x]) > 0.01, bool `(latent_dim,)` (Burda et al. 2016, section 5.2)."""
    return np.var(z_mean, axis=0) > ACTIVE_VARIANCE


def kl_per_dimension(z_mean: np.ndarray, z_log_var: np.ndarray, config: ModelConfig | ImportedConfig) -> np.ndarray:
    """Return the mean KL of each dimension over a data set, float64 `(latent_dim,)`, nats.

    - Normal prior: the KL to N(0, 1) (Kingma & Welling 2014, app. B).
    - Flow prior: it has no KL per dimension. The KL to the normal with the mean and variance of the aggregate posterior
      in that dimension takes its place; it is 0 for a dimension without information about the image.
    - Plain autoencoder: 0, since its codes are points, whose KL is infinite.

    Args:
        z_mean, z_log_var: float `(n, latent_dim)`.
        config: the model's configuration.
    """
    if not config.variational:
        return np.zeros(config.latent_dim)
    z_mean, z_log_var = z_mean.astype(np.float64), z_log_var.astype(np.float64)
    variance = np.exp(z_log_var)
    center, spread = 0.0, 1.0
    if not PRIORS[config.prior].is_standard:  # the aggregate posterior's moments, `(latent_dim,)` each
        center, spread = z_mean.mean(axis=0), variance.mean(axis=0) + z_mean.var(axis=0)
    return 0.5 * (np.log(spread) - z_log_var + (variance + (z_mean - center) ** 2) / spread - 1).mean(axis=0)


def is_effective(effect: np.ndarray) -> np.ndarray:
    """Return which dimensions have more than 2 % of the largest effect, bool `(latent_dim,)`."""
    return effect > _EFFECTIVE * effect.max()


def effects(decode: Callable[[np.ndarray], np.ndarray], codes: np.ndarray) -> np.ndarray:
    """Return how much each dimension changes the picture, float64 `(latent_dim,)`.

    The effect is the root mean square change of the pixels, in [0, 1], when the dimension changes from -1 to 1 and the
    others keep the values of the codes.

    Args:
        decode: codes → pictures in [0, 1], float `(n, h, w, c)`.
        codes: float `(n, latent_dim)`.
    """
    found: list[float] = []
    for dimension in range(codes.shape[1]):
        ends: list[np.ndarray] = []
        for value in (-1, 1):
            moved = codes.copy()
            moved[:, dimension] = value
            ends.append(decode(moved))
        found.append(float(np.sqrt(np.square(ends[1] - ends[0]).mean())))
    return np.array(found, np.float64)


def profile(z_mean: np.ndarray, kl: np.ndarray, effect: Sequence[float] = ()) -> LatentProfile:
    """Profile the codes of a data set.

    Args:
        z_mean: float `(n, latent_dim)`.
        kl: float `(latent_dim,)`, mean KL per dimension in nats, from the model card.
        effect: float `(latent_dim,)`, from the model card; only for a decoder without an encoder.
    """
    low, high = np.quantile(z_mean, _RANGE, axis=0)
    # A collapsed dimension has almost no range of its codes: it gets ± 3 σ of the prior.
    collapsed = high - low < 0.1
    low, high = np.where(collapsed, -3.0, low), np.where(collapsed, 3.0, high)
    histogram = np.stack(
        [np.histogram(z_mean[:, d], _BINS, (low[d], high[d]))[0] for d in range(z_mean.shape[1])]
    ).astype(np.float64)
    kl, spread = np.asarray(kl, np.float64), z_mean.std(axis=0, dtype=np.float64)
    change = np.asarray(effect, np.float64) if len(effect) else np.zeros(len(kl))
    return LatentProfile(
        order=np.argsort(-next(part for part in (change, kl, spread) if part.any() or part is spread), kind="stable"),
        kl=kl,
        effect=change,
        spread=spread,
        active=is_effective(change) if change.any() else active_units(z_mean),
        low=low,
        high=high,
        median=np.median(z_mean, axis=0),
        histogram=histogram / np.maximum(histogram.max(axis=1, keepdims=True), 1),
    )
