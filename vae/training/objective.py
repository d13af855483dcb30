"""What is minimised: one function of a model and a batch, for every member of the zoo.

    plain autoencoder    −log p(x | z_mean)
    VAE, β-VAE           −log p(x | z) + β KL(q(z | x) ‖ p(z))        Kingma & Welling 2014; Higgins et al. 2017
      with free bits     the KL of each dimension counts as at least λ, on average over the batch   Kingma et al. 2016
    IWAE                 −log 1/k Σ p(x, z_i) / q(z_i | x)            Burda et al. 2016, eq. 8

β rises linearly from 0 over the first steps (Sønderby et al. 2016); in the importance-weighted bound it tempers
log p(z) − log q(z | x) the same way.
"""

import keras
from keras import ops

from vae.models.config import TrainConfig
from vae.models.elbo import importance_log_weights, kl_divergence, log_mean_exp, reparameterize
from vae.models.vae import VAE, unit_range

__all__ = ["Objective"]


class Objective:
    """The training loss of one run.

    Args:
        vae: the model.
        config: β, its warm-up, free bits, samples of the bound, and the seed of the noise.
        steps: of the whole run.

    Attributes:
        variables: its state, which a checkpoint must hold: the noise's generator and the count of steps.
    """

    def __init__(self, vae: VAE, config: TrainConfig, steps: int):
        self._vae = vae
        self._beta = config.beta
        self._free_bits = config.free_bits
        self._samples = config.importance_samples
        self._warmup = round(config.kl_warmup * steps)
        self._noise = keras.random.SeedGenerator(1000 * config.seed + 999)
        # Counted here, not read from the optimizer: JAX traces a loss with the optimizer's counter as a constant.
        self._step = keras.Variable(0, shape=(), dtype="int32", trainable=False, name="step")

    @property
    def variables(self) -> list[keras.Variable]:
        return [self._noise.state, self._step]

    def __call__(self, images, labels):
        """One batch's loss.

        Args:
            images: uint8 0…255 or float [0, 1], `(n, h, w, c)`.
            labels: int `(n,)`.

        Returns:
            Scalars, nats per image: the loss, −log p(x | z), and the KL unweighted.
        """
        vae = self._vae
        x = unit_range(images)
        if vae.config.binarize:  # drawn anew every time a picture is seen: "dynamic" binarisation
            x = ops.cast(keras.random.uniform(ops.shape(x), seed=self._noise) < x, "float32")
        z_mean, z_log_var = vae.encode(x, training=True)
        if not vae.config.variational:
            reconstruction = -ops.mean(vae.log_prob_x(x, z_mean, labels, training=True))
            return reconstruction, reconstruction, ops.zeros(())
        beta = self._next_beta()
        if self._samples > 1:
            return self._importance_weighted(x, labels, z_mean, z_log_var, beta)

        z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=self._noise))
        reconstruction = -ops.mean(vae.log_prob_x(x, z, labels, training=True))
        kl = ops.mean(vae.kl(z, z_mean, z_log_var))
        cost = kl
        if self._free_bits:
            per_dimension = ops.mean(kl_divergence(z_mean, z_log_var), axis=0)  # (latent_dim,)
            cost = ops.sum(ops.maximum(per_dimension, self._free_bits))
        return reconstruction + beta * cost, reconstruction, kl

    def _importance_weighted(self, x, labels, z_mean, z_log_var, beta):
        vae, samples = self._vae, self._samples
        x, labels, z_mean, z_log_var = (ops.repeat(part, samples, axis=0) for part in (x, labels, z_mean, z_log_var))
        z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=self._noise))  # (n k, d)
        log_likelihood = vae.log_prob_x(x, z, labels, training=True)
        log_weights = importance_log_weights(log_likelihood, vae.log_prior(z), z, z_mean, z_log_var)
        tempered = log_likelihood + beta * (log_weights - log_likelihood)
        bound = log_mean_exp(ops.reshape(tempered, (-1, samples)))  # (n,)
        return -ops.mean(bound), -ops.mean(log_likelihood), ops.mean(log_likelihood - log_weights)

    def _next_beta(self):
        self._step.assign_add(1)
        if not self._warmup:
            return self._beta
        return self._beta * ops.minimum(1.0, ops.cast(self._step, "float32") / self._warmup)
