"""An ONNX file → a network that onnxruntime runs, with its shapes found by running it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from vae.batching import BUCKETS, map_batches
from vae.bundle.onnx_file import parse_onnx, weight_count
from vae.bundle.onnx_sizes import ROWS, rows_taken
from vae.errors import BundleError, ImportRefusedError
from vae.imported_config import ONNX_ROWS, OnnxPart
from vae.importing.draft import OnnxFile
from vae.networks.layer import Shape

__all__ = ["OnnxSource", "open_session", "read_onnx", "try_part"]

_MEND = "Export it with one picture or one code as input: torch.onnx.export(decoder, (z,), 'decoder.onnx')."
_MOST_VALUES = 4_000_000  # of one input or output, per row
_SIZES = tuple(size for size in BUCKETS if size <= ONNX_ROWS)  # of the batches that a network will be given
_RESHAPING = (  # which give the numbers that they take
    "Cast", "DepthToSpace", "Dropout", "Flatten", "Identity", "Reshape", "Slice", "SpaceToDepth", "Squeeze",
    "Transpose", "Unsqueeze",
)  # fmt: skip
_MOST = float(np.finfo(np.float32).max)
_EXTREMES = (0.0, _MOST, -_MOST, np.inf, -np.inf, np.nan)


@dataclass(frozen=True)
class OnnxSource:
    """A network as it came.

    Attributes:
        name: of its file.
        data: the file with its batch axis set free, where it runs so.
        input_name, input_shape: without the batch axis.
        output_names, output_shapes: as found by running it.
        batch: 1 where it takes one row at a time.
        ends: the last operator of the first output that computes numbers.
        parameters: numbers in its initialisers.
        framework: what wrote it, and ONNX's version.
    """

    name: str
    data: bytes
    input_name: str
    input_shape: Shape
    output_names: tuple[str, ...]
    output_shapes: tuple[Shape, ...]
    batch: int | None
    ends: str
    parameters: int
    framework: str


def read_onnx(data: bytes, name: str) -> OnnxSource:
    """Check the file, run it on noise, and say what it is.

    Raises:
        ImportRefusedError: it is not a network of one float32 input, uses an operator that is not run here, or fails.
    """
    import onnx

    try:
        model = parse_onnx(data, name)
    except BundleError as error:
        raise ImportRefusedError(error.message, error.mend) from error
    known = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in known]
    if len(inputs) != 1 or not len(model.graph.output):
        raise ImportRefusedError(f"{name} has {len(inputs)} inputs, one is known here.", _MEND)
    shape = _input_shape(inputs[0], name)
    outputs = tuple(value.name for value in model.graph.output)
    if len(outputs) > 8:
        raise ImportRefusedError(f"{name} has {len(outputs)} outputs, at most 8 are looked at.", _MEND)
    _check_sizes(model, name)
    noise = _noise(ONNX_ROWS, shape)
    session = _open(data, name)
    _try_extremes(session, inputs[0].name, outputs, shape, name)
    single = [_run(session, inputs[0].name, outputs, row[None], name) for row in noise[:3]]
    free = _with_free_batch(model, inputs[0].name)
    try:
        if _check_sizes(onnx.ModelProto.FromString(free), name) != ROWS:
            raise ImportRefusedError(f"{name} takes one row at a time.", _MEND)
        opened = _open(free, name)
        for size in _SIZES:
            together = _run(opened, inputs[0].name, outputs, noise[:size], name)
        same = all(
            np.allclose(whole[row], part[0], atol=1e-3 * max(1.0, float(np.abs(part).max())))
            for row, parts in enumerate(single)
            for whole, part in zip(together, parts, strict=True)
            if len(whole) == len(noise)
        ) and all(len(whole) == len(noise) for whole in together)
    except ImportRefusedError:
        same = False
    kept = free if same else data
    opset = max((entry.version for entry in model.opset_import), default=0)
    maker = " ".join(f"{model.producer_name} {model.producer_version}".split())[:60]
    return OnnxSource(
        name,
        kept,
        inputs[0].name,
        shape,
        outputs,
        tuple(output.shape[1:] for output in single[0]),
        None if same else 1,
        _ending(model, outputs[0]),
        weight_count(model),
        f"ONNX, opset {opset}" + (f", by {maker}" if maker else ""),
    )


def _ending(model, output: str) -> str:
    """The operator that an output's numbers come from; "" for the input itself."""
    producers = {output: node for node in model.graph.node for output in node.output}
    node = producers.get(output)
    while node is not None and node.op_type in _RESHAPING:
        node = producers.get(node.input[0])
    return node.op_type if node is not None else ""


def _check_sizes(model, name: str) -> tuple[int, ...]:
    """What `rows_taken` finds.

    Raises:
        ImportRefusedError: it refuses the file.
    """
    try:
        return rows_taken(model, name)
    except BundleError as error:
        raise ImportRefusedError(error.message, error.mend) from error


