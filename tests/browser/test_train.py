"""The Train page in a browser, with real pictures and processes: all actions on a run."""

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.explore_page import ExplorePage
from tests.browser.held_run import MODEL, HeldRun, digits_request, end_all_runs, until
from tests.browser.train_page import TrainPage
from tests.browser.zoo_models import make_shapes
from vae.data.catalog import dataset_info
from vae.models.config import ModelConfig
from vae.training.presets import PRESETS
from zscope.jobs.runs import find_run, list_runs
from zscope.jobs.runs.estimate import Estimates, speed_key
from zscope.jobs.runs.launch import create
from zscope.jobs.runs.progress import ProgressLog
from zscope.serving import LiveClient

pytestmark = pytest.mark.browser

SPEED = 20_000.0  # images per second; not measured
OWN_WAY = ModelConfig(  # as no preset has it
    image_shape=(8, 8, 1), latent_dim=5, network="dense", widths=(24, 12), activation="gelu",
    likelihood="continuous-bernoulli", classes=10,
)  # fmt: skip
OWN_TRAINING = {"epochs": 17, "beta": 2.5, "seed": 4, "shift": 1, "keep": "last", "ema": 0.9}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Where the app, the runs' processes and this process find runs, models and data."""
    root = tmp_path_factory.mktemp("train")
    homes = {f"ZSCOPE_{name}": str(root / name.lower()) for name in ("RUNS", "MODELS", "OWN_DATA")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in homes.items():
            patch.setenv(name, value)
        # Known beforehand, but for what is to be measured: it would take the processor from what is tested.
        known = Estimates(root / "runs")
        asked = [
            preset.configs(dataset_info("mnist"), images) for preset in PRESETS.values() for images in (50_000, 80)
        ]
        asked += [preset.configs(dataset_info("digits"), 1250) for preset in PRESETS.values()]
        before = digits_request("before", "", OWN_WAY, **OWN_TRAINING)
        asked.append((before.model, before.training))
        for configs in asked:
            known.remember(speed_key(*configs), SPEED)
        yield homes


@pytest.fixture(scope="module")
def app_log(tmp_path_factory):
    return tmp_path_factory.mktemp("train-app") / "server.log"


@pytest.fixture(scope="module")
def app_url(homes, app_log):
    with running_app(app_log, **homes) as url:
        yield url


@pytest.fixture(scope="class", autouse=True)  # of a test outside a class: around that test
def no_run_is_left(homes):
    yield
    end_all_runs()


@pytest.fixture
def visit(browser, app_url):
    """`visit("?run=mine")`: another visitor with the Train page open. At the end no page may have met a fault."""
    contexts = []

    def open_page(query: str = "") -> TrainPage:
        contexts.append(browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 1000}))
        train = TrainPage(contexts[-1].new_page(), app_url)
        train.goto(query)
        return train

    yield open_page
    faults = []
    for context in contexts:
        for page in context.pages:
            faults += [*page.faults, *page.get_by_test_id("stException").all_inner_texts()]
        context.close()
    assert not faults, faults


