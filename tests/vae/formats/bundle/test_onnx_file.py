"""ONNX files in bundles: known operators, weights inside, sizes independent of values, and a fitting manifest."""

import numpy as np
import onnx
import pytest

from tests.vae.formats.importing.hostile_onnx import decoder_model
from tests.vae.formats.importing.imported_bundles import save_onnx
from tests.vae.formats.importing.onnx_files import constant, node
from vae.errors import BundleError
from vae.formats.bundle import load_bundle
from vae.formats.bundle.onnx_file import OPERATORS, check_part, parse_onnx, weight_count
from vae.models.imported_config import OnnxPart


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_bundle(save_onnx(tmp_path_factory.mktemp("onnx") / "onnx")).onnx["decoder"]


def _part(data: bytes, **change) -> OnnxPart:
    parameters = weight_count(onnx.ModelProto.FromString(data))
    return OnnxPart(**{"input_shape": (2,), "output_shapes": ((8, 8, 1),), "parameters": parameters} | change)


def test_accepts_a_file_that_matches_the_manifest(data):
    check_part(data, _part(data), "decoder.onnx")


@pytest.mark.parametrize(
    "change",
    [{"input_shape": (3,)}, {"output_shapes": ((8, 8, 3),)}, {"output_shapes": ((8, 8, 1),) * 2}, {"parameters": 1}],
)
def test_or_it_is_refused(data, change):
    with pytest.raises(BundleError, match=r"its model\.json"):
        check_part(data, _part(data, **change), "decoder.onnx")


def test_each_operator_is_one_of_onnx():
    known = {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}
    assert known >= OPERATORS
    graphs = (onnx.defs.OpSchema.AttrType.GRAPH, onnx.defs.OpSchema.AttrType.GRAPHS)
    holding = {
        schema.name
        for schema in onnx.defs.get_all_schemas()
        if any(attribute.type in graphs for attribute in schema.attributes.values())
    }
    assert holding >= {"Loop", "If", "Scan"}
    assert not OPERATORS & holding
    assert not {name for name in OPERATORS if "Random" in name or "Sequence" in name or "Optional" in name}


@pytest.mark.parametrize(
    ("operators", "constants", "message"),
    [
        (
            [node("Cast", ["z"], ["whole"], to=onnx.TensorProto.INT64), node("Div", ["two", "whole"], ["found"])],
            {"two": np.array([2])},
            "divides integers",
        ),
        (
            [
                node("Shape", ["z"], ["shape"]),
                node("Mul", ["shape", "shape"], ["lengths"]),
                node("ConstantOfShape", ["lengths"], ["found"]),
            ],
            {},
            "depends on the number of rows",
        ),
        (
            [node("ConstantOfShape", ["lengths"], ["found"])],
            {"lengths": np.array([10**5, 10**5])},
            "the limit is 375,000,000",
        ),
        ([node("Reshape", ["z", "one"], ["found"])], {"one": np.array([1, 2])}, "does not accept 2 rows at once"),
    ],
)
def test_rejects_operators_that_can_crash_the_process(data, operators, constants, message):
    """Every reader of a bundle checks this, not only the import."""
    model = onnx.ModelProto.FromString(data)
    place = 1 + [one.output[0] for one in model.graph.node].index("z")
    rest = [onnx.NodeProto.FromString(one.SerializeToString()) for one in model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend([*rest[:place], *operators, *rest[place:]])
    model.graph.initializer.extend(constant(name, value) for name, value in constants.items())
    changed = model.SerializeToString()
    with pytest.raises(BundleError, match=message):
        check_part(changed, _part(changed), "decoder.onnx")


def test_weights_as_old_exporters_list_them():
    """Initialisers that are also listed as inputs count as weights."""
    model = decoder_model()
    info = onnx.helper.make_tensor_value_info("kernel", onnx.TensorProto.FLOAT, [2, 64])
    model.graph.input.append(info)
    assert weight_count(parse_onnx(model.SerializeToString(), "decoder.onnx")) == 2 * 64 + 64 + 4
