"""The residual block (He et al. 2016, "Identity Mappings in Deep Residual Networks"), with group normalisation."""

import keras

from vae.models.networks.plan import BLOCK_KERNEL

__all__ = ["ResidualBlock"]

_GROUPS = 8  # Wu & He 2018: figures hardly depend on it; batch statistics would tie a picture to its batch


class ResidualBlock(keras.layers.Layer):
    """x + conv(act(norm(conv(act(norm(x)))))), `(n, h, w, c)` → the same shape.

    Args:
        channels: c.
        activation: Keras' name of it.
        seed: of the first kernel; the second starts at zero, the block as the identity (Zhang et al. 2019, "Fixup").
    """

    def __init__(self, channels: int, activation: str, seed: int, name: str):
        super().__init__(name=name)
        groups = next(groups for groups in range(min(_GROUPS, channels), 0, -1) if channels % groups == 0)
        starts = (keras.initializers.HeNormal(seed=seed), "zeros")
        self.norms = [keras.layers.GroupNormalization(groups, name=f"norm_{i}") for i in (0, 1)]
        self.convs = [
            keras.layers.Conv2D(channels, BLOCK_KERNEL, padding="same", kernel_initializer=start, name=f"conv_{i}")
            for i, start in enumerate(starts)
        ]
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        for part in self.parts:
            part.build(input_shape)

    @property
    def parts(self) -> list[keras.layers.Layer]:
        """Its layers with weights."""
        return [*self.norms, *self.convs]

    def call(self, x):
        hidden = x
        for norm, conv in zip(self.norms, self.convs, strict=True):
            hidden = conv(self.activation(norm(hidden)))
        return x + hidden