def zip_of_pictures(path: Path) -> Path:
    """Sixty pictures in each of two class folders; among them a text and half a picture."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(120):
            pixels = np.zeros((28, 28), np.uint8)
            top, left = rng.integers(2, 18, 2)
            folder, height, width = ("blocks", 8, 8) if number % 2 else ("lines", 26 - top, 2)
            pixels[top : top + height, left : left + width] = rng.integers(150, 256)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            archive.writestr(f"{folder}/{number}.png", file.getvalue())
        archive.writestr("blocks/readme.txt", "blocks, drawn by hand")
        archive.writestr("lines/broken.png", file.getvalue()[: len(file.getvalue()) // 2])
    return path


def large_zip(path: Path, megabytes: int) -> Path:
    """A zip of so many MB: uncompressed pictures of noise, 2.5 MB each."""
    rows, columns = 834, 1000
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(megabytes * 2 // 5):
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (rows, columns, 3), np.uint8)).save(file, "BMP")
            archive.writestr(f"noise/{number}.bmp", file.getvalue())
    return path


def opened(train: TrainPage, model: str, title: str) -> ExplorePage:
    """Explore, after a click on its button: it shows this model, and its first picture."""
    explore = ExplorePage(train.page, train.url)
    explore.wait_until_drawn()
    expect(explore.page.get_by_test_id("stSidebar").get_by_text(model, exact=True)).to_be_visible()
    expect(explore.page.get_by_role("combobox", name="Model")).to_have_value(title)
    return explore


def a_slider_changes_the_picture(explore: ExplorePage, model: str) -> None:
    """Drag the fullest dimension's slider from end to end: the picture is the model's there, and another one."""
    index = int(explore.page.locator(".slider input").first.get_attribute("data-dimension"))
    low, high, middle = explore.grab(index)
    seen = []
    with LiveClient(explore.url, model) as live:
        for end in (low, high):
            explore.page.mouse.move(end, middle, steps=3)
            explore.wait_for_picture(live.decode(explore.z()[None])[0, ..., 0])
            seen.append(explore.pixels().astype(int))
    explore.page.mouse.up()
    assert np.abs(seen[0] - seen[1]).max() > 20


@pytest.mark.full  # the limits themselves: tests/zscope/ui/test_upload_limits.py
def test_a_zip_of_150_mb_is_taken(visit, tmp_path):
    train = visit()
    dialog = train.page.get_by_role("dialog")
    train.press("Add pictures")
    archive = large_zip(tmp_path / "large.zip", 150)
    assert archive.stat().st_size > 150_000_000
    dialog.locator("input[type=file]").set_input_files(archive)
    dialog.get_by_text("large.zip: about 60 pictures").wait_for(timeout=180_000)
    dialog.get_by_role("button", name="Load pictures").click()
    dialog.get_by_text("60 pictures of 60 files.").wait_for(timeout=180_000)


def test_from_a_zip_of_pictures_to_a_slider(visit, tmp_path):
    train = visit()
    dialog = train.page.get_by_role("dialog")
    train.press("Add pictures")
    # React may leave the one before in the page, invisible.
    uploader = dialog.get_by_test_id("stFileUploader").filter(visible=True)
    for name, said in (("no.zip", dialog.get_by_text("Can't read no.zip")), ("no.png", uploader.get_by_text("no.png"))):
        (tmp_path / name).write_bytes(b"nothing")
        uploader.locator("input[type=file]").set_input_files(tmp_path / name)
        said.wait_for()
        expect(uploader).to_have_count(1)  # the used one goes
    uploader.locator("input[type=file]").set_input_files(zip_of_pictures(tmp_path / "my_shapes.zip"))
    dialog.get_by_text("my_shapes.zip: about 121 pictures, 2 classes.").wait_for()
    dialog.get_by_text("Classes: blocks, lines").wait_for()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    expect(uploader).to_have_count(1)
    expect(uploader).not_to_contain_text("no.")
    dialog.get_by_role("button", name="Load pictures").click()

    dialog.get_by_text("120 pictures of 122 files.").wait_for()
    dialog.get_by_text("2 classes: blocks 60, lines 60").wait_for()
    dialog.get_by_text("2 files refused").click()
    reasons = dialog.get_by_role("listitem")
    expect(reasons).to_have_count(2)
    expect(reasons.filter(has_text="not JPEG")).to_contain_text("blocks/readme.txt")
    expect(reasons.filter(has_text="damaged")).to_contain_text("lines/broken.png")
    title = dialog.get_by_label("Data set name")
    expect(title).to_have_value("my shapes")
    title.fill("Blocks & lines")
    title.press("Enter")
    dialog.get_by_role("button", name="Save data set").click()

    train.wait_for_pictures("Blocks & lines")
    train.wait_for_text("80 images to train on (own images, my_shapes.zip), 28×28, grey, 2 classes.")
    train.settings()
    train.set("Epochs", 20)
    train.wait_for_text("With these settings:")
    train.set("Name", "My *first* try")
    train.press("Start training")

    train.wait_for_run("my-first-try", "My *first* try")
    train.wait_for_state("finished")
    progress = find_run("my-first-try").progress
    assert (progress.images, progress.epoch, progress.epoch_count) == (80, 20, 20)
    curves = train.curves()
    for panel, figure in (("y", "loss"), ("y2", "reconstruction"), ("y3", "kl")):
        for who, prefix in (("train", ""), ("validation", "val_")):
            (line,) = (curve for curve in curves if (curve["yaxis"], curve["name"]) == (panel, who))
            assert line["x"] == list(range(1, 21))
            assert line["y"] == [epoch.figures[prefix + figure] for epoch in progress.epochs]
    assert train.frames() == 21, "one before training, one after each epoch"
    kept = progress.kept_epoch("best")
    train.wait_for_frame(kept)
    expect(train.main.locator("output")).to_have_text(f"epoch {kept} of 20, kept")
    assert train.played()[-1] == f"epoch {kept} of 20, kept", "the film ends on the model"

    train.press("Open in Explore")
    a_slider_changes_the_picture(opened(train, "my-first-try", "My *first* try"), "my-first-try")


class TestTheForm:
    @pytest.mark.full
    def test_it_shows_the_estimated_time_of_each_preset(self, visit):
        train = visit()
        effort = train.main.get_by_role("radiogroup", name="Preset")
        expect(effort).to_contain_text(re.compile(r"Quick\s*about \d+ (s|min) on this machine"), timeout=180_000)
        assert effort.inner_text().count("on this machine") == len(PRESETS)
        train.settings()
        before = train.setting("Epochs").input_value()
        train.set("Epochs", 10 * int(before))
        train.wait_for_text("With these settings: about ")
        # The speed is that of a step: ten times as many of them need no other measuring.
        assert "measuring" not in train.main.inner_text()

    def test_invalid_settings_are_named_and_can_be_corrected(self, visit):
        train = visit()
        train.settings()
        sense = train.setting("Widths").input_value()
        train.set("Widths", "16, wide")
        alert = train.main.get_by_role("alert")
        expect(alert).to_contain_text("widths.1")
        expect(train.button("Start training")).to_have_count(0)
        train.set("Widths", sense)
        train.wait_for_form()
        expect(alert).to_have_count(0)

    @pytest.mark.full
    def test_a_name_stays_whatever_else_is_changed(self, visit):
        train = visit()
        train.set("Name", "Small digits")
        train.settings()
        train.set("Latent dimensions", 3)
        train.main.get_by_placeholder("MNIST, 3 dimensions").wait_for()
        expect(train.setting("Name")).to_have_value("Small digits")


class TestWhileItTrains:
    """One run for all of these, held still between them."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, homes):
        run = HeldRun("long", "A long one", epochs=199, batch_size=8)
        run.hold_after(epochs=3)
        return run

    @pytest.mark.full
    def test_a_new_session_shows_the_running_run(self, run, visit):
        train = visit()  # no word of the run in the address
        train.wait_for_run("long", "A long one")
        train.wait_for_state(r"training, \d+ %")
        train.page.reload()
        train.wait_for_run("long", "A long one")
        train.wait_for_state(r"training, \d+ %")
        # The form can be opened, and the run again.
        train.press("New model")
        train.wait_for_form()
        train.listed("A long one").click()
        train.wait_for_run("long", "A long one")

    @pytest.mark.full
    def test_a_second_visitor_sees_what_the_first_sees(self, run, visit):
        first, second = visit("?run=long"), visit("?run=no-such-run")
        for train in (first, second):
            train.wait_for_run("long", "A long one")
            train.wait_for_state(r"training, \d+ %")
            train.wait_for_frame(run.newest_frame)
            expect(train.listed("A long one")).to_contain_text("A long one · training")
            assert train.main.inner_text().count(" %") == 1, "one run is so far at one moment"
        assert first.curves() == second.curves()
        with run.going_on():
            then = run.newest_frame + 1
            for train in (first, second):
                train.wait_for_frames(then + 1)

    @pytest.mark.full
    def test_the_film_follows_until_the_user_selects_a_frame(self, run, visit):
        train = visit("?run=long")
        newest = run.newest_frame
        train.wait_for_frame(newest)
        train.slider.focus()
        train.page.keyboard.press("ArrowLeft")
        train.page.keyboard.press("ArrowLeft")
        train.wait_for_frame(newest - 2)
        expect(train.main.locator("output")).to_have_text(f"epoch {newest - 2} of 199")
        with run.going_on():
            train.wait_for_frames(newest + 3)
        assert train.frame() == newest - 2
        assert f"/film/{newest - 2}/" in train.main.locator("img[alt=codes]").get_attribute("src")
        expect(train.main.locator("output")).to_have_text(f"epoch {newest - 2} of 199")
        train.page.keyboard.press("Home")
        train.wait_for_frame(0)
        expect(train.main.locator("output")).to_have_text("before training")
        train.page.keyboard.press("End")
        last = train.frames() - 1
        train.wait_for_frame(last)
        with run.going_on():
            train.wait_for_frames(last + 3)
        train.wait_for_frame(train.frames() - 1)  # it goes on with the film again

    @pytest.mark.full
    def test_the_film_plays_to_its_end(self, run, visit):
        train = visit("?run=long")
        train.wait_for_frame(run.newest_frame)
        said = [f"epoch {epoch} of 199" for epoch in range(1, run.newest_frame + 1)]
        assert train.played() == ["before training", *said]
        train.wait_for_frame(run.newest_frame)

    @pytest.mark.full
    def test_explore_opens_the_newest_checkpoint(self, run, visit):
        train = visit("?run=long")
        train.wait_for_state(r"training, \d+ %")
        with run.going_on():
            train.press("Open in Explore")
            picker = train.page.get_by_role("combobox", name="Model")
            expect(picker).to_have_value(re.compile(r"^A long one … \(epoch \d+ of 199\)$"), timeout=180_000)
            explore = opened(train, "long", picker.input_value())
            a_slider_changes_the_picture(explore, "long")
            assert run.now.state == "training", "looking at it has not ended it"
            step = run.progress.step
            until(lambda: run.progress.step > step)

    @pytest.mark.full
    def test_a_second_run_waits_for_its_turn(self, run, visit):
        train = visit()
        train.press("New model")
        train.choose_pictures("scikit-learn digits")
        train.wait_for_text("1,250 images to train on")
        train.set("Name", "The other one")
        train.press("Start training")
        train.wait_for_run("the-other-one", "The other one")
        train.wait_for_state("queued, number 1")
        train.wait_for_text("Waiting for the runs before it")
        expect(train.listed("The other one")).to_contain_text("queued, number 1")
        expect(train.listed("A long one")).to_contain_text("training")
        assert "Stop and save" not in train.buttons(), "there is nothing to keep"
        assert "Open in Explore" not in train.buttons(), "there is nothing to be seen"
        train.press("Pause")
        train.wait_for_state("paused")
        assert run.now.state == "training"