def _input_shape(value, name: str) -> Shape:
    import onnx

    kind = value.type.tensor_type
    dims = list(kind.shape.dim)
    shape = tuple(dim.dim_value for dim in dims[1:])
    first = dims[0].dim_value if dims else 0
    if kind.elem_type != onnx.TensorProto.FLOAT or not shape or any(side < 1 for side in shape) or first not in (0, 1):
        told = [dim.dim_param or dim.dim_value for dim in dims]
        raise ImportRefusedError(
            f"{name} takes {told} of type {kind.elem_type}: rows of float32 of a fixed size are known here.", _MEND
        )
    if prod(shape) > _MOST_VALUES:
        raise ImportRefusedError(f"{name} takes {prod(shape):,} numbers, at most {_MOST_VALUES:,} are given.", _MEND)
    return shape


def _with_free_batch(model, input_name: str) -> bytes:
    """A copy that takes any number of rows, as far as its operators allow it."""
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value in (*copy.graph.input, *copy.graph.output):
        dims = value.type.tensor_type.shape.dim
        if len(dims) and (value.name == input_name or value in copy.graph.output):
            dims[0].dim_param = "rows"
    del copy.graph.value_info[:]  # shapes of what is between, with the old batch in them
    shapes = {node.input[1] for node in copy.graph.node if node.op_type == "Reshape" and len(node.input) > 1}
    constants = {node.output[0]: node.attribute[0].t for node in copy.graph.node if node.op_type == "Constant"}
    constants = {name: tensor for name, tensor in constants.items() if name in shapes}
    for name, tensor in [*constants.items(), *((tensor.name, tensor) for tensor in copy.graph.initializer)]:
        if name in shapes:
            sides = onnx.numpy_helper.to_array(tensor)
            if sides.ndim == 1 and len(sides) and sides[0] == 1 and -1 not in sides:
                # One row, written as a number: as many as there are. Whether that is so, a trial tells.
                free = np.array([-1, *sides[1:]], np.int64)
                tensor.CopyFrom(onnx.numpy_helper.from_array(free, tensor.name))
    return copy.SerializeToString()


def open_session(data: bytes, file: OnnxFile) -> Callable[[np.ndarray], list[np.ndarray]]:
    """A function that runs a file that was read: float32 `(n, …)` → its outputs.

    Raises:
        ImportRefusedError: onnxruntime cannot open it.
    """

    session = _open(data, "The network")

    def run(x: np.ndarray) -> list[np.ndarray]:
        def batch(part: np.ndarray) -> list[np.ndarray]:
            return _run(session, file.input_name, file.tensor_names, part, "The network")

        return map_batches(batch, x, largest=file.batch or ONNX_ROWS)  # of the sizes that it was tried with

    return run


def try_part(data: bytes, part: OnnxPart, name: str) -> None:
    """Run a bundle's ONNX file with all batch sizes that it will be given, on extreme numbers too.

    Raises:
        ImportRefusedError: it fails, or gives other shapes than announced.
    """
    outputs = tuple(f"output_{index}" for index in range(len(part.output_shapes)))
    session = _open(data, name)
    _try_extremes(session, "input", outputs, part.input_shape, name)
    for rows in (1,) if part.batch else _SIZES:
        results = _run(session, "input", outputs, _noise(rows, part.input_shape), name)
        if [result.shape for result in results] != [(rows, *shape) for shape in part.output_shapes]:
            raise ImportRefusedError(f"{name} gives other shapes than its model.json announces.", "Export it again.")


def _try_extremes(session, input_name: str, outputs: tuple[str, ...], shape: Shape, name: str) -> None:
    """Run it on rows of zeros, of the largest numbers there are, and of none; what it gives may be anything.

    A fault of onnxruntime's would end this process, not the server, which decodes zeros when it opens a model.
    """
    for number in _EXTREMES:
        _results(session, input_name, outputs, np.full((1, *shape), number, np.float32), name)


def _noise(rows: int, shape: Shape) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, *shape)).astype(np.float32)


def _open(data: bytes, name: str):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # what another library raises is no promise of theirs
        raise _fails(name, error) from error


def _fails(name: str, error: Exception) -> ImportRefusedError:
    return ImportRefusedError(f"{name} does not run: {' '.join(str(error).split())[:300]}", _MEND)


def _results(session, input_name: str, outputs: tuple[str, ...], x: np.ndarray, name: str) -> list[np.ndarray]:
    try:
        return session.run(list(outputs), {input_name: x})
    except Exception as error:
        raise _fails(name, error) from error


def _run(session, input_name: str, outputs: tuple[str, ...], x: np.ndarray, name: str) -> list[np.ndarray]:
    results = _results(session, input_name, outputs, x, name)
    for output, result in zip(outputs, results, strict=True):
        fits = isinstance(result, np.ndarray) and result.dtype == np.float32 and result.ndim >= 2
        if not fits or prod(result.shape[1:]) > _MOST_VALUES or not np.isfinite(result).all():
            raise ImportRefusedError(f"{name}: the output {output[:60]!r} is no finite float32 row of numbers.", _MEND)
    return results
