"""A model's weights and computation, computed from its graphs before anything is built.

`weight_shapes` gives the reader of bundles the weights that a file must contain, so that a hostile or broken file is
refused before it is loaded into memory.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS, PRIORS
from vae.message import message
from vae.models.networks.graph import Graph

if TYPE_CHECKING:
    from vae.models.config import ModelConfig
    from vae.models.imported_config import ImportedConfig

__all__ = ["multiply_adds", "parameter_count", "part_graph", "part_weights", "weight_shapes"]


def part_graph(config: ModelConfig | ImportedConfig, part: str) -> Graph:
    """Return the graph of the "encoder" or "decoder".

    The decoder of a trained model outputs logits, an imported one pictures (`config.gives_pictures`).

    Raises:
        BadRequestError: the part is an ONNX file, whose layers are unknown.
    """
    if part not in config.graphs:
        raise BadRequestError(
            message("This model's {part} is an ONNX file, whose layers are unknown.", part=part),
            "Export it as ONNX, or import the model as a Keras file.",
        )
    return config.graphs[part]


def part_weights(
    config: ModelConfig | ImportedConfig, part: str, weights: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the weights of one part by their names in its graph, such as `"hidden/kernel"`.

    Args:
        weights: all weights of the bundle, by names such as `"decoder/hidden/kernel"`.

    Returns:
        The weights in the order of `part_graph(config, part).weight_shapes()`.
    """
    return {name: weights[f"{part}/{name}"] for name in part_graph(config, part).weight_shapes()}


def weight_shapes(config: ModelConfig | ImportedConfig) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all weights in a bundle's safetensors: `{"encoder/conv_0/kernel": (4, 4, 1, 32), …}`."""
    graphs = [*config.graphs.items(), *(("prior", part.graph) for part in PRIORS[config.prior].parts(config))]
    shapes = {f"{part}/{name}": shape for part, graph in graphs for name, shape in graph.weight_shapes().items()}
    if not config.gives_pictures and (width := LIKELIHOODS[config.likelihood].width):
        shapes[f"likelihood/{width}"] = ()
    return shapes


def parameter_count(config: ModelConfig | ImportedConfig) -> int:
    """Return the exact number of weights, including those in ONNX files."""
    in_files = sum(part.parameters for part in config.onnx_parts.values())
    return in_files + sum(prod(shape) for shape in weight_shapes(config).values())


def multiply_adds(config: ModelConfig | ImportedConfig) -> int:
    """Return the multiply-adds that encode and decode one image. The time of a training step is proportional to it."""
    return sum(graph.steps() for graph in config.graphs.values())
