"""Keras models from a plan."""

import keras

from vae.models.config import ModelConfig
from vae.models.networks.plan import KERNEL, LayerPlan, decoder_plan, encoder_plan
from vae.models.networks.residual import ResidualBlock

__all__ = ["build_decoder", "build_encoder", "build_layer"]


def build_encoder(config: ModelConfig, seed: int = 0, dropout: float = 0.0) -> keras.Model:
    """x, float32 `(n, h, w, c)` in [0, 1] → `[z_mean, z_log_var]`, float32 `(n, latent_dim)` each.

    A plain autoencoder's has `[z_mean]` alone. `dropout` is the share of each dense layer's inputs left out while
    training, the images themselves excepted.
    """
    plans = encoder_plan(config)
    heads = [plan for plan in plans if plan.name.startswith("z_")]
    x = hidden = keras.Input(config.image_shape, name="x")
    body = plans[: -len(heads)]
    for index, plan in enumerate(body):
        if dropout and index and plan.kind == "dense" and not (config.network == "dense" and index == 1):
            hidden = keras.layers.Dropout(dropout, seed=seed + 200 + index, name=f"dropout_{index}")(hidden)
        hidden = build_layer(plan, seed + index)(hidden)
    if dropout:
        hidden = keras.layers.Dropout(dropout, seed=seed + 200, name="dropout")(hidden)
    outputs = [build_layer(plan, seed + len(body) + index)(hidden) for index, plan in enumerate(heads)]
    return keras.Model(x, outputs, name="encoder")


def build_decoder(config: ModelConfig, seed: int = 0) -> keras.Model:
    """A code, float32 `(n, code_dim)` → logits, float32 `(n, h, w, c)`; the likelihood says what they mean."""
    code = hidden = keras.Input((config.code_dim,), name="code")
    for index, plan in enumerate(decoder_plan(config)):
        hidden = build_layer(plan, seed + index)(hidden)
    return keras.Model(code, hidden, name="decoder")


def build_layer(plan: LayerPlan, seed: int) -> keras.layers.Layer:
    """One layer of a plan, its weights drawn by `seed`."""
    if plan.kind == "residual":
        return ResidualBlock(plan.output_shape[-1], plan.activation, seed, name=plan.name)
    if plan.kind == "flatten":
        return keras.layers.Flatten(name=plan.name)
    if plan.kind == "reshape":
        # Without autocast: the dense decoder's comes after its float32 logits.
        return keras.layers.Reshape(plan.output_shape, autocast=False, name=plan.name)
    # He for layers followed by a rectifier, Glorot for the linear ones.
    scheme = keras.initializers.HeNormal if plan.activation else keras.initializers.GlorotUniform
    common = {
        "activation": plan.activation,
        "kernel_initializer": scheme(seed=seed),
        "name": plan.name,
        # float32 even under a mixed-precision policy: what leaves the heads and the logits is summed and exponentiated.
        "dtype": None if plan.activation else "float32",
    }
    units = plan.output_shape[-1]
    if plan.kind == "dense":
        return keras.layers.Dense(units, **common)
    kind = keras.layers.Conv2D if plan.kind == "conv" else keras.layers.Conv2DTranspose
    return kind(units, KERNEL, strides=2, padding="same", **common)
