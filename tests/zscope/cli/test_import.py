"""`import`: an imported model works like any other; a refused import leaves no files."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.vae.formats.importing.hostile import Canary
from tests.vae.formats.importing.hostile_keras import lambda_bytecode
from tests.vae.formats.importing.imported_bundles import save_graphs, save_onnx
from tests.vae.formats.importing.onnx_files import file_of
from tests.vae.formats.importing.standardised import trained
from tests.vae.formats.importing.torch_cases import committed
from vae.data import load_test_split
from vae.data.generated import generated_id
from vae.errors import BadRequestError, ImportRefusedError
from zscope.library.registry import find_model, list_models, open_model


@pytest.fixture
def decoder_file(tmp_path):
    path = tmp_path / "decoder.onnx"
    path.write_bytes(file_of())
    return path


@pytest.fixture
def keras_files(tmp_path):
    """An encoder and a decoder of 8 × 8 pictures, of random weights."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    x = keras.Input((8, 8, 1))
    h = layers.Dense(8, activation="tanh")(layers.Flatten()(x))
    encoder = keras.Model(x, [layers.Dense(2, name="z_mean")(h), layers.Dense(2, name="z_log_var")(h)])
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(64, "sigmoid"), layers.Reshape((8, 8, 1))])
    encoder.save(tmp_path / "encoder.keras")
    decoder.save(tmp_path / "decoder.keras")
    return [tmp_path / "encoder.keras", tmp_path / "decoder.keras"]


def test_a_decoder_alone_uses_generated_pictures(command, models_home, decoder_file, tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path / "maps"))
    report = json.loads(command("import", decoder_file, "--title", "Alone", "--json").stdout)
    assert report["id"] == "alone"
    assert "Images of 8 by 8 pixels, grey." in report["readings"]
    entry = find_model("alone")
    assert (entry.fault, entry.title, entry.manifest.dataset) == ("", "Alone", generated_id("alone"))
    assert entry.card.imported.files[0].name == "decoder.onnx"
    assert [one.fault for one in list_models() if one.id == "alone"] == [""]
    reference = open_model("alone").reference
    split = load_test_split(generated_id("alone"))
    assert split.images.shape == (len(reference.z_mean), 8, 8, 1)
    assert abs(reference.z_mean.mean()) < 0.1 and abs(reference.z_mean.std() - 1) < 0.1
    assert split.images.std() > 10
    (tmp_path / "codes.csv").write_text("0.5,-1\n")
    command("decode", "alone", tmp_path / "codes.csv", "--out", tmp_path / "pictures.npz")
    command("interpolate", "alone", 3, 8, "--steps", 5, "--out", tmp_path / "codes.npz")
    with np.load(tmp_path / "codes.npz") as codes:
        np.testing.assert_allclose(codes["z"][[0, -1]], reference.z_mean[[3, 8]], atol=1e-3)
    command("map", "alone", "--method", "pca", "--out", tmp_path / "places.csv")
    assert len((tmp_path / "places.csv").read_text().splitlines()) > 100


@pytest.mark.full
def test_the_data_file_beside_a_model_is_added(command, models_home):
    """As torch writes it by default: `import decoder.onnx`."""
    (path,) = [path for name, path in committed("data-files").files if name == "decoder.onnx"]
    command("import", path, "--title", "Beside")
    command("import", path, path.with_name("decoder.onnx.data"), "--title", "Both named")
    for id in ("beside", "both-named"):
        assert find_model(id).fault == ""
        assert [file.name for file in find_model(id).card.imported.files] == ["decoder.onnx", "decoder.onnx.data"]


@pytest.mark.full
def test_an_encoder_too_is_measured_on_its_pictures(command, models_home, keras_files):
    said = command("import", *keras_files, "--title", "Both", "--data", "digits").stdout
    assert "Imported as both" in said and "were imported before" not in said
    again = command("import", *keras_files, "--title", "Again", "--data", "none")
    assert "The same files were imported before, as both." in again.output and find_model("again").fault == ""
    assert "were imported before" not in command("import", keras_files[1], "--title", "Other").output
    entry, bundle = find_model("both"), open_model("both")
    assert (entry.fault, entry.manifest.dataset) == ("", "digits")
    assert entry.card.metrics.images == len(load_test_split("digits").images)
    images = load_test_split("digits").images
    found, _ = bundle.vae.encode(images / np.float32(255))
    np.testing.assert_allclose(bundle.reference.z_mean, np.asarray(found), atol=1e-4)
    pictures = np.asarray(bundle.vae.likelihood.mean(bundle.vae.decoder(found)))
    error = float(np.square(pictures - images / 255).mean())
    assert entry.card.metrics.mse.value == pytest.approx(error, rel=1e-3)


