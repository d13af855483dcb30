"""Figures as text, the same in all commands and on all pages."""

from vae.formats.bundle.schema import Figure
from vae.kinds import LIKELIHOODS
from vae.message import N_
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["FEW_IMAGES", "meaning_of_nats", "show"]

FEW_IMAGES = 100  # test images below which figures mean little: a kNN accuracy of 90 % has an error of 3 points


def show(figure: Figure | None, digits: int, unit: str = "", error: bool = False) -> str:
    """Format a figure: "-95.83", "97.4 %" or "-95.83 ± 0.24 nats"; a dash for None.

    Args:
        digits: digits after the point.
        unit: appended; "%" multiplies by 100.
        error: whether to add the standard error.
    """
    if figure is None:
        return "–"
    scale = 100 if unit == "%" else 1
    numbers = [figure.value, figure.standard_error] if error else [figure.value]
    return " ± ".join(f"{scale * number:.{digits}f}" for number in numbers) + (f" {unit}" if unit else "")


def meaning_of_nats(config: ModelConfig | ImportedConfig) -> str:
    """Describe what a model's ELBO and IWAE bound measure. Figures with different meanings must not be compared."""
    if not config.variational:
        return N_("a plain autoencoder has no bound on log p(x)")
    if config.binarize:
        return N_("log probability of binarised images, each pixel sampled from its grey level (dynamic binarisation)")
    return LIKELIHOODS[config.likelihood].nats
