"""The stand-alone page from disk, without a network: it drags, and what it shows is what the model decodes."""

import base64
import dataclasses
import json
import re

import numpy as np
import pytest

from tests.browser.demo_page import DemoPage
from vae.assets import ASSETS
from vae.formats.bundle import load_bundle
from vae.formats.bundle.schema import ImportRecord
from vae.formats.exporting.demo import demo_page
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.graph import Graph
from vae.models.vae import VAE
from vae.pictures.colors import CLASS_COLORS

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"


@pytest.fixture
def open_demo(browser, tmp_path):
    """Open the page of a bundle; by default nothing moves but what the test moves."""
    opened = []

    def open_page(bundle, motion: str = "reduce", **options) -> DemoPage:
        file = tmp_path / "demo.html"
        file.write_bytes(demo_page(bundle, CLASS_COLORS))
        options = {"viewport": {"width": 1440, "height": 900}} | options
        opened.append(DemoPage(browser.new_context(reduced_motion=motion, **options), file))
        return opened[-1]

    yield open_page
    for demo in opened:
        demo.page.context.close()
        assert not demo.faults, demo.faults
        asked = [url for url in demo.requests if not url.startswith("data:")]
        assert len(asked) == 1 and asked[0].startswith("file:"), asked


@pytest.fixture(scope="module")
def shipped():
    bundles = {}

    def load(name: str):
        if name not in bundles:
            bundles[name] = load_bundle(f"assets/models/{name}")
        return bundles[name]

    return load


def random_bundle(bundle, **settings):
    """Another model's architecture and random weights in a bundle's place, with its data."""
    config = ModelConfig(image_shape=(8, 8, 3), widths=(8, 8), dense_units=16, **settings)
    vae = VAE(config)
    rng = np.random.default_rng(1)
    weights = {name: rng.normal(0, 0.4, variable.shape) for name, variable in vae.named_weights().items()}
    weights = {name: array.astype(np.float32) for name, array in weights.items()}
    rows = len(bundle.reference.labels)
    codes = rng.normal(size=(2, rows, config.latent_dim)).astype(np.float32)
    metrics = bundle.card.metrics.model_copy(update={"kl_per_dimension": [1.0] * config.latent_dim})
    return dataclasses.replace(
        bundle,
        manifest=bundle.manifest.model_copy(update={"model": config}),
        card=bundle.card.model_copy(update={"metrics": metrics}),
        reference=dataclasses.replace(bundle.reference, z_mean=codes[0], z_log_var=codes[1]),
        weights=weights,
    )


@pytest.mark.parametrize(
    "name",
    ["mnist-2d", *(pytest.param(id, marks=pytest.mark.full) for id in ("mnist-16", "mnist-binary-32", "fashion-16"))],
)
def test_a_slider_dragged(open_demo, shipped, name):
    demo, bundle = open_demo(shipped(name)), shipped(name)
    demo.check_picture(bundle)
    before, drawn = demo.z(), demo.drawn()
    first = int(demo.page.locator(".track input").first.get_attribute("data-dimension"))
    demo.drag(".track input", [(0.5, 0.5), *((0.5 + share / 40, 0.5) for share in range(16))])
    moved = np.flatnonzero(demo.z() != before)
    assert moved.tolist() == [first]
    assert demo.drawn() > drawn + 8, "a picture for nearly each step of the hand"
    demo.check_picture(bundle)
    assert re.fullmatch(r"\d+\.\d ms", demo.page.locator(".figure b").first.inner_text())


@pytest.mark.full
def test_the_page_is_in_the_language_of_the_browser(open_demo, shipped):
    texts = json.loads((ASSETS / "languages/zh-Hans/messages.json").read_text(encoding="utf-8"))
    demo = open_demo(shipped("mnist-16"), locale="zh-CN")
    assert demo.page.get_attribute("html", "lang") == "zh-Hans"
    buttons = demo.page.locator(".toolbar button").all_inner_texts()
    assert buttons == [texts["Play"], texts["Sample prior"], texts["Go to mean"]]
    assert demo.page.get_by_label(texts["Axes of the plane"]).is_visible()
    english = open_demo(shipped("mnist-16"), locale="en-GB")
    assert english.page.get_attribute("html", "lang") == "en"
    assert english.page.locator(".toolbar button").all_inner_texts() == ["Play", "Sample prior", "Go to mean"]


