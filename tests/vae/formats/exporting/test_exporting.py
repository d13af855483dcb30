"""Exported files: each is loaded by its own runtime in a process that cannot import this project."""

import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from functools import cache

import numpy as np
import onnx
import pytest

import vae.formats.exporting.formats.onnx
from vae.data import load_test_split
from vae.errors import BadRequestError, BundleError, DataError, ModelNotFoundError
from vae.formats.bundle import load_bundle
from vae.formats.exporting import FORMATS, export_model
from vae.formats.exporting.export import STEPS
from vae.formats.exporting.formats.onnx import OnnxFormat
from vae.formats.exporting.readme import readme
from vae.formats.exporting.report import TOLERANCE
from vae.inference.codec import Codec
from zscope.library.registry import locate_bundle

FULL = pytest.mark.full
MADE = [
    ("conditional-flow", "onnx"),
    ("plain", "litert"),
    pytest.param("colour", "onnx", marks=FULL),
    pytest.param("conditional-flow", "keras", marks=FULL),  # in every tier: test_keras_alone_opens_…
    pytest.param("residual", "saved-model", marks=FULL),  # in every tier: test_a_saved_model_serves_…
    pytest.param("residual", "keras", marks=FULL),
    pytest.param("residual", "onnx", marks=FULL),
    pytest.param("residual", "litert", marks=FULL),
    pytest.param("plain", "keras", marks=FULL),
    pytest.param("plain", "saved-model", marks=FULL),
]
OTHERS = [key for key in FORMATS if key not in ("onnx", "litert", "keras", "saved-model")]  # a new format too


@pytest.fixture(scope="session")
def exported(make_bundle, tmp_path_factory):
    """Export a model once: `exported("residual", "onnx")` → the report and the steps that were told."""

    @cache
    def export(name: str, format: str):
        said = []
        report = export_model(str(make_bundle(name)), format, tmp_path_factory.mktemp("out") / "file", said.append)
        return report, said

    return export


def outside(code: str, folder, **arrays) -> None:
    """Run Python where nothing of ours can be imported, and hold its assertions."""
    np.savez(folder / "arrays.npz", **arrays)
    done = subprocess.run(
        [sys.executable, "-I", "-c", textwrap.dedent(code)],
        cwd=folder,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("name", "format"), MADE)
def test_a_model_of_every_kind(make_bundle, exported, name, format):
    folder = make_bundle(name)
    report, said = exported(name, format)
    assert said == list(STEPS)
    assert report.file.name == "file"
    assert report.bytes == report.file.stat().st_size > 1000
    assert list(report.file.parent.iterdir()) == [report.file], "nothing else is left"
    config = load_bundle(folder).manifest.model
    heads = ["z_mean", "z_log_var"] if config.variational else ["z_mean"]
    assert list(report.differences) == [*heads, "pictures"]
    assert report.largest <= TOLERANCE
    assert report.images == min(256, len(load_test_split(load_bundle(folder).manifest.dataset).images))


@pytest.mark.parametrize("format", OTHERS)
def test_every_other_format_exports_a_model_that_it_supports(make_bundle, tmp_path, format):
    kind, folders = FORMATS[format], [make_bundle(name) for name in ("conditional-flow", "plain", "residual")]
    supported = [one for one in folders if not kind.why_not(load_bundle(one).manifest.model)]
    report = export_model(str(supported[0]), format, tmp_path)
    assert report.file == tmp_path / f"{supported[0].name}{kind.suffix}"
    assert report.largest <= (TOLERANCE if kind.reloads else 1 / 255)
    if kind.is_archive:
        with zipfile.ZipFile(report.file) as archive:
            assert report.usage.splitlines()[0] in archive.read("README.txt").decode()


@pytest.mark.parametrize("format", ["onnx", pytest.param("litert", marks=FULL)])
def test_a_shipped_model(tmp_path, format):
    report = export_model(locate_bundle("mnist-16"), format, tmp_path)
    assert report.file == tmp_path / f"mnist-16{FORMATS[format].suffix}"
    assert report.images == 256
    assert 0 < report.largest < 5e-5, "another runtime rounds otherwise: it was really asked"


@pytest.mark.parametrize(
    "format", ["onnx", *(pytest.param(format, marks=FULL) for format in ("keras", "saved-model", "litert"))]
)
def test_an_imported_one_of_keras_layers(imported_graph, tmp_path, format):
    """Its encoder gives a standard deviation, behind which are operations that have names of layers."""
    assert export_model(str(imported_graph), format, tmp_path).largest <= TOLERANCE


@pytest.mark.parametrize(
    ("encodes", "batch"),
    [(True, None), (False, 1), pytest.param(True, 1, marks=FULL), pytest.param(False, None, marks=FULL)],
)
def test_imported_onnx_files_go_out_as_they_came(imported_onnx, tmp_path, encodes, batch):
    folder = imported_onnx(encodes, batch)
    report = export_model(str(folder), "onnx", tmp_path / "out.zip")
    with zipfile.ZipFile(report.file) as archive:
        names = {"decoder.onnx", "README.txt"} | ({"encoder.onnx"} if encodes else set())
        assert set(archive.namelist()) == names
        assert archive.read("decoder.onnx") == (folder / "decoder.onnx").read_bytes()
    assert list(report.differences) == (["z_mean", "z_log_var"] if encodes else []) + ["pictures"]


