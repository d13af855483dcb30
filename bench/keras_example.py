"""Baseline: a VAE with the architecture and settings of Keras' own example (keras.io, "Variational AutoEncoder").

Its architecture and settings: convolutions 32 and 64 of kernel 3 and stride 2, a dense layer of 16 before the heads, a
decoder that mirrors it and ends with a convolution at full resolution; Adam with its defaults, batches of 128, the sum
of the pixels' cross-entropies plus the KL, `fit` on float32 images.
"""

from typing import Any

import keras

__all__ = ["ExampleVAE"]

ops: Any = keras.ops  # Keras has no types


class ExampleVAE(keras.Model):
    """Args:
    latent_dim: dimensions of z; the example has 2.
    """

    def __init__(self, latent_dim: int):
        super().__init__()
        layers = keras.layers
        x = keras.Input((28, 28, 1))
        hidden = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(x)
        hidden = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(hidden)
        hidden = layers.Dense(16, activation="relu")(layers.Flatten()(hidden))
        self.encoder = keras.Model(x, [layers.Dense(latent_dim)(hidden), layers.Dense(latent_dim)(hidden)])
        z = keras.Input((latent_dim,))
        hidden = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(z))
        hidden = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(hidden)
        hidden = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(hidden)
        self.decoder = keras.Model(z, layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(hidden))
        self.noise = keras.random.SeedGenerator(0)

    def call(self, x):
        z_mean, z_log_var = self.encoder(x)
        z = z_mean + ops.exp(0.5 * z_log_var) * keras.random.normal(ops.shape(z_mean), seed=self.noise)
        return {"z_mean": z_mean, "z_log_var": z_log_var, "x": self.decoder(z)}

    def compute_loss(self, x=None, y=None, y_pred: Any = None, sample_weight=None, training=True):
        pixels = ops.sum(keras.losses.binary_crossentropy(x, y_pred["x"]), axis=(1, 2))
        z_mean, z_log_var = y_pred["z_mean"], y_pred["z_log_var"]
        kl = -0.5 * ops.sum(1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var), axis=1)
        return ops.mean(pixels + kl)
