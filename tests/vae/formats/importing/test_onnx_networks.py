"""ONNX files as exporters write them: numbers of rows, unused operator sets, other precisions than float32."""

import numpy as np
import onnx
import onnx.reference
import pytest
from onnx import TensorProto, numpy_helper

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.onnx_files import constant, decoder_model, node
from vae.errors import ImportRefusedError
from vae.formats.bundle import load_bundle
from vae.formats.exporting import FORMATS
from vae.formats.exporting.checking import Expected
from zscope.jobs.importing.candidate import Candidate
from zscope.jobs.importing.launcher import take_in
from zscope.library.registry import models_folder

pytestmark = pytest.mark.usefixtures("quick_start")

Z = np.random.default_rng(1).normal(size=(70, 2)).astype(np.float32)


def _pictures(model, name: str = "decoder.onnx"):
    made, _ = imported([(name, model.SerializeToString())])
    return made, np.asarray(made.vae.decoder(Z))


def _reference(model) -> np.ndarray:
    results = onnx.reference.ReferenceEvaluator(model).run(None, {"z": Z})
    assert isinstance(results, list)
    return results[0].transpose(0, 2, 3, 1)


def _batch(made) -> int | None:
    """Return the only number of rows that the decoder takes."""
    return made.config.onnx_parts["decoder"].batch


def _expected(*before, **settings) -> np.ndarray:
    """Return the outputs of the unchanged file by another implementation of ONNX."""
    model = decoder_model(*before, **settings)
    return _reference(model)


def _refusal(model) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        take_in([("decoder.onnx", model.SerializeToString())])
    assert caught.value.hint
    return str(caught.value)


