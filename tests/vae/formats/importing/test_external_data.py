"""ONNX weights in a data file are read only from the given files."""

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import convert_model_to_external_data

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.onnx_files import decoder_model, file_of
from tests.vae.formats.importing.torch_cases import committed
from vae.errors import ImportRefusedError
from vae.formats.importing.external_data import data_file_of
from zscope.jobs.importing.launcher import take_in

pytestmark = pytest.mark.usefixtures("quick_start")

_KERNEL = 2 * 64 * 4  # bytes


def _saved(folder, location: str, name: str = "decoder.onnx"):
    """Save a decoder whose kernel and bias lie in a data file; the paths of both."""
    model = decoder_model()
    convert_model_to_external_data(model, location=location, size_threshold=100)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / name)
    return folder / name, folder / location


def _placed(**place: str) -> bytes:
    """A decoder whose kernel lies at that place: location, offset, length."""
    model = decoder_model()
    kernel = model.graph.initializer[0]
    kernel.ClearField("raw_data")
    kernel.data_location = onnx.TensorProto.EXTERNAL
    for key, value in place.items():
        kernel.external_data.add(key=key, value=value)
    return model.SerializeToString()


def _pictures(files) -> np.ndarray:
    z = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
    return np.asarray(imported(files)[0].vae.decoder(z))


@pytest.mark.parametrize("location", ["decoder.onnx.data", "decoder.onnx_data", "weights.bin"])
def test_the_model_computes_the_same_as_with_its_weights_inside(tmp_path, location):
    model, data = _saved(tmp_path, location)
    assert data.stat().st_size > _KERNEL
    for files in ([model, data], [data, model]):
        found = _pictures([(path.name, path) for path in files])
        np.testing.assert_array_equal(found, _pictures([("decoder.onnx", file_of())]))


def test_the_data_file_is_found_by_its_last_name(tmp_path):
    model, data = _saved(tmp_path, "decoder.onnx.data")
    moved = onnx.load(model, load_external_data=False)
    for tensor in moved.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "weights/decoder.onnx.data"
    intake = take_in([("decoder.onnx", moved.SerializeToString()), (data.name, data)])
    assert intake.draft.decoder and intake.draft.decoder.source == "decoder.onnx"
    intake.discard()


def test_encoder_and_decoder_have_a_data_file_each():
    made, _ = imported(committed("data-files").files)
    assert made.config.image_shape == (8, 8, 1)
    intake = take_in(committed("data-files").files)
    assert (intake.draft.notes, intake.draft.title) == ((), "Imported model")
    intake.discard()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"location": "decoder.onnx.data"}, "'decoder.onnx.data', which is missing"),
        ({"location": "/etc/passwd"}, "'/etc/passwd', outside its own folder"),
        ({"location": "../../decoder.bin"}, "outside its own folder"),
        ({"location": "a/../../decoder.bin"}, "outside its own folder"),
        ({"location": "..\\decoder.bin"}, "outside its own folder"),
        ({"location": "C:\\decoder.bin"}, "outside its own folder"),
        ({"location": "C:decoder.bin"}, "outside its own folder"),
        ({"location": ""}, "outside its own folder"),
        ({"location": "."}, "outside its own folder"),
        ({}, "outside its own folder"),
        ({"location": "decoder.bin", "length": "100"}, "100 bytes from 0 for the shape"),
        ({"location": "decoder.bin", "offset": "-1"}, "is invalid"),
        ({"location": "decoder.bin", "offset": "many"}, "is invalid"),
        ({"location": "decoder.bin", "offset": "500"}, "has 512 bytes, decoder.onnx needs 1,012"),
        ({"location": "decoder.bin", "offset": str(10**30)}, "has 512 bytes"),
    ],
)
def test_no_other_place_is_read(place, said):
    with pytest.raises(ImportRefusedError) as caught:
        take_in([("decoder.onnx", _placed(**place)), ("decoder.bin", bytes(_KERNEL))])
    assert said in caught.value.message
    assert caught.value.hint


def test_without_a_length_the_shape_determines_the_bytes_read():
    assert _pictures([("decoder.onnx", _placed(location="decoder.bin")), ("decoder.bin", bytes(600))]).min() == 0.5


def test_weights_are_counted_before_they_are_read():
    """A thousand tensors may name the same bytes."""
    model = decoder_model()
    for number in range(1000):
        tensor = model.graph.initializer.add(name=f"w{number}", data_type=onnx.TensorProto.FLOAT, dims=[250_000])
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="decoder.bin")
    with pytest.raises(ImportRefusedError, match="announces more than 210,000,000 bytes of weights"):
        take_in([("decoder.onnx", model.SerializeToString()), ("decoder.bin", bytes(1_000_000))])


def test_rejects_two_data_files_with_the_same_name(tmp_path):
    first, second = _saved(tmp_path / "a", "model.data"), _saved(tmp_path / "b", "model.data")
    with pytest.raises(ImportRefusedError, match=r"Several files are called 'model\.data'"):
        take_in([(path.name, path) for path in (*first, *second)])


def test_a_data_file_of_an_earlier_export_is_not_used():
    files = [("decoder.onnx", file_of()), ("decoder.onnx.data", b"\x80\x04 not a pickle")]
    intake = take_in(files)
    assert intake.draft.notes == ("decoder.onnx.data is not used: decoder.onnx contains its weights.",)
    intake.discard()


def test_finds_only_the_data_file_named_after_the_model(tmp_path):
    model, data = _saved(tmp_path, "decoder.onnx.data")
    assert data_file_of(model) == data
    assert data_file_of(tmp_path / "encoder.onnx") is None
    data.rename(tmp_path / "elsewhere")
    data.symlink_to(tmp_path / "elsewhere")
    assert data_file_of(model) is None
    data.unlink()
    data.mkdir()
    assert data_file_of(model) is None
