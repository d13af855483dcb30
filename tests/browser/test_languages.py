"""The languages of the pages: the browser's language, the switch, phones, and texts that are not marked."""

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from docs.languages.catalogues import json_text, mo_bytes
from docs.languages.sources import find_texts, for_browser
from tests.browser.app_server import running_app
from tests.browser.audience import AudiencePhone, start_session
from tests.browser.explore_page import ExplorePage
from zscope.languages import FOLDER

pytestmark = pytest.mark.browser

CHINESE = "zh-Hans"
TEXTS = json.loads((FOLDER / CHINESE / "messages.json").read_text(encoding="utf-8"))


def zh(text: str) -> str:
    """Return the translation of a text of the scripts."""
    return TEXTS[text]


def catalogues_asked(page) -> list[str]:
    """Return the list to which the page adds the paths of the catalogues that it requests."""
    asked = []
    page.on("request", lambda request: "/languages/" in request.url and asked.append(urlsplit(request.url).path))
    return asked


def choose_language(explore: ExplorePage, name: str) -> None:
    explore.page.get_by_role("combobox", name="Language · 语言").click()
    explore.page.get_by_role("option", name=name).click()


def play_button(explore: ExplorePage):
    return explore.page.locator("button.play").first


def test_the_browser_s_language_and_the_switch(open_explore):
    explore = open_explore("?model=mnist-16&z=1.5" + ",0" * 15, locale="zh-CN")
    expect(play_button(explore)).to_have_text(zh("Play"))
    expect(explore.page.locator("html")).to_have_attribute("lang", CHINESE)
    assert explore.ask("explorer.root.getRootNode().host.lang") == CHINESE
    explore.page.locator("input[data-dimension='3']").focus()
    explore.page.keyboard.press("ArrowRight")
    explore.wait_for_link()
    point = explore.z()

    choose_language(explore, "English")
    expect(play_button(explore)).to_have_text("Play")
    expect(explore.page.locator("html")).to_have_attribute("lang", "en")
    explore.wait_until_drawn()
    explore.wait_for_point(point)

    choose_language(explore, "简体中文")
    expect(play_button(explore)).to_have_text(zh("Play"))
    explore.wait_until_drawn()
    explore.wait_for_point(point)

    choose_language(explore, "English")
    expect(play_button(explore)).to_have_text("Play")
    explore.page.wait_for_function("() => document.cookie.includes('zscope-language=en')")
    explore.goto("?model=mnist-16")  # a later visit, in a browser whose language is Chinese
    explore.wait_until_drawn()
    expect(play_button(explore)).to_have_text("Play")


@pytest.mark.full
def test_english_requests_no_catalogue(browser, app_url):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    explore = ExplorePage(context.new_page(), app_url)
    asked = catalogues_asked(explore.page)
    explore.goto("?model=mnist-16")
    explore.wait_until_drawn()
    assert asked == []
    choose_language(explore, "简体中文")
    expect(play_button(explore)).to_have_text(zh("Play"))
    assert asked == [f"/assets/languages/{CHINESE}/messages.json"]  # once for all parts of the page
    assert explore.page.faults == []
    context.close()


@pytest.mark.full
def test_each_phone_has_its_own_language(open_explore, browser):
    explore = open_explore("?model=mnist-16")
    link = start_session(explore)
    chinese, english = AudiencePhone(browser, link, locale="zh-CN"), AudiencePhone(browser, link)
    chinese.wait_for_status(zh("Live"))
    english.wait_for_status("Live")
    assert [phone.page.locator("html").get_attribute("lang") for phone in (chinese, english)] == [CHINESE, "en"]
    explore.page.get_by_label("Let phones move the point").check()
    chinese.wait_for_status(zh("Live. You can move the point."))
    english.wait_for_status("Live. You can move the point.")
    assert chinese.page.locator(".controls").get_attribute("aria-label") == zh("Move the point")
    for phone in (chinese, english):
        phone.close()


# --- texts that are not marked: in a language in which every translated text is in brackets ---


@pytest.fixture(scope="module")
def bracketed_url(tmp_path_factory):
    """The app with a catalogue in which every translation is the English text in brackets."""
    folder = tmp_path_factory.mktemp("languages")
    texts = find_texts()
    every = {
        text: f"⟦{text}⟧" if isinstance(text, str) else (f"⟦{text[1]}⟧",) for found in texts.values() for text in found
    }
    browsers = [text for name, found in texts.items() for text, places in found.items() if for_browser(name, places)]
    (folder / CHINESE).mkdir()
    (folder / CHINESE / "messages.mo").write_bytes(mo_bytes(CHINESE, every))
    (folder / CHINESE / "messages.json").write_text(json_text(browsers, every), encoding="utf-8")
    models = tmp_path_factory.mktemp("models")
    log = tmp_path_factory.mktemp("bracketed") / "server.log"
    with running_app(log, ZSCOPE_MODELS=str(models), ZSCOPE_LANGUAGES=str(folder)) as url:
        yield url


