"""Checks `encoder.onnx` and `decoder.onnx` as data, against a list of known operators, before they run.

- No operator contains a graph (loops, branches), draws random numbers or is outside ONNX's standard.
- No weight is in another file.
- No shape depends on a pixel or a code, nor on the number of rows except through the batch axis (`onnx_sizes`).
- Integers are divided by constants only.

So time and memory are the same at every run, and the test runs at the import (`vae.formats.importing`) measure them.
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from vae.errors import BundleError
from vae.formats.bundle.onnx_sizes import ROWS, rows_taken
from vae.message import message
from vae.models.imported_config import OnnxPart

__all__ = ["MOST_NODES", "OPERATORS", "check_part", "parse_onnx", "weight_count"]

OPERATORS = frozenset({
    "Abs", "Add", "And", "ArgMax", "ArgMin", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Ceil", "Celu",
    "Clip", "Concat", "Constant", "ConstantOfShape", "Conv", "ConvTranspose", "Cos", "DepthToSpace", "Div",
    "Dropout", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "Gelu", "Gemm",
    "GlobalAveragePool", "GlobalMaxPool", "Greater", "GreaterOrEqual", "GroupNormalization", "HardSigmoid",
    "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual",
    "Log", "LogSoftmax", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu",
    "Pad", "Pow", "Reciprocal", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare", "Relu", "Reshape", "Resize", "Round", "Selu", "Shape", "Sigmoid", "Sign", "Sin", "Size", "Slice",
    "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Swish", "Tanh",
    "Tile", "Transpose", "Unsqueeze", "Upsample", "Where",
})  # fmt: skip
_RANDOM = {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
MOST_NODES = 5_000
_MOST_TENSORS = 10_000
_MOST_ATTRIBUTES = 50  # of one operator
_MOST_NAMES = 1_000  # of one operator's inputs or outputs


def check_part(data: bytes, part: OnnxPart, name: str) -> None:
    """Refuse a file that does not match the manifest.

    Raises:
        BundleError: it cannot be read; uses an operator that is not allowed, or weights in another file; contains NaN
            or infinity; has other inputs, outputs or weights than the manifest; or `rows_taken` refuses its sizes.
    """
    model = parse_onnx(data, name)
    shapes = [_shape(value, name) for value in model.graph.input]
    outputs = [_shape(value, name) for value in model.graph.output]
    wanted = {f"output_{i}" for i in range(len(part.output_shapes))}
    named = [value.name for value in model.graph.output]
    if [value.name for value in model.graph.input] != ["input"] or set(named) != wanted or len(named) != len(wanted):
        raise BundleError(
            message("{name} has other inputs or outputs than its model.json.", name=name), "Export it again."
        )
    announced = [part.output_shapes[int(value.rsplit("_", 1)[1])] for value in named]
    if shapes != [part.input_shape] or outputs != announced or weight_count(model) != part.parameters:
        raise BundleError(
            message(
                "{name} returns {outputs} for {shapes}; its model.json states {announced} for {value}.",
                name=name,
                outputs=outputs,
                shapes=shapes,
                announced=announced,
                value=[part.input_shape],
            ),
            "Keep the files of one export together.",
        )
    missing = {part.batch} if part.batch else set(ROWS)
    if missing := missing - set(rows_taken(model, name)):
        raise BundleError(
            message("{name} does not accept {missing} rows at once.", name=name, missing=min(missing)),
            "Export it again.",
        )


def parse_onnx(data: bytes, name: str):
    """Return the `onnx.ModelProto`, its operators and weights checked.

    Args:
        name: of the file, for errors.

    Raises:
        BundleError: see `check_part`.
    """
    import onnx

    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as error:  # Protobuf does not document its exceptions
        raise BundleError(
            message("{name} is not a readable ONNX file: it is damaged, cut off or has another format.", name=name),
            "Copy it again, or export it again.",
        ) from error
    if not len(model.graph.node):
        raise BundleError(
            message("{name} has no operators: it is not an ONNX network.", name=name), "Export the network again."
        )
    if len(model.functions) or len(model.training_info):
        what = "user-defined functions" if len(model.functions) else "a part for training"
        raise BundleError(
            message("{name} has {what}.", name=name, what=what),
            "Export the network alone, in ONNX's standard operators; onnx.inliner.inline_local_functions replaces "
            "functions by their operators.",
        )
    if len(model.graph.node) > MOST_NODES:
        raise BundleError(
            message(
                "{name} has {n} operators; the limit is {most_nodes}.",
                name=name,
                n=f"{len(model.graph.node):,}",
                most_nodes=f"{MOST_NODES:,}",
            )
        )
    if len(model.graph.initializer) > _MOST_TENSORS or len(model.graph.input) + len(model.graph.output) > _MOST_TENSORS:
        raise BundleError(
            message("{name} has more than {most_tensors} tensors.", name=name, most_tensors=f"{_MOST_TENSORS:,}"),
            "Export a smaller network.",
        )
    # Exporters list domains that no operator uses, as tf2onnx does with ai.onnx.ml.
    used = {node.domain for node in model.graph.node}
    unused = [entry for entry in model.opset_import if entry.domain not in {"", "ai.onnx", *used}]
    for entry in unused:
        model.opset_import.remove(entry)
    for node in model.graph.node:
        if node.domain in ("", "ai.onnx") and node.op_type in _RANDOM:
            raise BundleError(
                message("{name} draws random numbers ({op_type}).", name=name, op_type=node.op_type),
                "Export the encoder without its sampling, with mean and log-variance as outputs, and the decoder by "
                "itself.",
            )
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            raise BundleError(
                message(
                    "{name} uses the operator {value}{op_type}, which is not supported.",
                    name=name,
                    value=node.domain + "." if node.domain else "",
                    op_type=node.op_type[:60],
                ),
                "Export encoder and decoder without loops, branches, randomness and custom operators.",
            )
        if len(node.attribute) > _MOST_ATTRIBUTES or max(len(node.input), len(node.output)) > _MOST_NAMES:
            raise BundleError(
                message("{name} has a {op_type} with too many inputs or settings.", name=name, op_type=node.op_type),
                "Export it again.",
            )
        if node.op_type == "Dropout" and len(node.input) > 2:
            raise BundleError(
                message("{name} draws random numbers (Dropout in training mode).", name=name),
                "Export it in evaluation mode.",
            )
        for attribute in node.attribute:
            graph = attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
            if graph or attribute.HasField("g") or len(attribute.graphs) or len(attribute.tensors):
                raise BundleError(
                    message("{name} contains a graph inside a {op_type}.", name=name, op_type=node.op_type),
                    "Export it without branches.",
                )
    if len(model.graph.sparse_initializer) or len(model.graph.quantization_annotation):
        raise BundleError(
            message("{name} has sparse or quantised weights.", name=name), "Export it with plain float32 weights."
        )
    for tensor in _tensors(model):
        _check_tensor(tensor, name)
    return model


def weight_count(model) -> int:
    """Return the count of numbers in the initialisers: weights, and constants for shapes."""
    return sum(prod(tensor.dims) for tensor in model.graph.initializer)


def _tensors(model) -> Iterator:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("sparse_tensor") or len(attribute.sparse_tensors):
                raise BundleError("The network has a sparse constant.", "Export it with plain float32 constants.")


def _check_tensor(tensor, name: str) -> None:
    import onnx

    kind = onnx.TensorProto
    if tensor.data_location == kind.EXTERNAL or len(tensor.external_data):
        raise BundleError(
            message("{name} stores weights in another file.", name=name),
            "Export it with its weights inside: torch.onnx.export(…, external_data=False).",
        )
    if tensor.data_type not in (
        kind.FLOAT,
        kind.DOUBLE,
        kind.FLOAT16,
        kind.BFLOAT16,
        kind.INT64,
        kind.INT32,
        kind.BOOL,
    ):
        raise BundleError(
            message(
                "{name} contains a tensor of the type {type_name}, which is not supported.",
                name=name,
                type_name=_type_name(tensor.data_type),
            ),
            "Export it in float32, not quantised.",
        )
    shape = " × ".join(map(str, tensor.dims))
    unfit = BundleError(
        message(
            "{name}: the data of the tensor {name2} do not fill its shape, {shape}.",
            name=name,
            name2=repr(tensor.name[:60]),
            shape=shape,
        ),
        "The file is damaged. Export the model again.",
    )
    if any(side < 0 for side in tensor.dims) or prod(tensor.dims) > 2 * tensor.ByteSize() + 64:
        raise unfit
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # ONNX does not document its exceptions
        raise unfit from error
    if np.issubdtype(array.dtype, np.floating) and array.ndim and not np.isfinite(array).all():
        raise BundleError(
            message("{name}: the weight {name2} contains NaN or infinity.", name=name, name2=repr(tensor.name[:60])),
            "Train it again.",
        )


def _type_name(number: int) -> str:
    import onnx

    known = onnx.TensorProto.DataType.values()
    return onnx.TensorProto.DataType.Name(number).lower() if number in known else str(number)


def _shape(value, name: str) -> tuple[int, ...]:
    """Return the shape of an input or output, without the batch axis."""
    import onnx

    kind = value.type.tensor_type
    if kind.elem_type != onnx.TensorProto.FLOAT or not kind.HasField("shape") or not len(kind.shape.dim):
        raise BundleError(
            message("{name}: {name2} is not a float32 tensor of known shape.", name=name, name2=repr(value.name[:60])),
            "Export it again.",
        )
    return tuple(dim.dim_value for dim in kind.shape.dim[1:])
