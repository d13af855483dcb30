"""Measures all figures of a model card, on the test split."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vae.data.dataset import Dataset, Split
from vae.errors import BadRequestError
from vae.evaluation.bounds import Elbo, ImportanceBound, binarized
from vae.evaluation.codes import knn_hits, squared_errors, with_classes
from vae.evaluation.pca import pca_errors
from vae.evaluation.prior_samples import draw_pictures
from vae.evaluation.samples import Overlap, compare
from vae.formats.bundle.reference import Reference
from vae.formats.bundle.schema import Figure, Metrics, SampleFigures, SampleQuality
from vae.inference.codec import Codec
from vae.latent.distance import leave_one_out_distances
from vae.latent.profile import active_units, kl_per_dimension
from vae.message import N_, message
from vae.models.formulas import ModelFormulas

__all__ = ["KNN_NEIGHBOURS", "SAMPLES", "Report", "encode_reference", "evaluate"]

KNN_NEIGHBOURS = 10
SAMPLES = 10_000  # draws from the prior
# Steps per unit of z_mean and z_log_var, far finer than the differences between codes of two images.
_REFERENCE_STEPS = (8192, 1024)

Report = Callable[[str, int, int], None]  # name of the step, images done, images in all


def evaluate(
    vae: ModelFormulas,
    dataset: Dataset,
    iwae_samples: int = 100,
    iwae_images: int = 1000,
    seed: int = 0,
    report: Report = lambda what, done, total: None,
    samples: int = SAMPLES,
) -> Metrics:
    """Measure a model on `dataset.test`.

    The bounds of a `binarize` model use test images binarised once, with the seed ("dynamic" binarisation, as in
    training). Its codes, pictures and samples use the grey images. Samples are mean pictures, decoded from draws from
    the prior, not pixels sampled from them. They are compared with the grey test images.

    Args:
        iwae_samples: k ≥ 1 of the importance-weighted bound.
        iwae_images: number of test images for this bound, a random subset; 0 leaves the bound out.
        seed: seed of all draws and subsets.
        report: called with the name of the step, the number of images done, and the number in all.
        samples: number of draws from the prior, at most the number of training images; 0 leaves them out, as for a
            quick look at a model in training.

    Returns:
        All figures of a model card; `vae.formats.bundle.schema.Metrics` says which can be None.

    Raises:
        BadRequestError: `iwae_samples` is below 1, or `iwae_images` below 0.
    """
    if iwae_samples < 1 or iwae_images < 0:
        raise BadRequestError(
            message(
                "The IWAE bound cannot be measured with {iwae_samples} samples on {iwae_images} images.",
                iwae_samples=iwae_samples,
                iwae_images=iwae_images,
            ),
            "Use at least 1 sample and 1 image.",
        )
    test, codec, config = dataset.test, Codec(vae), vae.config
    # A generator for each part, so that leaving one out does not change the other's figures.
    bounds_rng, samples_rng = np.random.default_rng(seed).spawn(2)

    z_mean, _ = codec.encode(test.images, _counter(report, N_("encode test"), len(test)))
    errors = squared_errors(codec, test.images, with_classes(z_mean, test.labels, config.classes))
    bounds = _no_bounds(config.latent_dim)
    if config.variational:
        bounds = _bounds(vae, test, iwae_samples, iwae_images, bounds_rng, report)
    return Metrics(
        images=len(test),
        mse=_figure(errors),
        pca_mse=_pca(dataset, config.latent_dim, report),
        active_units=int(active_units(z_mean).sum()),
        samples=_sample_quality(vae, dataset, samples, samples_rng, report) if samples else None,
        **bounds,
        **_knn(codec, dataset, z_mean, report),
    )


def encode_reference(codec: Codec, split: Split) -> Reference:
    """Encode the reference codes of a bundle, rounded: further digits are random and would double the file's size."""
    z_mean, z_log_var = (
        np.round(codes * steps) / np.float32(steps)
        for codes, steps in zip(codec.encode(split.images), _REFERENCE_STEPS, strict=True)
    )
    return Reference(z_mean, z_log_var, split.labels, leave_one_out_distances(z_mean, active_units(z_mean)))


