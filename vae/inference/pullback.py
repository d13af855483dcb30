"""A model's measure of its own latent space: how far apart two codes are is how far apart their pictures are, and
farther where the model only guesses.

The pull-back of the pixels' Euclidean metric through the decoder's mean g: a step dz is as long as ‖J dz‖, J being g's
Jacobian (Chen et al. 2018, section 3). By that alone, what lies between the data costs little: a decoder fades there
from one picture to the next. So each step counts (1 + κ u) times, where u is how uncertain the decoder is that far
from the data, which Arvanitidis et al. 2018 (section 4) likewise model by radial basis functions around the codes;
as a conformal factor of the metric it is that of Arvanitidis et al. 2021.
"""

import numpy as np
from keras import ops

from vae.backend import compile_function, compile_gradient
from vae.batching import map_batches
from vae.latent.distance import leave_one_out_distances
from vae.latent.paths import pixel_speed
from vae.models.vae import VAE

__all__ = ["PullBack", "Uncertainty"]

_DEARER = 4.0  # κ: how much more a step counts where there are no data
_CENTRES = 2000  # of the codes
_BANDWIDTH = 0.4  # of nine tenths of the codes' own distances
_STEEPNESS = 3.0


class Uncertainty:
    """How little a model knows of a code's neighbourhood, smoothly: 0 amid the data, ½ where 5 % of the data's codes
    are lonelier, 1 far from all.

    u = 1 / (1 + (β / β₅)³), β being the density of the codes by a Gaussian kernel.

    Args:
        codes: float `(n, latent_dim)`, those of the test images.
        active: bool `(latent_dim,)`, the dimensions that count.
    """

    def __init__(self, codes: np.ndarray, active: np.ndarray):
        self._latent_dim = codes.shape[1]
        rows = np.random.default_rng(0).permutation(len(codes))[:_CENTRES]
        centres = np.ascontiguousarray(codes[rows][:, active], np.float32)
        self._active = np.flatnonzero(active)
        own = leave_one_out_distances(centres, np.ones(centres.shape[1], bool))
        self._scale = np.float32(1 / (_BANDWIDTH * np.percentile(own, 90) or 1.0))
        self._centres = centres * self._scale
        self._norms = np.einsum("nd,nd->n", self._centres, self._centres)
        density = ops.convert_to_numpy(self._density(codes[rows].astype(np.float32))) - 1  # without themselves
        self._lonely = np.float32(max(np.percentile(density, 5), 1e-6))

    def __call__(self, codes):
        """By `keras.ops`: float `(n, latent_dim or more)` → `(n,)`."""
        return 1 / (1 + (self._density(codes) / self._lonely) ** _STEEPNESS)

    def _density(self, codes):
        z = ops.take(codes, self._active, axis=1) * self._scale
        squared = ops.sum(ops.square(z), axis=1, keepdims=True) + self._norms - 2 * ops.matmul(z, self._centres.T)
        return ops.sum(ops.exp(-0.5 * ops.maximum(squared, 0)), axis=1)


class PullBack:
    """Codes' pictures, the energy of curves and its gradient, the length of paths.

    Codes are whole ones, float32 `(n, code_dim)`: of a conditional model, z and the class weights.

    Args:
        vae: the model; its weights are read at each call.
        uncertainty: of its codes.
    """

    def __init__(self, vae: VAE, uncertainty: Uncertainty):
        self._uncertainty, self._largest = uncertainty, vae.config.largest_batch

        def pictures(codes):
            return vae.likelihood.mean(vae.decoder(codes))

        def energy(codes):
            steps = ops.sum(ops.square(ops.diff(ops.reshape(pictures(codes), (codes.shape[0], -1)), axis=0)), axis=1)
            return 0.5 * (codes.shape[0] - 1) * ops.sum(ops.square(self._dearness(codes)) * steps)

        variables = [*vae.decoder.variables, *vae.likelihood.variables]
        self._pictures = compile_function(lambda codes: (pictures(codes),), variables)
        self._energy = compile_gradient(energy, variables)

    def energy(self, codes: np.ndarray) -> tuple[float, np.ndarray]:
        """The energy of a discretised curve, ½ Σ c² ‖g(z_{i+1}) - g(z_i)‖² / Δt, c being 1 + κ u, and its gradient.

        Args:
            codes: evenly spaced in time from 0 to 1.

        Returns:
            The energy, in squared pixel units, and float32 `(n, code_dim)`.
        """
        return self._energy(np.asarray(codes, np.float32))

    def pictures(self, codes: np.ndarray) -> np.ndarray:
        """The decoder's mean, float32 `(n, h, w, c)` in [0, 1]."""
        return map_batches(self._pictures, np.asarray(codes, np.float32), largest=self._largest)[0]

    def length(self, codes: np.ndarray) -> float:
        """The length of a path through these codes by this measure: in pixel units, dearer ones off the data."""
        if len(codes) < 2:
            return 0.0
        dearness = np.asarray(ops.convert_to_numpy(self._dearness(np.asarray(codes, np.float32))), np.float64)
        return float((dearness * pixel_speed(self.pictures(codes))).mean())

    def _dearness(self, codes):
        """1 + κ u of each step."""
        uncertain = self._uncertainty(codes)
        return 1 + _DEARER * (uncertain[1:] + uncertain[:-1]) / 2
