"""Every figure of a model card, measured on the test split."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from vae.data.dataset import Dataset, Split
from vae.errors import BadRequestError
from vae.evaluation.bounds import Elbo, ImportanceBound, binarized
from vae.evaluation.codes import knn_hits, squared_errors, with_classes
from vae.evaluation.features import load_features
from vae.evaluation.prior_samples import draw_pictures
from vae.evaluation.samples import Overlap, compare
from vae.formats.bundle.reference import Reference
from vae.formats.bundle.schema import Figure, Metrics, SampleFigures, SampleQuality
from vae.inference.codec import Codec
from vae.latent.distance import leave_one_out_distances
from vae.latent.profile import active_units, kl_per_dimension
from vae.models.vae import VAE

__all__ = ["KNN_NEIGHBOURS", "SAMPLES", "Report", "encode_reference", "evaluate"]

KNN_NEIGHBOURS = 10
SAMPLES = 10_000  # draws from the prior
# Of z_mean and z_log_var, to a unit: far finer than what the codes of two images differ by.
_REFERENCE_STEPS = (8192, 1024)

Report = Callable[[str, int, int], None]  # what, done, of how many


def evaluate(
    vae: VAE,
    dataset: Dataset,
    iwae_samples: int = 100,
    iwae_images: int = 1000,
    seed: int = 0,
    report: Report = lambda what, done, total: None,
    samples: int = SAMPLES,
) -> Metrics:
    """Measure a model on `dataset.test`.

    The bounds of a `binarize` model are of test images binarised once, by the seed ("dynamic" binarisation, as in its
    training); its codes, pictures and samples are those of the grey images. Samples are the decoded mean pictures of
    draws from the prior, never pixels drawn from them, and are compared with the grey test images.

    Args:
        iwae_samples: k ≥ 1 of the importance-weighted bound.
        iwae_images: how many test images the bound is measured on, a seeded sub-sample; 0 leaves it out.
        seed: of all draws and sub-samples.
        report: told what is being done, how many images of it are done, and of how many.
        samples: draws from the prior, at most as many as there are training images; 0 leaves them out, which a glance
            at a model under training does.

    Returns:
        Every figure of a model card; see `vae.formats.bundle.schema.Metrics` for what is None when.

    Raises:
        BadRequestError: `iwae_samples` is below 1, or `iwae_images` below 0.
    """
    if iwae_samples < 1 or iwae_images < 0:
        raise BadRequestError(
            f"The IWAE bound cannot be measured with {iwae_samples} draws on {iwae_images} images.",
            "Use 1 draw or more.",
        )
    test, codec, config = dataset.test, Codec(vae), vae.config
    # A stream for each part: what is measured beside it changes no figure.
    bounds_rng, samples_rng = np.random.default_rng(seed).spawn(2)

    z_mean, _ = codec.encode(test.images, _counter(report, "encode test", len(test)))
    errors = squared_errors(codec, test.images, with_classes(z_mean, test.labels, config.classes))
    bounds = _no_bounds(config.latent_dim)
    if config.variational:
        bounds = _bounds(vae, test, iwae_samples, iwae_images, bounds_rng, report)
    return Metrics(
        images=len(test),
        mse=_figure(errors),
        active_units=int(active_units(z_mean).sum()),
        samples=_sample_quality(vae, dataset, samples, samples_rng, report) if samples else None,
        **bounds,
        **_knn(codec, dataset, z_mean, report),
    )


def encode_reference(codec: Codec, split: Split) -> Reference:
    """The codes a model is explored with, rounded: random digits beyond that would be half of a bundle's file."""
    z_mean, z_log_var = (
        np.round(codes * steps) / np.float32(steps)
        for codes, steps in zip(codec.encode(split.images), _REFERENCE_STEPS, strict=True)
    )
    return Reference(z_mean, z_log_var, split.labels, leave_one_out_distances(z_mean, active_units(z_mean)))


def _bounds(vae: VAE, test: Split, samples: int, at_most: int, rng: np.random.Generator, report: Report) -> dict:
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
    """What stands in the place of the bounds where there is no p(x): a plain autoencoder's."""
    nothing = dict.fromkeys(("elbo", "reconstruction", "kl", "iwae"))
    return nothing | {"kl_per_dimension": [0.0] * latent_dim, "iwae_samples": 0, "iwae_images": 0}


def _knn(codec: Codec, dataset: Dataset, z_mean: np.ndarray, report: Report) -> dict:
    train = dataset.train
    if len(dataset.info.class_names) < 2 or not len(train):
        return {"knn_accuracy": None, "knn_neighbours": 0, "knn_reference": 0}
    train_mean, _ = codec.encode(train.images, _counter(report, "encode train", len(train)))
    neighbours = min(KNN_NEIGHBOURS, len(train))
    right = knn_hits(train_mean, train, z_mean, dataset.test, neighbours)
    return {"knn_accuracy": _figure(right), "knn_neighbours": neighbours, "knn_reference": len(train)}


def _sample_quality(
    vae: VAE, dataset: Dataset, at_most: int, rng: np.random.Generator, report: Report
) -> SampleQuality | None:
    features = load_features(dataset.info)
    if features is None:
        return None
    train = dataset.train
    size = min(at_most, len(train))  # of samples and ceiling alike: recall and coverage rise with it
    pictures = draw_pictures(vae, size, train.labels, rng, _counter(report, "draw samples", size))
    chosen = np.sort(rng.permutation(len(train))[:size])
    real = features(dataset.test.images)  # (n, 64)
    figures, ceiling = (_sample_figures(compare(real, features(part))) for part in (pictures, train.images[chosen]))
    return SampleQuality(images=size, ceiling=SampleFigures(**ceiling), **figures)


def _sample_figures(overlap: Overlap) -> dict[str, Figure]:
    return {field.name: _figure(getattr(overlap, field.name)) for field in dataclasses.fields(overlap)}


def _figure(values: np.ndarray) -> Figure:
    """The mean; of zeros and ones the standard error is the binomial one."""
    values = np.asarray(values, np.float64)
    return Figure(value=float(values.mean()), standard_error=float(values.std() / math.sqrt(len(values))))


def _counter(report: Report, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        report(what, done, total)

    return count