def test_options_override_the_inferred_interpretation(command, models_home, keras_files):
    options = ["--data", "none", "--pixels-in", "signed", "--pixels-out", "logits", "--mean", 1, "--log-var", 0]
    report = json.loads(command("import", *keras_files, "--title", "Said", *options, "--json").stdout)
    told = " ".join(report["readings"])
    assert "Input pixels of the encoder: −1 to 1" in told and "Output pixels of the decoder: logits" in told
    assert find_model("said").manifest.dataset == generated_id("said")


def test_a_stated_mean_and_deviation(command, models_home, tmp_path):
    """The pixels of `transforms.Normalize(0.5, 0.25)`."""
    model = trained([0.5], [0.25])
    for name, data in model.files:
        (tmp_path / name).write_bytes(data)
    files = [tmp_path / name for name, _ in model.files]
    options = ["--data", "digits", "--pixels-in", "0.5,0.25", "--pixels-out", "0.5, 0.25"]
    report = json.loads(command("import", *files, "--title", "Own", *options, "--json").stdout)
    assert "Input pixels of the encoder: standardised: mean 0.5, SD 0.25; layout: chw." in report["readings"]
    assert "Output pixels of the decoder: standardised: mean 0.5, SD 0.25; layout: chw." in report["readings"]
    assert not any("fit poorly" in line for line in report["readings"])
    bundle = open_model("own")
    np.testing.assert_allclose(bundle.reference.z_mean[:50], model.z[:50], atol=5e-3)  # 16 bits
    np.testing.assert_allclose(np.asarray(bundle.vae.encode(model.x[:50])[0]), model.z[:50], atol=1e-3)
    entry = find_model("own")
    assert entry.fault == ""
    error = np.square(np.clip(model.pictures, 0, 1) - model.x).mean()
    assert entry.card.metrics.mse.value == pytest.approx(error, rel=1e-2)


@pytest.mark.full
def test_a_poor_fit_names_the_options(command, models_home, tmp_path):
    model = trained([0.5], [0.25])
    for name, data in model.files:
        (tmp_path / name).write_bytes(data)
    files = [tmp_path / name for name, _ in model.files]
    said = command("import", *files, "--title", "Own", "--data", "digits").stdout
    assert "fit poorly" in said and "--pixels-in and --pixels-out" in said


