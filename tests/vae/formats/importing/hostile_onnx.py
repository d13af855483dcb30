"""ONNX files that would read other files, run without end, or use up memory."""

import numpy as np
from onnx import TensorProto, helper

from tests.vae.formats.importing.hostile import Canary, Files, case
from tests.vae.formats.importing.onnx_files import constant, decoder_model, file_of, node

__all__: list[str] = []


def _onnx(model) -> Files:
    return [("decoder.onnx", model if isinstance(model, bytes) else model.SerializeToString())]


def _elsewhere(path: str) -> Files:
    model = decoder_model()
    kernel = model.graph.initializer[0]
    kernel.ClearField("raw_data")
    kernel.data_location = TensorProto.EXTERNAL
    for key, value in (("location", path), ("offset", "0"), ("length", "512")):
        kernel.external_data.add(key=key, value=value)
    return _onnx(model)


@case("stores weights in another file")
def onnx_weights_in_another_file(canary: Canary) -> Files:
    return _elsewhere(str(canary.file))


@case("stores weights in another file")
def onnx_weights_in_the_list_of_users(canary: Canary) -> Files:
    return _elsewhere("../../../../../../etc/passwd")


@case("stores weights in another file")
def a_constant_in_another_file(canary: Canary) -> Files:
    tensor = TensorProto(name="c", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=str(canary.file))
    return _onnx(file_of(node("Constant", [], ["c"], value=tensor), node("Add", ["z", "c"], ["made"])))


@case(r"uses the operator evil\.Run")
def operators_of_another_domain(canary: Canary) -> Files:
    return _onnx(file_of(node("Run", ["z"], ["made"], domain="evil"), domains=["evil"]))


@case(r"uses the operator ai\.onnx\.ml\.Scaler")
def operators_of_a_known_domain(canary: Canary) -> Files:
    return _onnx(file_of(node("Scaler", ["z"], ["made"], domain="ai.onnx.ml"), domains=["ai.onnx.ml"]))


@case(r"uses the operator com\.microsoft\.\w+")
def operators_of_an_undeclared_domain(canary: Canary) -> Files:
    return _onnx(file_of(node("Gelu", ["z"], ["made"], domain="com.microsoft")))


def _body(*outputs: str):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    return helper.make_graph([node("Identity", ["z"], [outputs[-1]])], "body", [], values)


@case("uses the operator Loop")
def a_loop_without_end(canary: Canary) -> Files:
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [node("Identity", ["going"], ["go"]), node("Identity", ["x"], ["y"])],
        "body",
        [info("i", TensorProto.INT64, []), info("going", TensorProto.BOOL, []), info("x", TensorProto.FLOAT, None)],
        [info("go", TensorProto.BOOL, []), info("y", TensorProto.FLOAT, None)],
    )
    return _onnx(file_of(node("Loop", ["", "", "z"], ["made"], body=body)))


@case("uses the operator If")
def a_branch(canary: Canary) -> Files:
    branch = node("If", ["yes"], ["made"], then_branch=_body("a"), else_branch=_body("b"))
    return _onnx(file_of(branch, constants=[constant("yes", np.array(True))]))


@case("uses the operator Scan")
def a_scan(canary: Canary) -> Files:
    return _onnx(file_of(node("Scan", ["z"], ["made"], body=_body("a"), num_scan_inputs=1)))


@case("contains a graph inside a Identity")
def a_graph_hidden_in_a_setting(canary: Canary) -> Files:
    return _onnx(file_of(node("Identity", ["z"], ["made"], body=_body("a"))))


@case(r"draws random numbers \(RandomNormalLike\)")
def draws_at_random(canary: Canary) -> Files:
    return _onnx(file_of(node("RandomNormalLike", ["z"], ["made"])))


def _blown_up(sides: list[int]) -> list:
    """A tensor of those sides, made of little, and its mean added to the code."""
    return [
        node("ReduceMax", ["large"], ["most"], keepdims=0),
        node("Add", ["z", "most"], ["made"]),
    ]


@case("returns 90,000,000,000 numbers; the limit is")
def a_constant_of_many_gigabytes(canary: Canary) -> Files:
    sides = [300_000, 300_000]
    return _onnx(
        file_of(
            node("ConstantOfShape", ["large_sides"], ["large"]),
            *_blown_up(sides),
            constants=[constant("large_sides", np.array(sides))],
        )
    )


