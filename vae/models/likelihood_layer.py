"""A likelihood as a Keras layer, which has its weight."""

import keras

from vae.models.likelihoods import Likelihood

__all__ = ["LikelihoodLayer"]

_FIRST_LOG_WIDTH = -1.5


class LikelihoodLayer(keras.layers.Layer):
    """Holds the weight of a likelihood and computes with it; see `vae.models.likelihoods` for the methods."""

    def __init__(self, likelihood: Likelihood):
        super().__init__(name="likelihood")
        self.likelihood = likelihood
        self.build(None)

    def build(self, input_shape=None):
        if name := self.likelihood.width_name:
            first = keras.initializers.Constant(_FIRST_LOG_WIDTH)
            width = self.add_weight(shape=(), initializer=first, name=name, dtype="float32")
            width.trainable = self.likelihood.learned_width
            self.likelihood.log_width = width
        self.built = True

    @property
    def log_width(self):
        """Its weight."""
        return self.likelihood.log_width

    def log_prob(self, x, logits, training=False):
        return self.likelihood.log_prob(x, logits, training)

    def mean(self, logits):
        return self.likelihood.mean(logits)

    def bias_for(self, mean_pixel: float) -> float:
        return self.likelihood.bias_for(mean_pixel)
