"""Every page on a phone and at 200 % zoom: nothing off the screen, titles in rows of their own, pictures in shape."""

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "": ".origin:not(.without-source) .tile",
    "map": ".marker[data-place]",
    "interpolate": ".path .strip .picture",
    "reconstruct": ".root.reconstruct[data-read]",
    "compare": ".pictures .side[data-drawn]",
    "train": "[data-testid=stButton]",
    "models": ".zs-sheet",
}
# Elements that cannot be reached: beyond the screen's edge, and not within something that scrolls.
OUTSIDE = """() => {
    const found = [];
    const visit = (node) => {
        const style = getComputedStyle(node);
        if (style.display === "none" || style.visibility === "hidden") return;
        if (node.matches("[data-testid=stSidebar], #js-plotly-tester, .js-plotly-tester")) return;
        const { left, right, width } = node.getBoundingClientRect();
        if (width && (right > innerWidth + 1 || left < -1)) {
            found.push(`${node.tagName}.${node.className.baseVal ?? node.className} ${left} ${right}`);
        }
        if (/auto|scroll/.test(style.overflowX) && !node.matches("body, .stMain, .stAppViewContainer")) return;
        for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) visit(child);
    };
    visit(document.body);
    return found;
}"""
# Playwright's selectors see into the components' shadow roots.
STRETCHED = """(canvases) => canvases.filter((canvas) => {
    const { width, height } = canvas.getBoundingClientRect();
    const box = width / height, own = canvas.width / canvas.height;
    return width && getComputedStyle(canvas).objectFit === "fill" && Math.abs(box / own - 1) > 0.02;
}).map((canvas) => canvas.getAttribute("aria-label"))"""


@pytest.fixture
def phone(browser):
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844}, has_touch=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [1280, pytest.param(800, marks=pytest.mark.full)])
def test_key_hints_are_shown_whole_or_not_at_all(open_explore, width):
    page = open_explore("?model=mnist-16", viewport={"width": width, "height": 800}).page
    cut = page.locator(".hint").evaluate(
        """(hint) => {
            const box = hint.getBoundingClientRect();
            const boxes = [...hint.children].map((node) => node.getBoundingClientRect());
            const shown = boxes.filter(({ top }) => top < box.bottom - 1);
            const cut = shown.filter(({ left, right }) => left < box.left - 1 || right > box.right + 1);
            return [shown.length, cut.length];
        }"""
    )
    assert cut[1] == 0 and (cut[0] > 0 or width < 1280)


@pytest.mark.parametrize(
    "name",
    [""]
    + [
        pytest.param(name, marks=pytest.mark.full)
        for name in ("reconstruct", "compare", "map", "interpolate", "train", "models")
    ],
)
def test_all_elements_fit_on_the_screen_of_a_phone(phone, app_url, name):
    phone.goto(f"{app_url}/{name}?model=mnist-16")
    phone.wait_for_selector(PAGES[name], state="attached", timeout=180_000)
    assert phone.evaluate(OUTSIDE) == []
    assert phone.locator("canvas.picture").evaluate_all(STRETCHED) == []
    title = phone.locator("h1").first.bounding_box()
    assert title["x"] < 40 and title["height"] < 50, "in one line, where the page begins"
    beside = [
        button.inner_text()
        for button in phone.locator(".stMain button:visible, .stMain label:visible").all()
        if (box := button.bounding_box())["y"] < title["y"] + title["height"] and box["y"] + box["height"] > title["y"]
    ]
    assert beside == []


@pytest.mark.full
def test_the_models_titles_are_whole_on_compare(phone, app_url):
    phone.goto(f"{app_url}/compare?model=mnist-16&with=mnist-binary-32")
    phone.wait_for_selector(PAGES["compare"], timeout=180_000)
    cut = phone.locator(".pictures :is(h2, figcaption)").evaluate_all(
        "(titles) => titles.filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.textContent)"
    )
    assert cut == []


@pytest.mark.full
@pytest.mark.parametrize("model", ["mnist-16", pytest.param("mnist-2d", marks=pytest.mark.full)])
def test_thumbnails_keep_their_shape_at_200_percent_zoom(open_explore, model):
    explore = open_explore(f"?model={model}", viewport={"width": 720, "height": 450}, device_scale_factor=2)
    explore.source()
    boxes = [tile.bounding_box() for tile in explore.page.locator(".origin .picture").all()]
    assert len(boxes) == 4
    for box in boxes:
        assert box["width"] > 30
        assert box["width"] == pytest.approx(box["height"], rel=0.02)
