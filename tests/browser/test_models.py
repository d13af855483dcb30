"""The Models page in a real browser: a shelf that can be searched, and models that can be renamed, deleted and read."""

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.app_server import running_app
from tests.browser.explore_page import ExplorePage
from tests.browser.models_page import ModelsPage
from zscope.library.registry import SHIPPED

pytestmark = pytest.mark.browser

BUNDLED = {
    "fashion-16": "Fashion-MNIST, 16 dimensions",
    "mnist-16": "MNIST, 16 dimensions",
    "mnist-2d": "MNIST, 2 dimensions",
    "mnist-binary-32": "MNIST, binarised, 32 dimensions",
}
EVIL = "![x](https://evil.example/p.png) <img src=https://evil.example/q.png>"


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    root = tmp_path_factory.mktemp("shelf")
    return {f"ZSCOPE_{name}": str(root / name.lower()) for name in ("RUNS", "MODELS", "OWN_DATA", "MAPS", "DIRECTIONS")}


@pytest.fixture(scope="module")
def app_log(tmp_path_factory):
    return tmp_path_factory.mktemp("shelf-app") / "server.log"


@pytest.fixture(scope="module")
def app_url(homes, app_log):
    with running_app(app_log, **homes) as url:
        yield url


@pytest.fixture
def models(homes):
    """The folder of one's own models: `mine`, and `broken`, which is so."""
    folder = Path(homes["ZSCOPE_MODELS"])
    shutil.rmtree(folder, ignore_errors=True)
    for id in ("mine", "broken"):
        shutil.copytree(SHIPPED / "mnist-2d", folder / id)
    (folder / "broken" / "card.json").write_text("{")
    _change(folder / "mine" / "model.json", title="My own")
    return folder


def _change(file: Path, **fields) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


@pytest.fixture
def visit(browser, app_url, models):
    """`visit("?card=mine")`: another visitor with Models open. At the end no page may have met a fault, and none may
    have asked another host."""
    contexts, asked = [], []

    def open_page(query: str = "", **options) -> ModelsPage:
        options = {"viewport": {"width": 1440, "height": 1000}} | options
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        page = ModelsPage(contexts[-1].new_page(), app_url)
        page.page.on("request", lambda request: asked.append(request.url))
        page.goto(query)
        return page

    yield open_page
    faults = []
    for context in contexts:
        for page in context.pages:
            faults += [*page.faults, *page.get_by_test_id("stException").all_inner_texts()]
        context.close()
    assert not faults, faults
    assert not [url for url in asked if not url.startswith((app_url, "data:", "blob:"))]


def test_the_shelf_shows_every_model_with_its_draws(visit):
    page = visit()
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    assert page.wait_for_pictures(5) == [8 * 29 + 1] * 5
    mine = page.card("mine")
    expect(mine).to_contain_text("trained here")
    expect(mine).to_contain_text("kNN 84.2 %")
    expect(page.card("mnist-16")).to_contain_text("937,698 weights · 4.9 MB · 21 Nov 2026")
    expect(page.card("broken")).to_contain_text("card.json")
    assert page.card("mnist-16").get_by_role("button").all_inner_texts()[:2] == ["Explore", "Card"]
    boxes = page.main.locator("[class*=st-key-zscope_model_]").evaluate_all(
        "(cards) => cards.map((card) => card.getBoundingClientRect().left)"
    )
    assert len(set(boxes)) == 3, "three in a row"


@pytest.mark.full
def test_on_a_narrow_screen_cards_stay_on_it(visit):
    page = visit(viewport={"width": 800, "height": 900})
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    for button in page.main.get_by_role("button").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 800


@pytest.mark.full
def test_search_filter_and_order(visit):
    page = visit()
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    page.search("fashion")
    page.wait_for_titles([BUNDLED["fashion-16"]])
    page.search("nothing like it")
    page.wait_for_text("No models match")
    page.search("")
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    page.show("Trained here 1")
    page.wait_for_titles(["My own"])
    page.show("Bundled 4")
    page.wait_for_titles([*BUNDLED.values()])
    page.main.get_by_label("Sort by").click()
    page.page.get_by_role("option", name="kNN accuracy").click()
    page.wait_for_titles([BUNDLED[id] for id in ("mnist-16", "mnist-binary-32", "fashion-16", "mnist-2d")])


def test_rename(visit, models):
    page = visit()
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    page.choose("mine", "Rename")
    page.dialog().get_by_label("Name").fill(EVIL)
    page.submit("Rename model")
    page.wait_for_titles([EVIL, *BUNDLED.values(), "broken"])
    assert json.loads((models / "mine" / "model.json").read_text())["title"] == EVIL
    page.card("mine").get_by_role("button", name="Card").click()
    page.wait_for_card(EVIL)
    assert page.page.url.endswith("/models?card=mine")
    assert page.card("mine").count() == 0
    page.button("Rename").click()
    expect(page.dialog().get_by_label("Name")).to_have_value(EVIL)
    page.dialog().get_by_label("Name").fill("Plain again")
    page.dialog().get_by_label("Name").press("Enter")
    page.wait_for_card("Plain again")


