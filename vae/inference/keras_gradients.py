"""Gradients by the framework that Keras runs on, in this process."""

import threading
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from vae.backend import compile_gradient
from vae.formats.bundle import Bundle
from vae.inference.gradients import Gradients
from vae.inference.pullback import PullBack, Uncertainty
from vae.latent.profile import active_units

__all__ = ["KerasGradients"]


class KerasGradients(Gradients):
    """Gradients of the model of a bundle. See `vae.inference.gradients.Gradients`."""

    def __init__(self, bundle: Bundle):
        codes = bundle.reference.z_mean
        self._vae = bundle.vae
        self._config = bundle.manifest.model
        self._pull_back = PullBack(self._vae, Uncertainty(codes, active_units(codes)))
        self._lock = threading.Lock()  # guards the variables that the compiled functions read
        self._misfits: dict[tuple[int, ...], tuple[Callable, keras.Variable, keras.Variable]] = {}

    def curve_energy(self, codes: np.ndarray) -> tuple[float, np.ndarray]:
        return self._pull_back.energy(codes)

    def curve_length(self, codes: np.ndarray) -> float:
        return self._pull_back.length(codes)

    def misfit(self, codes: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with self._lock:
            function, seen, weight = self._misfit(target.shape)
            seen.assign(target)
            weight.assign(weights)
            return function(codes)

    def _misfit(self, shape: tuple[int, ...]) -> tuple[Callable, keras.Variable, keras.Variable]:
        """Return the compiled function for targets of that shape, and the variables of target and weights."""
        if shape not in self._misfits:
            target, weight = (keras.Variable(np.zeros(shape, np.float32), trainable=False) for _ in range(2))
            vae, latent_dim, pool = self._vae, self._config.latent_dim, self._config.image_shape[0] // shape[0]

            def losses(codes):
                pictures = vae.likelihood.mean(vae.decoder(codes))
                if pool > 1:
                    pictures = ops.average_pool(pictures, pool, data_format="channels_last")
                misfit = ops.multiply(0.5, ops.sum(weight * ops.square(pictures - target), axis=(1, 2, 3)))
                return misfit - vae.log_prior(codes[:, :latent_dim])

            variables = [*vae.decoder.variables, *vae.likelihood.variables, *vae.prior.variables, target, weight]
            self._misfits[shape] = (compile_gradient(losses, variables, each=True), target, weight)
        return self._misfits[shape]
