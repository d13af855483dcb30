"""Keras models from a plan."""

import keras

from vae.config import ModelConfig
from vae.networks.plan import KERNEL, LayerPlan, decoder_plan, encoder_plan

__all__ = ["build_decoder", "build_encoder"]


def build_encoder(config: ModelConfig, seed: int = 0) -> keras.Model:
    """x, float32 `(n, h, w, c)` in [0, 1] → `(z_mean, z_log_var)`, float32 `(n, latent_dim)` each."""
    *body, z_mean, z_log_var = encoder_plan(config)
    x = hidden = keras.Input(config.image_shape, name="x")
    for index, plan in enumerate(body):
        hidden = _layer(plan, seed + index)(hidden)
    heads = [_layer(plan, seed + len(body) + index)(hidden) for index, plan in enumerate((z_mean, z_log_var))]
    return keras.Model(x, heads, name="encoder")


def build_decoder(config: ModelConfig, seed: int = 0) -> keras.Model:
    """z, float32 `(n, latent_dim)` → logits, float32 `(n, h, w, c)`; the likelihood says what they mean."""
    z = hidden = keras.Input((config.latent_dim,), name="z")
    for index, plan in enumerate(decoder_plan(config)):
        hidden = _layer(plan, seed + index)(hidden)
    return keras.Model(z, hidden, name="decoder")


def _layer(plan: LayerPlan, seed: int) -> keras.layers.Layer:
    # float32 even under a mixed-precision policy: what leaves the heads and the logits is summed and exponentiated.
    dtype = "float32" if plan.activation is None else None
    # He for layers followed by a rectifier, Glorot for the linear ones.
    scheme = "HeNormal" if plan.activation else "GlorotUniform"
    common = {
        "activation": plan.activation,
        "kernel_initializer": getattr(keras.initializers, scheme)(seed=seed),
        "name": plan.name,
        "dtype": dtype,
    }
    units = plan.output_shape[-1]
    if plan.kind == "conv":
        return keras.layers.Conv2D(units, KERNEL, strides=2, padding="same", **common)
    if plan.kind == "conv_transpose":
        return keras.layers.Conv2DTranspose(units, KERNEL, strides=2, padding="same", **common)
    if plan.kind == "dense":
        return keras.layers.Dense(units, **common)
    if plan.kind == "flatten":
        return keras.layers.Flatten(name=plan.name)
    return keras.layers.Reshape(plan.output_shape, name=plan.name)
