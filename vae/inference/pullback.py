"""The pull-back metric of a decoder: distances between decoded pictures, with a penalty away from the data.

The metric is the pull-back of the Euclidean metric of pixels through the decoder's mean g: the length of a step dz is
‖J dz‖, with the Jacobian J of g (Chen et al. 2018, section 3). Under this metric alone, paths between clusters would be
short, since a decoder cross-fades pictures there. So each step is multiplied by 1 + κ u, where u is the uncertainty of
the decoder at that distance from the data. Arvanitidis et al. 2018 (section 4) also model it by radial basis functions
around the codes; as a conformal factor of the metric it is from Arvanitidis et al. 2021.
"""

from typing import Any

import keras
import numpy as np

from vae.backend import compile_function, compile_gradient
from vae.batching import map_batches
from vae.latent.distance import leave_one_out_distances
from vae.latent.paths import pixel_speed
from vae.models.vae import VAE

__all__ = ["PullBack", "Uncertainty"]

ops: Any = keras.ops  # the types that Keras gives to results of operations include None

_PENALTY = 4.0  # κ
_CENTRES = 2000  # codes that are centres of the kernel
_BANDWIDTH = 0.4  # of the 90th percentile of the distances between codes and their 10th nearest
_STEEPNESS = 3.0


class Uncertainty:
    """The uncertainty of a decoder at a code, a smooth function of the density of the data's codes there.

    u = 1 / (1 + (β / β₅)³), where β is a Gaussian kernel density and β₅ its 5th percentile at the data's codes: about 0
    among the data, ½ at β₅, 1 far away.

    Args:
        codes: float `(n, latent_dim)`, codes of the test images.
        active: bool `(latent_dim,)`, the dimensions to use.
    """

    def __init__(self, codes: np.ndarray, active: np.ndarray):
        self._latent_dim = codes.shape[1]
        rows = np.random.default_rng(0).permutation(len(codes))[:_CENTRES]
        centres = np.ascontiguousarray(codes[rows][:, active], np.float32)
        self._active = np.flatnonzero(active)
        distances = leave_one_out_distances(centres, np.ones(centres.shape[1], bool))
        self._scale = np.float32(1 / (_BANDWIDTH * np.percentile(distances, 90) or 1.0))
        self._centres = centres * self._scale
        self._norms = np.einsum("nd,nd->n", self._centres, self._centres)
        density = ops.convert_to_numpy(self._density(codes[rows].astype(np.float32))) - 1  # without the code itself
        self._low_density = np.float32(max(np.percentile(density, 5), 1e-6))

    def __call__(self, codes: Any) -> Any:
        """Return u for codes, float `(n, latent_dim or more)` → `(n,)`; arrays of the backend, by `keras.ops`."""
        return 1 / (1 + (self._density(codes) / self._low_density) ** _STEEPNESS)

    def _density(self, codes: Any) -> Any:
        z = ops.take(codes, self._active, axis=1) * self._scale
        squared = ops.sum(ops.square(z), axis=1, keepdims=True) + self._norms - 2 * ops.matmul(z, self._centres.T)
        return ops.sum(ops.exp(-0.5 * ops.maximum(squared, 0)), axis=1)


class PullBack:
    """The pull-back metric of one model: energy and length of curves.

    Codes are float32 `(n, code_dim)`: z, followed by the class weights of a conditional model.

    Args:
        vae: the model; each call uses its current weights.
        uncertainty: of its codes.
    """

    def __init__(self, vae: VAE, uncertainty: Uncertainty):
        self._uncertainty, self._largest = uncertainty, vae.config.largest_batch

        def pictures(codes):
            return vae.likelihood.mean(vae.decoder(codes))

        def energy(codes):
            steps = ops.sum(ops.square(ops.diff(ops.reshape(pictures(codes), (codes.shape[0], -1)), axis=0)), axis=1)
            return 0.5 * (codes.shape[0] - 1) * ops.sum(ops.square(self._penalty(codes)) * steps)

        variables = [*vae.decoder.variables, *vae.likelihood.variables]
        self._pictures = compile_function(lambda codes: (pictures(codes),), variables)
        self._energy = compile_gradient(energy, variables)

    def energy(self, codes: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the energy of a discretised curve, ½ Σ c² ‖g(z_{i+1}) - g(z_i)‖² / Δt with c = 1 + κ u.

        Args:
            codes: float32 `(n, code_dim)`, at evenly spaced times from 0 to 1.

        Returns:
            The energy, in squared pixel units, and its gradient, float32 `(n, code_dim)`.
        """
        return self._energy(np.asarray(codes, np.float32))

    def pictures(self, codes: np.ndarray) -> np.ndarray:
        """Return the decoder's mean, float32 `(n, h, w, c)` in [0, 1]."""
        return map_batches(self._pictures, np.asarray(codes, np.float32), largest=self._largest)[0]

    def length(self, codes: np.ndarray) -> float:
        """Return the length of a path through these codes under the metric, in pixel units multiplied by 1 + κ u."""
        if len(codes) < 2:
            return 0.0
        penalty = np.asarray(ops.convert_to_numpy(self._penalty(np.asarray(codes, np.float32))), np.float64)
        return float((penalty * pixel_speed(self.pictures(codes))).mean())

    def _penalty(self, codes: Any) -> Any:
        """Return 1 + κ u for each step between two codes."""
        uncertainty = self._uncertainty(codes)
        return 1 + _PENALTY * (uncertainty[1:] + uncertainty[:-1]) / 2
