"""A model's measure of its own latent space: how far apart two codes are is how far apart their pictures are.

The pull-back of the pixels' Euclidean metric through the decoder's mean g: a step dz is as long as ‖J dz‖, J being g's
Jacobian (Arvanitidis et al. 2018, section 2; Chen et al. 2018, section 3).
"""

import copy

import numpy as np
from keras import ops

from vae.backend import compile_function, compile_gradient
from vae.batching import map_batches
from vae.latent.paths import pixel_length
from vae.model import VAE

__all__ = ["PullBack"]


class PullBack:
    """Codes' pictures, the energy of curves and its gradient, the length of paths.

    Args:
        vae: the model; its weights are read at each call.
        rest: float `(code_dim - latent_dim,)`, what stands behind z in a conditional model's code, along the whole
            path; zeros when None.
    """

    def __init__(self, vae: VAE, rest: np.ndarray | None = None):
        config = vae.config
        width = config.code_dim - config.latent_dim
        self._rest = np.zeros(width, np.float32) if rest is None else np.asarray(rest, np.float32).reshape(width)

        def pictures(codes):
            return vae.likelihood.mean(vae.decoder(codes))

        def energy(codes):
            steps = ops.diff(ops.reshape(pictures(codes), (codes.shape[0], -1)), axis=0)
            return 0.5 * (codes.shape[0] - 1) * ops.sum(ops.square(steps))

        variables = [*vae.decoder.variables, *vae.likelihood.variables]
        self._pictures = compile_function(lambda codes: (pictures(codes),), variables)
        self._energy = compile_gradient(energy, variables)

    def with_rest(self, rest: np.ndarray) -> "PullBack":
        """The same model, compiled functions and all, with other class weights."""
        other = copy.copy(self)
        other._rest = np.asarray(rest, np.float32).reshape(len(self._rest))
        return other

    def energy(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """The energy of a discretised curve, ½ Σ ‖g(z_{i+1}) - g(z_i)‖² / Δt, and its gradient.

        Args:
            z: float32 `(n, latent_dim)`, evenly spaced in time from 0 to 1.

        Returns:
            The energy, in squared pixel units, and float32 `(n, latent_dim)`.
        """
        value, gradient = self._energy(self._codes(z))
        return value, gradient[:, : np.shape(z)[1]]

    def pictures(self, z: np.ndarray) -> np.ndarray:
        """The decoder's mean, float32 `(n, h, w, c)` in [0, 1]."""
        return map_batches(self._pictures, self._codes(z))[0]

    def length(self, z: np.ndarray) -> float:
        """The length of the path of pictures through these codes, in pixel units."""
        return pixel_length(self.pictures(z))

    def _codes(self, z: np.ndarray) -> np.ndarray:
        z = np.asarray(z, np.float32)
        return np.concatenate([z, np.repeat(self._rest[None], len(z), axis=0)], axis=1)
