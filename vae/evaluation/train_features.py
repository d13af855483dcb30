"""Trains the classifier whose features compare samples: `python -m vae.evaluation.train_features mnist`.

It uses the train split only, so the features do not depend on the validation and test images.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import argparse
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from vae.batching import map_batches
from vae.data import Dataset, Split, load_dataset
from vae.errors import DataError, ZscopeError
from vae.evaluation.features import FEATURE_FILES, build_classifier, load_features, named_weights
from vae.formats.bundle.weights import pack_weights
from vae.message import message
from vae.models.formulas import unit_range
from vae.models.untyped_keras import ops, optimizers

__all__ = ["accuracy", "main", "train_classifier"]

_BATCH = 128


def train_classifier(dataset: Dataset, epochs: int = 8, seed: int = 0) -> keras.Model:
    """Train a classifier on `dataset.train`, with Adam, a cosine schedule from 2e-3 to 0, and batches of 128."""
    classifier = build_classifier(dataset.info, seed)
    batch = min(_BATCH, len(dataset.train))
    steps = len(dataset.train) // batch
    classifier.compile(
        optimizer=optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    # A generator, because Keras shuffles arrays with its global random state.
    fit: Any = classifier.fit  # the inferred type of `verbose` is str
    fit(_batches(dataset.train, batch, seed), steps_per_epoch=steps, epochs=epochs, shuffle=False, verbose=0)
    return classifier


def accuracy(classifier: keras.Model, split: Split) -> float:
    """Return the share of images that are classified correctly."""
    (logits,) = map_batches(lambda images: (classifier(unit_range(ops.convert_to_tensor(images))),), split.images)
    return float((np.argmax(logits, axis=1) == split.labels).mean())


def main(arguments: list[str] | None = None) -> int:
    """Train and save a classifier, and print its accuracy."""
    parser = argparse.ArgumentParser(prog="python -m vae.evaluation.train_features", description=__doc__)
    parser.add_argument("dataset", help="mnist or fashion-mnist; the whole train split must be available")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=FEATURE_FILES, help="folder for DATASET.safetensors")
    given = parser.parse_args(arguments)
    try:
        dataset = load_dataset(given.dataset)
        if not dataset.complete:
            raise DataError(
                message("The train split is not complete: only the {origin} is available.", origin=dataset.origin),
                "Set ZSCOPE_DATA to the folder with Keras' archives.",
            )
        classifier = train_classifier(dataset, given.epochs, given.seed)
        given.out.mkdir(parents=True, exist_ok=True)
        weights = {name: ops.convert_to_numpy(value) for name, value in named_weights(classifier).items()}
        (given.out / f"{dataset.info.id}.safetensors").write_bytes(pack_weights(weights))
        load_features(dataset.info, given.out)  # checks the written file
    except (ZscopeError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for part in ("train", "validation", "test"):
        print(f"{part} {100 * accuracy(classifier, getattr(dataset, part)):.2f} %")
    return 0


def _batches(split: Split, batch: int, seed: int):
    """Yield whole batches without end, in a new order in each epoch."""
    epoch = 0
    while True:
        order = np.random.default_rng((seed, epoch)).permutation(len(split))
        for start in range(0, len(split) - batch + 1, batch):
            rows = order[start : start + batch]
            yield split.images[rows] / np.float32(255), split.labels[rows]
        epoch += 1


if __name__ == "__main__":
    sys.exit(main())
