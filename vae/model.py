"""The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014) as a Keras 3 model, for every backend."""

import keras
from keras import ops

from vae.config import ModelConfig
from vae.elbo import kl_divergence, reparameterize
from vae.likelihoods import make_likelihood
from vae.networks.build import build_decoder, build_encoder

__all__ = ["VAE", "unit_range"]


def unit_range(x):
    """Pixels as float32 in [0, 1]; uint8 is divided by 255, floats pass as they are."""
    if keras.backend.standardize_dtype(x.dtype) == "uint8":
        return ops.cast(x, "float32") / 255.0
    return ops.cast(x, "float32")


class VAE(keras.Model):
    """Encoder, decoder and likelihood, with the negative ELBO as its loss.

    Args:
        config: the architecture.
        seed: of the initial weights and of the sampling noise.
        beta: weight of the KL once warmed up.
        kl_warmup_steps: steps over which that weight rises linearly from 0 (Sønderby et al. 2016).

    Example:
        >>> vae = VAE(ModelConfig(latent_dim=2))
        >>> vae.compile(optimizer="adam")
        >>> vae.fit(images)  # uint8 or float in [0, 1], (n, 28, 28, 1)
    """

    def __init__(self, config: ModelConfig, seed: int = 0, beta: float = 1.0, kl_warmup_steps: int = 0):
        super().__init__(name="vae")
        self.config = config
        self.beta = beta
        self.kl_warmup_steps = kl_warmup_steps
        # Streams of one seed, far apart, so that no two layers ever share one.
        self.encoder = build_encoder(config, seed=1000 * seed + 1)
        self.decoder = build_decoder(config, seed=1000 * seed + 501)
        self.likelihood = make_likelihood(config.likelihood)
        # Both are state of the model, so that a checkpoint can hold them and a resumed run repeats the same noise.
        self.noise = keras.random.SeedGenerator(1000 * seed + 999)
        self.step = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype="int32", name="step")
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, x, training=False):
        z_mean, z_log_var = self.encoder(unit_range(x))  # (n, latent_dim) each
        z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=self.noise))
        return {"z_mean": z_mean, "z_log_var": z_log_var, "z": z, "logits": self.decoder(z)}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Negative ELBO in nats per image, the KL weighted by β (warmed up while training)."""
        log_likelihood = self.likelihood.log_prob(unit_range(x), y_pred["logits"])  # (n,)
        kl = ops.sum(kl_divergence(y_pred["z_mean"], y_pred["z_log_var"]), axis=-1)  # (n,)
        self.reconstruction_tracker.update_state(-log_likelihood)
        self.kl_tracker.update_state(kl)
        return ops.mean(self._kl_weight(training) * kl - log_likelihood)

    def _kl_weight(self, training):
        # Counted here, not read from the optimizer: JAX traces the loss with the optimizer's counter as a constant.
        if not training or not self.kl_warmup_steps:
            return self.beta
        self.step.assign_add(1)
        return self.beta * ops.minimum(1.0, ops.cast(self.step, "float32") / self.kl_warmup_steps)

    def set_output_bias(self, mean_pixel: float) -> None:
        """Start the decoder at the data's mean grey level, so that training need not first learn to be dark."""
        bias = self.decoder.get_layer("logits").bias
        bias.assign(ops.full(bias.shape, self.likelihood.bias_for(mean_pixel)))

    def named_weights(self) -> dict[str, keras.Variable]:
        """The weights a bundle holds, by the names `vae.networks.plan.weight_shapes` gives them."""
        named = {
            f"{part.name}/{layer.name}/{weight.name}": weight
            for part in (self.encoder, self.decoder)
            for layer in part.layers
            for weight in layer.weights
        }
        named |= {f"likelihood/{weight.name}": weight for weight in self.likelihood.weights}
        return named
