"""An ONNX file → a network that onnxruntime runs, with its shapes found by running it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from vae.batching import BUCKETS, map_batches
from vae.errors import BundleError, ImportRefusedError
from vae.formats.bundle.onnx_file import parse_onnx, weight_count
from vae.formats.bundle.onnx_sizes import ROWS, rows_taken
from vae.formats.importing.draft import OnnxFile
from vae.formats.importing.onnx_float32 import to_float32
from vae.formats.importing.onnx_rows import with_free_rows
from vae.models.imported_config import MOST_ROWS, ONNX_ROWS, OnnxPart
from vae.models.networks.layer import Shape

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
        batch: the only number of rows that it takes; None where it takes any.
        ends: the last operator of the first output that computes numbers.
        parameters: numbers in its initialisers.
        framework: what wrote it, and ONNX's version.
        notes: what a person should know, a sentence each.
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
    notes: tuple[str, ...] = ()


def read_onnx(data: bytes, name: str) -> OnnxSource:
    """Check the file, run it on noise, and say what it is.

    Raises:
        ImportRefusedError: it is not a network of one input of numbers, uses an operator that is not run here, or
            fails.
    """
    try:
        model = parse_onnx(data, name)
    except BundleError as error:
        raise ImportRefusedError(error.message, error.hint) from error
    _refuse_training(model, name)
    types = to_float32(model, name)
    known = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in known]
    if len(inputs) != 1 or not len(model.graph.output):
        raise _wrong_inputs(inputs, name)
    batch, shape = _input_shape(inputs[0], name)
    outputs = tuple(value.name for value in model.graph.output)
    if len(outputs) > 8:
        raise ImportRefusedError(f"{name} has {len(outputs)} outputs, at most 8 are looked at.", _MEND)
    kept, rows, shapes = _try_rows(model, inputs[0].name, outputs, batch, shape, name)
    opset = max((entry.version for entry in model.opset_import), default=0)
    maker = " ".join(f"{model.producer_name} {model.producer_version}".split())[:60]
    return OnnxSource(
        name,
        kept,
        inputs[0].name,
        shape,
        outputs,
        shapes,
        rows,
        _ending(model, outputs[0]),
        weight_count(model),
        f"ONNX, opset {opset}" + (f", by {maker}" if maker else ""),
        (f"{name} was saved in {types} and is computed in float32.",) if types else (),
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
        raise ImportRefusedError(error.message, error.hint) from error


def _wrong_inputs(inputs, name: str) -> ImportRefusedError:
    if len(inputs) == 1:
        return ImportRefusedError(f"{name} has no output.", _MEND)
    named = ", ".join(" ".join(value.name.split())[:30] for value in inputs[:4])
    mend = "Of a conditional model, export a module that fixes the condition and takes the code alone."
    return ImportRefusedError(
        f"{name} has {len(inputs)} inputs{f' ({named})' if named else ''}, one is known here.", mend if named else _MEND
    )


def _refuse_training(model, name: str) -> None:
    """Refuse a normalisation by the other rows of a batch."""
    for node in model.graph.node:
        training = any(attribute.name == "training_mode" and attribute.i for attribute in node.attribute)
        if node.op_type == "BatchNormalization" and (training or len(node.output) > 1):
            raise ImportRefusedError(
                f"{name} was exported in training mode: its BatchNormalization depends on the other rows of a batch.",
                "Call model.eval() before you export it.",
            )


def _try_rows(
    model, input_name: str, outputs: tuple[str, ...], batch: int, shape: Shape, name: str
) -> tuple[bytes, int | None, tuple[Shape, ...]]:
    """Find how many rows a network takes, by running it on noise.

    Args:
        batch: the number of rows that the file names, 0 for any.
        shape: of a row.

    Returns:
        The file to keep, the only number of rows that it takes, None for any, and the shapes of its outputs.
    """
    import onnx

    _check_sizes(model, name)
    data, noise = model.SerializeToString(), _noise(ONNX_ROWS, shape)
    free = with_free_rows(model, input_name, batch or 1)
    single = None
    if batch < 2:  # or the file itself does not take one row
        session = _open(data, name)
        _try_extremes(session, input_name, outputs, 1, shape, name)
        single = [_run(session, input_name, outputs, row[None], name) for row in noise[:3]]
    try:
        if _check_sizes(onnx.ModelProto.FromString(free), name) != ROWS:
            raise ImportRefusedError(f"{name} takes one number of rows alone.", _MEND)
        session = _open(free, name)
        if single is None:
            _try_extremes(session, input_name, outputs, 1, shape, name)
            single = [_run(session, input_name, outputs, row[None], name) for row in noise[:3]]
        for size in _SIZES:
            together = _run(session, input_name, outputs, noise[:size], name)
        same = all(
            np.allclose(whole[row], part[0], atol=1e-3 * max(1.0, float(np.abs(part).max())))
            for row, parts in enumerate(single)
            for whole, part in zip(together, parts, strict=True)
            if len(whole) == len(noise)
        ) and all(len(whole) == len(noise) for whole in together)
    except ImportRefusedError:
        same = False
    if same or batch < 2:
        kept, rows = (free, None) if same else (data, 1)
        return kept, rows, tuple(output.shape[1:] for output in single[0])
    return data, batch, _try_fixed(data, input_name, outputs, _noise(batch, shape), name)


def _try_fixed(data: bytes, input_name: str, outputs: tuple[str, ...], noise: np.ndarray, name: str):
    """Run a network on the one number of rows that it takes; the shapes of its outputs.

    Raises:
        ImportRefusedError: it fails, or a row depends on the others.
    """
    if len(noise) > MOST_ROWS:
        raise ImportRefusedError(
            f"{name} takes {len(noise):,} rows at once and no other number.", "Export it with an example of one row."
        )
    session = _open(data, name)
    _try_extremes(session, input_name, outputs, len(noise), noise.shape[1:], name)
    half = len(noise) // 2
    moved = np.zeros_like(noise)  # the first rows in other places, with other rows beside them
    moved[-half:] = noise[:half]
    first, second = (_run(session, input_name, outputs, x, name) for x in (noise, moved))
    for one, other in zip(first, second, strict=True):
        scale = max(1.0, float(np.abs(one).max()))
        if len(one) != len(noise) or not np.allclose(one[:half], other[-half:], atol=1e-3 * scale):
            raise ImportRefusedError(
                f"{name} gives other results for a row in another place of its {len(noise)} rows, or beside others.",
                "Call model.eval() and export it with an example of one row.",
            )
    return tuple(output.shape[1:] for output in first)


def _input_shape(value, name: str) -> tuple[int, Shape]:
    """The number of rows that a network takes, 0 for any, and the shape of a row."""
    import onnx

    kind = value.type.tensor_type
    dims = list(kind.shape.dim)
    shape = tuple(dim.dim_value for dim in dims[1:])
    told = " × ".join(str(dim.dim_value or dim.dim_param or "?")[:30] for dim in dims)
    if kind.elem_type != onnx.TensorProto.FLOAT:
        type_ = onnx.TensorProto.DataType.Name(kind.elem_type).lower() if kind.elem_type else "no known type"
        raise ImportRefusedError(f"{name} takes numbers of the type {type_}, not float32.", "Export it in float32.")
    if not shape:
        what = f"one row of {told} numbers, without a batch axis" if dims else "an input of no known shape"
        raise ImportRefusedError(f"{name} takes {what}.", _MEND)
    if any(side < 1 for side in shape):
        raise ImportRefusedError(
            f"{name} takes inputs of an open size, {told}: only the first axis, of rows, may be open.",
            "Export it with a fixed size: leave the other axes out of dynamic_axes and dynamic_shapes.",
        )
    if prod(shape) > _MOST_VALUES:
        raise ImportRefusedError(f"{name} takes {prod(shape):,} numbers, at most {_MOST_VALUES:,} are given.", _MEND)
    return max(0, dims[0].dim_value), shape


def open_session(data: bytes, file: OnnxFile) -> Callable[[np.ndarray], list[np.ndarray]]:
    """A function that runs a file that was read: float32 `(n, …)` → its outputs.

    Raises:
        ImportRefusedError: onnxruntime cannot open it.
    """

    session = _open(data, "The network")

    def run(x: np.ndarray) -> list[np.ndarray]:
        def batch(part: np.ndarray) -> list[np.ndarray]:
            return _run(session, file.input_name, file.tensor_names, part, "The network")

        return map_batches(batch, x, largest=ONNX_ROWS, only=file.batch)  # of the sizes that it was tried with

    return run


def try_part(data: bytes, part: OnnxPart, name: str) -> None:
    """Run a bundle's ONNX file with all batch sizes that it will be given, on extreme numbers too.

    Raises:
        ImportRefusedError: it fails, or gives other shapes than announced.
    """
    outputs = tuple(f"output_{index}" for index in range(len(part.output_shapes)))
    session = _open(data, name)
    _try_extremes(session, "input", outputs, part.batch or 1, part.input_shape, name)
    for rows in (part.batch,) if part.batch else _SIZES:
        results = _run(session, "input", outputs, _noise(rows, part.input_shape), name)
        if [result.shape for result in results] != [(rows, *shape) for shape in part.output_shapes]:
            raise ImportRefusedError(f"{name} gives other shapes than its model.json announces.", "Export it again.")


def _try_extremes(session, input_name: str, outputs: tuple[str, ...], rows: int, shape: Shape, name: str) -> None:
    """Run it on rows of zeros, of the largest numbers there are, and of none; what it gives may be anything.

    A fault of onnxruntime's would end this process, not the server, which decodes zeros when it opens a model.
    """
    for number in _EXTREMES:
        _results(session, input_name, outputs, np.full((rows, *shape), number, np.float32), name)


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
        if fault := _fault(result):
            raise ImportRefusedError(f"{name}: the output {output[:60]!r} {fault}.", _MEND)
    return results


def _fault(result) -> str:
    """What is wrong with an output, "" if nothing is."""
    if not isinstance(result, np.ndarray) or result.dtype != np.float32:
        return f"is of the type {getattr(result, 'dtype', type(result).__name__)}, not float32"
    if result.ndim < 2:
        return "is a single number for each row, or has no batch axis"
    if prod(result.shape[1:]) > _MOST_VALUES:
        return f"has {prod(result.shape[1:]):,} numbers a row, at most {_MOST_VALUES:,} are taken"
    if not np.isfinite(result).all():
        return "holds NaN or infinity"
    return ""
