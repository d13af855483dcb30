"""Replaces dilated transposed convolutions.

On a CPU, TensorFlow computes dilated ones only with oneDNN, which it does not use on every processor. A convolution
without dilation, whose kernel has zeros between its values, gives the same result everywhere.
"""

import numpy as np

from vae.models.networks.graph import Graph
from vae.models.networks.spatial_layers import Conv2DTranspose

__all__ = ["undilated"]


def undilated(graph: Graph, weights: dict[str, np.ndarray], prefix: str = "") -> tuple[Graph, dict[str, np.ndarray]]:
    """Replace dilated transposed convolutions by equivalent ones without dilation.

    Args:
        graph: the network to be built.
        weights: float32 arrays by name; those of the graph's layers are named `{prefix}{layer}/{weight}`.

    Returns:
        Graph and weights, unchanged if no layer is dilated.
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
    """`(h, w, out, in)` → `((h - 1) * rate + 1, (w - 1) * rate + 1, out, in)`, with zeros between the values."""
    sides = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape, rates, strict=False)]
    spread = np.zeros((*sides, *kernel.shape[2:]), kernel.dtype)
    spread[:: rates[0], :: rates[1]] = kernel
    return spread