@case("numbers; the limit is")
def a_code_repeated_by_the_billion(canary: Canary) -> Files:
    return _onnx(
        file_of(
            node("Tile", ["z", "times"], ["large"]),
            *_blown_up([]),
            constants=[constant("times", np.array([100_000, 100_000]))],
        )
    )


@case("numbers; the limit is")
def a_code_spread_over_gigabytes(canary: Canary) -> Files:
    return _onnx(
        file_of(
            node("Unsqueeze", ["z", "axis"], ["high"]),
            node("Expand", ["high", "large_sides"], ["large"]),
            *_blown_up([]),
            constants=[constant("axis", np.array([0])), constant("large_sides", np.array([10**9, 1, 2]))],
        )
    )


@case(r"needs [\d ]+ MB to run|does not run|memory or time")
def a_code_spread_over_two_gigabytes(canary: Canary) -> Files:
    return _onnx(
        file_of(
            node("ReduceMax", ["z"], ["number"], keepdims=0),
            node("Expand", ["number", "large_sides"], ["one"]),  # none of these tensors is too large by itself
            node("Relu", ["one"], ["two"]),
            node("Add", ["one", "two"], ["large"]),
            *_blown_up([]),
            constants=[constant("large_sides", np.array([200_000_000]))],
        )
    )


@case("depends on the values of the input")
def a_size_that_a_code_chooses(canary: Canary) -> Files:
    return _onnx(
        file_of(
            node("ReduceMax", ["z"], ["number"], keepdims=0),
            node("Mul", ["number", "a_million"], ["scaled"]),
            node("Cast", ["scaled"], ["whole"], to=TensorProto.INT64),
            node("Reshape", ["whole", "one"], ["side"]),
            node("ConstantOfShape", ["side"], ["large"]),
            *_blown_up([]),
            constants=[constant("a_million", np.float32(1e6)), constant("one", np.array([1]))],
        )
    )


@case("a Div divides integers by values that are not constant")
def a_division_that_traps(canary: Canary) -> Files:
    """Of the smallest integer by −1 for a code of zeros, which a server decodes first and noise never is."""
    return _onnx(
        file_of(
            node("Mul", ["z", "scale"], ["scaled"]),
            node("Cast", ["scaled"], ["whole"], to=TensorProto.INT64),
            node("Sub", ["whole", "one"], ["divisor"]),
            node("Div", ["smallest", "divisor"], ["quotient"]),
            node("Cast", ["quotient"], ["as_float"], to=TensorProto.FLOAT),
            node("Mul", ["as_float", "nothing"], ["nothings"]),
            node("Add", ["z", "nothings"], ["made"]),
            constants=[
                constant("scale", np.float32(1e9)),
                constant("one", np.ones(2, np.int64)),
                constant("smallest", np.full(2, np.iinfo(np.int64).min)),
                constant("nothing", np.float32(0)),
            ],
        )
    )


@case("depends on the number of rows")
def a_size_that_is_small_for_1_and_16_rows(canary: Canary) -> Files:
    """And gigabytes for those between."""
    return _onnx(
        file_of(
            node("Shape", ["z"], ["shape"]),
            node("Gather", ["shape", "first"], ["n"]),
            node("Sub", ["n", "one"], ["a"]),
            node("Sub", ["sixteen", "n"], ["b"]),
            node("Mul", ["a", "b"], ["c"]),
            node("Mul", ["c", "size"], ["d"]),
            node("Add", ["d", "one"], ["count"]),
            node("ConstantOfShape", ["count"], ["large"]),
            *_blown_up([]),
            constants=[
                constant("first", np.array([0])),
                constant("one", np.array([1])),
                constant("sixteen", np.array([16])),
                constant("size", np.array([40_000_000])),
            ],
        )
    )


@case("do not fill its shape")
def a_weight_of_a_huge_shape_and_no_numbers(canary: Canary) -> Files:
    model = decoder_model()
    model.graph.initializer[0].dims[:] = [2**31, 2**31]
    return _onnx(model)


@case("do not fill its shape")
def a_weight_of_a_shape_below_zero(canary: Canary) -> Files:
    model = decoder_model()
    model.graph.initializer[0].dims[:] = [-2, -64]
    return _onnx(model)


