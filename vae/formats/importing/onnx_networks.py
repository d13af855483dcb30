"""Reads an ONNX file and runs it to find its shapes and batch sizes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from vae.batching import BUCKETS, map_batches
from vae.errors import BundleError, ImportRefusedError, ModelStoppedError
from vae.formats.bundle.onnx_file import parse_onnx, weight_count
from vae.formats.bundle.onnx_sizes import ROWS, rows_taken
from vae.formats.importing.draft import OnnxFile
from vae.formats.importing.onnx_float32 import to_float32
from vae.formats.importing.onnx_rows import with_free_rows
from vae.inference.network_host import ForeignNetwork, NetworkSession, open_networks
from vae.message import N_, message
from vae.models.imported_config import MOST_ROWS, ONNX_ROWS, OnnxPart
from vae.models.networks.layer import Shape
from vae.models.onnx_session import reason_of

__all__ = ["OnnxSource", "open_files", "read_onnx", "try_part"]

_HINT = N_("Export it with one image or one code as input: torch.onnx.export(decoder, (z,), 'decoder.onnx').")
_RUN_HINT = N_("Run the model in ONNX Runtime to find the fault, and export it again.")
_MOST_VALUES = 4_000_000  # of one input or output, per row
_SIZES = tuple(size for size in BUCKETS if size <= ONNX_ROWS)  # of the batches that a network will run
_RESHAPING = (  # operators that do not change the numbers
    "Cast", "DepthToSpace", "Dropout", "Flatten", "Identity", "Reshape", "Slice", "SpaceToDepth", "Squeeze",
    "Transpose", "Unsqueeze",
)  # fmt: skip
_MOST = float(np.finfo(np.float32).max)
_EXTREMES = (0.0, _MOST, -_MOST, np.inf, -np.inf, np.nan)


@dataclass(frozen=True)
class OnnxSource:
    """A network of an ONNX file.

    Attributes:
        name: of its file.
        data: the file, with a free batch axis if it runs with one.
        input_name, input_shape: without the batch axis.
        output_names, output_shapes: found by running it, without the batch axis.
        batch: the only batch size that works; None if all do.
        ends: the last operator of the first output that changes the numbers.
        parameters: numbers in its initialisers.
        framework: the program that wrote it, and the ONNX opset.
        notes: for the user, a sentence each.
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
    """Check the file, run it on noise, and return its description.

    Raises:
        ImportRefusedError: the network does not have exactly one input of numbers, uses an operator that is not
            supported, or fails.
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
        raise ImportRefusedError(message("{name} has {n} outputs; the limit is 8.", name=name, n=len(outputs)), _HINT)
    if len(set(outputs)) < len(outputs):
        raise ImportRefusedError(message("{name} has two outputs with the same name.", name=name), "Export it again.")
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
        _ending(model, model.graph.output[0].name),
        weight_count(model),
        f"ONNX, opset {opset}" + (f", by {maker}" if maker else ""),
        (message("{name} was saved in {types} and runs in float32.", name=name, types=types),) if types else (),
    )


def _ending(model, output: str) -> str:
    """Return the operator that computes an output's numbers; "" for the input itself."""
    producers = {output: node for node in model.graph.node for output in node.output}
    node = producers.get(output)
    while node is not None and node.op_type in _RESHAPING:
        node = producers.get(node.input[0])
    return node.op_type if node is not None else ""


def _check_sizes(model, name: str) -> tuple[int, ...]:
    """Return the batch sizes that `rows_taken` finds.

    Raises:
        ImportRefusedError: the file is refused.
    """
    try:
        return rows_taken(model, name)
    except BundleError as error:
        raise ImportRefusedError(error.message, error.hint) from error


def _wrong_inputs(inputs, name: str) -> ImportRefusedError:
    if len(inputs) == 1:
        return ImportRefusedError(message("{name} has no output.", name=name), _HINT)
    named = ", ".join(" ".join(value.name.split())[:30] for value in inputs[:4])
    hint = N_("If the model is conditional, export a module with a fixed condition and the code as its only input.")
    return ImportRefusedError(
        message(
            "{name} has {n} inputs{value}; one is supported.",
            name=name,
            n=len(inputs),
            value=f" ({named})" if named else "",
        ),
        hint if named else _HINT,
    )


