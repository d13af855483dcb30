"""Files of other formats are refused; the message names the format and what to do instead."""

import gzip
import io
import json
import pickle
import tarfile
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from tests.toy_kinds import registered
from tests.vae.formats.importing.hostile_archives import _with_zip64
from tests.vae.formats.importing.keras_files import archive, decoder, layer
from tests.vae.formats.importing.onnx_files import decoder_model, file_of, node
from vae.errors import ImportRefusedError
from vae.formats.importing.file_type import format_of
from vae.formats.importing.foreign_formats import FORMATS
from vae.formats.importing.formats import IMPORTED, ImportFormat
from zscope.jobs.importing.launcher import take_in

pytestmark = pytest.mark.usefixtures("quick_start")

TOY = ImportFormat(
    key="toy",
    title="Toy",
    name="a .toy file",
    needs="one `.toy` file",
    is_of=lambda file: file.head.startswith(b"TOY"),
    read=lambda reading: ("Toy", [], ()),
)


def _zip(*names: str, content: bytes = b"x") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name in names:
            file.writestr(name, content)
    return data.getvalue()


def _tar() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as file:
        file.addfile(tarfile.TarInfo("a/decoder.onnx"), io.BytesIO())
    return data.getvalue()


def _numpy(write, *arrays) -> bytes:
    data = io.BytesIO()
    write(data, *arrays)
    return data.getvalue()


def _hdf5(**attributes) -> bytes:
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs.update(attributes)
        if not attributes:
            file["layers/dense/vars/0"] = np.zeros(3)
    return data.getvalue()


def _png() -> bytes:
    data = io.BytesIO()
    Image.new("L", (8, 8)).save(data, "PNG")
    return data.getvalue()


TENSORS = save({"weight": np.zeros((4, 64), np.float32)})
TFJS = json.dumps({"format": "graph-model", "modelTopology": {}, "weightsManifest": []}).encode()
PICKLED = pickle.dumps({"weight": [1.0]})

