"""A model's weights and work by arithmetic, from its graphs: before anything is built.

`weight_shapes` tells a bundle's reader which weights, of which shapes, a file must hold, so that a hostile or broken
file is refused before memory is spent on it.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS, PRIORS
from vae.models.networks.graph import Graph

if TYPE_CHECKING:
    from vae.models.config import ModelConfig
    from vae.models.imported_config import ImportedConfig

__all__ = ["multiply_adds", "parameter_count", "part_graph", "part_weights", "weight_shapes"]


def part_graph(config: ModelConfig | ImportedConfig, part: str) -> Graph:
    """The layers of the "encoder" or the "decoder".

    An own model's decoder puts out logits, an imported one's pictures (`config.gives_pictures`).

    Raises:
        BadRequestError: that part is an ONNX file, whose operators are not known as layers.
    """
    if part not in config.graphs:
        raise BadRequestError(
            f"This model's {part} is an ONNX file, whose operators are no layers that can be written down.",
            "Export it as ONNX, or import the model as a Keras file.",
        )
    return config.graphs[part]


def part_weights(config: ModelConfig | ImportedConfig, part: str, weights: dict[str, np.ndarray]) -> dict:
    """The weights of one part by the names of its graph.

    Args:
        weights: of the bundle: `"decoder/hidden/kernel"`.

    Returns:
        In the order of `part_graph(config, part).weight_shapes()`: `"hidden/kernel"`.
    """
    return {name: weights[f"{part}/{name}"] for name in part_graph(config, part).weight_shapes()}


def weight_shapes(config: ModelConfig | ImportedConfig) -> dict[str, tuple[int, ...]]:
    """Every weight of a model that safetensors hold: `{"encoder/conv_0/kernel": (4, 4, 1, 32), …}`."""
    graphs = [*config.graphs.items(), *(("prior", part.graph) for part in PRIORS[config.prior].parts(config))]
    shapes = {f"{part}/{name}": shape for part, graph in graphs for name, shape in graph.weight_shapes().items()}
    if not config.gives_pictures and (width := LIKELIHOODS[config.likelihood].width):
        shapes[f"likelihood/{width}"] = ()
    return shapes


def parameter_count(config: ModelConfig | ImportedConfig) -> int:
    """Number of weights as an exact integer, those in ONNX files included."""
    in_files = sum(part.parameters for part in config.onnx_parts.values())
    return in_files + sum(prod(shape) for shape in weight_shapes(config).values())


def multiply_adds(config: ModelConfig | ImportedConfig) -> int:
    """Multiplications with an addition to encode and decode one image: what a training step's time grows with."""
    return sum(graph.steps() for graph in config.graphs.values())
