"""Transposed convolutions without dilation.

TensorFlow computes a dilated one on a CPU with oneDNN alone, which it does not use on every processor. With zeros
between the numbers of its kernel, a convolution that is not dilated gives the same everywhere.
"""

import numpy as np

from vae.models.networks.graph import Graph
from vae.models.networks.spatial_layers import Conv2DTranspose

__all__ = ["undilated"]


def undilated(graph: Graph, weights: dict[str, np.ndarray], prefix: str = "") -> tuple[Graph, dict[str, np.ndarray]]:
    """Replace dilated transposed convolutions by equal ones that are not dilated.

    Args:
        graph: what is to be built.
        weights: float32 arrays by name, those of the graph's layers as `{prefix}{layer}/{weight}`.

    Returns:
        The graph and the weights, both as they were where no layer is dilated.
    """
    layers, spread = [], dict(weights)
    for layer in graph.layers:
        if isinstance(layer, Conv2DTranspose) and layer.dilation_rate != (1, 1):
            name = f"{prefix}{layer.name}/kernel"
            spread[name] = kernel = _spread(weights[name], layer.dilation_rate)
            layer = layer.model_copy(update={"kernel_size": kernel.shape[:2], "dilation_rate": (1, 1)})
        layers.append(layer)
    return graph.model_copy(update={"layers": tuple(layers)}), spread


def _spread(kernel: np.ndarray, rates: tuple[int, int]) -> np.ndarray:
    """`(h, w, out, in)` → `((h - 1) * rate + 1, (w - 1) * rate + 1, out, in)`, with zeros between the numbers."""
    sides = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape, rates, strict=False)]
    spread = np.zeros((*sides, *kernel.shape[2:]), kernel.dtype)
    spread[:: rates[0], :: rates[1]] = kernel
    return spread
