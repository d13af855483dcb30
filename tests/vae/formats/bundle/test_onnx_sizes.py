"""Sizes of ONNX tensors: equal to those of onnxruntime, fixed or proportional to the rows; and integer divisions."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from tests.vae.formats.importing.onnx_files import constant, decoder_model, file_of, node
from tests.vae.formats.importing.torch_cases import COMMITTED, committed
from vae.errors import BundleError
from vae.formats.bundle import onnx_sizes
from vae.formats.bundle.onnx_file import OPERATORS, parse_onnx
from vae.formats.bundle.onnx_sizes import ROWS, rows_taken
from vae.formats.importing.onnx_float32 import to_float32

_NUMBERS = "depends on the values"
_ROWS = "depends on the number of rows"
_DIVISOR = "divides integers by values that are not constant, or by 0 or −1"
_FIRST = [node("Shape", ["z"], ["shape"]), node("Gather", ["shape", "zero"], ["n"])]
_ZERO = constant("zero", np.array([0]))


def _taken(data: bytes) -> tuple[int, ...]:
    return rows_taken(parse_onnx(data, "decoder.onnx"), "decoder.onnx")


def _added(*operators, constants: dict | None = None, first: bool = True) -> bytes:
    """Return a decoder that adds the mean of the tensor `large` to its code."""
    return file_of(
        *(_FIRST if first else ()),
        *operators,
        node("Cast", ["large"], ["large_floats"], to=TensorProto.FLOAT),
        node("ReduceMax", ["large_floats"], ["most"], keepdims=0),
        node("Add", ["z", "most"], ["made"]),
        constants=[*([_ZERO] if first else []), *(constant(key, value) for key, value in (constants or {}).items())],
    )


def _made(model, rows: int) -> list[tuple[int, ...]]:
    """Return the shapes of all outputs as onnxruntime computes them."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    names = [name for one in model.graph.node if one.op_type != "Constant" for name in one.output if name]
    del model.graph.output[:]
    for name in names:
        model.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    shape = [rows, *(dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim[1:])]
    outputs = session.run(names, {model.graph.input[0].name: np.full(shape, 0.5, np.float32)})
    return [np.shape(output) for output in outputs]


@pytest.mark.parametrize("name", sorted(set(COMMITTED) - {"data-files"}))  # of which the models are not whole
def test_files_of_torch_have_the_sizes_that_onnxruntime_makes(name):
    for _, path in committed(name).files:
        model = parse_onnx(path.read_bytes(), path.name)
        to_float32(model, path.name)
        only = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
        assert rows_taken(model, path.name) == ((only,) if only else ROWS)
        for rows in (only,) if only else (1, 5, 16):
            assert onnx_sizes._Network(model, path.name).shapes(rows) == _made(model, rows)


