"""ONNX files in bundles: known operators, weights inside, sizes that no number decides, and what the manifest says."""

import numpy as np
import onnx
import pytest

from tests.vae.importing.hostile_onnx import decoder_model
from tests.vae.importing.imported_bundles import save_onnx
from tests.vae.importing.onnx_files import constant, file_of, node
from vae.bundle import load_bundle
from vae.bundle.onnx_file import OPERATORS, check_part, parse_onnx, weight_count
from vae.errors import BundleError
from vae.imported_config import OnnxPart


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_bundle(save_onnx(tmp_path_factory.mktemp("onnx") / "onnx")).onnx["decoder"]


def _part(data: bytes, **change) -> OnnxPart:
    parameters = weight_count(onnx.ModelProto.FromString(data))
    return OnnxPart(**{"input_shape": (2,), "output_shapes": ((8, 8, 1),), "parameters": parameters} | change)


def test_it_is_what_the_manifest_says(data):
    check_part(data, _part(data), "decoder.onnx")


@pytest.mark.parametrize(
    "change",
    [{"input_shape": (3,)}, {"output_shapes": ((8, 8, 3),)}, {"output_shapes": ((8, 8, 1),) * 2}, {"parameters": 1}],
)
def test_or_it_is_refused(data, change):
    with pytest.raises(BundleError, match=r"announces"):
        check_part(data, _part(data, **change), "decoder.onnx")


def test_each_operator_is_one_of_onnx():
    known = {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}
    assert known >= OPERATORS
    holding = {
        schema.name
        for schema in onnx.defs.get_all_schemas()
        if any(attribute.type.name in ("GRAPH", "GRAPHS") for attribute in schema.attributes.values())
    }
    assert holding >= {"Loop", "If", "Scan"}
    assert not OPERATORS & holding
    assert not {name for name in OPERATORS if "Random" in name or "Sequence" in name or "Optional" in name}


def test_a_size_may_be_made_of_sizes():
    """As exporters do: the number of rows, taken from the input's shape."""
    whole = file_of(
        node("Shape", ["z"], ["shape"]),
        node("Gather", ["shape", "zero"], ["rows"]),
        node("Concat", ["rows", "two"], ["made_of"], axis=0),
        node("Reshape", ["z", "made_of"], ["made"]),
        constants=[constant("zero", np.array([0])), constant("two", np.array([2]))],
    )
    parse_onnx(whole, "decoder.onnx")


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Expand", ["z", "whole"]), ("Tile", ["z", "whole"]), ("Reshape", ["z", "whole"]), ("Pad", ["z", "whole"]),
        ("ConstantOfShape", ["whole"]), ("Slice", ["z", "zeros", "whole"]), ("Resize", ["z", "", "", "whole"]),
    ],
)  # fmt: skip
def test_but_not_of_numbers(kind, inputs):
    """However far the way from the input to the size is."""
    whole = file_of(
        node("ReduceMax", ["z"], ["most"], keepdims=1),
        node("Cast", ["most"], ["number"], to=onnx.TensorProto.INT64),
        node("Identity", ["number"], ["whole"]),
        node(kind, inputs, ["made"]),
        constants=[constant("zeros", np.array([0]))],
    )
    with pytest.raises(BundleError, match=f"what a {kind} gives depends on the numbers"):
        parse_onnx(whole, "decoder.onnx")


def test_weights_as_old_exporters_list_them():
    """Initialisers that stand among the inputs, too, are weights all the same."""
    model = decoder_model()
    info = onnx.helper.make_tensor_value_info("kernel", onnx.TensorProto.FLOAT, [2, 64])
    model.graph.input.append(info)
    assert weight_count(parse_onnx(model.SerializeToString(), "decoder.onnx")) == 2 * 64 + 64 + 4
