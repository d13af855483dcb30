"""The likelihoods p(x | z), which interpret the decoder's logits.

They compute with NumPy arrays and with tensors of Keras (`vae.array_ops`). Each has `log_prob(x, logits)`, in nats,
summed over pixels, and `mean(logits)`, the picture, in [0, 1]. A mean over pixels instead of the sum would multiply β
by their number. `vae.kinds.likelihoods` says when to choose each.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

from vae.array_ops import ops

__all__ = [
    "Bernoulli",
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "Gaussian",
    "Laplace",
    "Likelihood",
    "OptimalGaussian",
    "UnitPictures",
]

_PIXELS = (-3, -2, -1)  # height, width, channels
# Below a width of e^-6 a density resolves the 8-bit grid of grey levels and grows without bound.
_SMALLEST_LOG_WIDTH = -6.0
_LEAST = 1e-6  # smallest probability, so that every pixel has a finite log-probability


class Likelihood(ABC):
    """Base of the likelihoods.

    Attributes:
        width_name: name of its only weight, the logarithm of a width that all pixels share; "" if it has no weight.
        learned_width: whether the optimizer learns that weight.
        log_width: that weight: float32 `()`, or a Keras variable during training.
    """

    width_name = ""
    learned_width = True
    log_width: Any = None

    @abstractmethod
    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats."""

    def mean(self, logits):
        """`(n, h, w, c)` → the picture, `(n, h, w, c)` in [0, 1]."""
        return ops.sigmoid(logits)

    def bias_for(self, mean_pixel: float) -> float:
        """Return the logit whose mean is `mean_pixel`, 0 to 1."""
        return _logit(mean_pixel)


class Bernoulli(Likelihood):
    """Independent Bernoulli pixels (Kingma & Welling 2014, app. C.1).

    On grey levels this is the cross-entropy with the grey level as the target. It is a good loss, but not a likelihood
    of grey images: its values compare with each other, but not with those of binarised images.
    """

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats."""
        return ops.sum(x * logits - ops.softplus(logits), axis=_PIXELS)


class ContinuousBernoulli(Likelihood):
    """The Bernoulli formula, normalised to a density on [0, 1] (Loaiza-Ganem & Cunningham 2019, eq. 4 to 8)."""

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats (a density: it can be positive)."""
        # log C = log(l / tanh(l/2)), even in l; near 0, where that is 0 / 0, its Taylor series.
        near = ops.abs(logits) < 0.1
        far = ops.where(near, 1.0, ops.abs(logits))
        log_norm = ops.where(
            near, math.log(2.0) + ops.square(logits) / 12.0, ops.log(far) - ops.log(ops.tanh(far / 2.0))
        )
        return ops.sum(x * logits - ops.softplus(logits) + log_norm, axis=_PIXELS)

    def mean(self, logits):
        near = ops.abs(logits) < 0.1
        far = ops.where(near, 1.0, logits)
        return ops.where(near, 0.5 + logits / 12.0, 0.5 / ops.tanh(far / 2.0) + 0.5 - 1.0 / far)

    def bias_for(self, mean_pixel: float) -> float:
        """Return the logit with that mean, found by bisection: the mean has no inverse in closed form."""
        low, high = -300.0, 300.0
        for _ in range(60):
            middle = (low + high) / 2 or 1e-9
            mean = 0.5 / math.tanh(middle / 2) + 0.5 - 1 / middle
            low, high = (middle, high) if mean < mean_pixel else (low, middle)
        return low


class _Widened(Likelihood):
    """A location sigmoid(logits) for each pixel, and one width for all."""

    def _bounded_log_width(self):
        # softplus keeps the gradient alive near the bound
        return _SMALLEST_LOG_WIDTH + ops.softplus(self.log_width - _SMALLEST_LOG_WIDTH)


class Gaussian(_Widened):
    """Normal pixels around sigmoid(logits) with one learned σ for all (Rybkin et al. 2021, "σ-VAE", eq. 3).

    A learned σ balances reconstruction and KL. A fixed σ acts as a hidden β (a sum of squares fixes σ² = ½).
    """

    width_name = "log_sigma"

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats (a density: it can be positive)."""
        return _log_normal_pixels(x - self.mean(logits), self._bounded_log_width())


class OptimalGaussian(_Widened):
    """Normal pixels with, at each training step, the σ that is optimal for the batch (Rybkin et al. 2021, eq. 6).

    σ² is the batch's mean squared error, so σ follows the decoder without a learning rate. Outside training, the σ of
    the last steps is used, averaged.
    """

    width_name = "log_sigma"
    learned_width = False

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats (a density: it can be positive)."""
        error = x - self.mean(logits)
        if not training:
            return _log_normal_pixels(error, self.log_width)
        optimum = 0.5 * ops.log(ops.mean(ops.square(error)))
        log_sigma = ops.maximum(ops.stop_gradient(optimum), _SMALLEST_LOG_WIDTH)
        self.log_width.assign(log_sigma)
        return _log_normal_pixels(error, log_sigma)


class Laplace(_Widened):
    """Double-exponential pixels around sigmoid(logits) with one learned scale b for all: absolute, not squared, errors.

    The picture is the median, which depends less on outliers than a mean does, so edges stay sharper.
    """

    width_name = "log_scale"

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats (a density: it can be positive)."""
        log_scale = self._bounded_log_width()
        error = ops.abs(x - self.mean(logits)) / ops.exp(log_scale)
        return ops.sum(-error - log_scale - math.log(2.0), axis=_PIXELS)


class DiscretizedLogistic(_Widened):
    """The probability of each of 256 grey levels under a logistic distribution.

    Kingma et al. 2016, appendix C; Salimans et al. 2017, section 2.1. It is a probability of the 8-bit image, not a
    density: −log₂ of it, per pixel, is the number of bits that a coder needs.
    """

    width_name = "log_scale"

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, x in [0, 1] on the grid k/255 → `(n,)` nats, ≤ 0."""
        inverse_scale = ops.exp(-self._bounded_log_width())
        half = 0.5 / 255.0
        above = (x - self.mean(logits) + half) * inverse_scale
        below = (x - self.mean(logits) - half) * inverse_scale
        # log(σ(above) − σ(below)) = log σ(above) + log σ(−below) + log(1 − e^(below − above)), without cancellation.
        between = -ops.softplus(-above) - ops.softplus(below) + ops.log(-ops.expm1(-2.0 * half * inverse_scale))
        # The first and last level include the tails.
        terms = ops.where(x < half, -ops.softplus(-above), ops.where(x > 1.0 - half, -ops.softplus(below), between))
        return ops.sum(terms, axis=_PIXELS)


class UnitPictures(Likelihood):
    """p(x | z) of a decoder that outputs pictures in [0, 1], which are taken as Bernoulli means.

    The likelihood that an imported decoder was trained with is unknown, so its bounds compare only with each other.
    """

    def log_prob(self, x, logits, training=False):
        """`(n, h, w, c)` each, in [0, 1] → `(n,)` nats."""
        p = ops.clip(logits, _LEAST, 1.0 - _LEAST)
        return ops.sum(x * ops.log(p) + (1.0 - x) * ops.log(1.0 - p), axis=_PIXELS)

    def mean(self, logits):
        return ops.clip(logits, 0.0, 1.0)


def _log_normal_pixels(error, log_sigma):
    scaled = ops.square(error / ops.exp(log_sigma))
    return ops.sum(-0.5 * scaled - log_sigma - 0.5 * math.log(2 * math.pi), axis=_PIXELS)


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