@case("contains a tensor of the type string")
def a_constant_of_text(canary: Canary) -> Files:
    values = [str(canary.file).encode()]
    text = helper.make_tensor("text", TensorProto.STRING, [1], values)  # pyright: ignore[reportArgumentType]  not in stubs
    return _onnx(file_of(node("Constant", [], ["unused"], value=text), node("Identity", ["z"], ["made"])))


@case("contains NaN or infinity")
def onnx_weights_that_are_no_numbers(canary: Canary) -> Files:
    return _onnx(
        file_of(node("Add", ["z", "odd"], ["made"]), constants=[constant("odd", np.array([np.nan, 1], np.float32))])
    )


@case("contains NaN or infinity")
def pictures_that_are_no_numbers(canary: Canary) -> Files:
    return _onnx(
        file_of(
            node("Sub", ["z", "z"], ["zero"]),
            node("Div", ["zero", "zero"], ["made"]),
        )
    )


@case("has user-defined functions")
def functions_of_its_own(canary: Canary) -> Files:
    opset = [helper.make_opsetid("", 18)]
    function = helper.make_function("", "Mine", ["x"], ["y"], [node("Identity", ["x"], ["y"])], opset)
    return _onnx(file_of(node("Mine", ["z"], ["made"]), functions=[function]))


@case("has 6,003 operators")
def operators_by_the_thousand(canary: Canary) -> Files:
    chain = [node("Relu", ["z" if i == 0 else f"r{i}"], ["made" if i == 5999 else f"r{i + 1}"]) for i in range(6000)]
    return _onnx(file_of(*chain))


@case("operators; the limit is|memory")
def operators_by_the_million(canary: Canary) -> Files:
    path = canary.folder / "decoder.onnx"
    graph = b"\x0a\x00" * 10_000_000  # a graph's field 1: operators without a name
    length, varint = len(graph), bytearray()
    while length > 127:
        varint.append(length & 127 | 128)
        length >>= 7
    varint.append(length)
    opset = b"\x42\x02\x10\x12"
    path.write_bytes(opset + b"\x3a" + bytes(varint) + graph)
    return [("decoder.onnx", path)]


@case("has more than 10,000 tensors")
def weights_by_the_thousand(canary: Canary) -> Files:
    return _onnx(file_of(constants=[constant(f"c{number}", np.float32(0)) for number in range(20_000)]))


@case("memory or time")
def a_network_that_computes_for_minutes(canary: Canary) -> Files:
    layers = 3000
    chain = [
        node("ReduceSum", ["z"], ["number"], keepdims=0),
        node("Expand", ["number", "sides_0"], ["m0"]),
        *(node("MatMul", [f"m{number}", "m0"], [f"p{number}"]) for number in range(layers)),
    ]
    nodes = []
    for one in chain:
        nodes.append(one)
        if one.op_type == "MatMul":  # kept small, or it would be refused for its numbers
            nodes.append(node("Tanh", [one.output[0]], [f"m{one.output[0][1:]}n"]))
    for number, one in enumerate(one for one in nodes if one.op_type == "MatMul"):
        one.input[0] = "m0" if number == 0 else f"m{number - 1}n"
    nodes[-1].output[0] = "large"
    # Small enough to pass the count of operators.
    del nodes[2 + 2 * 900 : -2]
    nodes[-2].input[0] = "m899n"
    sides = constant("sides_0", np.array([1500, 1500]))
    return _onnx(file_of(*nodes, *_blown_up([]), constants=[sides]))


@case(r"has 2 inputs \(z, more\); one is supported")
def two_inputs(canary: Canary) -> Files:
    model = decoder_model()
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["n", 2]))
    return _onnx(model)


@case("has the type string")
def an_input_of_text(canary: Canary) -> Files:
    model = decoder_model()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING
    return _onnx(model)


@case("numbers; the limit is")
def an_input_of_a_huge_size(canary: Canary) -> Files:
    model = decoder_model()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2**40
    return _onnx(model)


@case("before its inputs")
def operators_in_a_circle(canary: Canary) -> Files:
    return _onnx(file_of(node("Add", ["z", "b"], ["made"]), node("Identity", ["made"], ["b"])))


@case("is not a readable ONNX file|has no operator")
def brackets_of_protobuf_without_end(canary: Canary) -> Files:
    data = b""
    for _ in range(5000):
        length, size = len(data), b""
        while length > 127:
            size += bytes([length & 127 | 128])
            length >>= 7
        data = b"\x3a" + size + bytes([length]) + data
    return _onnx(data)