@pytest.mark.full
def test_pause_and_resume_to_the_end(visit):
    run = HeldRun("mine", "Mine", epochs=30)
    run.hold_after(epochs=1)
    train = visit("?run=mine")
    train.wait_for_state(r"training, \d+ %")
    assert "Resume" not in train.buttons() and "Remove run" not in train.buttons()
    train.press("Pause")
    until(lambda: (run.now.folder / "request").exists())
    run.go_on()
    train.wait_for_state("paused")
    paused = run.progress
    assert paused.step < paused.steps and paused.checkpoint_step == paused.step
    expect(train.button("Pause")).to_have_count(0)

    train.press("Resume")
    train.wait_for_state("finished")
    events = [json.loads(line) for line in (run.now.folder / "progress.jsonl").read_text().splitlines()]
    begun = [event["step"] for event in events if event["event"] == "started"]
    assert begun == [0, paused.step], "it went on where it was"
    assert [epoch.epoch for epoch in run.progress.epochs] == list(range(1, 31))
    train.wait_for_frame(run.progress.kept_epoch("best"))
    assert {curve["x"][-1] for curve in train.curves()} == {30}

    train.press("Continue training")
    train.wait_for_form()
    train.wait_for_text("Continues from the weights of mine, with its settings.")


@pytest.mark.full
def test_a_killed_run_is_resumed_stopped_and_saved(visit):
    run = HeldRun("mine", "Mine", epochs=2000)
    run.hold_after(epochs=2)
    train = visit("?run=mine")
    train.wait_for_state(r"training, \d+ %")
    before = run.progress
    run.kill()
    train.wait_for_state("interrupted")
    train.wait_for_text(f"continue it from epoch {before.checkpoint_epoch}.")
    expect(train.listed("Mine")).to_contain_text("interrupted")

    train.press("Resume")
    train.wait_for_state(r"training, \d+ %")
    until(lambda: run.progress.step > before.step)
    train.press("Stop and save")
    train.wait_for_state("stopped early")
    assert before.step < run.progress.step < run.progress.steps
    train.press("Open in Explore")
    a_slider_changes_the_picture(opened(train, "mine", "Mine"), "mine")


