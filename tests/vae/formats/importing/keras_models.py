"""Typical Keras models with random weights: the saved files, and the outputs that Keras computes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

__all__ = ["MODELS", "Made"]

SHAPE, D = (12, 12, 1), 3


@dataclass(frozen=True)
class Made:
    """Attributes:
    files: as Keras saved them.
    encode: pictures in [0, 1] `(n, 12, 12, 1)` → mean and log-variance, None where there is none.
    decode: codes → pictures.
    """

    files: list[tuple[str, Path]]
    encode: Callable
    decode: Callable


@keras.saving.register_keras_serializable("tests")
class Sampling(layers.Layer):
    """As in the example of a VAE in Keras' documentation."""

    def call(self, inputs):
        mean, log_var = inputs
        return mean + keras.ops.exp(0.5 * log_var) * keras.random.normal(keras.ops.shape(mean))


@keras.saving.register_keras_serializable("tests")
class VAE(keras.Model):
    """A user-defined model that describes its parts."""

    def __init__(self, encoder, decoder, **settings):
        super().__init__(**settings)
        self.encoder, self.decoder = encoder, decoder

    def call(self, x):
        return self.decoder(self.encoder(x)[2])

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }


# Where people write them: in a script or a notebook.
Sampling.__module__ = VAE.__module__ = "__main__"