def test_bundled_models_cannot_be_renamed_or_deleted(visit):
    page = visit()
    page.card("mnist-16").get_by_role("button", name="More").click()
    expect(page.page.get_by_role("menuitem")).to_have_count(2)
    names = [text.split("\n")[-1].strip() for text in page.page.get_by_role("menuitem").all_inner_texts()]
    assert [name.split()[-1] for name in names] == ["note", "settings"]


def test_delete_the_open_model_and_undo(visit, models):
    page = visit("?model=mine")
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    picker = page.page.get_by_role("combobox", name="Model")
    expect(picker).to_have_value("My own")
    other = ExplorePage(visit("?model=mine").page, page.url)
    other.goto("?model=mine")
    other.wait_until_drawn()

    page.page.set_viewport_size({"width": 800, "height": 500})
    page.card("mine").get_by_role("button", name="More").scroll_into_view_if_needed()
    page.choose("mine", "Delete")
    page.wait_for_titles([*BUNDLED.values(), "broken"])
    page.wait_for_text("Deleted My own")
    expect(page.main.get_by_role("heading", name="Models")).not_to_be_in_viewport()
    expect(page.button("Undo")).to_be_in_viewport(ratio=1)
    expect(picker).to_have_value("MNIST, 16 dimensions")
    assert not (models / "mine").exists()

    # Who has it open goes on with what is loaded, and is shown another one with the next page.
    before = other.page.locator("canvas").count()
    assert before
    other.page.get_by_test_id("stSidebarNav").get_by_text("Map", exact=True).click()
    expect(other.page.get_by_role("combobox", name="Model")).to_have_value("MNIST, 16 dimensions", timeout=180_000)
    for name in ("Interpolate", "Reconstruct", "Explore"):
        other.page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        expect(other.page.get_by_test_id("stSidebar").get_by_text("mnist-16", exact=True)).to_be_visible()
        expect(other.page.get_by_test_id("stException")).to_have_count(0)

    page.button("Undo").click()
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    expect(page.main.get_by_text("You can restore it")).to_have_count(0)
    assert (models / "mine" / "weights.safetensors").is_file()


@pytest.mark.full
def test_a_broken_one_can_only_go_and_anybody_may_put_it_back(visit, models):
    page = visit()
    page.choose("broken", "Delete")
    page.wait_for_titles([*BUNDLED.values(), "My own"])
    other = visit()
    other.wait_for_titles([*BUNDLED.values(), "My own"])
    other.main.get_by_text("Recently deleted (1)").click()
    other.button("Restore").click()
    other.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    assert (models / "broken").is_dir()


@pytest.mark.full
def test_deleted_from_its_reconstruct_page_the_shelf_is_shown(visit, models):
    page = visit("?card=mine")
    page.wait_for_card("My own")
    page.button("Delete").click()
    page.wait_for_titles([*BUNDLED.values(), "broken"])
    assert "card=" not in page.page.url
    shutil.copytree(SHIPPED / "mnist-2d", models / "mine")  # another has its id meanwhile
    page.button("Undo").click()
    expect(page.page.get_by_test_id("stToast")).to_contain_text("mine")
    shutil.rmtree(models / "mine")
    page.button("Close").click()
    expect(page.main.get_by_text("You can restore it")).to_have_count(0)
    page.wait_for_text("Recently deleted (")
    late = visit("?card=mine")
    late.wait_for_text("No model is called")
    late.button("All models").click()
    late.wait_for_titles([*BUNDLED.values(), "broken"])


@pytest.mark.full
def test_a_note_outlives_the_session_and_is_searched(visit):
    page = visit()
    page.choose("mnist-16", "Edit note")
    page.dialog().get_by_role("textbox").fill(f"For the talk\n{EVIL}")
    page.submit("Save note")
    expect(page.card("mnist-16")).to_contain_text("For the talk")
    other = visit()
    other.search("the talk")
    other.wait_for_titles([BUNDLED["mnist-16"]])
    expect(other.card("mnist-16").locator(".zs-note")).to_have_text(f"For the talk\n{EVIL}")
    card = visit("?card=mnist-16")
    card.wait_for_text("For the talk")
    card.button("Edit note").click()
    card.dialog().get_by_role("textbox").fill("")
    card.submit("Save note")
    expect(card.main.get_by_text("For the talk")).to_have_count(0)


