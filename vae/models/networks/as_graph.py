"""Any model's decoder as a `Graph`: for everything that runs it without Keras."""

import numpy as np

from vae.errors import BadRequestError
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.graph import Graph
from vae.models.networks.plan import BLOCK_KERNEL, KERNEL, LayerPlan, decoder_plan

__all__ = ["decoder_graph", "decoder_weights"]

_MOST_GROUPS = 8  # as `vae.models.networks.residual` has them, which cannot be asked without loading Keras


def decoder_graph(model: ModelConfig | ImportedConfig) -> Graph:
    """A code, `(code_dim,)` → what `bundle.vae.decoder` gives: our own models' logits, an imported model's picture.

    Raises:
        BadRequestError: an ONNX file is the decoder: what is in it is not known as layers.
    """
    if isinstance(model, ImportedConfig):
        if model.decoder.kind != "graph":
            raise BadRequestError(
                "This model's decoder is an ONNX file, whose operators are no layers that can be written down.",
                "Export it as ONNX, or import the model as a Keras file.",
            )
        return model.decoder
    layers, source = [], "input"
    for plan in decoder_plan(model):
        layers += _residual(plan, source) if plan.kind == "residual" else [_layer(plan, source)]
        source = layers[-1]["name"]
    return Graph.model_validate({"input_shape": (model.code_dim,), "layers": tuple(layers), "outputs": (source,)})


def decoder_weights(model: ModelConfig | ImportedConfig, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The decoder's weights of a bundle by the names of its graph's.

    Args:
        weights: of the bundle, by its own names: `"decoder/hidden/kernel"`; a residual block's have one part more.

    Returns:
        As `decoder_graph(model).weight_shapes()` names them: `"hidden/kernel"`.
    """
    named = {}
    for name, array in weights.items():
        part, *layer, weight = name.split("/")
        if part == "decoder":
            named[f"{'_'.join(layer)}/{weight}"] = array
    return {name: named[name] for name in decoder_graph(model).weight_shapes()}


def _layer(plan: LayerPlan, source: str) -> dict:
    """The fields of one of `vae.models.networks.layers.LAYERS`."""
    layer = {"name": plan.name, "inputs": (source,)}
    if plan.kind == "reshape":
        return layer | {"kind": "Reshape", "target_shape": plan.output_shape}
    layer["activation"] = plan.activation or "linear"
    units = plan.output_shape[-1]
    if plan.kind == "dense":
        return layer | {"kind": "Dense", "units": units}
    sliding = {"filters": units, "kernel_size": (KERNEL, KERNEL), "strides": (2, 2), "padding": "same"}
    return layer | {"kind": "Conv2DTranspose"} | sliding


def _residual(plan: LayerPlan, source: str) -> list[dict]:
    """What `vae.models.networks.residual.ResidualBlock` is made of."""
    channels, layers, hidden = plan.output_shape[-1], [], source
    groups = next(groups for groups in range(min(_MOST_GROUPS, channels), 0, -1) if channels % groups == 0)
    for half in (0, 1):
        norm, act, conv = (f"{plan.name}_{part}_{half}" for part in ("norm", "act", "conv"))
        sliding = {"filters": channels, "kernel_size": (BLOCK_KERNEL, BLOCK_KERNEL), "padding": "same"}
        layers += [
            {"name": norm, "inputs": (hidden,), "kind": "GroupNormalization", "groups": groups},
            {"name": act, "inputs": (norm,), "kind": "Activation", "activation": plan.activation},
            {"name": conv, "inputs": (act,), "kind": "Conv2D"} | sliding,
        ]
        hidden = conv
    return [*layers, {"name": plan.name, "inputs": (source, hidden), "kind": "Add"}]
