"""A bundle of 8 × 8 digits whose networks are ONNX files with random weights, as other frameworks write them."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from vae.formats.bundle import save_bundle
from vae.formats.bundle.schema import ImportRecord
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.plan import parameter_count

__all__ = ["save_onnx"]


def save_onnx(models: Path, content: dict, encodes: bool = True, batch: int | None = None) -> Path:
    """Save it as `theirs` in a folder of models; the folder of the bundle.

    Args:
        content: what `save_bundle` takes of a model of 3 latent dimensions; its networks are not used.
        encodes: false of a decoder alone.
        batch: the only number of rows that its networks take, if any.
    """
    files = {"decoder": _network(3, [(8, 8, 1)], batch)}
    parts: dict[str, tuple[tuple[int, ...], tuple[tuple[int, ...], ...], int]]
    parts = {"decoder": ((3,), ((8, 8, 1),), 192 + 4)}
    if encodes:
        files["encoder"] = _network(64, [(3,), (3,)], batch)
        parts["encoder"] = ((8, 8, 1), ((3,), (3,)), 2 * 192)
    networks = {
        name: OnnxPart(input_shape=takes, output_shapes=gives, batch=batch, parameters=count)
        for name, (takes, gives, count) in parts.items()
    }
    config = ImportedConfig(
        image_shape=(8, 8, 1),
        latent_dim=3,
        variational=encodes,
        encoder=networks.get("encoder"),
        decoder=networks["decoder"],
    )
    imported = ImportRecord(files=[], framework="ONNX", readings=[], finished="2026-01-01T00:00:00+00:00")
    of_card = {"training": None, "imported": imported, "parameters": parameter_count(config)}
    card = content["card"].model_copy(update=of_card)
    content = content | {"id": "theirs", "config": config, "weights": {}, "card": card, "onnx": files}
    return save_bundle(models / "theirs", **content)


def _network(inputs: int, outputs: list[tuple[int, ...]], batch: int | None) -> bytes:
    """Return a network as other frameworks write it: a matrix product and a reshape, from pictures or codes."""
    rng, nodes, weights = np.random.default_rng(0), [], []
    rows = batch or "batch"
    source = "input"
    if len(outputs[0]) == 1:  # an encoder: pictures come in
        nodes.append(helper.make_node("Flatten", ["input"], ["flat"]))
        source = "flat"
    for index, shape in enumerate(outputs):
        size = int(np.prod(shape))
        weights.append(numpy_helper.from_array(rng.normal(0, 0.3, (inputs, size)).astype(np.float32), f"w{index}"))
        if len(shape) == 1:
            nodes.append(helper.make_node("MatMul", [source, f"w{index}"], [f"output_{index}"]))
            continue
        weights.append(numpy_helper.from_array(np.array([-1, *shape]), "shape"))
        nodes.append(helper.make_node("MatMul", [source, f"w{index}"], ["product"]))
        nodes.append(helper.make_node("Sigmoid", ["product"], ["flat_picture"]))
        nodes.append(helper.make_node("Reshape", ["flat_picture", "shape"], [f"output_{index}"]))
    taken = [8, 8, 1] if len(outputs[0]) == 1 else [inputs]
    graph = helper.make_graph(
        nodes,
        "theirs",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [rows, *taken])],
        # Backwards: a file may list them in any order.
        [
            helper.make_tensor_value_info(f"output_{index}", TensorProto.FLOAT, [rows, *shape])
            for index, shape in reversed(list(enumerate(outputs)))
        ],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
