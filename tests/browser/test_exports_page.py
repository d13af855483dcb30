"""Exports in a browser: prepared, stopped, downloaded, opened; and the reason where there is none."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.demo_page import DemoPage
from tests.browser.models_page import ModelsPage
from tests.onnx_model import save_onnx
from tests.small_model import save_small, small_content
from vae.formats.bundle import load_bundle
from vae.formats.exporting import FORMATS

pytestmark = pytest.mark.browser
_PATIENCE = 180_000  # milliseconds


@pytest.fixture(scope="module")
def app_log(tmp_path_factory):
    return tmp_path_factory.mktemp("export-app") / "server.log"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """Where the server keeps its exports."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The folder of own models: `tiny`, three that something is done to, and `theirs`, of ONNX files."""
    folder = tmp_path_factory.mktemp("exported")
    for id in ("tiny", "gone", "named", "torn"):
        save_small(folder, id)
    save_onnx(folder, small_content("theirs"))
    return folder


@pytest.fixture(scope="module")
def app_url(models, temporary, app_log):
    with running_app(app_log, ZSCOPE_MODELS=str(models), ZSCOPE_EXPORTS=str(temporary)) as url:
        yield url


@pytest.fixture
def visit(browser, app_url, app_log):
    """`visit("tiny")`: another visitor with a model's page open. At the end neither page nor server met a fault."""
    contexts = []

    def open_page(id: str, title: str) -> ModelsPage:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce"))
        page = ModelsPage(contexts[-1].new_page(), app_url)
        page.goto(f"?card={id}")
        page.wait_for_card(title)
        expect(page.export("html")).to_be_visible(timeout=_PATIENCE)
        return page

    yield open_page
    faults = []
    for context in contexts:
        faults += getattr(context.pages[0], "faults", [])
        faults += context.pages[0].get_by_test_id("stException").all_inner_texts()
        context.close()
    assert not faults, faults
    assert "Traceback" not in app_log.read_text()


def download(page: ModelsPage, format: str, folder: Path) -> Path:
    """What the row's link gives, as the browser would save it."""
    with page.page.expect_download() as told:
        page.export(format).get_by_role("link").click()
    told.value.save_as(folder / told.value.suggested_filename)
    return folder / told.value.suggested_filename


def exports(temporary: Path) -> list[Path]:
    """The folders of all exports that the server keeps."""
    return list(temporary.glob("[0-9a-f]*"))


def prepare(page: ModelsPage, format: str) -> None:
    page.export(format).get_by_role("button", name="Prepare").click()


def test_a_bundle_is_prepared_and_stays_until_its_file_is_gone(visit, models, temporary, tmp_path):
    page = visit("tiny", "Tiny")
    row = page.export("bundle")
    prepare(page, "bundle")
    expect(row.get_by_role("button", name="Stop")).to_be_visible()
    expect(row.get_by_text("Loading the model …")).to_be_visible(timeout=_PATIENCE)
    expect(row.get_by_text("Identical results on 256 test images.")).to_be_visible(timeout=_PATIENCE)
    file = download(page, "bundle", tmp_path)
    assert file.name == "tiny.zip"
    exported, live = load_bundle(file), load_bundle(models / "tiny")
    assert exported.manifest == live.manifest
    assert all(np.array_equal(exported.weights[name], array) for name, array in live.weights.items())

    page.page.reload()
    expect(row.get_by_role("link", name="Download")).to_be_visible(timeout=_PATIENCE)
    row.get_by_role("button", name="Show loading code").click()
    expect(page.page.get_by_test_id("stPopoverBody").get_by_text('load_bundle("tiny.zip")')).to_be_visible()
    page.page.keyboard.press("Escape")

    (folder,) = exports(temporary)
    shutil.rmtree(folder)
    with page.page.expect_popup() as opened:
        row.get_by_role("link").click()
    expect(opened.value.get_by_text("This export no longer exists.")).to_be_visible()
    answer = page.page.request.get(page.url + row.get_by_role("link").get_attribute("href"))
    assert answer.status == 404
    page.page.reload()
    expect(row.get_by_role("button", name="Prepare")).to_be_visible(timeout=_PATIENCE)


