"""p(x | z): what the decoder's logits mean.

Each likelihood is a Keras layer with two readings of the logits: `log_prob(x, logits)`, summed over pixels, in nats,
and `mean(logits)`, the picture, in [0, 1]. Sums, never means over pixels: averaging would multiply β by their number.
"""

import math

import keras
from keras import ops

from vae.errors import BadRequestError

__all__ = ["Bernoulli", "Gaussian", "make_likelihood"]

_PIXELS = (-3, -2, -1)  # height, width, channels


class Bernoulli(keras.layers.Layer):
    """Independent Bernoulli pixels (Kingma & Welling 2014, app. C.1).

    On grey levels this is the cross-entropy with the grey level as the target: a good loss, but not the likelihood of
    grey images, so its values compare with each other and never with figures for binarised images.
    """

    def log_prob(self, x, logits):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats."""
        return ops.sum(x * logits - ops.softplus(logits), axis=_PIXELS)

    def mean(self, logits):
        return ops.sigmoid(logits)

    def bias_for(self, mean_pixel: float) -> float:
        return _logit(mean_pixel)


class Gaussian(keras.layers.Layer):
    """Normal pixels around sigmoid(logits) with one learned σ for all (Rybkin et al. 2021, "σ-VAE", eq. 3).

    A learned σ sets the balance with the KL by itself; a fixed one is a hidden β (summed squares fix σ² = ½).
    """

    def build(self, input_shape=None):
        self.log_sigma = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(-1.5), name="log_sigma", dtype="float32"
        )

    def log_prob(self, x, logits):
        """`(n, h, w, c)` each, x in [0, 1] → `(n,)` nats (a density: it can be positive)."""
        # Below e^-6 the 8-bit pixel grid itself is resolved and the density runs away; softplus keeps the gradient
        # alive.
        log_sigma = -6.0 + ops.softplus(self.log_sigma + 6.0)
        error = (x - self.mean(logits)) / ops.exp(log_sigma)
        return ops.sum(-0.5 * ops.square(error) - log_sigma - 0.5 * math.log(2 * math.pi), axis=_PIXELS)

    def mean(self, logits):
        return ops.sigmoid(logits)

    def bias_for(self, mean_pixel: float) -> float:
        return _logit(mean_pixel)


def make_likelihood(name: str) -> keras.layers.Layer:
    """The built layer for `ModelConfig.likelihood`."""
    kinds = {"bernoulli": Bernoulli, "gaussian": Gaussian}
    if name not in kinds:
        raise BadRequestError(f"No likelihood is called {name!r}.", f"Use one of {', '.join(kinds)}.")
    layer = kinds[name](name="likelihood")
    layer.build(None)
    return layer


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
