"""Where the points of a map that is fitted by gradient descent begin.

The first two principal components (Kobak & Berens 2019; Kobak & Linderman 2021): classes then keep their places from
one seed to the next and from PCA to t-SNE to UMAP, which of a random start they do not.
"""

import numpy as np

from vae.latent.projections.linear import pca_map

__all__ = ["principal_start"]

_JITTER = 0.01  # of the spread: points of equal codes must not begin as one


def principal_start(codes: np.ndarray, spread: float, seed: int) -> np.ndarray:
    """Starting positions, float64 `(n, 2)`, centred.

    Args:
        codes: float `(n, d)`, finite and not all the same.
        spread: standard deviation along the first axis, in the map's units.
        seed: of the jitter.
    """
    xy = pca_map(codes).place(codes).astype(np.float64)  # (n, 2)
    xy *= spread / xy[:, 0].std()
    return xy + np.random.default_rng(seed).normal(0, _JITTER * spread, (len(xy), 2))