class TestWithoutAProcess:
    """Runs without a process: created here, never trained."""

    @pytest.mark.full
    def test_duplicate_settings_shows_the_form_with_the_run_s_settings(self, visit):
        request = digits_request("before", "The one before", OWN_WAY, **OWN_TRAINING)
        create(request).release()
        train = visit("?run=before")
        train.wait_for_state("interrupted")
        train.wait_for_text("continue it from the start.")
        train.press("Duplicate settings")
        train.wait_for_form()
        expect(train.main.get_by_role("radio", name="scikit-learn digits")).to_be_checked()
        expect(train.main.get_by_role("radio", name="Duplicated settings")).to_be_checked()
        train.settings()
        for label, value in (
            ("Latent dimensions", "5"), ("Widths", "24, 12"), ("Epochs", "17"), ("β", "2.50"), ("Seed", "4"),
            ("Network", "Dense"), ("Activation", "gelu"), ("Likelihood of pixels", "Continuous Bernoulli"),
        ):  # fmt: skip
            expect(train.setting(label)).to_have_value(value)
        train.set("Name", "Once more")
        train.press("Start training")
        train.wait_for_run("once-more", "Once more")
        again = find_run("once-more").request
        assert (again.model, again.training) == (request.model, request.training), "to the last setting"

    @pytest.mark.full
    def test_remove_removes_it_for_all_visitors(self, visit):
        create(digits_request("mine", "Mine", MODEL)).release()
        create(digits_request("other", "Another", MODEL)).release()
        first, second = visit("?run=mine"), visit("?run=mine")
        for train in (first, second):
            train.wait_for_state("interrupted")
        first.press("Remove run")
        first.wait_for_form()
        assert "mine" not in [run.id for run in list_runs()]
        for train in (first, second):
            expect(train.listed("Mine")).to_have_count(0, timeout=180_000)
            expect(train.listed("Another")).to_have_count(1)
        # The other visitor gets the form, not a fault.
        if second.button("Resume").count():
            second.press("Resume")
        second.button("Start training").wait_for()

    @pytest.mark.full
    def test_a_stop_that_saved_nothing_is_reported(self, visit):
        with create(digits_request("stopped", "Stopped", MODEL)):
            log = ProgressLog(find_run("stopped").folder)
            log.write("checkpoint", step=0, epoch=0)
            log.write("paused", step=0, message="It was stopped before its first step.", mend="Resume it.")
        train = visit("?run=stopped")
        train.wait_for_state("paused")
        expect(train.main.get_by_role("alert")).to_contain_text("It was stopped before its first step.")
        buttons = train.buttons()
        assert "Resume" in buttons and not {"Stop and save", "Open in Explore"} & set(buttons)

    @pytest.mark.full
    def test_a_failure_is_shown_with_a_remedy(self, visit):
        with create(digits_request("mine", "Mine", MODEL)):
            ProgressLog(find_run("mine").folder).write("failed", message="The *disk* is full.", mend="Free space.")
        train = visit("?run=mine")
        train.wait_for_state("failed")
        alert = train.main.get_by_role("alert")
        expect(alert).to_contain_text("The *disk* is full.")
        expect(alert).to_contain_text("Free space.")
        assert {"Resume", "Duplicate settings", "Remove run"} <= set(train.buttons())

    @pytest.mark.full
    def test_a_broken_run_is_named_and_can_be_removed(self, visit):
        create(digits_request("mine", "Mine", MODEL)).release()
        (find_run("mine").folder / "run.json").write_text("{")
        train = visit("?run=mine")
        train.wait_for_state("broken")
        expect(train.main.get_by_role("alert")).to_contain_text("run.json of the run mine")
        assert "Resume" not in train.buttons() and "Duplicate settings" not in train.buttons()
        train.press("Remove run")
        train.wait_for_form()
        assert "mine" not in [run.id for run in list_runs()]


@pytest.mark.full
def test_the_settings_are_those_of_the_preset_also_while_it_is_measured(visit, tmp_path):
    """The last of all: the measuring goes on for as long as the server does."""
    name = make_shapes(tmp_path / "pictures", count=60)
    info = dataset_info(name)
    train = visit()
    train.choose_pictures(info.title)
    train.wait_for_text("36 images to train on")
    effort = train.main.get_by_role("radiogroup", name="Preset")
    train.settings()
    quick, standard = (PRESETS[id].configs(info, 36)[0].widths for id in ("quick", "standard"))
    expect(train.setting("Widths")).to_have_value(", ".join(map(str, quick)))
    assert "measuring" in effort.inner_text()
    effort.get_by_text("Standard", exact=True).click()
    widths = ", ".join(map(str, standard))
    train.main.locator(f"input[aria-label=Widths][value='{widths}']").wait_for(timeout=180_000)
    assert "measuring" in effort.inner_text(), "not only when the measuring is over"
