"""How an encoder says how wide its posterior is: as a log-variance, or as what one is made of."""

import re
from dataclasses import dataclass

import numpy as np

__all__ = ["SPREADS", "Spread", "named_spread", "spread_of"]

_DECADES = 12  # above and below 1 within which a variance is kept, where its logarithm is finite


@dataclass(frozen=True)
class Spread:
    """What an output is: log σ² is `power` times its logarithm, or times itself where it is one already."""

    title: str
    power: int
    logged: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """What its values are kept within before their logarithm is taken."""
        most = 10.0 ** (_DECADES / self.power)
        return 1 / most, most

    def log_var(self, output: np.ndarray) -> np.ndarray:
        """log σ², of the same shape."""
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
_NAMES = {  # the first one that fits counts
    "log-variance": rf"(log|ln)[_ .-]*({_VAR}|{_SQUARED})",
    "log-std": rf"(log|ln)[_ .-]*{_SIGMA}",
    "variance": rf"{_VAR}|{_SQUARED}",
    "std": _SIGMA,
}


def named_spread(name: str) -> Spread | None:
    """What an output is by its name; None where that says nothing."""
    found = next((kind for kind, pattern in _NAMES.items() if re.search(pattern, name, re.I)), None)
    return SPREADS[found] if found else None


def spread_of(name: str, codes: np.ndarray, output: np.ndarray) -> Spread:
    """What an output is by its name, as far as its numbers allow that; else by its numbers.

    Args:
        name: as the person called it.
        codes, output: means and it, float32 `(n, latent_dim)` each, of the same pictures.
    """
    named = named_spread(name)
    if named and named.logged:
        return named
    if output.min() < 0:
        return SPREADS["log-variance"]
    # A log-variance that is nowhere below 0 would say of every picture that nothing is known of its code.
    return named or min((SPREADS["std"], SPREADS["variance"]), key=lambda spread: _misfit(codes, output, spread))


def _misfit(codes: np.ndarray, output: np.ndarray, spread: Spread) -> float:
    """How far the posteriors of all pictures together are from as wide as the prior N(0, I).

    Where the bound is at its best, the mean of μ² + σ² is 1 in each dimension: stretching a dimension by c, and the
    decoder's first weights by 1 / c, leaves the reconstruction as it is, and the KL divergence is least where
    c² E[μ² + σ²] = 1. The aggregate posterior then matches the prior in its width (Hoffman and Johnson, "ELBO surgery",
    2016). Models of sharp pictures come there slowly and from above, where this says standard deviation, the usual one.
    """
    moments = np.square(codes).mean(axis=0) + np.exp(spread.log_var(output)).mean(axis=0)  # (latent_dim,)
    return float(np.abs(np.log(moments)).mean())
