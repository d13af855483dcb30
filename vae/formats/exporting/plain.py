"""Makes two functional models of Keras' own layers, which load without the code of Zscope."""

from collections.abc import Callable

import keras

from vae.kinds import LIKELIHOODS
from vae.models.networks.part_network import PartNetwork
from vae.models.vae import VAE

__all__ = ["plain_decoder", "plain_encoder", "walk", "whole_model"]

# Inputs and outputs of the two models.
_OURS = {"images", "codes", "pictures"}


def plain_encoder(vae: VAE) -> keras.Model:
    """Return the encoder: images → `[z_mean, z_log_var]`, or z_mean alone.

    Images are float32 `(n, h, w, c)` in [0, 1]; the outputs are float32 `(n, latent_dim)`. The model is a copy: the
    original layers and weights do not change.
    """
    images = _input(vae.config.image_shape, "images")
    outputs = _copied(vae.encoder, images)
    single = isinstance(outputs, list) and len(outputs) == 1
    return keras.Model(images, outputs[0] if single else outputs, name="encoder")


def plain_decoder(vae: VAE) -> keras.Model:
    """Return a copy of the decoder: codes, float32 `(n, code_dim)` → mean of p(x | z), `(n, h, w, c)` in [0, 1]."""
    codes = _input((vae.config.code_dim,), "codes")
    hidden = _copied(vae.decoder, codes)
    if vae.config.gives_pictures:
        if getattr(vae.decoder.layers[-1], "activation", None) is keras.activations.sigmoid:
            return keras.Model(codes, hidden, name="decoder")  # in [0, 1] already
        pictures = keras.layers.ReLU(max_value=1.0, name="pictures")(hidden)
    elif activation := LIKELIHOODS[vae.config.likelihood].activation:
        pictures = keras.layers.Activation(activation, name="pictures")(hidden)
    else:  # the mean's own operations
        pictures = vae.likelihood.mean(hidden)
    return keras.Model(codes, pictures, name="decoder")


def whole_model(encoder: keras.Model | None, decoder: keras.Model, classes: int) -> keras.Model:
    """Return one model with the layers `encoder` and `decoder`: images → images decoded from z_mean.

    Args:
        encoder: None for a decoder alone, which is returned as it is.
        classes: number of classes of a conditional model, whose class weights are a second input; otherwise 0.
    """
    if encoder is None:
        return decoder
    images = keras.Input(encoder.input_shape[1:], name="images")
    outputs = encoder(images)
    code = outputs[0] if isinstance(outputs, list) else outputs
    if not classes:
        return keras.Model(images, decoder(code), name="vae")
    weights = keras.Input((classes,), name="class_weights")
    code = keras.layers.Concatenate(name="code")([code, weights])
    return keras.Model({"images": images, "class_weights": weights}, decoder(code), name="vae")


def walk(model: keras.Model, inputs: keras.KerasTensor, visit: Callable) -> keras.Model:
    """Visit a functional model's layers in the order of computation.

    Args:
        inputs: the new symbolic input.
        visit: called with a layer or operation and its arguments; returns the new output.

    Returns:
        The functional model of the new outputs.
    """
    return keras.models.clone_model(model, inputs, clone_function=lambda layer: layer, call_function=visit)


def _input(shape: tuple[int, ...], name: str) -> keras.KerasTensor:
    tensor = keras.Input(shape, name=name)
    if not isinstance(tensor, keras.KerasTensor):  # a list, only for several inputs
        raise TypeError(f"keras.Input returned {type(tensor).__name__}")
    return tensor


def _copied(model: PartNetwork, inputs: keras.KerasTensor):
    """Apply copies of the model's layers to other inputs; return the outputs.

    Raises:
        TypeError: the network is not a Keras model.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"{type(model).__name__} has no Keras layers to copy.")
    twins, names = {}, {layer.name for layer in model.layers}

    def free(name: str) -> str:
        while name in _OURS:  # a layer of an imported model may have such a name
            name = next(other for other in (f"{name}_{i}" for i in range(1, 1000)) if other not in names)
        return name

    def twin(layer: keras.layers.Layer, name: str, *arguments, **settings):
        made = twins.get(id(layer))  # a layer may be used twice
        if made is None:
            made = twins[id(layer)] = type(layer).from_config(layer.get_config() | {"name": free(name)})
        result = made(*arguments, **settings)
        made.set_weights(layer.get_weights())
        return result

    def call(layer, *arguments, **settings):
        if isinstance(layer, keras.layers.Layer):
            return twin(layer, layer.name, *arguments, **settings)
        return layer(*arguments, **settings)

    return walk(model, inputs, call).output