def _refuse_training(model, name: str) -> None:
    """Refuse batch normalisation in training mode."""
    for node in model.graph.node:
        training = any(attribute.name == "training_mode" and attribute.i for attribute in node.attribute)
        if node.op_type == "BatchNormalization" and (training or len(node.output) > 1):
            raise ImportRefusedError(
                message(
                    "{name} was exported in training mode: its BatchNormalization depends on the other rows "
                    "of a batch.",
                    name=name,
                ),
                "Call model.eval() before you export it.",
            )


def _try_rows(
    model, input_name: str, outputs: tuple[str, ...], batch: int, shape: Shape, name: str
) -> tuple[bytes, int | None, tuple[Shape, ...]]:
    """Find the batch sizes of a network by running it on noise.

    Args:
        batch: the batch size in the file, 0 for any.
        shape: of a row.

    Returns:
        The file to keep; the only batch size that works, None for any; and the shapes of the outputs.
    """
    import onnx

    _check_sizes(model, name)
    data, noise = model.SerializeToString(), _noise(ONNX_ROWS, shape)
    free = with_free_rows(model, input_name, batch or 1)
    single: list[list[np.ndarray]] = []  # the outputs for single rows
    if batch < 2:  # otherwise, the file does not accept one row
        session = _open(data, name)
        _try_extremes(session, input_name, outputs, 1, shape, name)
        single = [_run(session, input_name, outputs, row[None], name) for row in noise[:3]]
    try:
        if _check_sizes(onnx.ModelProto.FromString(free), name) != ROWS:
            raise ImportRefusedError(message("{name} works with one batch size only.", name=name), _HINT)
        session = _open(free, name)
        if not single:
            _try_extremes(session, input_name, outputs, 1, shape, name)
            single = [_run(session, input_name, outputs, row[None], name) for row in noise[:3]]
        together: list[np.ndarray] = []  # in the largest batch
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
    """Run a network with its only batch size; return the shapes of its outputs.

    Raises:
        ImportRefusedError: it fails, or a row depends on the other rows.
    """
    if len(noise) > MOST_ROWS:
        raise ImportRefusedError(
            message("{name} works only with {n} rows at once.", name=name, n=f"{len(noise):,}"),
            "Export it with an example of one row.",
        )
    session = _open(data, name)
    _try_extremes(session, input_name, outputs, len(noise), noise.shape[1:], name)
    half = len(noise) // 2
    moved = np.zeros_like(noise)  # the first rows at other positions, beside other rows
    moved[-half:] = noise[:half]
    first, second = (_run(session, input_name, outputs, x, name) for x in (noise, moved))
    for one, other in zip(first, second, strict=True):
        scale = max(1.0, float(np.abs(one).max()))
        if len(one) != len(noise) or not np.allclose(one[:half], other[-half:], atol=1e-3 * scale):
            raise ImportRefusedError(
                message(
                    "{name} returns other results for a row at another of its {n} positions, or beside other rows.",
                    name=name,
                    n=len(noise),
                ),
                "Call model.eval() and export it with an example of one row.",
            )
    return tuple(output.shape[1:] for output in first)


def _input_shape(value, name: str) -> tuple[int, Shape]:
    """Return the batch size in the file, 0 for any, and the shape of a row."""
    import onnx

    kind = value.type.tensor_type
    dims = list(kind.shape.dim)
    shape = tuple(dim.dim_value for dim in dims[1:])
    sides = " × ".join(str(dim.dim_value or dim.dim_param or "?")[:30] for dim in dims)
    if kind.elem_type != onnx.TensorProto.FLOAT:
        type_ = onnx.TensorProto.DataType.Name(kind.elem_type).lower() if kind.elem_type else N_("no known type")
        raise ImportRefusedError(
            message("The input of {name} has the type {type}, not float32.", name=name, type=type_),
            "Export it in float32.",
        )
    if not shape:
        what = message("the shape {sides}, without a batch axis", sides=sides) if dims else N_("no known shape")
        raise ImportRefusedError(message("The input of {name} has {what}.", name=name, what=what), _HINT)
    if any(side < 1 for side in shape):
        raise ImportRefusedError(
            message(
                "The input of {name} has no fixed size, {sides}: only the first axis, the batch, may be free.",
                name=name,
                sides=sides,
            ),
            "Export it with a fixed size: leave the other axes out of dynamic_axes and dynamic_shapes.",
        )
    if prod(shape) > _MOST_VALUES:
        raise ImportRefusedError(
            message(
                "The input of {name} has {prod} numbers; the limit is {most_values}.",
                name=name,
                prod=f"{prod(shape):,}",
                most_values=f"{_MOST_VALUES:,}",
            ),
            _HINT,
        )
    return max(0, dims[0].dim_value), shape