@pytest.mark.full
def test_the_plane_of_principal_components_dragged(open_demo, shipped):
    bundle = shipped("mnist-16")
    demo = open_demo(bundle)
    before, drawn = demo.z(), demo.drawn()
    demo.drag(".surface", [(0.3, 0.3), *((0.3 + share / 30, 0.3 + share / 40) for share in range(13))])
    assert demo.drawn() > drawn + 8
    axes = np.array(demo.ask("demo.payload.pca.axes"))
    change = demo.z() - before
    assert np.linalg.norm(change) > 1
    np.testing.assert_allclose(axes.T @ (axes @ change), change, atol=1e-3, err_msg="it stays in the plane")
    demo.check_picture(bundle)
    # The marker is where the hand let go.
    place = [float(part) for part in demo.page.get_attribute(".surface", "data-place").split(",")]
    box = demo.page.locator(".surface").bounding_box()
    at = demo.ask(f"demo.plane.canvas.toScreen({place[0]}, {place[1]})")
    np.testing.assert_allclose(at, [0.7 * box["width"], 0.6 * box["height"]], atol=2)


@pytest.mark.full
def test_the_plane_of_two_dimensions(open_demo, shipped):
    demo = open_demo(shipped("mnist-16"))
    demo.page.get_by_label("Axes of the plane").select_option("Two dimensions")
    demo.page.get_by_label("Dimension across").select_option("3")
    demo.page.get_by_label("Dimension upwards").select_option("9")
    before = demo.z()
    demo.drag(".surface", [(0.2, 0.8), (0.3, 0.7)])
    assert np.flatnonzero(demo.z() != before).tolist() == [3, 9]
    demo.check_picture(shipped("mnist-16"))
    demo.page.locator(".surface").focus()
    before = demo.z()
    demo.page.keyboard.press("ArrowUp")
    demo.settle()
    after = demo.z()
    assert after[9] > before[9] and abs(after[3] - before[3]) < 1e-4


@pytest.mark.full
def test_the_plane_of_a_two_dimensional_model(open_demo, shipped):
    bundle = shipped("mnist-2d")
    demo = open_demo(bundle)
    demo.drag(".surface", [(0.5, 0.5), (0.6, 0.3), (0.75, 0.25)])
    half, center = demo.ask("demo.plane.half"), np.array(demo.ask("demo.plane.center"))
    np.testing.assert_allclose(demo.z(), center + half * np.array([0.5, 0.5]), atol=0.02 * half)
    demo.check_picture(bundle)
    # The pictures behind the points are decoded too: of the empty canvas, none.
    lit = """() => { const canvas = document.querySelector('.background');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 0 && value > 60).length / (data.length / 4); }"""
    demo.page.get_by_role("button", name="Pictures").click()
    demo.page.wait_for_function(f"() => ({lit})() > 0.1")


@pytest.mark.full
def test_by_keyboard_alone(open_demo, shipped):
    bundle = shipped("mnist-16")
    demo = open_demo(bundle)
    demo.page.keyboard.press("m")
    np.testing.assert_allclose(demo.z(), np.median(bundle.reference.z_mean, axis=0), atol=1e-3)
    demo.check_picture(bundle)
    demo.page.keyboard.press("r")
    draws = np.frombuffer(base64.b64decode(demo.ask("demo.payload.draws")), "<f2").reshape(-1, 16)
    assert np.abs(draws.astype(np.float32) - demo.z()).max(axis=1).min() < 1e-6
    demo.page.keyboard.press("Tab")
    focused = [demo.page.evaluate("() => document.activeElement.innerText")]
    for _ in range(2):
        demo.page.keyboard.press("Tab")
        focused.append(demo.page.evaluate("() => document.activeElement.innerText"))
    assert focused == ["Play", "Sample prior", "Go to mean"]
    demo.page.locator(".track input").first.focus()
    before = demo.z()
    demo.page.keyboard.press("ArrowRight")
    demo.page.keyboard.press("ArrowDown")
    demo.page.keyboard.press("ArrowRight")
    assert np.count_nonzero(demo.z() != before) == 2
    demo.page.keyboard.press("Space")
    demo.page.wait_for_function("(z) => document.querySelector('.root').demo.point.z[0] !== z", arg=float(demo.z()[0]))
    demo.page.keyboard.press("Space")
    stopped = demo.z()
    demo.settle()
    np.testing.assert_array_equal(demo.z(), stopped)


@pytest.mark.full
def test_it_plays_until_it_is_touched(open_demo, shipped):
    demo = open_demo(shipped("mnist-2d"), motion="no-preference")
    first = demo.drawn()
    demo.page.wait_for_function(f"() => Number(document.querySelector('.root').dataset.drawn) > {first + 10}")
    assert demo.page.locator(".play").inner_text() == "Pause"
    demo.drag(".surface", [(0.5, 0.5), (0.6, 0.6)])
    assert demo.page.locator(".play").inner_text() == "Play"