@pytest.mark.full
def test_the_web_page_draws_from_disk(visit, browser, tmp_path):
    page = visit("mnist-2d", "MNIST, 2 dimensions")
    prepare(page, "html")
    said = re.compile(r"a pixel changes by at most 0\.\d of 255 grey levels \(256 codes\)")
    expect(page.export("html").get_by_text(said)).to_be_visible(timeout=_PATIENCE)
    demo = DemoPage(browser.new_context(reduced_motion="reduce"), download(page, "html", tmp_path))
    demo.check_picture(load_bundle("assets/models/mnist-2d"))
    demo.drag(".surface", [(0.5, 0.5), (0.7, 0.3)])
    demo.check_picture(load_bundle("assets/models/mnist-2d"))
    demo.page.context.close()
    assert not demo.faults, demo.faults


@pytest.mark.full
def test_exports_run_one_at_a_time_and_can_be_stopped_in_any_tab(visit, temporary):
    page, other = visit("tiny", "Tiny"), visit("tiny", "Tiny")
    before = exports(temporary)
    prepare(page, "onnx")
    expect(page.export("onnx").get_by_text("Loading the model …")).to_be_visible(timeout=_PATIENCE)
    prepare(other, "bundle")
    expect(other.export("bundle").get_by_text("Waiting for another export …")).to_be_visible(timeout=_PATIENCE)
    expect(page.export("bundle").get_by_text("Waiting for another export …")).to_be_visible(timeout=_PATIENCE)
    other.export("onnx").get_by_role("button", name="Stop").click()
    expect(page.export("onnx").get_by_role("button", name="Prepare")).to_be_visible(timeout=_PATIENCE)
    expect(page.export("bundle").get_by_text("Loading the model …")).to_be_visible(timeout=_PATIENCE)
    page.export("bundle").get_by_role("button", name="Stop").click()
    for one in (page, other):
        expect(one.main.get_by_role("button", name="Stop")).to_have_count(0, timeout=_PATIENCE)
        expect(one.main.get_by_role("button", name="Prepare")).to_have_count(len(FORMATS))
    page.page.wait_for_timeout(500)
    assert exports(temporary) == before


@pytest.mark.full
def test_shows_why_an_onnx_model_has_no_keras_export(visit):
    page = visit("theirs", "Theirs")
    for format in ("keras", "saved-model", "litert", "html"):
        row = page.export(format)
        expect(row.get_by_text("Its network is an ONNX file, whose operators cannot be converted")).to_be_visible()
        expect(row.get_by_role("button")).to_have_count(0)
    for format in ("bundle", "onnx"):
        expect(page.export(format).get_by_role("button", name="Prepare")).to_be_visible()


@pytest.mark.full
def test_of_a_model_deleted_in_another_tab(visit, models):
    page, other = visit("gone", "Gone"), visit("gone", "Gone")
    other.button("Delete").click()
    other.wait_for_text("Deleted Gone")
    prepare(page, "bundle")
    page.wait_for_text("No model is called 'gone'.")
    expect(page.export("bundle")).to_have_count(0)
    assert not (models / "gone").exists()


@pytest.mark.full
def test_renamed_in_another_tab_the_new_one_is_prepared_and_watched(visit):
    page, other = visit("named", "Named"), visit("named", "Named")
    other.button("Rename").click()
    other.dialog().get_by_label("Name").fill("Another")
    other.submit("Rename model")
    other.wait_for_card("Another")
    prepare(page, "bundle")
    expect(page.export("bundle").get_by_role("button", name="Stop")).to_be_visible(timeout=_PATIENCE)
    page.wait_for_card("Another")
    page.export("bundle").get_by_role("button", name="Stop").click()
    expect(page.export("bundle").get_by_role("button", name="Prepare")).to_be_visible(timeout=_PATIENCE)


@pytest.mark.full
def test_reports_a_failed_export_in_its_row_and_can_repeat_it(visit, models):
    page = visit("torn", "Torn")
    weights = models / "torn" / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    prepare(page, "bundle")
    row = page.export("bundle")
    expect(row.get_by_test_id("stAlert")).to_contain_text("weights.safetensors", timeout=_PATIENCE)
    weights.write_bytes(whole)
    row.get_by_role("button", name="Prepare file again").click()
    expect(row.get_by_test_id("stAlert")).to_have_count(0, timeout=_PATIENCE)
    row.get_by_role("button", name="Stop").click()
    expect(row.get_by_role("button", name="Prepare file", exact=True)).to_be_visible(timeout=_PATIENCE)
