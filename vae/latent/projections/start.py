"""Initial positions for maps that are fitted by gradient descent: the first principal components.

With them, unlike with a random start, classes have similar positions for all seeds, and in PCA, t-SNE and UMAP (Kobak &
Berens 2019; Kobak & Linderman 2021).
"""

import numpy as np

from vae.latent.projections.linear import pca_map

__all__ = ["principal_start"]

_JITTER = 0.01  # of the spread: equal codes must start at different positions


def principal_start(codes: np.ndarray, spread: float, seed: int, components: int = 2) -> np.ndarray:
    """Return initial positions, float64 `(n, components)`, centred.

    Args:
        codes: float `(n, d)`, finite and not all equal.
        spread: standard deviation along the first axis, in the map's units.
        seed: for the jitter.
        components: 2 or 3.
    """
    xy = pca_map(codes, *range(components)).place(codes).astype(np.float64)  # (n, components)
    xy *= spread / xy[:, 0].std()
    return xy + np.random.default_rng(seed).normal(0, _JITTER * spread, (len(xy), components))
