"""Rewrites ONNX networks that were exported with a fixed batch size to accept any batch size."""

import numpy as np

__all__ = ["with_free_rows"]


def with_free_rows(model, input_name: str, batch: int) -> bytes:
    """Return a copy of an `onnx.ModelProto` with a free batch size, as far as its operators allow it.

    With `batch` rows, the results are the same. A test run shows whether other batch sizes work.

    Args:
        batch: the batch size of the export.
    """
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value in (*copy.graph.input, *copy.graph.output):
        dims = value.type.tensor_type.shape.dim
        if len(dims) and (value.name == input_name or value in copy.graph.output):
            dims[0].dim_param = "rows"
    del copy.graph.value_info[:]  # shapes of intermediate tensors, with the old batch size
    constants = {tensor.name: tensor for tensor in copy.graph.initializer} | {
        node.output[0]: node.attribute[0].t
        for node in copy.graph.node
        if node.op_type == "Constant" and len(node.attribute) and node.attribute[0].HasField("t")
    }
    added = {}
    for node in copy.graph.node:
        # Shapes that contain the batch size as a number.
        free = _FREE.get(node.op_type)
        place = 0 if node.op_type == "ConstantOfShape" else 1
        if free is None or len(node.input) <= place or node.input[place] not in constants:
            continue
        sides = onnx.numpy_helper.to_array(constants[node.input[place]])
        if sides.dtype == np.int64 and sides.ndim == 1 and len(sides):
            changed = free(sides, batch, node)
            if changed is not None:
                # A new constant: another operator may use the same one for something else.
                name = f"{node.input[place]}/rows_{node.op_type}"
                added[name] = onnx.numpy_helper.from_array(np.array(changed, np.int64), name)
                node.input[place] = name
    copy.graph.initializer.extend(added.values())
    return copy.SerializeToString()


def _reshape(sides: np.ndarray, batch: int, node) -> list[int] | None:
    """Replace the batch size, or a multiple of it, by -1 or 0."""
    multiples = [place for place, side in enumerate(sides) if side > 0 and side % batch == 0]
    if not multiples or (multiples[0] and len(multiples) > 1):
        return None
    if -1 not in sides:
        return [-1 if place == multiples[0] else int(side) for place, side in enumerate(sides)]
    if sides[0] != batch or 0 in sides:
        return None
    for attribute in node.attribute:
        if attribute.name == "allowzero":
            attribute.i = 0
    return [0, *sides[1:]]  # 0: the same as the input's


def _expand(sides: np.ndarray, batch: int, node) -> list[int] | None:
    """Make one row, which the next operator broadcasts."""
    return [1, *sides[1:]] if sides[0] == batch > 1 else None


_FREE = {"Reshape": _reshape, "Expand": _expand, "ConstantOfShape": _expand}
