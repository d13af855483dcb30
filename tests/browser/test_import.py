"""Import of external models in a browser: Keras and PyTorch models work, refused files get a reason."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.explore_page import ExplorePage
from tests.browser.models_page import ModelsPage
from tests.vae.formats.importing.torch_cases import SOURCES, committed, export_case
from vae.data import load_test_split

pytestmark = pytest.mark.browser
_PATIENCE = 180_000  # milliseconds


@pytest.fixture(scope="module")
def app_log(tmp_path_factory):
    return tmp_path_factory.mktemp("import-app") / "server.log"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return tmp_path_factory.mktemp("imported")


@pytest.fixture(scope="module")
def app_url(models, app_log):
    with running_app(app_log, ZSCOPE_MODELS=str(models)) as url:
        yield url


@pytest.fixture(scope="module")
def pictures():
    return load_test_split("mnist").images[:2000].astype(np.float32) / 255


@keras.saving.register_keras_serializable("by-hand")
class Sampling(keras.layers.Layer):
    """As in Keras' example of a variational autoencoder."""

    def call(self, inputs):
        z_mean, z_log_var = inputs
        noise = keras.random.normal(keras.ops.shape(z_mean))
        return z_mean + keras.ops.exp(0.5 * z_log_var) * noise


@pytest.fixture(scope="module")
def keras_files(pictures, tmp_path_factory) -> list[Path]:
    """Encoder and decoder of Keras' example, small, trained for a moment as an autoencoder."""
    layers = keras.layers
    x = keras.Input((28, 28, 1))
    hidden = layers.Conv2D(8, 3, activation="relu", strides=2, padding="same")(x)
    hidden = layers.Dense(32, activation="relu")(layers.Flatten()(hidden))
    mean, log_var = layers.Dense(2, name="z_mean")(hidden), layers.Dense(2, name="z_log_var")(hidden)
    encoder = keras.Model(x, [mean, log_var, Sampling()([mean, log_var])], name="encoder")
    z = keras.Input((2,))
    hidden = layers.Reshape((7, 7, 8))(layers.Dense(7 * 7 * 8, activation="relu")(z))
    hidden = layers.Conv2DTranspose(8, 3, activation="relu", strides=2, padding="same")(hidden)
    out = layers.Conv2DTranspose(1, 3, activation="sigmoid", strides=2, padding="same")(hidden)
    decoder = keras.Model(z, out, name="decoder")
    whole = keras.Model(x, decoder(encoder(x)[0]))
    whole.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
    whole.fit(pictures, pictures, epochs=2, verbose=0)
    folder = tmp_path_factory.mktemp("keras")
    encoder.save(folder / "encoder.keras")
    decoder.save(folder / "decoder.keras")
    return [folder / "encoder.keras", folder / "decoder.keras"]


@pytest.fixture(scope="module", params=SOURCES)
def onnx_files(request, tmp_path_factory) -> list[Path]:
    """A VAE of PyTorch with pixels of -1 to 1, channels first, trained for a moment as an autoencoder."""
    if request.param == "committed":
        files = committed("mnist").files
    else:
        files = export_case("mnist", tmp_path_factory.mktemp("onnx")).files
    return [path for _, path in files]


@pytest.fixture
def open_import(browser, app_url):
    """`open_import(files)`: open the dialog and upload files."""
    contexts = []

    def open_page(files: list[Path]) -> ModelsPage:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
        contexts.append(context)
        models = ModelsPage(context.new_page(), app_url)
        models.goto()
        models.main.get_by_role("button", name="Import a model").click(timeout=_PATIENCE)
        models.dialog().get_by_test_id("stFileUploader").locator("input").set_input_files(files)
        return models

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert not getattr(page, "faults", []), page.faults
        context.close()