def _with_a_deviation(folder, name: str):
    """Files of a model whose encoder's second output is positive, pictures, and what it gives of them."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    x = keras.Input((8, 8, 1))
    h = layers.Flatten()(x)
    width = layers.Dense(2, activation="softplus", name=name)(h)
    encoder = keras.Model(x, [layers.Dense(2, name="z_mean")(h), width])
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(64, "sigmoid"), layers.Reshape((8, 8, 1))])
    encoder.save(folder / "encoder.keras")
    decoder.save(folder / "decoder.keras")
    images = load_test_split("digits").images[:50] / np.float32(255)
    return [folder / "encoder.keras", folder / "decoder.keras"], images, np.asarray(encoder(images)[1])


@pytest.mark.parametrize(
    ("name", "options", "title", "log_var"),
    [
        ("z_scale", [], "standard deviation", lambda given: 2 * np.log(given)),
        pytest.param(
            "other",
            ["--log-var", 1, "--spread", "log-std"],
            "log standard deviation",
            lambda given: 2 * given,
            marks=pytest.mark.full,
        ),
        pytest.param("z_scale", ["--spread", "variance"], "variance", np.log, marks=pytest.mark.full),
        pytest.param(
            "z_scale", ["--spread", "log-variance"], "log-variance", lambda given: given, marks=pytest.mark.full
        ),
    ],
)
def test_a_width_that_is_no_log_variance(command, models_home, tmp_path, name, options, title, log_var):
    files, images, given = _with_a_deviation(tmp_path, name)
    options = ["--title", "Wide", "--data", "digits", *options]
    report = json.loads(command("import", *files, *options, "--json").stdout)
    assert f"The {title} is the output {name!r}." in report["readings"]
    assert report["readings"] == find_model("wide").card.imported.readings
    bundle = open_model("wide")
    assert bundle.manifest.model.variational
    np.testing.assert_allclose(bundle.reference.z_log_var[:50], log_var(given), rtol=1e-3, atol=1e-3)  # 16 bits
    np.testing.assert_allclose(np.asarray(bundle.vae.encode(images)[1]), log_var(given), atol=1e-5)


def test_a_spread_of_an_encoder_without_one(command, models_home, tmp_path):
    import keras
    from keras import layers

    keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)]).save(tmp_path / "encoder.keras")
    keras.Sequential([keras.Input((2,)), layers.Dense(64), layers.Reshape((8, 8, 1))]).save(tmp_path / "decoder.keras")
    files = [tmp_path / "encoder.keras", tmp_path / "decoder.keras"]
    refused = command("import", *files, "--data", "none", "--spread", "std", fails=True)
    assert "no output for the posterior scale" in refused.message
    assert not list(models_home.iterdir())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--spread", "sigma"], BadRequestError),
        (["--spread", "std"], ImportRefusedError),
        pytest.param(["--pixels-out", "percent"], BadRequestError, marks=pytest.mark.full),
        pytest.param(["--pixels-out", "0.5"], BadRequestError, marks=pytest.mark.full),
        (["--pixels-out", "0.5,0"], BadRequestError),
        (["--pixels-out", "0.5,0.5,0.5,0.2,0.2,0.2"], ImportRefusedError),
        pytest.param(["--mean", "7"], ImportRefusedError, marks=pytest.mark.full),
        pytest.param(["--pixels-in", "unit"], ImportRefusedError, marks=pytest.mark.full),
    ],
)
def test_options_that_do_not_fit_leave_nothing(command, models_home, decoder_file, options, error):
    assert isinstance(command("import", decoder_file, *options, fails=True), error)
    assert not list(models_home.iterdir())


def test_a_refused_file_leaves_nothing(command, models_home, tmp_path):
    (tmp_path / "case").mkdir()
    canary = Canary.hatch(tmp_path / "case")
    ((name, data),) = lambda_bytecode(canary)
    (canary.folder / name).write_bytes(data)
    refused = command("import", canary.folder / name, fails=True)
    assert isinstance(refused, ImportRefusedError) and "Lambda" in refused.message
    assert canary.alive
    assert not list(models_home.iterdir())


def test_a_folder_of_a_saved_model_is_refused_as_one(command, models_home, tmp_path):
    (tmp_path / "saved" / "variables").mkdir(parents=True)
    assert "contains no files" in command("import", tmp_path / "saved", fails=True).message
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    assert "is a part of a SavedModel" in command("import", tmp_path / "saved", fails=True).message


@pytest.mark.full
def test_more_networks_than_make_a_model(command, models_home, decoder_file):
    assert "5 networks" in command("import", *[decoder_file] * 5, fails=True).message


def _zipped(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return path


@pytest.mark.parametrize("save", [save_onnx, pytest.param(save_graphs, marks=pytest.mark.full)])
def test_a_bundle_is_taken_as_it_is_and_once(command, models_home, tmp_path, save):
    folder = save(tmp_path / "theirs", id="theirs")
    assert "Imported as theirs" in command("import", _zipped(folder, tmp_path / "theirs.zip")).stdout
    for name in ("weights.safetensors", "decoder.onnx", "reference.npz"):
        if (folder / name).exists():
            assert (models_home / "theirs" / name).read_bytes() == (folder / name).read_bytes()
    entry = find_model("theirs")
    assert entry.manifest.dataset == "digits"
    assert abs(datetime.now(UTC) - datetime.fromisoformat(entry.card.brought)) < timedelta(minutes=5)
    again = command("import", folder, fails=True)
    assert isinstance(again, ImportRefusedError) and "exists already" in again.message
    assert [path.name for path in models_home.iterdir()] == ["theirs"]


@pytest.mark.full
def test_another_model_of_the_same_id_gets_another_one(command, models_home, tmp_path):
    command("import", save_graphs(tmp_path / "theirs", id="theirs"))
    said = command("import", save_onnx(tmp_path / "others", id="theirs")).stdout
    assert "Another model is called theirs, so this one is called theirs-2." in said
    assert find_model("theirs-2").fault == ""


def test_a_bundle_whose_pictures_are_not_here(command, models_home, tmp_path):
    said = command("import", save_onnx(tmp_path / "far", id="far", dataset="far-away")).stdout
    assert "Its data set is missing" in said
    entry = find_model("far")
    assert (entry.fault, entry.manifest.dataset) == ("", generated_id("far"))
    assert len(load_test_split(generated_id("far")).images) == len(open_model("far").reference.z_mean)