def open_files(files: Mapping[str, tuple[bytes, OnnxFile]]) -> dict[str, Callable[[np.ndarray], list[np.ndarray]]]:
    """Open networks with the host of this process (`vae.inference.network_host`).

    Args:
        files: checked files, by name.

    Returns:
        Functions that run them, by name: float32 `(n, …)` → the outputs. They raise an ImportRefusedError if ONNX
        Runtime fails, an output is not finite, or the process of the networks ends.
    """
    networks = {
        name: ForeignNetwork(
            data, name, file.input_name, file.input_shape, dict(zip(file.tensor_names, file.output_shapes, strict=True))
        )
        for name, (data, file) in files.items()
    }
    sessions = open_networks(networks)
    return {name: _batched(sessions[name], file) for name, (_, file) in files.items()}


def _batched(session: NetworkSession, file: OnnxFile) -> Callable[[np.ndarray], list[np.ndarray]]:
    def batch(part: np.ndarray) -> list[np.ndarray]:
        try:
            results = list(session(part))
        except (BundleError, ModelStoppedError) as error:
            raise ImportRefusedError(error.message, _RUN_HINT) from error
        _refuse_faults(file.tensor_names, results, N_("The network"))
        return results

    def run(x: np.ndarray) -> list[np.ndarray]:
        x = np.ascontiguousarray(x, np.float32)
        return map_batches(batch, x, largest=ONNX_ROWS, only=file.batch)  # the tested batch sizes

    return run


def try_part(data: bytes, part: OnnxPart, name: str) -> None:
    """Run a bundle's ONNX file with all batch sizes that are used later, and on extreme numbers.

    Raises:
        ImportRefusedError: it fails, or its output shapes differ from the manifest.
    """
    outputs = tuple(f"output_{index}" for index in range(len(part.output_shapes)))
    session = _open(data, name)
    _try_extremes(session, "input", outputs, part.batch or 1, part.input_shape, name)
    for rows in (part.batch,) if part.batch else _SIZES:
        results = _run(session, "input", outputs, _noise(rows, part.input_shape), name)
        if [result.shape for result in results] != [(rows, *shape) for shape in part.output_shapes]:
            raise ImportRefusedError(
                message("The output shapes of {name} differ from its model.json.", name=name), "Export it again."
            )


def _try_extremes(session, input_name: str, outputs: tuple[str, ...], rows: int, shape: Shape, name: str) -> None:
    """Run it on rows of zeros, of the largest numbers, of infinity and of NaN; the results are ignored.

    A crash of ONNX Runtime ends this process and not the server, which decodes zeros when it opens a model.
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
    except Exception as error:  # ONNX Runtime does not document its exceptions
        raise _fails(name, error) from error


def _fails(name: str, error: Exception) -> ImportRefusedError:
    return ImportRefusedError(
        message("{name} does not run in ONNX Runtime: {reason_of}.", name=name, reason_of=reason_of(error)), _RUN_HINT
    )


def _results(session, input_name: str, outputs: tuple[str, ...], x: np.ndarray, name: str) -> list[np.ndarray]:
    try:
        return session.run(list(outputs), {input_name: x})
    except Exception as error:
        raise _fails(name, error) from error


def _run(session, input_name: str, outputs: tuple[str, ...], x: np.ndarray, name: str) -> list[np.ndarray]:
    results = _results(session, input_name, outputs, x, name)
    _refuse_faults(outputs, results, name)
    return results


def _refuse_faults(outputs: Sequence[str], results: Sequence[np.ndarray], name: str) -> None:
    for output, result in zip(outputs, results, strict=True):
        if fault := _fault(result):
            raise ImportRefusedError(
                message("{name}: the output {output} {fault}.", name=name, output=repr(output[:60]), fault=fault),
                _RUN_HINT,
            )


def _fault(result) -> str:
    """Return the fault of an output, "" if there is none."""
    if not isinstance(result, np.ndarray) or result.dtype != np.float32:
        return message("has the type {getattr}, not float32", getattr=getattr(result, "dtype", type(result).__name__))
    if result.ndim < 2:
        return N_("is a single number for each row, or has no batch axis")
    if prod(result.shape[1:]) > _MOST_VALUES:
        return message(
            "has {prod} numbers a row; the limit is {most_values}",
            prod=f"{prod(result.shape[1:]):,}",
            most_values=f"{_MOST_VALUES:,}",
        )
    if not np.isfinite(result).all():
        return N_("contains NaN or infinity")
    return ""