def shaken(model):
    """Set random weights, so that each one matters."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        # A variance is above zero, and numbers that are near 1 keep it from vanishing.
        positive = "variance" in weight.path or "gamma" in weight.path
        low, high = (0.5, 1.5) if positive else (-0.4, 0.4)
        weight.assign(rng.uniform(low, high, weight.shape).astype(np.float32))
    return model


def _numpy(outputs) -> list[np.ndarray]:
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [np.asarray(keras.ops.convert_to_numpy(one)) for one in outputs]


def _save(folder: Path, **models) -> list[tuple[str, Path]]:
    files = []
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
        files.append((f"{name}.keras", folder / f"{name}.keras"))
    return files


def _made(files, encoder, decoder, shape=SHAPE, pair: bool = True) -> Made:
    def encode(x):
        return _numpy(encoder(x.reshape(len(x), *shape)))[: 2 if pair else 1]

    return Made(files, encode, lambda z: _numpy(decoder(z))[0].reshape(len(z), *SHAPE))


def _encoder(sampled: bool = True):
    x = keras.Input(SHAPE)
    h = layers.Conv2D(4, 3, activation="relu", strides=2, padding="same")(x)
    h = layers.Conv2D(6, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Dense(8, activation="relu")(layers.Flatten()(h))
    mean, log_var = layers.Dense(D, name="z_mean")(h), layers.Dense(D, name="z_log_var")(h)
    outputs = [mean, log_var, Sampling()([mean, log_var])] if sampled else [mean, log_var]
    return shaken(keras.Model(x, outputs, name="encoder"))


def _decoder():
    z = keras.Input((D,))
    h = layers.Reshape((3, 3, 6))(layers.Dense(54, activation="relu")(z))
    h = layers.Conv2DTranspose(6, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(4, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(h)
    return shaken(keras.Model(z, h, name="decoder"))


def two_files(folder: Path) -> Made:
    encoder, decoder = _encoder(), _decoder()
    return _made(_save(folder, encoder=encoder, decoder=decoder), encoder, decoder)


def a_class_of_ones_own(folder: Path) -> Made:
    encoder, decoder = _encoder(), _decoder()
    vae = VAE(encoder, decoder)
    vae(np.zeros((1, *SHAPE), np.float32))
    return _made(_save(folder, vae=vae), encoder, decoder)


def models_in_a_functional_one(folder: Path) -> Made:
    encoder, decoder = _encoder(), _decoder()
    x = keras.Input(SHAPE)
    vae = keras.Model(x, decoder(encoder(x)[2]), name="vae")
    vae.compile("adam", "mse")
    return _made(_save(folder, vae=vae), encoder, decoder)


def one_functional_with_a_sampling_in_its_middle(folder: Path) -> Made:
    x = keras.Input(SHAPE)
    h = layers.Dropout(0.5)(layers.Conv2D(5, 3, strides=2, activation="gelu", padding="same")(x))
    h = layers.Dense(9)(layers.Flatten()(h))
    mean, log_var = layers.Dense(D, name="mu")(h), layers.Dense(D, name="logvar")(h)
    z = Sampling(name="sampled")([mean, log_var])
    first = layers.Dense(36, activation="silu")
    last = layers.Dense(144, activation="sigmoid")
    picture = layers.Reshape(SHAPE)(last(first(z)))
    vae = shaken(keras.Model(x, picture))
    encoder = keras.Model(x, [mean, log_var])
    return _made(_save(folder, vae=vae), encoder, lambda code: last(first(code)))


def sequential_models(folder: Path) -> Made:
    encoder = keras.Sequential(
        [keras.Input(SHAPE), layers.Flatten(), layers.Dense(20, activation="tanh"), layers.Dense(D)], name="encoder"
    )
    decoder = keras.Sequential(
        [keras.Input((D,)), layers.Dense(20, "relu"), layers.Dense(144, "sigmoid"), layers.Reshape(SHAPE)], name="dec"
    )
    vae = shaken(keras.Sequential([encoder, decoder]))
    vae.build((None, *SHAPE))
    return _made(_save(folder, autoencoder=vae), encoder, decoder, pair=False)


def flat_pictures(folder: Path) -> Made:
    encoder = keras.Sequential([keras.Input((144,)), layers.Dense(20, "elu"), layers.Dense(D)])
    decoder = keras.Sequential([keras.Input((D,)), layers.Dense(144, "sigmoid")])
    files = _save(folder, encoder=shaken(encoder), decoder=shaken(decoder))
    return _made(files, encoder, decoder, shape=(144,), pair=False)


def pictures_without_channels(folder: Path) -> Made:
    x = keras.Input((12, 12))
    h = layers.Conv2D(3, 3, strides=2)(layers.Reshape((12, 12, 1))(x))
    h = layers.Dense(10, "relu")(layers.Flatten()(h))
    encoder = shaken(keras.Model(x, [layers.Dense(D, name="mean")(h), layers.Dense(D, name="log_var")(h)]))
    decoder = keras.Sequential([keras.Input((D,)), layers.Dense(144, "sigmoid"), layers.Reshape((12, 12))])
    return _made(_save(folder, encoder=encoder, decoder=shaken(decoder)), encoder, decoder, shape=(12, 12))


def mean_and_log_variance_in_one_output(folder: Path) -> Made:
    encoder = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(3, 3, strides=3), layers.ReLU(), layers.Flatten(), layers.Dense(2 * D)]
    )
    decoder = _decoder()
    files = _save(folder, encoder=shaken(encoder), decoder=decoder)
    return _made(files, lambda x: np.split(_numpy(encoder(x))[0], 2, axis=1), decoder)


def a_standard_deviation(folder: Path) -> Made:
    """In the place of a log-variance, behind layers that are called as Keras calls the operations put behind them."""
    x = keras.Input(SHAPE)
    h = layers.Flatten(name="clip")(layers.Conv2D(3, 3, strides=3, activation="relu", name="log")(x))
    sigma = layers.Dense(D, activation="softplus", name="z_scale")(h)
    encoder = shaken(keras.Model(x, [layers.Dense(D, name="z_loc")(h), sigma], name="encoder"))
    decoder = _decoder()

    def encode(pictures):
        mean, sigma = _numpy(encoder(pictures))
        return mean, 2 * np.log(sigma)

    return Made(_save(folder, encoder=encoder, decoder=decoder), encode, lambda z: _numpy(decoder(z))[0])


def many_kinds_of_layers(folder: Path) -> Made:
    x = keras.Input(SHAPE)
    h = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", use_bias=False)(layers.Rescaling(2, -1)(x)))
    h = layers.LeakyReLU(0.1)(layers.GaussianNoise(0.3)(h))
    h = layers.GroupNormalization(4)(layers.SeparableConv2D(8, 3, padding="same", depth_multiplier=2)(h))
    h = layers.Add()([h, layers.PReLU(shared_axes=[1, 2])(layers.DepthwiseConv2D(3, padding="same")(h))])
    h = layers.Concatenate()([layers.MaxPooling2D()(h), layers.AveragePooling2D(3, strides=2, padding="same")(h)])
    h = layers.Conv2D(8, 2, dilation_rate=2, groups=4, activation="mish")(layers.ZeroPadding2D(((1, 0), (2, 1)))(h))
    h = layers.LayerNormalization()(layers.Cropping2D(((1, 0), (0, 1)))(h))
    h = layers.Concatenate()([layers.GlobalAveragePooling2D()(h), layers.GlobalMaxPooling2D()(h)])
    mean, log_var = layers.Dense(D, name="z_mean")(h), layers.Dense(D, name="z_log_var")(h)
    encoder = shaken(keras.Model(x, [mean, log_var]))
    z = keras.Input((D,))
    g = layers.ELU()(layers.Dense(3 * 3 * 4)(z))
    g = layers.Permute((2, 3, 1))(layers.Reshape((4, -1, 3))(g))
    g = layers.UpSampling2D(2, interpolation="bilinear")(g)
    g = layers.ReLU(max_value=6, negative_slope=0.2, threshold=0.1)(layers.Conv2D(5, 3, padding="same")(g))
    g = layers.Multiply()([g, layers.Softmax()(g)])
    g = layers.Conv2DTranspose(4, 4, strides=2, padding="same", activation="selu")(g)
    g = layers.Conv2DTranspose(3, 3, padding="valid", activation="softplus")(g)
    g = layers.Activation("hard_sigmoid")(layers.Conv2D(1, 3)(layers.UpSampling2D(1)(g)))
    decoder = shaken(keras.Model(z, g))
    return _made(_save(folder, encoder=encoder, decoder=decoder), encoder, decoder)


MODELS = [
    two_files, a_class_of_ones_own, models_in_a_functional_one, one_functional_with_a_sampling_in_its_middle,
    sequential_models, flat_pictures, pictures_without_channels, mean_and_log_variance_in_one_output,
    a_standard_deviation, many_kinds_of_layers,
]  # fmt: skip