_HALVES = [
    # As tf2onnx crops what a transposed convolution gives too much.
    node("Unsqueeze", ["z", "plane"], ["square"]),
    node("Expand", ["square", "spread"], ["large"]),
    node("Shape", ["large"], ["lengths"]),
    node("Slice", ["lengths", "two_axes", "four_axes"], ["high"]),
    node("Sub", ["high", "wanted"], ["over"]),
    node("Div", ["over", "two"], ["start"]),
    node("Add", ["start", "wanted"], ["end"]),
    node("Slice", ["large", "start", "end", "plane"], ["cropped"]),
    node("ReduceMean", ["cropped", "plane"], ["made"], keepdims=0),
]
_GOOD = {
    "view(size(0), -1)": (
        [*_FIRST, node("Concat", ["n", "rest"], ["lengths"], axis=0), node("Reshape", ["z", "lengths"], ["made"])],
        {"zero": np.array([0]), "rest": np.array([-1])},
    ),
    "view(size(0) * 2, 1)": (
        [
            *_FIRST,
            node("Mul", ["n", "two"], ["twice"]),
            node("Concat", ["twice", "one"], ["lengths"], axis=0),
            node("Reshape", ["z", "lengths"], ["tall"]),
            node("Reshape", ["tall", "back"], ["made"]),
        ],
        {"zero": np.array([0]), "two": np.array([2]), "one": np.array([1]), "back": np.array([-1, 2])},
    ),
    "size(0) * size(1) // 2 rows": (
        [
            *_FIRST,
            node("Size", ["z"], ["numbers"]),
            node("Div", ["numbers", "two"], ["half"]),
            node("Concat", ["half", "two"], ["lengths"], axis=0),
            node("Reshape", ["z", "lengths"], ["made"]),
        ],
        {"zero": np.array([0]), "two": np.array([2])},
    ),
    "zeros(size(0), 2)": (
        [
            *_FIRST,
            node("Concat", ["n", "two"], ["lengths"], axis=0),
            node("ConstantOfShape", ["lengths"], ["zeros"]),
            node("Add", ["z", "zeros"], ["made"]),
        ],
        {"zero": np.array([0]), "two": np.array([2])},
    ),
    "a learned row, repeated": (
        [
            *_FIRST,
            node("Concat", ["n", "one"], ["times"], axis=0),
            node("Tile", ["learned", "times"], ["rows"]),
            node("Add", ["z", "rows"], ["made"]),
        ],
        {"zero": np.array([0]), "one": np.array([1]), "learned": np.ones((1, 2), np.float32)},
    ),
    "expand, as torch's older exporter writes it": (
        [
            *_FIRST,
            node("Concat", ["n", "rest"], ["lengths"], axis=0),
            node("Equal", ["lengths", "rest"], ["same"]),
            node("Where", ["same", "one", "lengths"], ["no_sign"]),
            node("Expand", ["learned", "no_sign"], ["rows"]),
            node("Add", ["z", "rows"], ["made"]),
        ],
        {"zero": np.array([0]), "one": np.array([1]), "rest": np.array([-1]), "learned": np.ones((1, 2), np.float32)},
    ),
    "sizes of an upsampling": (
        [
            node("Unsqueeze", ["z", "plane"], ["square"]),
            node("Shape", ["square"], ["shape"]),
            node("Slice", ["shape", "zero", "two"], ["start"]),
            node("Slice", ["shape", "two", "four"], ["lengths"]),
            node("Cast", ["lengths"], ["as_floats"], to=TensorProto.FLOAT),
            node("Mul", ["as_floats", "factor"], ["more"]),
            node("Floor", ["more"], ["whole"]),
            node("Cast", ["whole"], ["as_sides"], to=TensorProto.INT64),
            node("Concat", ["start", "as_sides"], ["all"], axis=0),
            node("Resize", ["square", "", "", "all"], ["large"]),
            node("ReduceMean", ["large", "plane"], ["made"], keepdims=0),
        ],
        {
            "zero": np.array([0]), "two": np.array([2]), "four": np.array([4]), "plane": np.array([2, 3]),
            "factor": np.float32(2.5),
        },
    ),
    "a crop by half of what is too much": (
        _HALVES,
        {
            "plane": np.array([2, 3]), "spread": np.array([1, 1, 8, 8]), "two_axes": np.array([2]),
            "four_axes": np.array([4]), "wanted": np.array([5, 5]), "two": np.array([2]),
        },
    ),
    "integers divided by a constant": (
        [
            node("Cast", ["z"], ["whole"], to=TensorProto.INT64),
            node("Div", ["whole", "two"], ["half"]),
            node("Mod", ["half", "two"], ["odd"]),
            node("Cast", ["odd"], ["made"], to=TensorProto.FLOAT),
        ],
        {"two": np.array([2, -3])},
    ),
    "floats divided by what is computed": (
        [node("Exp", ["z"], ["above_0"]), node("Div", ["z", "above_0"], ["made"])],
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _GOOD)
def test_operators_of_usual_exporters_accept_any_number_of_rows(name):
    operators, constants = _GOOD[name]
    data = file_of(*operators, constants=[constant(key, value) for key, value in constants.items()])
    assert _taken(data) == ROWS
    model = parse_onnx(data, "decoder.onnx")
    for rows in ROWS:
        assert onnx_sizes._Network(model, "decoder.onnx").shapes(rows) == _made(model, rows)


@pytest.mark.full
def test_every_operator_has_the_size_of_its_example_in_onnx():
    """ONNX's own test cases: one operator, its inputs and its outputs."""
    from onnx.backend.test.case import node as package
    from onnx.backend.test.case.node import collect_testcases
    from onnx.backend.test.case.utils import import_recursive

    import_recursive(package)
    seen = set()
    for example in {case.name: case for case in collect_testcases(None)}.values():
        operators = example.model.graph.node if example.model else ()
        if (
            example.model is None
            or len(operators) != 1
            or not example.data_sets
            or operators[0].op_type not in OPERATORS - {"Constant"}
        ):
            continue
        (operator,), (inputs, outputs) = operators, example.data_sets[0]
        if not all(isinstance(array, np.ndarray | np.generic) for array in (*inputs, *outputs)):
            continue  # sequences, and types that NumPy lacks
        model = onnx.ModelProto.FromString(example.model.SerializeToString())
        deciding = {*onnx_sizes._sizing(operator), *(operator.input[1:] if operator.op_type in ("Div", "Mod") else ())}
        arrays = dict(zip((value.name for value in model.graph.input), inputs, strict=True))
        model.graph.initializer.extend(constant(name, arrays[name]) for name in deciding & arrays.keys())
        for value in model.graph.input:  # a scalar has no rows
            if not len(value.type.tensor_type.shape.dim) and value.name not in deciding:
                model.graph.initializer.append(constant(value.name, arrays[value.name]))
        if len(model.graph.input) == len(model.graph.initializer):
            continue
        network = onnx_sizes._Network(model, example.name)
        rows = {value.name: value.type.tensor_type.shape.dim[0].dim_value for value in network._inputs}
        if len(set(rows.values())) <= 1:  # inputs of one length, as of one network
            found = network.shapes(next(iter(rows.values()), 1))
            assert found == [np.asarray(output).shape for output in outputs], example.name
            seen.add(operator.op_type)
    assert len(seen) > 0.9 * len(OPERATORS), sorted(OPERATORS - seen)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Expand", ["z", "whole"]), ("Tile", ["z", "whole"]), ("Reshape", ["z", "whole"]), ("Pad", ["z", "whole"]),
        ("ConstantOfShape", ["whole"]), ("Slice", ["z", "zeros", "whole"]), ("Resize", ["z", "", "", "whole"]),
        ("Upsample", ["z", "whole"]), ("Split", ["z", "whole"]), ("ReduceSum", ["z", "whole"]),
    ],
)  # fmt: skip
def test_rejects_sizes_that_depend_on_values(kind, inputs):
    """The size depends on the input through several operators."""
    whole = file_of(
        node("ReduceMax", ["z"], ["most"], keepdims=1),
        node("Cast", ["most"], ["number"], to=TensorProto.INT64),
        node("Identity", ["number"], ["whole"]),
        node(kind, inputs, ["made"]),
        constants=[constant("zeros", np.array([0]))],
    )
    with pytest.raises(BundleError, match=f"output size of a {kind} {_NUMBERS}"):
        _taken(whole)


