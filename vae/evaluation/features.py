"""Features of images: the penultimate activations of a small classifier, 64 numbers for each image.

Distances between pixels say little about images, so samples are compared in a classifier's features (Kynkäänniemi et
al. 2019, section 2). `assets/features` has one for each built-in data set, made by `vae.evaluation.train_features`.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from vae.assets import ASSETS
from vae.backend import compile_function
from vae.batching import map_batches
from vae.data.catalog import DatasetInfo
from vae.errors import BundleError
from vae.message import N_, message
from vae.models.formulas import unit_range
from vae.models.untyped_keras import layers

__all__ = ["FEATURES", "FEATURE_FILES", "FeatureExtractor", "build_classifier", "load_features", "named_weights"]

FEATURE_FILES = ASSETS / "features"
FEATURES = 64
_WIDTHS, _KERNEL = (16, 32), 4
_MAX_BYTES = 2_000_000


class FeatureExtractor:
    """Computes the features of images.

    Args:
        classifier: a trained model of `build_classifier`.
    """

    def __init__(self, classifier: keras.Model):
        inner = keras.Model(classifier.inputs, classifier.get_layer("features").output)
        self._compiled = compile_function(lambda images: (inner(unit_range(images)),), inner.variables)

    def __call__(self, images: np.ndarray, report: Callable[[int], None] | None = None) -> np.ndarray:
        """Return the features of uint8 images `(n, h, w, c)`, float32 `(n, 64)`, ≥ 0."""
        return map_batches(self._compiled, images, report=report)[0]


def build_classifier(info: DatasetInfo, seed: int = 0) -> keras.Model:
    """Build the classifier: x, float32 `(n, h, w, c)` in [0, 1] → logits `(n, classes)`.

    Its penultimate dense layer is named "features".
    """
    seeds = iter(range(100 * seed, 100 * seed + 100))  # no two layers share one
    x = hidden = keras.Input(info.image_shape, name="x")
    for index, width in enumerate(_WIDTHS):
        name, start = f"conv_{index}", keras.initializers.HeNormal(next(seeds))
        hidden = layers.Conv2D(
            width, _KERNEL, strides=2, padding="same", activation="relu", kernel_initializer=start, name=name
        )(hidden)
    hidden = layers.Flatten(name="flatten")(hidden)
    hidden = layers.Dropout(0.3, seed=next(seeds), name="flatten_dropout")(hidden)
    start = keras.initializers.HeNormal(next(seeds))
    hidden = layers.Dense(FEATURES, activation="relu", kernel_initializer=start, name="features")(hidden)
    hidden = layers.Dropout(0.3, seed=next(seeds), name="features_dropout")(hidden)
    start = keras.initializers.GlorotUniform(next(seeds))
    logits = layers.Dense(len(info.class_names), kernel_initializer=start, name="logits")(hidden)
    return keras.Model(x, logits, name="classifier")


def named_weights(classifier: keras.Model) -> dict[str, keras.Variable]:
    """Return the weights that a file of `assets/features` contains: `{"conv_0/kernel": …}`."""
    return {f"{layer.name}/{weight.name}": weight for layer in classifier.layers for weight in layer.trainable_weights}


def load_features(info: DatasetInfo, folder: Path = FEATURE_FILES) -> FeatureExtractor | None:
    """Load the extractor of a data set; None if there is none.

    Raises:
        BundleError: its file is damaged, or has weights of another architecture.
    """
    path = folder / f"{info.id}.safetensors"
    if not path.is_file():
        return None
    classifier = build_classifier(info)
    variables = named_weights(classifier)
    weights = _read(path)
    expected = {name: tuple(variable.shape) for name, variable in variables.items()}
    found = {name: array.shape for name, array in weights.items()}
    if found != expected:
        wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        raise BundleError(
            message(
                "The weights in {name} do not fit the classifier: {wrong}.", name=path.name, wrong=", ".join(wrong[:3])
            ),
            _REMEDY,
        )
    for name, variable in variables.items():
        if weights[name].dtype != np.float32 or not np.isfinite(weights[name]).all():
            raise BundleError(
                message(
                    "{name}: {name2} contains values that are not finite float32 numbers.", name=path.name, name2=name
                ),
                _REMEDY,
            )
        variable.assign(weights[name])
    return FeatureExtractor(classifier)


_REMEDY = N_("Restore the file from the repository, or make it with python -m vae.evaluation.train_features.")


def _read(path: Path) -> dict[str, np.ndarray]:
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise BundleError(
            message(
                "{name} has {size} bytes, at most {max_bytes} are allowed.",
                name=path.name,
                size=f"{size:,}",
                max_bytes=f"{_MAX_BYTES:,}",
            ),
            _REMEDY,
        )
    try:
        return load(path.read_bytes())
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleError(message("{name} cannot be read: {error}.", name=path.name, error=error), _REMEDY) from error