def _keep(models: ModelsPage, name: str) -> None:
    box = models.dialog().get_by_label("Name", exact=True)
    expect(box).to_be_visible(timeout=_PATIENCE)
    box.fill(name)
    box.press("Tab")
    models.page.wait_for_timeout(1000)  # the dialog runs again with the name
    models.dialog().get_by_role("button", name="Import model").click()
    expect(models.dialog()).to_have_count(0, timeout=_PATIENCE)
    models.wait_for_card(name)


def _drag_in_explore(models: ModelsPage) -> None:
    """The model is on the sliders, and its picture follows one."""
    models.main.get_by_role("button", name="Open in Explore").click()
    explore = ExplorePage(models.page, models.url)
    explore.wait_until_drawn()
    before = explore.pixels()
    low, high, middle = explore.grab(0)
    models.page.mouse.move(low + 2, middle)
    models.page.wait_for_timeout(500)
    at_low = explore.pixels()
    models.page.mouse.move(high - 2, middle)
    models.page.wait_for_timeout(500)
    assert np.abs(explore.pixels().astype(int) - at_low).max() > 8
    models.page.mouse.up()
    assert before.shape == (28, 28)


@pytest.mark.full
def test_two_files_of_keras_example_are_on_the_sliders(open_import, keras_files):
    models = open_import(keras_files)
    dialog = models.dialog()
    expect(dialog.get_by_text("z_mean 2, z_log_var 2")).to_be_visible(timeout=_PATIENCE)
    expect(dialog.get_by_role("combobox", name="Data set")).to_have_value("MNIST (inferred)")
    _keep(models, "Keras example")
    models.wait_for_text("The mean is the output 'z_mean'.")
    _drag_in_explore(models)


@pytest.mark.full
def test_a_vae_of_pytorch_is_on_the_sliders(open_import, onnx_files):
    models = open_import(onnx_files)
    dialog = models.dialog()
    # Its pixel format was inferred.
    for pixels in ("Input pixels", "Output pixels"):
        expect(dialog.get_by_role("combobox", name=pixels)).to_have_value("−1 to 1 (inferred)", timeout=_PATIENCE)
    _keep(models, f"PyTorch VAE {onnx_files[0].parent.name}")  # both sources are here in the full tier
    models.wait_for_text("run by onnxruntime")
    _drag_in_explore(models)


@pytest.mark.full
def test_own_mean_and_sd_of_pixels_are_entered(open_import, onnx_files):
    models = open_import(onnx_files)
    dialog = models.dialog()
    pixels = dialog.get_by_role("combobox", name="Output pixels")
    expect(pixels).to_have_value("−1 to 1 (inferred)", timeout=_PATIENCE)
    pixels.click()
    models.page.get_by_role("option", name="Mean and SD …").click()
    field = dialog.get_by_role("textbox", name="Output pixels: mean, SD")
    field.fill("0.5, 0")
    field.press("Tab")
    expect(dialog.get_by_test_id("stAlert").first).to_contain_text("is out of range", timeout=_PATIENCE)
    field.fill("0.5, 0.5")  # the same pixels as −1 to 1
    field.press("Tab")
    expect(dialog.get_by_test_id("stAlert")).to_have_count(0, timeout=_PATIENCE)
    _keep(models, f"Standardised {onnx_files[0].parent.name}")
    _drag_in_explore(models)


@pytest.mark.full
def test_onnx_models_come_with_their_data_files(open_import):
    paths = [path for _, path in committed("data-files").files]
    assert {path.suffix for path in paths} == {".onnx", ".data"}
    alone = open_import([path for path in paths if path.suffix == ".onnx"]).dialog()
    expect(alone.get_by_text("'encoder.onnx.data', which is missing")).to_be_visible(timeout=_PATIENCE)
    dialog = open_import(paths).dialog()
    expect(dialog.get_by_role("combobox", name="Mean", exact=True)).to_have_value("mean (inferred)", timeout=_PATIENCE)
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Imported model")