def _polynomial(count: str) -> list:
    """Return a size that is 1 for 1 and 16 rows, and above a million between."""
    return [
        node("Sub", ["n", "one"], ["a"]),
        node("Sub", ["sixteen", "n"], ["b"]),
        node("Mul", ["a", "b"], ["c"]),
        node("Mul", ["c", "million"], ["d"]),
        node("Add", ["d", "one"], [count]),
    ]


_POLYNOMIAL = {"one": np.array([1]), "sixteen": np.array([16]), "million": np.array([1_000_000])}
_BAD = {
    "zeros": ([*_polynomial("count"), node("ConstantOfShape", ["count"], ["large"])], _POLYNOMIAL),
    "a number spread": ([*_polynomial("count"), node("Expand", ["one", "count"], ["large"])], _POLYNOMIAL),
    "a number repeated": ([*_polynomial("count"), node("Tile", ["one", "count"], ["large"])], _POLYNOMIAL),
    "an upsampling": (
        [
            *_polynomial("count"),
            node("Concat", ["one", "one", "count", "one"], ["lengths"], axis=0),
            node("Resize", ["pixel", "", "", "lengths"], ["large"]),
        ],
        _POLYNOMIAL | {"pixel": np.ones((1, 1, 1, 1), np.float32)},
    ),
    "an upsampling by a factor": (
        [
            *_polynomial("count"),
            node("Concat", ["one", "one", "count", "one"], ["lengths"], axis=0),
            node("Cast", ["lengths"], ["factors"], to=TensorProto.FLOAT),
            node("Resize", ["pixel", "", "factors"], ["large"]),
        ],
        _POLYNOMIAL | {"pixel": np.ones((1, 1, 1, 1), np.float32)},
    ),
    "a border": (
        [
            *_polynomial("count"),
            node("Concat", ["zero", "count"], ["lengths"], axis=0),
            node("Pad", ["one", "lengths"], ["large"]),
        ],
        _POLYNOMIAL,
    ),
    "a part of a table": (
        [*_polynomial("count"), node("Slice", ["table", "zero", "count"], ["large"])],
        _POLYNOMIAL | {"table": np.arange(20_000)},
    ),
    "a size from a table": (
        [node("Gather", ["table", "n"], ["count"]), node("ConstantOfShape", ["count"], ["large"])],
        {"table": np.array([1, 1, 1, 1, 10**8, *[1] * 12])},
    ),
    "one number of rows": (
        [
            node("Equal", ["n", "four"], ["is_four"]),
            node("Where", ["is_four", "million", "one"], ["count"]),
            node("ConstantOfShape", ["count"], ["large"]),
        ],
        _POLYNOMIAL | {"four": np.array([4])},
    ),
    "three rows, no batch size at all": (
        [
            node("Equal", ["n", "three"], ["is_three"]),
            node("Cast", ["is_three"], ["yes"], to=TensorProto.INT64),
            node("Mul", ["yes", "million"], ["more"]),
            node("Add", ["more", "one"], ["count"]),
            node("ConstantOfShape", ["count"], ["large"]),
        ],
        _POLYNOMIAL | {"three": np.array([3])},
    ),
    "the square of the rows": (
        [node("Mul", ["n", "n"], ["square"]), node("ConstantOfShape", ["square"], ["large"])],
        {},
    ),
    "the rows by the rows": (
        [node("Concat", ["n", "n"], ["square"], axis=0), node("ConstantOfShape", ["square"], ["large"])],
        {},
    ),
    "one more than the rows": (
        [node("Add", ["n", "one"], ["more"]), node("ConstantOfShape", ["more"], ["large"])],
        _POLYNOMIAL,
    ),
    "a third of the rows": (
        [node("Div", ["n", "three"], ["third"]), node("ConstantOfShape", ["third"], ["large"])],
        {"three": np.array([3])},
    ),
    "the rest of the rows": (
        [node("Mod", ["n", "three"], ["rest"]), node("ConstantOfShape", ["rest"], ["large"])],
        {"three": np.array([3])},
    ),
    "at most four rows": (
        [node("Min", ["n", "four"], ["few"]), node("ConstantOfShape", ["few"], ["large"])],
        {"four": np.array([4])},
    ),
    "by all numbers of a batch": (
        [
            node("Size", ["z"], ["numbers"]),
            node("Sub", ["numbers", "two"], ["more"]),
            node("Reshape", ["more", "one"], ["count"]),
            node("ConstantOfShape", ["count"], ["large"]),
        ],
        {"one": np.array([1]), "two": np.array(2)},
    ),
    "by a size that was turned": (
        [
            node("Transpose", ["z"], ["turned"]),
            node("Shape", ["turned"], ["lengths"]),
            node("Gather", ["lengths", "one"], ["rows"]),
            node("Mul", ["rows", "rows"], ["square"]),
            node("ConstantOfShape", ["square"], ["large"]),
        ],
        {"one": np.array([1])},
    ),
    "a size below 0": (
        [node("Sub", ["n", "three"], ["fewer"]), node("ConstantOfShape", ["fewer"], ["large"])],
        {"three": np.array([3])},
    ),
    # Without any size that is computed: rows from the fifth last to the fifth are 1 at 1, 5 at 5 and none at 16.
    "rows counted from both ends": ([node("Slice", ["z", "back", "to", "zero"], ["large"])], {
        "back": np.array([-5]), "to": np.array([5]),
    }),
    "every row with every other": (
        [node("Transpose", ["z"], ["turned"]), node("MatMul", ["z", "turned"], ["large"])],
        {},
    ),
    "a convolution over the rows": (
        [
            node("Transpose", ["z"], ["turned"]),
            node("Unsqueeze", ["turned", "zero"], ["line"]),
            node("Conv", ["line", "filter"], ["large"], pads=[3, 3]),
        ],
        {"filter": np.ones((1, 2, 3), np.float32)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _BAD)
def test_rejects_sizes_that_depend_on_the_number_of_rows(name):
    operators, constants = _BAD[name]
    with pytest.raises(BundleError, match=_ROWS):
        _taken(_added(*operators, constants=constants))


def test_no_tensor_is_too_large_for_the_memory():
    whole = _added(
        node("ConstantOfShape", ["lengths"], ["large"]), constants={"lengths": np.array([20_000, 20_000])}, first=False
    )
    with pytest.raises(BundleError, match="returns 400,000,000 numbers; the limit is"):
        _taken(whole)


def test_a_network_for_one_row_at_a_time_takes_one():
    one_row = [node("Reshape", ["z", "lengths"], ["made"])]
    assert _taken(file_of(*one_row, constants=[constant("lengths", np.array([1, 2]))])) == (1,)


@pytest.mark.parametrize("kind", ["Div", "Mod"])
@pytest.mark.parametrize("dtype", [np.int64, np.int32])
@pytest.mark.parametrize("divisor", ["code", "rows", "zero", "minus one", "zero of a few"])
def test_integers_are_not_divided_by_what_may_trap(kind, dtype, divisor):
    to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    operators = {
        "code": [node("Cast", ["z"], ["found"], to=to)],
        "rows": [node("Cast", ["n"], ["found"], to=to)],
        "zero": [node("Sub", ["one", "one"], ["found"])],
        "minus one": [node("Neg", ["one"], ["found"])],
        "zero of a few": [node("Identity", ["few"], ["found"])],
    }[divisor]
    whole = _added(
        *operators,
        node("Identity", ["found"], ["divisor"]),
        node(kind, ["smallest", "divisor"], ["large"]),
        constants={"smallest": np.array([np.iinfo(dtype).min], dtype), "one": np.array([1], dtype),
                   "few": np.array([1, 0], dtype)},
    )  # fmt: skip
    with pytest.raises(BundleError, match=f"a {kind} {_DIVISOR}"):
        _taken(whole)


def test_a_tensor_has_one_maker():
    """With two tensors of one name, another one could be used than the one that was checked."""
    with pytest.raises(BundleError, match="two tensors with the same name"):
        _taken(file_of(node("Identity", ["z"], ["kernel"]), node("Identity", ["z"], ["made"])))


def test_an_operator_that_this_opset_lacks():
    model = decoder_model(node("Mish", ["z"], ["made"]))
    model.opset_import[0].version = 11
    with pytest.raises(BundleError, match="uses Mish, which ONNX opset 11 does not have"):
        _taken(model.SerializeToString())
