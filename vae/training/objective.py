"""The training losses: a function of a model and a batch for each objective of `vae.kinds.objectives`.

    plain autoencoder    −log p(x | z_mean)
    VAE, β-VAE           −log p(x | z) + β KL(q(z | x) ‖ p(z))        Kingma & Welling 2014; Higgins et al. 2017
      with free bits     the KL of each dimension, averaged over the batch, counts as at least λ    Kingma et al. 2016
    IWAE                 −log 1/k Σ p(x, z_i) / q(z_i | x)            Burda et al. 2016, eq. 8

β rises linearly from 0 during the warm-up (Sønderby et al. 2016). In the importance-weighted bound, it multiplies
log p(z) − log q(z | x).
"""

from dataclasses import dataclass
from typing import Any

import keras

from vae.kinds import objective_of
from vae.models.config import TrainConfig
from vae.models.elbo import importance_log_weights, kl_divergence, log_mean_exp, reparameterize
from vae.models.untyped_keras import ops
from vae.models.vae import VAE, unit_range
from vae.references import resolve

__all__ = ["Batch", "Objective", "negative_elbo", "negative_importance_bound", "reconstruction_error"]


@dataclass(frozen=True)
class Batch:
    """The arguments of a loss function.

    Attributes:
        vae: the model.
        config: settings of the training.
        x: `(n, h, w, c)` in [0, 1], binarised if the model requires it.
        labels: `(n,)`.
        z_mean, z_log_var: the posterior, `(n, latent_dim)` each.
        beta: weight of the KL at this step; 0 for a plain autoencoder.
        noise: random generator for draws from the posterior.
    """

    vae: VAE
    config: TrainConfig
    x: Any
    labels: Any
    z_mean: Any
    z_log_var: Any
    beta: Any
    noise: keras.random.SeedGenerator


class Objective:
    """The training loss of one run.

    Args:
        vae: the model.
        config: objective, β, its warm-up, free bits, samples of the bound, and seed of the noise.
        steps: number of steps of the whole run.

    Attributes:
        variables: its state, for checkpoints: the random generator of the noise, and the number of steps.
    """

    def __init__(self, vae: VAE, config: TrainConfig, steps: int):
        self._vae = vae
        self._config = config
        self._kind = objective_of(vae.config, config)
        self._loss = resolve(self._kind.loss)
        self._warmup = round(config.kl_warmup * steps)
        self._noise = keras.random.SeedGenerator(1000 * config.seed + 999)
        # A separate counter, because JAX traces the optimizer's counter as a constant.
        self._step = keras.Variable(0, shape=(), dtype="int32", trainable=False, name="step")

    @property
    def variables(self) -> list[keras.Variable]:
        return [self._noise.state, self._step]

    def __call__(self, images, labels):
        """Compute the loss of a batch.

        Args:
            images: uint8 0…255 or float [0, 1], `(n, h, w, c)`.
            labels: int `(n,)`.

        Returns:
            Scalars, nats per image: the loss, −log p(x | z), and the unweighted KL.
        """
        vae = self._vae
        x = unit_range(images)
        if vae.config.binarize:  # sampled again at each use: "dynamic" binarisation
            x = ops.cast(keras.random.uniform(ops.shape(x), seed=self._noise) < x, "float32")
        z_mean, z_log_var = vae.encode(x, training=True)
        beta = self._next_beta() if self._kind.variational else 0.0
        return self._loss(Batch(vae, self._config, x, labels, z_mean, z_log_var, beta, self._noise))

    def _next_beta(self):
        self._step.assign_add(1)
        if not self._warmup:
            return self._config.beta
        return self._config.beta * ops.minimum(1.0, ops.cast(self._step, "float32") / self._warmup)


def reconstruction_error(batch: Batch):
    """Return the loss of a plain autoencoder, −log p(x | z_mean)."""
    error = -ops.mean(batch.vae.log_prob_x(batch.x, batch.z_mean, batch.labels, training=True))
    return error, error, ops.zeros(())


def negative_elbo(batch: Batch):
    """Return the loss of a VAE, with free bits if they are set."""
    vae, z_mean, z_log_var = batch.vae, batch.z_mean, batch.z_log_var
    z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=batch.noise))
    reconstruction = -ops.mean(vae.log_prob_x(batch.x, z, batch.labels, training=True))
    kl = ops.mean(vae.kl(z, z_mean, z_log_var))
    cost = kl
    if batch.config.free_bits:
        per_dimension = ops.mean(kl_divergence(z_mean, z_log_var), axis=0)  # (latent_dim,)
        cost = ops.sum(ops.maximum(per_dimension, batch.config.free_bits))
    return reconstruction + batch.beta * cost, reconstruction, kl


def negative_importance_bound(batch: Batch):
    """Return the negative importance-weighted bound, with `importance_samples` draws for each image."""
    vae, samples = batch.vae, batch.config.importance_samples
    parts = (batch.x, batch.labels, batch.z_mean, batch.z_log_var)
    x, labels, z_mean, z_log_var = (ops.repeat(part, samples, axis=0) for part in parts)
    z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=batch.noise))  # (n k, d)
    log_likelihood = vae.log_prob_x(x, z, labels, training=True)
    log_weights = importance_log_weights(log_likelihood, vae.log_prior(z), z, z_mean, z_log_var)
    tempered = log_likelihood + batch.beta * (log_weights - log_likelihood)
    bound = log_mean_exp(ops.reshape(tempered, (-1, samples)))  # (n,)
    return -ops.mean(bound), -ops.mean(log_likelihood), ops.mean(log_likelihood - log_weights)