def test_an_imported_onnx_file_has_no_other_form(imported_onnx, tmp_path):
    folder = imported_onnx()
    config = load_bundle(folder).manifest.model
    for format in FORMATS.values():
        if format.key in ("bundle", "onnx"):
            assert format.why_not(config) == ""
            continue
        with pytest.raises(BadRequestError, match="Its network is an ONNX file") as refusal:
            export_model(str(folder), format.key, tmp_path / "out")
        assert refusal.value.hint == "Export it as Bundle or ONNX."
    assert export_model(str(folder), "bundle", tmp_path / "out.zip").largest == 0
    assert load_bundle(tmp_path / "out.zip").manifest == load_bundle(folder).manifest


@pytest.mark.full
def test_a_bundle_is_the_same_bundle(make_bundle, tmp_path):
    folder = make_bundle("residual")
    first = export_model(str(folder), "bundle", tmp_path / "first.zip").file
    again = export_model(str(first), "bundle", tmp_path / "again.zip").file
    assert first.read_bytes() == again.read_bytes()
    assert load_bundle(first).manifest == load_bundle(folder).manifest


@pytest.mark.full
def test_keras_alone_opens_a_keras_file_and_trains_it_on(make_bundle, exported, tmp_path):
    report, _ = exported("conditional-flow", "keras")
    shutil.copyfile(report.file, tmp_path / "model.keras")  # Keras goes by the suffix
    codec = Codec(load_bundle(make_bundle("conditional-flow")).vae)
    images = load_test_split("digits").images[:3].astype(np.float32) / 255
    z_mean, _ = codec.encode(images)
    classes = np.eye(10, dtype=np.float32)[[1, 2, 3]]
    pictures = codec.decode(np.concatenate([z_mean, classes], axis=1))
    code = """
        import sys, numpy as np, keras
        arrays = np.load("arrays.npz")
        model = keras.models.load_model("model.keras")  # safe mode is the default
        found = model.predict({"images": arrays["images"], "class_weights": arrays["classes"]}, verbose=0)
        np.testing.assert_allclose(found, arrays["pictures"], atol=1e-5)
        assert [layer.name for layer in model.layers if "coder" in layer.name] == ["encoder", "decoder"]
        model.compile("sgd", "mse")
        model.fit({"images": arrays["images"], "class_weights": arrays["classes"]}, arrays["images"], verbose=0)
        assert "vae" not in sys.modules
    """
    outside(code, tmp_path, images=images, classes=classes, pictures=pictures)


@pytest.mark.full
def test_a_saved_model_serves_any_number_of_rows_by_its_signatures(make_bundle, exported, tmp_path):
    report, _ = exported("residual", "saved-model")
    with zipfile.ZipFile(report.file) as archive:
        archive.extractall(tmp_path)
    codes = np.random.default_rng(0).normal(size=(11, 3)).astype(np.float32)
    pictures = Codec(load_bundle(make_bundle("residual")).vae).decode(codes)
    code = """
        import numpy as np, tensorflow as tf
        arrays = np.load("arrays.npz")
        signatures = tf.saved_model.load("saved_model").signatures
        assert {"encode", "decode"} <= set(signatures)
        for rows in (1, 11):
            found = signatures["decode"](codes=tf.constant(arrays["codes"][:rows]))["pictures"].numpy()
            np.testing.assert_allclose(found, arrays["pictures"][:rows], atol=1e-5)
        encoded = signatures["encode"](images=tf.zeros((2, 8, 8, 1)))
        assert {name: tuple(array.shape) for name, array in encoded.items()} == {"z_mean": (2, 3), "z_log_var": (2, 3)}
    """
    outside(code, tmp_path, codes=codes, pictures=pictures)


def test_onnx_files_declare_their_shapes(exported):
    report, _ = exported("conditional-flow", "onnx")
    with zipfile.ZipFile(report.file) as archive:
        decoder, readme = onnx.load_from_string(archive.read("decoder.onnx")), archive.read("README.txt").decode()
    (taken,), (given,) = decoder.graph.input, decoder.graph.output
    assert [dim.dim_param or dim.dim_value for dim in taken.type.tensor_type.shape.dim] == ["n", 13]
    assert [dim.dim_param or dim.dim_value for dim in given.type.tensor_type.shape.dim] == ["n", 8, 8, 1]
    for part in (
        "(n, 8, 8, 1)",
        "float32 (n, 13)",
        "z, 3 numbers, then 10 class weights",
        "[0, 1]",
        "import onnxruntime",
    ):
        assert part in readme


