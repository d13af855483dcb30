"""The gradients that geodesics and repairs follow. They need a deep-learning framework, unlike all other inference."""

from abc import ABC, abstractmethod

import numpy as np

__all__ = ["Gradients"]


class Gradients(ABC):
    """Gradients with respect to codes of one model.

    `vae.inference.keras_gradients.KerasGradients` computes them in this process. All methods may be called from any
    thread. Codes are float32 `(n, code_dim)`: z, followed by the class weights of a conditional model.
    """

    @abstractmethod
    def curve_energy(self, codes: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the energy of a curve under the pull-back metric, and its gradient, float32 `(n, code_dim)`.

        Args:
            codes: at evenly spaced times from 0 to 1, see `vae.inference.pullback.PullBack.energy`.
        """

    @abstractmethod
    def curve_length(self, codes: np.ndarray) -> float:
        """Return the length of a curve under the pull-back metric, see `vae.inference.pullback.PullBack.length`."""

    @abstractmethod
    def misfit(self, codes: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how badly each code's picture fits what is seen, and the gradient.

        Args:
            codes: of any number of pictures.
            target: float32 `(h / k, w / k, c)`, what is seen: means of blocks of k × k pixels, in [0, 1].
            weights: float32, of `target`'s shape: the inverse variance of each value; 0 for a hidden one.

        Returns:
            Negative log-probability of each code up to a constant, float64 `(n,)` nats: half the sum of the weighted
            squared errors, minus log p(z). And its gradient with respect to each code, float32 `(n, code_dim)`.
        """