# Every text that is shown or spoken, also inside shadow roots, with its element. A text that has elements in it, such
# as bold words, is one text. Without code, icons and Streamlit's menus.
ALL_TEXTS = """() => {
  const NAMES = ["aria-label", "title", "alt", "placeholder", "aria-roledescription"];
  const CODE = "style, script, noscript, code, kbd, pre, [translate=no]";
  const SKIPPED = `${CODE}, [data-testid=stHeader], [data-testid=stStatusWidget]`;
  const BLOCKS = "p, li, h1, h2, h3, h4, td, th, dd, dt, label, summary, figcaption, button";
  const found = [];
  const add = (text, node) => text?.trim() && found.push([text.trim(), node.outerHTML.slice(0, 80)]);
  const words = (block) => {
    const copy = block.cloneNode(true);
    for (const part of copy.querySelectorAll(SKIPPED)) part.remove();
    return copy.textContent;
  };
  const visit = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.closest(SKIPPED)) continue;
      const texts = [...node.childNodes].filter((child) => child.nodeType === 3 && child.nodeValue.trim());
      const block = node.closest(BLOCKS);
      if (texts.length) add(block ? words(block) : texts.map((child) => child.nodeValue).join(" "), node);
      for (const name of NAMES) add(node.getAttribute(name), node);
      if (node.shadowRoot) visit(node.shadowRoot);
    }
  };
  visit(document.body);
  return found;
}"""

STREAMLIT = {
    "Skip to main content", "Sidebar", "Navigate to home page", "Logo", "App pages", "Choose an option", "Open", "Help",
    "Fullscreen", "Language · 语言", "Collapse sidebar", "Increment", "Decrement",
}  # fmt: skip
# What is the same in every language: symbols, units, formulas, names of models, devices, formats and keys.
SAME = re.compile(
    r"""(Fashion-)?MNIST(,\ binarised)?(,\ \d+\ dimensions)? | Zscope | MSE | ELBO | KL | R² | N\(0,\ (1|I)\) | p\d\d |
    IWAE | log\ p\(x.*?\)(?=\ |$) | t-SNE | UMAP | PCA | kNN | CPU | GPU | ONNX\ Runtime | ms | nats? | MIDI | OSC |
    PNG | SVG | GIF | MP4 | WebP | ZIP | (Ctrl|Shift|Esc|Space)\b | \b[A-Z]\b(?!\w) | \bz\b | [kM]B | mnist-\w+ |
    σ | ^Help\ for | ^Fullscreen: | \((as\ in\ )?[\w, ]*(\ et\ al\.)?\ \d{4}\)$""",
    re.VERBOSE,
)


def outside_brackets(text: str) -> str:
    """Return what remains of a text without its translated parts and without what needs no translation."""
    while (without := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = without
    return "" if text in STREAMLIT else SAME.sub("", text)


@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("", ".meter[data-percentile]"),
        pytest.param("map", ".map .controls", marks=pytest.mark.full),
        pytest.param("interpolate", ".paths .row, .card.path", marks=pytest.mark.full),
        pytest.param("reconstruct", ".reconstruct .answer[data-level]", marks=pytest.mark.full),
        pytest.param("compare?with=mnist-2d", ".compare[data-matched]", marks=pytest.mark.full),
        *(
            pytest.param(page, "[data-testid=stMain] h1", marks=pytest.mark.full)
            for page in ("train", "models", "talks", "learn")
        ),
    ],
    ids=["explore", "map", "interpolate", "reconstruct", "compare", "train", "models", "talks", "learn"],
)
def test_every_text_of_a_page_is_translated(browser, bracketed_url, path, ready):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="zh-CN")
    page = context.new_page()
    page.goto(f"{bracketed_url}/{path}")
    page.locator(ready).first.wait_for(state="attached")
    page.wait_for_timeout(2000)  # for texts that follow
    texts = page.evaluate(ALL_TEXTS)
    assert sum("⟦" in text for text, _ in texts) > 20
    left = [(text, node) for text, node in texts if re.search("[A-Za-z]{2}", outside_brackets(text))]
    assert not left, "\n".join(map(str, left))
    context.close()


@pytest.mark.joined_scripts
def test_an_error_of_the_server_is_translated_in_the_browser(browser, bracketed_url):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="zh-CN")
    explore = ExplorePage(context.new_page(), bracketed_url)
    explore.goto("?model=mnist-16")
    explore.wait_until_drawn()
    message = explore.page.evaluate(
        """async () => {
            const { failureOf } = globalThis[Symbol.for("zscope.modules")].get("js/core/failure.js");
            const { message } = await failureOf(await fetch("/content/models/nothing-of-the-kind/codes"));
            return message;
        }"""
    )
    assert re.match("⟦⟦[^⟦⟧]*nothing-of-the-kind.*⟧", message), message  # two sentences
    context.close()