def test_the_class_of_a_conditional_model(open_demo, shipped):
    bundle = random_bundle(shipped("mnist-16"), latent_dim=5, classes=10)
    demo = open_demo(bundle)
    assert demo.z()[5:].sum() == 1
    demo.check_picture(bundle)
    demo.page.locator(".chips").get_by_role("button", name="7", exact=True).click()
    assert demo.z()[5:].tolist() == np.eye(10)[7].tolist()
    demo.check_picture(bundle)
    demo.page.keyboard.press("2")
    assert demo.z()[5:].tolist() == np.eye(10)[2].tolist()
    demo.drag(".surface", [(0.5, 0.5), (0.6, 0.4)])
    assert demo.z()[5:].tolist() == np.eye(10)[2].tolist()
    demo.check_picture(bundle)


@pytest.mark.full
@pytest.mark.parametrize("settings", [{"latent_dim": 1}, {"latent_dim": 2, "classes": 10}, {"latent_dim": 40}])
def test_other_numbers_of_dimensions(open_demo, shipped, settings):
    bundle = random_bundle(shipped("mnist-16"), **settings)
    demo = open_demo(bundle)
    assert demo.page.locator(".surface").count() == (settings["latent_dim"] > 1)
    demo.drag(".track input", [(0.5, 0.5), (0.7, 0.5)])
    demo.check_picture(bundle)


def test_an_imported_decoder_alone(open_demo, shipped):
    layers = (
        {"name": "wide", "kind": "Dense", "inputs": ("input",), "units": 64, "activation": "sigmoid"},
        {"name": "image", "kind": "Reshape", "inputs": ("wide",), "target_shape": (8, 8, 1)},
    )
    graph = Graph.model_validate({"input_shape": (2,), "layers": layers, "outputs": ("image",)})
    bundle = random_bundle(shipped("mnist-16"), latent_dim=2)
    model = ImportedConfig(image_shape=(8, 8, 1), latent_dim=2, variational=True, encoder=None, decoder=graph)
    metrics = bundle.card.metrics.model_copy(update={"effect_per_dimension": [0.1, 0.3]})
    record = ImportRecord(files=[], framework="Keras", readings=[], finished="2025-05-05T00:00:00+00:00")
    kernel = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)
    bundle = dataclasses.replace(
        bundle,
        manifest=bundle.manifest.model_copy(update={"model": model}),
        card=bundle.card.model_copy(update={"training": None, "imported": record, "metrics": metrics}),
        weights={"decoder/wide/kernel": kernel, "decoder/wide/bias": np.zeros(64, np.float32)},
    )
    demo = open_demo(bundle)
    assert demo.page.get_by_text("by effect on the picture").is_visible()
    demo.drag(".surface", [(0.5, 0.5), (0.7, 0.6)])
    expected = 255 / (1 + np.exp(-demo.z() @ kernel)).reshape(8, 8, 1)
    assert np.ptp(expected) > 40
    np.testing.assert_allclose(demo.pixels(), np.broadcast_to(expected, (8, 8, 3)), atol=1.51)


@pytest.mark.full
def test_on_a_phone_by_touch(open_demo, shipped):
    bundle = shipped("mnist-16")
    demo = open_demo(bundle, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = demo.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    before = demo.z()
    box = page.locator(".surface").bounding_box()
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    demo.settle()
    assert (demo.z() != before).sum() > 10
    demo.check_picture(bundle)
    # The picture is in view wherever the sliders are.
    page.locator(".track input").last.scroll_into_view_if_needed()
    box = page.locator(".picture.main").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] < 400


@pytest.mark.full
def test_dark_and_light_follow_the_system(open_demo, shipped):
    grounds = []
    for scheme in ("dark", "light"):
        demo = open_demo(shipped("mnist-2d"), color_scheme=scheme)
        grounds.append(demo.page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(13, 17, 23)", "rgb(251, 251, 249)"]


def test_an_untrusted_title_is_shown_as_text(open_demo, shipped):
    bundle = shipped("mnist-2d")
    manifest = bundle.manifest.model_copy(update={"title": HOSTILE})
    card = bundle.card.model_copy(update={"summary": HOSTILE, "licence": HOSTILE})
    demo = open_demo(dataclasses.replace(bundle, manifest=manifest, card=card))
    assert demo.page.locator("h1").inner_text() == HOSTILE
    assert demo.page.title() == HOSTILE
    assert demo.page.locator("img").count() == 0
    assert demo.page.locator("script").count() == 2


def test_the_policy_stops_what_gets_in_anyway(open_demo, shipped):
    demo = open_demo(shipped("mnist-2d"))
    demo.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
    }""")
    failed = demo.page.evaluate("() => fetch('https://example.org/').then(() => 'fetched', () => 'refused')")
    assert (demo.page.title(), failed) == ("MNIST, 2 dimensions", "refused")
    assert len(demo.faults) >= 2 and all("Content Security Policy" in fault for fault in demo.faults)
    demo.faults.clear()