@pytest.mark.full
def test_the_page_of_a_model_shows_its_sections(visit):
    page = visit("?card=mnist-16")
    page.wait_for_card(BUNDLED["mnist-16"])
    headings = page.main.get_by_role("heading", level=3)
    expect(headings).to_have_text(
        [
            "Uncurated samples", "Figures", "Reconstructions", "Architecture", "Information per dimension",
            "Training", "Load the model", "Train it again", "Cite the model", "Origin", "Export",
        ],
        timeout=180_000,
    )  # fmt: skip
    widths = page.wait_for_pictures(4)
    assert widths == [20 * 29 + 1, *[8 * 29 + 1] * 3]
    errors = [float(text) for text in page.main.locator(".zs-errors span").all_inner_texts()]
    best, median, worst = errors[:8], errors[8:16], errors[16:]
    assert max(best) < min(median) <= max(median) < min(worst) and len(errors) == 24
    layers = page.main.locator(".zn-layer")
    # 2 + 1 + 1 + 2 with x, 5 with the code, 8 couplings with the noise, log_sigma
    expect(layers).to_have_count(7 + 6 + 9 + 1)
    boxes = [box.bounding_box() for box in page.main.locator(".zn-box").all()]
    assert len(boxes) == 23 and all(min(box["width"], box["height"]) > 4 for box in boxes)
    mean, log_var = (layers.filter(has_text=name).bounding_box() for name in ("z_mean", "z_log_var"))
    assert mean["x"] == log_var["x"] and mean["y"] + mean["height"] <= log_var["y"], "parallel, not in series"
    expect(layers.nth(1)).to_have_attribute(
        "title", "encoder/conv_0: convolution 4×4, stride 2, silu. 28×28×1 → 14×14×32, 544 weights"
    )
    bars = page.main.locator(".js-plotly-plot").first.evaluate("(chart) => chart.data.flatMap(({ y }) => [...y])")
    assert len(bars) == 16 and bars == sorted(bars, reverse=True)
    curves = page.main.locator(".js-plotly-plot").nth(1).evaluate("(chart) => chart.data.map(({ y }) => y.length)")
    assert curves == [40] * 6
    code = page.main.get_by_test_id("stCode").all_inner_texts()
    assert 'load_model("mnist-16")' in code[0] and code[1].startswith("zscope train mnist-16")
    assert code[2].startswith("@misc{zscope-mnist-16-")


@pytest.mark.full
def test_the_way_from_the_shelf_to_a_card_and_to_explore_and_back(visit):
    page = visit()
    page.card("mnist-2d").get_by_role("button", name="Card").click()
    page.wait_for_card(BUNDLED["mnist-2d"])
    expect(page.page.get_by_role("combobox", name="Model")).to_have_value(BUNDLED["mnist-2d"])
    expect(page.sidebar.get_by_text("2 of 2 dimensions active")).to_be_visible()
    page.page.go_back()
    page.wait_for_titles([*BUNDLED.values(), "My own", "broken"])
    page.page.go_forward()
    page.wait_for_card(BUNDLED["mnist-2d"])
    page.page.get_by_role("combobox", name="Model").click()
    page.page.get_by_role("option", name=BUNDLED["fashion-16"]).click()
    page.wait_for_card(BUNDLED["fashion-16"])
    expect(page.page).to_have_url(re.compile("card=fashion-16"))
    page.button("Open in Explore").click()
    explore = ExplorePage(page.page, page.url)
    explore.wait_until_drawn()
    expect(page.page.get_by_role("combobox", name="Model")).to_have_value(BUNDLED["fashion-16"])
    assert "card=" not in page.page.url


@pytest.mark.parametrize(
    "visited",
    [pytest.param(False, id="at once", marks=pytest.mark.full), pytest.param(True, id="after Train was seen")],
)
def test_duplicate_settings_fills_the_form_of_train_in(visit, visited):
    page = visit()
    nav = page.page.get_by_test_id("stSidebarNav")
    if visited:
        nav.get_by_text("Train", exact=True).click()
        expect(page.main.get_by_role("button", name="Start training", exact=True)).to_be_visible(timeout=180_000)
        nav.get_by_text("Models", exact=True).click()
    page.choose("fashion-16", "Duplicate settings")
    expect(page.main.get_by_role("radio", name="Duplicated settings")).to_be_checked(timeout=180_000)
    expect(page.main.get_by_role("radio", name="Fashion-MNIST", exact=True)).to_be_checked()
    page.main.get_by_text("All settings").click()
    for label, value in {"Latent dimensions": "16", "Widths": "32, 64", "Dense units": "128", "Epochs": "50"}.items():
        expect(page.main.get_by_label(label, exact=True)).to_have_value(value, timeout=180_000)
    expect(page.main.get_by_text("Changed")).to_have_count(0)


@pytest.mark.full
def test_settings_out_of_the_form_s_range_are_listed(visit, models):
    card = json.loads((models / "mine" / "card.json").read_text())
    card["training"]["config"] |= {"free_bits": 40.0, "dropout": 0.95}
    _change(models / "mine" / "card.json", training=card["training"])
    page = visit()
    page.choose("mine", "Duplicate settings")
    page.wait_for_text("Changed: dropout 0.95 → 0.9; free_bits 40.0 → 10.0.")