class TestRows:
    @staticmethod
    def _fix(model, rows: int):
        """As exported with an example of so many rows, of which the exporter wrote the number into the shapes."""
        for value, place in ((model.graph.input[0], 0), (model.graph.output[0], 0)):
            value.type.tensor_type.shape.dim[place].dim_value = rows
        for tensor in model.graph.initializer:
            if tensor.name == "sides":
                tensor.CopyFrom(constant("sides", np.array([rows, 1, 8, 8])))
        return model

    @staticmethod
    def _class_vector(rows: int):
        """Operators that join a constant of so many rows to the code, so that no other number works."""
        rng = np.random.default_rng(2)
        before = [
            node("Concat", ["z", "class"], ["wide"], axis=1),
            node("MatMul", ["wide", "narrowing"], ["made"]),
        ]
        row = rng.normal(size=(1, 3)).astype(np.float32)
        narrowing = rng.normal(size=(5, 2)).astype(np.float32)
        return before, [constant("class", np.repeat(row, rows, 0)), constant("narrowing", narrowing)]

    @pytest.mark.parametrize("rows", [2, 16, 64, 100, 5000])
    def test_a_fixed_number_becomes_any_number(self, rows):
        made, pictures = _pictures(self._fix(decoder_model(), rows))
        assert _batch(made) is None
        np.testing.assert_allclose(pictures, _expected(), atol=1e-5)

    @pytest.mark.parametrize(
        ("shape", "attributes"), [((64, -1), {}), ((64, -1), {"allowzero": 1}), ((128, 1), {}), ((2, 64), {})]
    )
    def test_also_where_a_shape_between_holds_it(self, shape, attributes):
        there = node("Reshape", ["z", "between"], ["other"], **attributes)
        before = [there, node("Relu", ["other"], ["positive"]), node("Reshape", ["positive", "back"], ["made"])]
        model = decoder_model(
            *before, constants=[constant("between", np.array(shape)), constant("back", np.array([64, 2]))]
        )
        made, pictures = _pictures(self._fix(model, 64))
        assert _batch(made) is None
        np.testing.assert_allclose(pictures, _expected(node("Relu", ["z"], ["made"])), atol=1e-5)

    def test_a_row_that_is_repeated_for_a_batch(self):
        before = [node("Expand", ["single", "whole"], ["rows"]), node("Add", ["z", "rows"], ["made"])]
        row = constant("single", np.array([[3, -1]], np.float32))
        made, pictures = _pictures(
            self._fix(decoder_model(*before, constants=[row, constant("whole", np.array([64, 2]))]), 64)
        )
        assert _batch(made) is None
        np.testing.assert_allclose(
            pictures, _expected(node("Add", ["z", "single"], ["made"]), constants=[row]), atol=1e-5
        )

    @pytest.mark.parametrize("rows", [3, 64])
    def test_batches_are_padded_to_the_only_batch_size_of_a_network(self, rows, tmp_path, monkeypatch):
        """Also in a bundle, and in the lines that load an export."""
        monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
        before, constants = self._class_vector(rows)
        model = self._fix(decoder_model(*before, constants=constants), rows)
        made, pictures = _pictures(model)
        assert _batch(made) == rows
        before, constants = self._class_vector(len(Z))
        expected = _expected(*before, constants=constants)
        np.testing.assert_allclose(pictures, expected, atol=1e-5)
        intake = take_in([("decoder.onnx", model.SerializeToString())])
        candidate = Candidate(intake)
        id = candidate.keep(candidate.guess(None).choices, "Filled", None)
        intake.discard()
        bundle = load_bundle(models_folder() / id)
        np.testing.assert_allclose(np.asarray(bundle.vae.decoder(Z)), expected, atol=1e-5)
        (tmp_path / "export").mkdir()
        FORMATS["onnx"].write(bundle, models_folder() / id, tmp_path / "export")
        none = np.zeros((0, 8, 8, 1), np.float32)
        wanted = Expected(none, Z, {"pictures": expected})
        differences = FORMATS["onnx"].check(bundle, tmp_path / "export", wanted)
        assert differences["pictures"] < 1e-5

    def test_rejects_a_fixed_batch_size_above_the_limit(self):
        before, constants = self._class_vector(600)
        assert "works only with 600 rows at once" in _refusal(
            self._fix(decoder_model(*before, constants=constants), 600)
        )

    def test_rows_that_depend_on_each_other_are_refused(self):
        before = [node("ReduceMean", ["z", "first"], ["mean"], keepdims=1), node("Sub", ["z", "mean"], ["made"])]
        model = self._fix(decoder_model(*before, constants=[constant("first", np.array([0]))]), 64)
        assert "for a row at another of its 64 positions, or beside other rows" in _refusal(model)

    def test_so_are_rows_that_depend_on_their_place(self):
        places = np.arange(128, dtype=np.float32).reshape(64, 2)
        before = node("Add", ["z", "places"], ["made"])
        model = self._fix(decoder_model(before, constants=[constant("places", places)]), 64)
        assert "for a row at another of its 64 positions" in _refusal(model)

    @pytest.mark.parametrize("outputs", [["made"], ["made", "m", "v"]])
    def test_so_are_normalisations_of_training(self, outputs):
        names = ["scale", "shift", "mean", "var"]
        normalise = node("BatchNormalization", ["z", *names], outputs, training_mode=1)
        model = decoder_model(normalise, constants=[constant(name, np.ones(2, np.float32)) for name in names])
        assert "was exported in training mode" in _refusal(model)
        assert "model.eval()" in _refusal(model)


class TestOperatorSets:
    @pytest.mark.parametrize("domains", [["ai.onnx.ml"], ["ai.onnx.ml", "ai.onnx.training", "com.microsoft", "mine"]])
    def test_unused_ones_are_left_out(self, domains):
        """As tf2onnx lists ai.onnx.ml, through which Keras exports."""
        made, pictures = _pictures(decoder_model(domains=domains))
        np.testing.assert_allclose(pictures, _expected(), atol=1e-5)
        kept = onnx.ModelProto.FromString(made.onnx["decoder"])
        assert [entry.domain for entry in kept.opset_import] == [""]

    def test_used_ones_are_refused_by_name(self):
        scaler = node("Scaler", ["z"], ["made"], domain="ai.onnx.ml", offset=[0.0], scale=[1.0])
        assert "uses the operator ai.onnx.ml.Scaler" in _refusal(decoder_model(scaler, domains=["ai.onnx.ml"]))


def _in(model, type_: int, *, inside: bool = False):
    """The same network in another precision; inside: its input and output stay float32."""
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            array = numpy_helper.to_array(tensor)
            tensor.CopyFrom(
                numpy_helper.from_array(array.astype(onnx.helper.tensor_dtype_to_np_dtype(type_)), tensor.name)
            )
    if inside:
        return model
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = type_
    return model