def test_the_readme_of_a_format_that_needs_numpy_alone(make_bundle, monkeypatch):
    monkeypatch.setattr(OnnxFormat, "install", "")
    assert "In Python (pip install numpy), in" in readme(load_bundle(make_bundle("plain")), FORMATS["onnx"])


class TestWhatDiffersIsNotKept:
    @pytest.fixture
    def spoil(self, monkeypatch):
        """`spoil(0.01)`: the exported decoder's last bias is off by that."""

        def spoil(by: float) -> None:
            right = vae.formats.exporting.formats.onnx.part_weights

            def wrong(config, part, weights):
                found = right(config, part, weights)
                return found | {name: array + by for name, array in found.items() if name == "logits/bias"}

            monkeypatch.setattr(vae.formats.exporting.formats.onnx, "part_weights", wrong)

        return spoil

    @pytest.mark.parametrize("by", [0.001, pytest.param(float("nan"), marks=FULL)])
    def test_pictures(self, make_bundle, tmp_path, spoil, by):
        spoil(by)
        (tmp_path / "out").mkdir()
        kept = tmp_path / "out" / "file"
        kept.write_text("of before")
        with pytest.raises(BadRequestError, match="pictures differ from the live model's by up to") as refusal:
            export_model(str(make_bundle("plain")), "onnx", kept)
        assert refusal.value.hint
        assert kept.read_text() == "of before" and len(list(kept.parent.iterdir())) == 1

    def test_codes(self, make_bundle, tmp_path, monkeypatch):
        swapped = ("z_log_var", "z_mean")
        monkeypatch.setattr(vae.formats.exporting.formats.onnx, "heads_of", lambda config: swapped)
        with pytest.raises(BadRequestError, match=r"z_(mean|log_var) differ"):
            export_model(str(make_bundle("residual")), "onnx", tmp_path / "out.zip")
        assert not (tmp_path / "out.zip").exists()

    def test_reports_a_difference_below_the_tolerance(self, make_bundle, tmp_path, spoil):
        spoil(1e-4)  # a sigmoid's slope is a quarter at most
        report = export_model(str(make_bundle("plain")), "onnx", tmp_path)
        assert 5e-6 < report.differences["pictures"] < 5e-5

    def test_a_file_that_does_not_load(self, make_bundle, tmp_path, monkeypatch):
        monkeypatch.setattr(OnnxFormat, "usage", lambda *settings: "import a_runtime_that_nobody_has")
        with pytest.raises(BadRequestError, match=r"cannot be loaded: ModuleNotFoundError.*a_runtime_that") as refusal:
            export_model(str(make_bundle("plain")), "onnx", tmp_path / "out.zip")
        assert refusal.value.hint


class TestRefusals:
    def test_another_format(self, tmp_path):
        with pytest.raises(BadRequestError, match=r"No export format is called 'h5'.*bundle, keras"):
            export_model(locate_bundle("mnist-16"), "h5", tmp_path)

    def test_rejects_an_unknown_model(self, tmp_path):
        with pytest.raises(ModelNotFoundError):
            export_model(locate_bundle("nowhere"), "onnx", tmp_path)

    def test_a_broken_one(self, make_bundle, tmp_path):
        folder = shutil.copytree(make_bundle("plain"), tmp_path / "plain")
        (folder / "card.json").write_text("{}")
        with pytest.raises(BundleError):
            export_model(str(folder), "onnx", tmp_path / "out.zip")

    def test_without_its_data(self, make_bundle, tmp_path, monkeypatch):
        folder = make_bundle("colour")
        monkeypatch.setenv("ZSCOPE_OWN_DATA", str(tmp_path / "empty"))
        with pytest.raises(DataError):
            export_model(str(folder), "onnx", tmp_path / "out.zip")

    @FULL
    def test_tensorflow_s_formats_want_tensorflow(self, make_bundle, tmp_path, run_python):
        code = f"""
from vae.errors import BadRequestError
from vae.formats.exporting import export_model
for format in ("saved-model", "litert"):
    try:
        export_model({str(make_bundle("plain"))!r}, format, None)
    except BadRequestError as error:
        print(error)
"""
        done = run_python("-c", code, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
        assert done.stdout.count("Keras runs on jax. Install tensorflow and set KERAS_BACKEND=tensorflow") == 2

    @FULL
    def test_the_others_do_not(self, make_bundle, tmp_path, run_python):
        code = f"""
import sys
from pathlib import Path
from vae.formats.exporting import export_model
for format in ("keras", "onnx"):
    print(export_model({str(make_bundle("plain"))!r}, format, Path({str(tmp_path / "out")!r})).largest)
"""
        done = run_python("-c", code, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
        assert done.returncode == 0, done.stderr
        assert all(float(line) <= TOLERANCE for line in done.stdout.split()) and len(done.stdout.split()) == 2


def test_importing_it_loads_no_framework(run_python):
    code = "import sys, vae.formats.exporting, zscope.jobs.exports\n"
    code += "assert not {'keras', 'tensorflow', 'onnx'} & set(sys.modules)"
    assert run_python("-c", code).returncode == 0