CASES = [
    # PyTorch, which always writes zip64.
    ("vae.pth", _with_zip64(_zip("vae/data.pkl", "vae/data/0")), "is a PyTorch file: it contains a", "torch.onnx"),
    ("last.ckpt", _with_zip64(_zip("last/data.pkl", "last/version")), "is a PyTorch file", "torch.onnx.export"),
    ("model.bin", _with_zip64(_zip("archive/data.pkl")), "is a PyTorch file", "torch.onnx.export"),
    ("script.pt", _with_zip64(_zip("s/data/0", "s/code/a.py", "s/constants.pkl")), "is a PyTorch file", "torch.onnx"),
    ("net.pt2", _with_zip64(_zip("e/models/model.json", "e/archive_format")), "saved by torch.export", "torch.onnx"),
    ("many.pt", _with_zip64(_zip("m/data.pkl", *(f"m/data/{i:060d}" for i in range(2000)))), "is a PyTorch", "torch"),
    ("old.pth", PICKLED, "is a pickle, which is program code", "ONNX"),
    ("model.joblib", PICKLED, "is a pickle, which is program code", "ONNX"),
    ("decoder.onnx", PICKLED, "is a pickle, which is program code", "ONNX"),
    # Weights alone.
    ("model.safetensors", TENSORS, "is a safetensors file: weights without the layers", "export that to ONNX"),
    ("weights.safetensors", TENSORS, "is a safetensors file", "export that to ONNX"),
    ("decoder.onnx", TENSORS, "is a safetensors file", "export that to ONNX"),
    ("codes.npy", _numpy(np.save, np.zeros(3)), "is a NumPy array", ".onnx"),
    ("codes.npz", _numpy(np.savez, np.zeros(3)), "contains NumPy arrays", ".onnx"),
    ("params.msgpack", b"\x82\xa6params\x81" + bytes(range(128, 256)), "is a Flax file: weights without", "ONNX"),
    ("model.gguf", b"GGUF" + bytes(50), "is a GGUF file", ".onnx"),
    ("model.ckpt.index", bytes(range(256)), "a part of a TensorFlow checkpoint: weights without", "ONNX"),
    ("decoder.onnx.data", bytes(64), "contains the weights of decoder.onnx, which is missing", "with decoder.onnx"),
    ("decoder.onnx_data", b"\x80\x04" * 32, "contains the weights of decoder.onnx", "with decoder.onnx"),
    # Other runtimes.
    ("model.json", TFJS, "is a TensorFlow.js model", "the model that it was converted from"),
    ("tfjs.zip", _zip("model.json", "group1-shard1of1.bin", content=TFJS), "contains a TensorFlow.js model", ".keras"),
    ("model.tflite", b"\x1c\0\0\0TFL3" + bytes(50), "is a LiteRT", "the model that it was converted from"),
    ("model.ort", b"\x1c\0\0\0ORTM" + bytes(50), "ONNX Runtime's own format", ".onnx"),
    ("saved_model.pb", b"\x08\x01\x12\x00", "is a part of a SavedModel, which is a program", "tf2onnx"),
    ("frozen.pb", b"\x0a\x05\x0a\x01x\x12\x00", "is a TensorFlow graph", "tf2onnx"),
    ("model.mlmodel", b"\x08\x04" + bytes(range(200, 256)), "is a Core ML model", "that it was converted from"),
    # Keras.
    ("model.h5", _hdf5(model_config="{}", keras_version="3.8.0"), "legacy HDF5 model, which can contain", "Keras 3"),
    ("model.h5", _hdf5(model_config="{}", keras_version=b"2.15.0"), "legacy HDF5 model, which can contain", "tf2onnx"),
    ("model.hdf5", _hdf5(model_config="{}"), "legacy HDF5 model, which can contain", "tf2onnx"),
    ("model.keras", _hdf5(model_config="{}", keras_version="2.4.0"), "legacy HDF5 model", "tf2onnx"),
    ("model.weights.h5", _hdf5(), "contains weights alone, without the layers", "load_weights"),
    ("old_weights.h5", _hdf5(layer_names=["dense"]), "contains weights alone, without the layers", "load_weights"),
    ("data.hdf5", _hdf5(title="x"), "is an HDF5 file without a Keras model", ".keras"),
    ("decoder.keras", b"\x93" * 40, "is not a file of Keras 3, which is a zip", "model.save"),
    # Archives.
    ("model.tar.gz", gzip.compress(_tar()), "is an archive", "Unpack it"),
    ("model.tgz", gzip.compress(b"x"), "is an archive", "Unpack it"),
    ("model.tar", _tar(), "is an archive", "Unpack it"),
    ("decoder.onnx", gzip.compress(b"x"), "is an archive", "Unpack it"),
    ("model.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30), "is an archive", "Unpack it"),
    ("both.zip", _zip("a/encoder.onnx", "a/decoder.onnx"), "is a zip with decoder.onnx, not", "Unpack it"),
    ("both.zip", _zip("encoder.keras", "decoder.keras"), "is a zip with decoder.keras, not", "Unpack it"),
    ("hub.zip", _zip("config.json", "model.safetensors"), "is a zip with model.safetensors, not", "Unpack it"),
    ("some.zip", _zip("notes"), "is a zip, but neither a bundle nor a Keras model", ".onnx"),
    ("cut.zip", _zip("model.json")[:40], "cannot be unpacked", "copy it again"),
    # Texts.
    ("train.ipynb", json.dumps({"cells": []}).encode(), "is a Jupyter notebook", "Run it"),
    ("vae.py", b"import torch\n", "is Python code, not a saved model", "Run it"),
    ("config.json", b'{"latent_dim": 2}', "is a JSON file: settings, without the weights", ".onnx"),
    ("model.xml", b"<?xml version='1.0'?><net/>", "is an OpenVINO description", "the model that it was converted from"),
    ("README.md", "# Ein Modell für Ziffern\n".encode(), "is a text file", ".onnx"),
    ("decoder.onnx", ("ä" * 5000).encode()[1:], "is not a readable ONNX file", "export it again"),
    ("decoder.onnx", ("x" + "ä" * 5000).encode(), "is a text file", ".onnx"),
    ("decoder.pt", b"404: Not Found", "is a text file", ".onnx"),
    ("decoder.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer", "git lfs"),
    ("model.keras", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer", "git lfs"),
    ("decoder.onnx", b"\n<!DOCTYPE html>\n<html></html>", "is a web page", "Download the file itself"),
    # Others.
    ("seven.png", _png(), "is a picture, not a model", "Reconstruct"),
    ("decoder.onnx", _png(), "is a picture, not a model", "Reconstruct"),
    ("paper.pdf", b"%PDF-1.7\n\xff", "is a PDF document", ".onnx"),
    ("model.bin", bytes(range(128, 256)) * 8, "has an unknown format", ".onnx"),
    ("decoder.onnx", file_of()[:300], "is not a readable ONNX file: it is damaged, cut off", "Copy it again"),
    ("decoder.onnx", b"\x08\x0a", "has no operators: it is not an ONNX network", "."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "said", "mend"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_error_names_the_format_and_what_to_do(name, data, said, mend, tmp_path):
    (tmp_path / "file-0").write_bytes(data)
    with pytest.raises(ImportRefusedError, match=said) as caught:
        format_of(tmp_path / "file-0", name, [name])
        take_in([(name, data)])  # damaged ones, of which only a reader can tell
    assert mend in caught.value.hint
    assert name in caught.value.message
    assert caught.value.message.endswith(".")


def test_recognises_tensorflow_js_with_its_shards():
    with pytest.raises(ImportRefusedError, match=r"model\.json is a TensorFlow\.js model"):
        take_in([("group1-shard1of1.bin", bytes(100)), ("model.json", TFJS)])


@pytest.mark.parametrize("names", [["model.json"], ["card.json"], ["model.json", "weights.safetensors"]])
def test_reports_the_missing_files_of_a_bundle(names):
    with pytest.raises(ImportRefusedError, match=r"^The bundle lacks .*reference\.npz") as caught:
        take_in([(name, b"{}") for name in names])
    assert "all of it" in caught.value.hint


def test_onnx_by_another_name_is_read():
    for name in ("decoder", "decoder.bin", "decoder.pb", "decoder.pt"):
        intake = take_in([(name, file_of())])
        assert intake.draft.decoder and intake.draft.decoder.input_shape == (2,)
        intake.discard()


def test_each_refused_format_has_a_hint():
    assert all(one.what and one.hint.endswith(".") for one in FORMATS)
    endings = [ending for one in FORMATS for ending in one.endings]
    assert len(endings) == len(set(endings)) and all(ending == ending.lower() for ending in endings)


class TestKeras2:
    """Keras 3 cannot load files of Keras 2, so the hint must not suggest it."""

    @staticmethod
    def _functional(module: str) -> dict:
        config = decoder()
        config["module"], config["class_name"] = module, "Functional"
        previous = None
        for one in config["config"]["layers"]:
            one["name"] = one["config"]["name"]
            one["inbound_nodes"] = [[[previous, 0, 0, {}]]] if previous else []
            previous = one["name"]
        config["config"] |= {"input_layers": [["z", 0, 0]], "output_layers": [[previous, 0, 0]]}
        return config

    @pytest.mark.parametrize(
        "module", ["keras.src.engine.functional", "tf_keras.src.engine.functional", "keras.engine.functional"]
    )
    def test_a_functional_model(self, module):
        with pytest.raises(ImportRefusedError, match="functional model was saved by Keras 2") as caught:
            take_in([("decoder.keras", archive(self._functional(module)))])
        assert "tf2onnx.convert.from_keras" in caught.value.hint and "Keras 3" not in str(caught.value)

    def test_a_class_of_ones_own(self):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            file.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
            file.writestr("config.json", json.dumps({"class_name": "VAE", "module": "__main__", "config": {}}))
            file.writestr("model.weights.h5", b"")
        with pytest.raises(ImportRefusedError, match="has the class VAE") as caught:
            take_in([("vae.keras", data.getvalue())])
        assert "tf2onnx.convert.from_keras" in caught.value.hint

    def test_code_in_it_is_refused_first(self):
        config = self._functional("keras.src.engine.functional")
        config["config"]["layers"].append(layer("Lambda", function={}))
        with pytest.raises(ImportRefusedError, match="contains a Lambda layer, which is program code"):
            take_in([("decoder.keras", archive(config))])


class TestLimits:
    """If a decoder exceeds a limit, the message states the limit, not that there is no decoder."""

    @staticmethod
    def _decoder(latent_dim: int, *sides: int) -> bytes:
        import onnx

        from tests.vae.formats.importing.onnx_files import constant

        model = decoder_model(latent_dim=latent_dim, output="first")
        first = np.prod([8, 8])
        repeats = int(np.ceil(np.prod(sides) / first))
        model.graph.node.extend([
            node("Flatten", ["first"], ["flat"]),
            node("Tile", ["flat", "times"], ["long"]),
            node("Slice", ["long", "from", "to", "axis"], ["cut"]),
            node("Reshape", ["cut", "final"], ["pictures"]),
        ])  # fmt: skip
        model.graph.initializer.extend([
            constant("times", np.array([1, repeats])), constant("from", np.array([0])),
            constant("to", np.array([int(np.prod(sides))])), constant("axis", np.array([1])),
            constant("final", np.array([-1, *sides])),
        ])  # fmt: skip
        model.graph.output[0].CopyFrom(
            onnx.helper.make_tensor_value_info("pictures", onnx.TensorProto.FLOAT, ["n", *sides])
        )
        return model.SerializeToString()

    @pytest.mark.parametrize(
        ("latent_dim", "sides", "said"),
        [
            (8, (1, 512, 512), "output images of decoder.onnx are 512 × 512 pixels; a side has 4 to 256"),
            (8, (512, 300, 3), "are 512 × 300 pixels"),
            (8, (300, 300), "are 300 × 300 pixels"),
            (2, (3, 2, 2), "are 2 × 2 pixels"),
            (8, (270_400,), "are 520 × 520 pixels"),
            (8, (3 * 512 * 512,), "are 512 × 512 pixels"),
            (8, (4, 64, 64), "have 4 channels; images have 1 (grey) or 3 (colour)"),
            (8, (64, 64, 4), "have 4 channels"),
            (8, (1000,), "have 1,000 numbers, which is not a square image of 1 or 3 channels"),
            (8, (1, 1, 64, 64), "have 4 axes"),
            (1024, (3, 64, 64), "has codes of 1,024 numbers; the limit is 512"),
        ],
    )
    def test_of_a_decoder(self, latent_dim, sides, said):
        with pytest.raises(ImportRefusedError) as caught:
            take_in([("decoder.onnx", self._decoder(latent_dim, *sides))])
        assert said in caught.value.message and "no decoder" not in caught.value.message

    def test_a_whole_autoencoder_is_called_that(self):
        whole = self._decoder(64, 1, 8, 8)
        with pytest.raises(ImportRefusedError, match="contains a whole autoencoder: its input and its output"):
            take_in([("vae.onnx", whole)])

    def test_reports_why_an_encoder_is_not_used(self):
        intake = take_in([("decoder.onnx", file_of()), ("encoder.onnx", self._decoder(1000, 2))])
        assert intake.draft.encoder is None
        (note,) = intake.draft.notes
        assert note.startswith("encoder.onnx is not used: its input images have 1,000 numbers")
        intake.discard()

    def test_an_encoder_alone_is_no_decoder(self):
        with pytest.raises(ImportRefusedError, match="There is no decoder, which returns an image for a code"):
            take_in([("encoder.onnx", self._decoder(784, 10))])


@pytest.mark.full
@pytest.mark.parametrize("save", ["state_dict", "whole", "script", "exported", "legacy"])
def test_names_the_format_of_files_saved_by_the_installed_torch(tmp_path, save):
    """Full tier only: needs torch."""
    import torch  # pyright: ignore[reportMissingImports]  optional

    network, path = torch.nn.Linear(2, 784), tmp_path / "vae.pt"
    if save == "script":
        torch.jit.script(network).save(path)
    elif save == "exported":
        torch.export.save(torch.export.export(network, (torch.zeros(1, 2),)), path.with_suffix(".pt2"))
        path = path.with_suffix(".pt2")
    else:
        what = network if save == "whole" else network.state_dict()
        torch.save(what, path, _use_new_zipfile_serialization=save != "legacy")
    with pytest.raises(ImportRefusedError, match=r"pickle, which is program code|torch\.export saved") as caught:
        take_in([(path.name, path)])
    assert "torch.onnx.export" in caught.value.hint


class TestRegisteredFormats:
    @pytest.mark.parametrize(
        ("name", "data", "key"),
        [
            ("model.json", b"{}", "bundle"),
            ("model.keras", None, "keras"),
            ("decoder.onnx", b"\x08\x0a\x12", "onnx"),
            ("decoder", b"\x08\x0a\x12", "onnx"),
        ],
    )
    def test_each_is_recognised(self, tmp_path, name, data, key):
        path = tmp_path / "file-0"
        if data is None:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.json", "{}")
        else:
            path.write_bytes(data)
        assert format_of(path, name, [name]) is IMPORTED[key]

    def test_the_error_for_an_unknown_file_lists_the_accepted_formats(self, tmp_path):
        (tmp_path / "file-0").write_bytes(bytes(range(128, 256)))
        with registered(IMPORTED, TOY), pytest.raises(ImportRefusedError) as refusal:
            format_of(tmp_path / "file-0", "model.bin")
        assert refusal.value.args[1] == "Import a bundle, a .keras file, an .onnx file or a .toy file."

    def test_a_toy_is_recognised_when_it_is_registered(self, tmp_path):
        (tmp_path / "file-0").write_bytes(b"TOY\x00\xff\xfe\xfa\xfb")
        with registered(IMPORTED, TOY):
            assert format_of(tmp_path / "file-0", "model.toy") is TOY
        with pytest.raises(ImportRefusedError, match="has an unknown format"):
            format_of(tmp_path / "file-0", "model.toy")