@pytest.mark.full
def test_a_standard_deviation_is_found_and_may_be_called_otherwise(open_import, keras_files, tmp_path):
    layers = keras.layers
    x = keras.Input((28, 28, 1))
    hidden = layers.Flatten()(x)
    sigma = layers.Dense(2, activation="softplus", name="z_scale")(hidden)
    keras.Model(x, [layers.Dense(2, name="z_loc")(hidden), sigma]).save(tmp_path / "encoder.keras")
    models = open_import([tmp_path / "encoder.keras", keras_files[1]])
    dialog = models.dialog()
    output, kind = (dialog.get_by_role("combobox", name=name) for name in ("Posterior scale", "Meaning of the scale"))
    expect(output).to_have_value("z_scale (inferred)", timeout=_PATIENCE)
    expect(kind).to_have_value("standard deviation (inferred)")
    output.click()
    models.page.get_by_role("option", name="none", exact=True).click()
    expect(kind).to_have_count(0, timeout=_PATIENCE)
    output.click()
    models.page.get_by_role("option", name="z_scale (inferred)").click()
    kind.click(timeout=_PATIENCE)
    models.page.get_by_role("option", name="variance", exact=True).click()
    expect(kind).to_have_value("variance")
    _keep(models, "With a variance")
    models.wait_for_text("The variance is the output 'z_scale'.")


@pytest.mark.full
def test_a_decoder_alone_is_explored_by_its_draws(open_import, keras_files):
    models = open_import(keras_files[1:])
    expect(models.dialog().get_by_text("Pictures decoded from samples of N(0, 1).")).to_be_visible(timeout=_PATIENCE)
    _keep(models, "Decoder alone")
    _drag_in_explore(models)
    expect(models.sidebar.get_by_text(re.compile("No data set: the test images are"))).to_be_visible()
    for page, sign in (("reconstruct", "has no encoder"), ("interpolate", "Interpolate"), ("map", "Map")):
        models.page.goto(f"{models.url}/{page}?model=decoder-alone")
        expect(models.main.get_by_text(sign).first).to_be_visible(timeout=_PATIENCE)
        expect(models.main.get_by_test_id("stException")).to_have_count(0)


def test_another_reading_shows_other_pictures(open_import, onnx_files):
    models = open_import(onnx_files)
    dialog = models.dialog()
    for pixels in ("Input pixels", "Output pixels"):
        expect(dialog.get_by_role("combobox", name=pixels)).to_have_value("−1 to 1 (inferred)", timeout=_PATIENCE)
    picture = dialog.get_by_test_id("stImage").locator("img")
    before = picture.get_attribute("src")
    dialog.get_by_role("combobox", name="Output pixels").click()
    models.page.get_by_role("option", name="0 to 1", exact=True).click()
    expect(picture).not_to_have_attribute("src", before, timeout=_PATIENCE)
    expect(dialog.get_by_text(re.compile("0\\.\\d+ as inferred"))).to_be_visible(timeout=_PATIENCE)


def test_shows_why_a_file_is_refused_and_leaves_no_files(open_import, models, tmp_path):
    evil = tmp_path / "model.pkl"
    evil.write_bytes(b"\x80\x04.")
    before = _kept(models)
    shown = open_import([evil])
    expect(shown.dialog().get_by_text(re.compile("pickle, which is program code"))).to_be_visible(timeout=_PATIENCE)
    assert _kept(models) == before
    # The uploader keeps it among the next files; it must not stand in their way.
    uploader = shown.dialog().get_by_test_id("stFileUploader")
    uploader.locator("input").set_input_files([path for _, path in committed("mnist").files])
    expect(shown.dialog().get_by_text("Found networks from")).to_be_visible(timeout=_PATIENCE)
    expect(shown.dialog().get_by_role("alert")).to_have_count(0)
    assert _kept(models) == before


def _kept(models) -> list[Path]:
    """What lies in a folder of models, without the shelf's own pictures, which come when they are first shown."""
    return sorted(path for path in models.glob("*") if path.name != ".pictures")