class TestPrecision:
    @pytest.mark.parametrize(
        ("type_", "title"),
        [(TensorProto.FLOAT16, "float16"), (TensorProto.DOUBLE, "float64"), (TensorProto.BFLOAT16, "bfloat16")],
    )
    def test_weights_are_read_as_float32(self, type_, title):
        model = _in(decoder_model(), type_)
        rounded = decoder_model()
        for tensor, other in zip(rounded.graph.initializer, model.graph.initializer, strict=True):
            if tensor.data_type == TensorProto.FLOAT:
                array = numpy_helper.to_array(other).astype(np.float32)
                tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        expected = _reference(rounded)
        intake = take_in([("decoder.onnx", model.SerializeToString())])
        assert intake.draft.notes == (f"decoder.onnx was saved in {title} and runs in float32.",)
        intake.discard()
        np.testing.assert_allclose(_pictures(model)[1], expected, atol=1e-5)

    @pytest.mark.parametrize("type_", [TensorProto.FLOAT16, TensorProto.DOUBLE])
    def test_casts_and_constants_between_become_float32(self, type_):
        """As converters write it that keep the input's and the output's precision."""
        two = numpy_helper.from_array(np.full(1, 2, onnx.helper.tensor_dtype_to_np_dtype(type_)))
        before = [
            node("Cast", ["z"], ["narrow"], to=type_),
            node("Constant", [], ["two"], value=two),
            node("ConstantOfShape", ["ones"], ["more"], value=two),
            node("Mul", ["narrow", "two"], ["twice"]),
            node("Mul", ["twice", "more"], ["fourfold"]),
            node("Cast", ["fourfold"], ["made"], to=TensorProto.FLOAT),
        ]
        pictures = _pictures(decoder_model(*before, constants=[constant("ones", np.array([1, 2]))]))[1]
        fourfold = node("Mul", ["z", "four"], ["made"])
        expected = _expected(fourfold, constants=[constant("four", np.float32(4))])
        np.testing.assert_allclose(pictures, expected, atol=1e-5)

    def test_a_float64_bound_becomes_a_float32_bound(self):
        bounds = [constant("low", np.float64(-1.7e308)), constant("high", np.float64(1.7e308))]
        model = _in(decoder_model(node("Clip", ["z", "low", "high"], ["made"]), constants=bounds), TensorProto.DOUBLE)
        np.testing.assert_allclose(_pictures(model)[1], _expected(), atol=1e-5)

    def test_a_single_float64_number_is_no_precision_to_tell_of(self):
        intake = take_in(
            [("decoder.onnx", decoder_model(constants=[constant("c", np.float64(1))]).SerializeToString())]
        )
        assert intake.draft.notes == ()
        intake.discard()

    def test_weights_too_large_for_float32_are_refused(self):
        model = _in(decoder_model(constants=[constant("huge", np.array([1e300]))]), TensorProto.DOUBLE)
        assert "'huge' contains numbers too large for float32" in _refusal(model)


class TestRefusedInputs:
    """The message states a reason that applies to the file."""

    def _sides(self, *sides):
        model = decoder_model()
        shape = model.graph.input[0].type.tensor_type.shape
        del shape.dim[:]
        for side in sides:
            dim = shape.dim.add()
            if isinstance(side, str):
                dim.dim_param = side
            else:
                dim.dim_value = side
        return model

    @pytest.mark.parametrize(
        ("sides", "said"),
        [
            (("batch", 4, "height", "width"), "has no fixed size, batch × 4 × height × width"),
            (("batch", "length"), "has no fixed size, batch × length"),
            ((2,), "the shape 2, without a batch axis"),
            ((), "has no known shape"),
        ],
    )
    def test_of_shape(self, sides, said):
        assert said in _refusal(self._sides(*sides))

    def test_of_type(self):
        model = decoder_model()
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
        assert "has the type int64, not float32" in _refusal(model)

    def test_of_two(self):
        model = decoder_model()
        model.graph.input.append(onnx.helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10]))
        said = _refusal(model)
        assert "has 2 inputs (z, y)" in said and "fixed condition" in said

    def test_of_outputs(self):
        whole = decoder_model()
        whole.graph.node.append(node("Cast", ["pictures"], ["whole"], to=TensorProto.INT64))
        whole.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("whole", TensorProto.INT64, None))
        assert "the output 'whole' has the type int64" in _refusal(whole)
        large = decoder_model(latent_dim=2)
        large.graph.node.append(node("Tile", ["pictures", "times"], ["large"]))
        large.graph.initializer.append(constant("times", np.array([1, 1, 300, 300])))
        large.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("large", TensorProto.FLOAT, None))
        assert "has 5,760,000 numbers a row; the limit is 4,000,000" in _refusal(large)
