"""The posterior scale in an encoder's output: log-variance, variance, standard deviation or its logarithm."""

import re
from dataclasses import dataclass

import numpy as np

__all__ = ["SPREADS", "Spread", "named_spread", "spread_of"]

_DECADES = 12  # a variance is clipped to 1e-12 … 1e12, where its logarithm is finite


@dataclass(frozen=True)
class Spread:
    """Meaning of an output: log σ² is `power` times its logarithm, or `power` times itself if it is a logarithm.

    Attributes:
        title: name in the dialog and on the model card.
        power: 1 of a variance, 2 of a standard deviation.
        logged: whether the output is a logarithm.
    """

    title: str
    power: int
    logged: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value; others are clipped before the logarithm."""
        most = 10.0 ** (_DECADES / self.power)
        return 1 / most, most

    def log_var(self, output: np.ndarray) -> np.ndarray:
        """Return log σ², of the same shape."""
        return self.power * (output if self.logged else np.log(np.clip(output, *self.bounds)))


SPREADS = {
    "log-variance": Spread("log-variance", 1, logged=True),
    "variance": Spread("variance", 1),
    "std": Spread("standard deviation", 2),
    "log-std": Spread("log standard deviation", 2, logged=True),
}
_SIGMA = r"(sigma|std|scale|dev|(?<![a-z])sd(?![a-z]))"
_VAR = r"var(?!iational)"
_SQUARED = rf"{_SIGMA}[a-z]*[_ .-]*(sq|2)"
_NAMES = {  # the first match counts
    "log-variance": rf"(log|ln)[_ .-]*({_VAR}|{_SQUARED})",
    "log-std": rf"(log|ln)[_ .-]*{_SIGMA}",
    "variance": rf"{_VAR}|{_SQUARED}",
    "std": _SIGMA,
}


def named_spread(name: str) -> Spread | None:
    """Return the meaning of an output by its name; None if the name is unknown."""
    found = next((kind for kind, pattern in _NAMES.items() if re.search(pattern, name, re.I)), None)
    return SPREADS[found] if found else None


def spread_of(name: str, codes: np.ndarray, output: np.ndarray) -> Spread:
    """Return the meaning of an output by its name, if its values allow that; otherwise by its values.

    Args:
        name: of the output.
        codes, output: means and values of the output for the same images, float32 `(n, latent_dim)` each.
    """
    named = named_spread(name)
    if named and named.logged:
        return named
    if output.min() < 0:
        return SPREADS["log-variance"]
    # A log-variance that is never negative would mean that the encoder has learned nothing about any image.
    return named or min((SPREADS["std"], SPREADS["variance"]), key=lambda spread: _misfit(codes, output, spread))


def _misfit(codes: np.ndarray, output: np.ndarray, spread: Spread) -> float:
    """Return how far the second moments of the aggregate posterior are from those of the prior N(0, I).

    At the optimum of the ELBO, the mean of μ² + σ² is 1 in each dimension: scaling a dimension by c, and the decoder's
    first weights by 1 / c, does not change the reconstruction, and the KL divergence is minimal for
    c² E[μ² + σ²] = 1. See Hoffman and Johnson, "ELBO surgery", 2016. Models of sharp images approach this slowly and
    from above; standard deviation, the more common meaning, then has the lower misfit.
    """
    moments = np.square(codes).mean(axis=0) + np.exp(spread.log_var(output)).mean(axis=0)  # (latent_dim,)
    return float(np.abs(np.log(moments)).mean())