def _bounds(
    vae: ModelFormulas, test: Split, samples: int, at_most: int, rng: np.random.Generator, report: Report
) -> dict:
    images = binarized(test.images, rng) if vae.config.binarize else test.images
    parts = Elbo(vae)(images, test.labels, rng, _counter(report, "ELBO", len(test)))
    chosen = np.sort(rng.permutation(len(test))[:at_most])
    bound = None
    if len(chosen):
        count = _counter(report, "IWAE", len(chosen))
        bound = _figure(ImportanceBound(vae, samples)(images[chosen], test.labels[chosen], rng, count))
    return {
        "elbo": _figure(parts.reconstruction - parts.kl),
        "reconstruction": _figure(parts.reconstruction),
        "kl": _figure(parts.kl),
        "kl_per_dimension": kl_per_dimension(parts.z_mean, parts.z_log_var, vae.config).tolist(),
        "iwae": bound,
        "iwae_samples": samples if len(chosen) else 0,
        "iwae_images": len(chosen),
    }


def _no_bounds(latent_dim: int) -> dict:
    """Return the values that take the place of the bounds for a plain autoencoder, which has no p(x)."""
    none: dict[str, Any] = dict.fromkeys(("elbo", "reconstruction", "kl", "iwae"))
    return none | {"kl_per_dimension": [0.0] * latent_dim, "iwae_samples": 0, "iwae_images": 0}


def _pca(dataset: Dataset, dimensions: int, report: Report) -> Figure | None:
    report("PCA", 0, len(dataset.test))
    errors = pca_errors(dataset, dimensions, dataset.test)
    report("PCA", len(dataset.test), len(dataset.test))
    return None if errors is None else _figure(errors)


def _knn(codec: Codec, dataset: Dataset, z_mean: np.ndarray, report: Report) -> dict:
    train = dataset.train
    if len(dataset.info.class_names) < 2 or not len(train):
        return {"knn_accuracy": None, "knn_neighbours": 0, "knn_reference": 0}
    train_mean, _ = codec.encode(train.images, _counter(report, N_("encode train"), len(train)))
    neighbours = min(KNN_NEIGHBOURS, len(train))
    right = knn_hits(train_mean, train, z_mean, dataset.test, neighbours)
    return {"knn_accuracy": _figure(right), "knn_neighbours": neighbours, "knn_reference": len(train)}


def _sample_quality(
    vae: ModelFormulas, dataset: Dataset, at_most: int, rng: np.random.Generator, report: Report
) -> SampleQuality | None:
    from vae.evaluation.features import load_features  # loads Keras

    features = load_features(dataset.info)
    if features is None:
        return None
    train = dataset.train
    size = min(at_most, len(train))  # the same for samples and ceiling, because recall and coverage rise with it
    pictures = draw_pictures(vae, size, train.labels, rng, _counter(report, N_("draw samples"), size))
    chosen = np.sort(rng.permutation(len(train))[:size])
    real = features(dataset.test.images)  # (n, 64)
    figures, ceiling = (_sample_figures(compare(real, features(part))) for part in (pictures, train.images[chosen]))
    return SampleQuality(images=size, ceiling=SampleFigures(**ceiling), **figures)


def _sample_figures(overlap: Overlap) -> dict[str, Figure]:
    return {field.name: _figure(getattr(overlap, field.name)) for field in dataclasses.fields(overlap)}


def _figure(values: np.ndarray) -> Figure:
    """Return the mean and its standard error, which for zeros and ones is the binomial one."""
    values = np.asarray(values, np.float64)
    return Figure(value=float(values.mean()), standard_error=float(values.std() / math.sqrt(len(values))))


def _counter(report: Report, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        report(what, done, total)

    return count
