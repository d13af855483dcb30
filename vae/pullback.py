"""A model's measure of its own latent space: how far apart two codes are is how far apart their pictures are.

The pull-back of the pixels' Euclidean metric through the decoder's mean g: a step dz is as long as ‖J dz‖, J being g's
Jacobian (Arvanitidis et al. 2018, section 2; Chen et al. 2018, section 3).
"""

import numpy as np
from keras import ops

from vae.backend import compile_function, compile_gradient
from vae.batching import map_batches
from vae.latent.paths import pixel_length
from vae.model import VAE

__all__ = ["PullBack"]


class PullBack:
    """Args:
    vae: the model; its weights are read at each call.
    rest: float `(code_dim - latent_dim,)`, what stands behind z in a conditional model's code, along the whole path.
    """

    def __init__(self, vae: VAE, rest: np.ndarray | None = None):
        rest = np.zeros(0, np.float32) if rest is None else np.asarray(rest, np.float32)

        def pictures(z):
            behind = ops.broadcast_to(ops.convert_to_tensor(rest), (ops.shape(z)[0], len(rest)))
            return vae.likelihood.mean(vae.decoder(ops.concatenate([z, behind], axis=1) if len(rest) else z))

        def energy(z):
            steps = ops.diff(ops.reshape(pictures(z), (z.shape[0], -1)), axis=0)
            return 0.5 * (z.shape[0] - 1) * ops.sum(ops.square(steps))

        variables = [*vae.decoder.variables, *vae.likelihood.variables]
        self._pictures = compile_function(lambda z: (pictures(z),), variables)
        self._energy = compile_gradient(energy, variables)

    def energy(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """The energy of a discretised curve, ½ Σ ‖g(z_{i+1}) - g(z_i)‖² / Δt, and its gradient.

        Args:
            z: float32 `(n, latent_dim)`, evenly spaced in time from 0 to 1.

        Returns:
            The energy, in squared pixel units, and float32 `(n, latent_dim)`.
        """
        return self._energy(np.ascontiguousarray(z, np.float32))

    def pictures(self, z: np.ndarray) -> np.ndarray:
        """The decoder's mean, float32 `(n, h, w, c)` in [0, 1]."""
        return map_batches(self._pictures, np.ascontiguousarray(z, np.float32))[0]

    def length(self, z: np.ndarray) -> float:
        """The length of the path of pictures through these codes, in pixel units."""
        return pixel_length(self.pictures(z))
