"""What a model reaches on images it never saw, by the field's own measures."""

import math
from collections.abc import Callable

import numpy as np
from keras import ops
from sklearn.neighbors import KNeighborsClassifier

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH, map_batches
from vae.bundle.reference import Reference
from vae.bundle.schema import Figure, Metrics
from vae.codec import Codec
from vae.data.dataset import Dataset, Split
from vae.elbo import importance_log_weights, kl_divergence, reparameterize
from vae.errors import BadRequestError
from vae.latent.distance import own_distances
from vae.latent.profile import active_units
from vae.model import VAE, unit_range

__all__ = ["KNN_NEIGHBOURS", "encode_reference", "evaluate"]

KNN_NEIGHBOURS = 10
_DRAWS = 10  # posterior draws decoded in one step of the IWAE bound

Report = Callable[[str, int, int], None]  # what, done, of how many


def evaluate(
    vae: VAE,
    dataset: Dataset,
    iwae_samples: int = 100,
    iwae_images: int = 1000,
    seed: int = 0,
    report: Report = lambda what, done, total: None,
) -> Metrics:
    """Measure a model on `dataset.test`.

    Args:
        iwae_samples: k of the importance-weighted bound, a multiple of 10.
        iwae_images: how many test images the bound is measured on, a seeded sub-sample.
        seed: of the posterior draws and the sub-sample.
        report: told what is being done, how many images of it are done, and of how many.

    Returns:
        Every figure of a model card, see `vae.bundle.schema.Metrics`.

    Raises:
        BadRequestError: `iwae_samples` is not a multiple of 10.
    """
    if iwae_samples < _DRAWS or iwae_samples % _DRAWS:
        raise BadRequestError(f"{iwae_samples} draws per image are no multiple of {_DRAWS}.", "Use 10, 50, 100, …")
    test, codec = dataset.test, Codec(vae)
    rng = np.random.default_rng(seed)

    z_mean, _ = codec.encode(test.images, _counter(report, "encode test", len(test)))
    reconstruction, kl = _elbo_parts(vae, test.images, rng, _counter(report, "ELBO", len(test)))
    mse = _squared_errors(codec, test.images, z_mean)

    chosen = np.sort(rng.permutation(len(test))[:iwae_images])
    bound = _iwae(vae, test.images[chosen], iwae_samples, rng, _counter(report, "IWAE", len(chosen)))

    train_mean, _ = codec.encode(dataset.train.images, _counter(report, "encode train", len(dataset.train)))
    right = _knn_hits(train_mean, dataset.train, z_mean, test)

    return Metrics(
        images=len(test),
        elbo=_figure(reconstruction - kl.sum(axis=1)),
        reconstruction=_figure(reconstruction),
        kl=_figure(kl.sum(axis=1)),
        iwae=_figure(bound),
        iwae_samples=iwae_samples,
        iwae_images=len(chosen),
        mse=_figure(mse),
        knn_accuracy=_figure(right),
        knn_neighbours=KNN_NEIGHBOURS,
        knn_reference=len(dataset.train),
        kl_per_dimension=[float(value) for value in kl.mean(axis=0)],
        active_units=int(active_units(z_mean).sum()),
    )


def encode_reference(codec: Codec, split: Split) -> Reference:
    """The codes a model is explored with."""
    z_mean, z_log_var = codec.encode(split.images)
    return Reference(z_mean, z_log_var, split.labels, own_distances(z_mean, active_units(z_mean)))


# The noise comes from NumPy and goes in as an argument: the figures are the same on every backend.


def _elbo_parts(vae: VAE, images: np.ndarray, rng: np.random.Generator, report) -> tuple[np.ndarray, np.ndarray]:
    """E_q[log p(x | z)] with one draw, `(n,)`, and the KL per dimension, `(n, latent_dim)`, in nats."""

    def parts(x, noise):
        x = unit_range(x)
        z_mean, z_log_var = vae.encoder(x)
        logits = vae.decoder(reparameterize(z_mean, z_log_var, noise))
        return vae.likelihood.log_prob(x, logits), kl_divergence(z_mean, z_log_var)

    noise = rng.standard_normal((len(images), vae.config.latent_dim), np.float32)
    reconstruction, kl = map_batches(compile_function(parts, vae.variables), images, noise, report=report)
    return reconstruction, kl


def _iwae(vae: VAE, images: np.ndarray, samples: int, rng: np.random.Generator, report) -> np.ndarray:
    """log 1/k Σ p(x, z) / q(z | x) over k draws, `(n,)` nats (Burda et al. 2016, eq. 8)."""

    def log_weights(x, noise):  # (b, h, w, c), (b, draws, d)
        x = unit_range(x)
        z_mean, z_log_var = (ops.expand_dims(part, 1) for part in vae.encoder(x))  # (b, 1, d)
        z = reparameterize(z_mean, z_log_var, noise)  # (b, draws, d)
        logits = vae.decoder(ops.reshape(z, (-1, z.shape[-1])))
        log_likelihood = vae.likelihood.log_prob(ops.repeat(x, _DRAWS, axis=0), logits)  # (b · draws,)
        return (importance_log_weights(ops.reshape(log_likelihood, z.shape[:2]), z, z_mean, z_log_var),)  # (b, draws)

    compiled = compile_function(log_weights, vae.variables)
    rounds = samples // _DRAWS
    bounds = []
    for start in range(0, len(images), LARGEST_BATCH):
        batch = images[start : start + LARGEST_BATCH]
        shape = (len(batch), _DRAWS, vae.config.latent_dim)
        log_w = np.concatenate(
            [map_batches(compiled, batch, rng.standard_normal(shape, np.float32))[0] for _ in range(rounds)], axis=1
        )  # (b, k)
        largest = log_w.max(axis=1, keepdims=True)
        mean = np.exp(log_w.astype(np.float64) - largest).mean(axis=1)
        bounds.append(largest[:, 0] + np.log(mean))
        report(len(batch))
    return np.concatenate(bounds)


def _squared_errors(codec: Codec, images: np.ndarray, z_mean: np.ndarray) -> np.ndarray:
    """Mean squared error per pixel value of the decoded posterior mean, `(n,)`, pixels in [0, 1]."""
    errors = []
    for start in range(0, len(images), 2000):  # not all at once: float pictures of 60,000 images are 190 MB
        rows = slice(start, start + 2000)
        errors.append(np.square(codec.decode(z_mean[rows]) - images[rows] / np.float32(255)).mean(axis=(1, 2, 3)))
    return np.concatenate(errors)


def _knn_hits(train_codes: np.ndarray, train: Split, codes: np.ndarray, test: Split) -> np.ndarray:
    """1.0 where the k nearest training codes vote for the image's own class, `(n,)`."""
    vote = KNeighborsClassifier(KNN_NEIGHBOURS).fit(train_codes, train.labels)
    return (vote.predict(codes) == test.labels).astype(np.float64)


def _figure(values: np.ndarray) -> Figure:
    values = np.asarray(values, np.float64)
    return Figure(value=float(values.mean()), standard_error=float(values.std() / math.sqrt(len(values))))


def _counter(report: Report, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        report(what, done, total)

    return count
