"""The Learn page in a real browser: every chapter opens, and its figure changes in the right way when it is moved."""

import math
import re

import pytest
from playwright.sync_api import expect

from tests.browser.learn_page import LearnPage
from tests.browser.soon import soon
from tests.browser.test_narrow import OUTSIDE
from zscope.languages import translate
from zscope.ui.learn.chapters import CHAPTERS

pytestmark = pytest.mark.browser

# The pixels of each canvas, as text.
PIXELS = "(canvases) => canvases.map((one) => one.toDataURL())"


@pytest.fixture
def open_learn(browser, app_url):
    opened = []

    def open_(chapter: str = "", **options) -> LearnPage:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(reduced_motion="reduce", **options)
        opened.append((context, LearnPage(context.new_page(), app_url)))
        opened[-1][1].open(chapter)
        return opened[-1][1]

    yield open_
    for context, learn in opened:
        assert not learn.faults, learn.faults
        context.close()


def test_the_contents_lead_through_the_chapters(open_learn):
    learn = open_learn()
    page = learn.page
    expect(page.locator("[data-testid=stPageLink-NavLink]")).to_have_count(len(CHAPTERS), timeout=60_000)
    page.get_by_role("link", name=re.compile(r"^2\. ")).click()
    page.wait_for_url("**/learn?chapter=autoencoder*")
    learn.ready()
    page.get_by_role("link", name=f"Next: {CHAPTERS[2].title}").first.click()  # at the end of the page
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    page.wait_for_url(f"**/learn?chapter={CHAPTERS[2].id}*")
    expect(page.locator("h1")).to_have_text(f"3. {CHAPTERS[2].title}")
    page.go_back()
    expect(page.locator("h1")).to_have_text(f"2. {CHAPTERS[1].title}", timeout=30_000)
    page.get_by_role("link", name="All chapters").first.click()
    expect(page.locator("h1")).to_have_text("Learn")


@pytest.mark.full
def test_the_kl_is_0_at_the_prior_and_the_wrong_formula_is_not(open_learn):
    learn = open_learn("kl")
    learn.slide("kl", "μ", 0)
    learn.slide("kl", "σ", 1)
    assert learn.fact("kl", "kl") == pytest.approx(0, abs=1e-12)
    learn.slide("kl", "σ", 0.5)
    assert learn.fact("kl", "kl") == pytest.approx(0.5 * (0.25 - 1 + 2 * math.log(2)))
    learn.press("kl", "σ in place of log σ²")
    assert learn.fact("kl", "shown") == pytest.approx(0.5 * (math.exp(0.5) - 1.5))
    learn.slide("beta", "β", 4)
    expect(learn.figure("beta").locator("[data-model=beta-20]")).to_be_attached(timeout=30_000)
    large = learn.fact("beta", "kl")
    learn.slide("beta", "β", 0)
    expect(learn.figure("beta").locator("[data-model=beta-0]")).to_be_attached(timeout=30_000)
    assert learn.fact("beta", "kl") > 2 * large


def test_gradient_ascent_closes_most_of_the_gap_and_never_passes_log_p(open_learn):
    learn = open_learn("inference")
    before = learn.fact("elbo", "gap")
    assert before > 1
    learn.press("elbo", "Use the encoder's q")
    encoders = learn.fact("elbo", "gap")
    learn.slide("elbo", "σ₀, across", 0)
    assert learn.fact("elbo", "gap") > encoders, "q is far too wide"
    learn.press("elbo", "Use the encoder's q")
    learn.press("elbo", "Maximise the ELBO")
    soon(learn.page, lambda: _less(learn.fact("elbo", "gap"), encoders), 60)
    assert learn.fact("elbo", "gap") > -0.05, "never above log p(x), but for the quadrature"


def _less(found: float, bound: float) -> None:
    assert found < bound


def test_the_mean_does_not_matter_where_it_is_missing(open_learn):
    learn = open_learn("reparameterisation")
    noisy = learn.fact("gradients", "score")
    learn.slide("gradients", "c, added to f", 10)

    def check_noise():
        assert learn.fact("gradients", "score") > 2 * noisy

    soon(learn.page, check_noise)
    card = learn.page.locator("[data-mistake=without-mean]")
    card.locator(".line").first.click()
    expect(card.locator(".verdict-of-line")).to_have_text("This line is right. Select another.")
    card.locator(".line").nth(2).click()
    expect(card.locator(".verdict-of-line")).to_have_text("The marked lines are wrong.")
    expect(card.locator(".line.bad")).to_have_count(2)
    expect(card.locator("td[data-model=without-mean][data-measure=elbo]")).to_be_visible(timeout=30_000)
    pictures = card.locator("[data-pictures]")
    expect(pictures).to_be_visible(timeout=30_000)
    shown = pictures.get_attribute("data-pictures")
    learn.slide("codes", "μ₀", 2.5)
    learn.page.wait_for_timeout(300)  # of several frames
    assert pictures.get_attribute("data-pictures") == shown, "σ ε: nothing changes"
    learn.press("codes", "μ + σ ε")
    expect(pictures).not_to_have_attribute("data-pictures", shown)
    right = pictures.get_attribute("data-pictures")
    learn.slide("codes", "μ₀", -2.5)
    expect(pictures).not_to_have_attribute("data-pictures", right)


def test_both_points_move_and_the_digit_changes(open_learn):
    learn = open_learn("autoencoder")
    figure = learn.figure("planes")
    surfaces = figure.locator(".surface")
    expect(surfaces).to_have_count(2)
    ink = figure.locator("canvas[data-ink]")
    before = [one.get_attribute("data-ink") for one in ink.all()]
    box = surfaces.first.bounding_box()
    learn.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    soon(learn.page, lambda: _all_differ([one.get_attribute("data-ink") for one in ink.all()], before), 20)


def _all_differ(found: list, before: list) -> None:
    assert all(a != b for a, b in zip(found, before, strict=True))


@pytest.mark.full
def test_more_dimensions_make_the_estimate_worse(open_learn):
    learn = open_learn("latent")
    figure = learn.figure("montecarlo")

    def error(dimensions: int) -> float:
        learn.slide("montecarlo", "d", dimensions)
        expect(figure.locator("[data-draws='10000']")).to_be_attached(timeout=60_000)
        learn.slide("montecarlo", "Draws n", 4)
        return learn.fact("montecarlo", "off")

    assert error(1) < 0.3
    assert error(20) > 10


def test_the_other_likelihood_and_the_reductions(open_learn):
    learn = open_learn("likelihoods")
    learn.press("likelihood", "Laplace")
    assert learn.fact("likelihood", "mass") == pytest.approx(1, abs=1e-3)
    gallery = learn.figure("gallery")
    right = learn.fact("gallery", "kl")
    learn.press("gallery", "Mean over pixels: β = 784")
    expect(gallery.locator("[data-model=mean-over-pixels]")).to_be_attached(timeout=30_000)
    assert learn.fact("gallery", "kl") < 0.1 < right
    card = learn.page.locator("[data-mistake=laplace-half]")
    card.get_by_role("button", name="Show the answer").click()
    wrong = card.locator(".facts[data-mass]")
    expect(wrong).to_be_visible(timeout=30_000)
    assert float(wrong.get_attribute("data-mass")) == pytest.approx(2, abs=1e-2)
    assert float(wrong.get_attribute("data-all")) == pytest.approx(784 * math.log(2), abs=2)


def test_the_film_is_scrubbed_back(open_learn):
    learn = open_learn("training")
    last = learn.fact("film", "elbo")
    learn.slide("film", "Training step", 0)
    assert learn.fact("film", "step") == 0
    assert learn.fact("film", "elbo") < last - 100
    learn.press("film", "Play")
    soon(learn.page, lambda: _less(0, learn.fact("film", "step")), 20)


@pytest.mark.full
def test_free_bits_bring_dimensions_back(open_learn):
    learn = open_learn("limits")
    learn.press("collapse", "β = 10")
    expect(learn.figure("collapse").locator("[data-model=eight-beta-10]")).to_be_attached(timeout=30_000)
    collapsed = learn.fact("collapse", "active")
    learn.press("collapse", "β = 10, free bits λ = 0.5")
    expect(learn.figure("collapse").locator("[data-model=eight-free-bits]")).to_be_attached(timeout=30_000)
    assert learn.fact("collapse", "active") == 8 > collapsed


def test_damage_lowers_the_elbo_and_the_sharp_guess_costs(open_learn):
    learn = open_learn("uses")
    learn.slide("damage", "Amount", 1)
    assert learn.fact("damage", "change") < -20
    learn.slide("damage", "Amount", 0)
    assert learn.fact("damage", "change") == pytest.approx(0)
    learn.open("gan")
    learn.slide("blur", "Share s of white", 0.3)
    learn.slide("blur", "Prediction m", 0.3)
    assert learn.fact("blur", "cost") == pytest.approx(0)
    learn.slide("blur", "Prediction m", 0.9)
    assert learn.fact("blur", "cost") > 0.5


@pytest.mark.full
def test_new_draws_and_layers(open_learn):
    learn = open_learn("why")
    learn.slide("draws", "From start to end", 0)
    before = learn.fact("draws", "code")
    learn.press("draws", "Draw 20 new codes")
    assert learn.fact("draws", "code") != before
    learn.open("networks")
    figure = learn.figure("layers")
    expect(figure.locator("canvas[data-ink]")).to_be_attached()
    before = figure.locator("canvas[data-ink]").get_attribute("data-ink")
    layers = figure.locator("canvas.picture").evaluate_all(PIXELS)
    box = learn.figure("layers").locator(".surface").bounding_box()
    learn.page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(figure.locator("canvas[data-ink]")).not_to_have_attribute("data-ink", before)
    assert 0 < learn.fact("layers", "active") <= 64
    _all_differ(figure.locator("canvas.picture").evaluate_all(PIXELS), layers)
    expect(learn.page.get_by_text("Conv2DTranspose").first).to_be_visible()


# Other tests of this file use all their figures.
OPENED_ELSEWHERE = ("likelihoods", "inference", "reparameterisation")


def screens():
    for chapter in CHAPTERS:
        for width, locale in ((390, "en-GB"), (1440, "en-GB"), (390, "zh-CN")):
            narrow = (width, locale) == (390, "en-GB") and chapter.id not in OPENED_ELSEWHERE
            quick = narrow or (chapter.id, locale) == ("kl", "zh-CN")
            yield pytest.param(chapter.id, width, locale, marks=() if quick else pytest.mark.full)


@pytest.mark.parametrize(("chapter", "width", "locale"), list(screens()))
def test_every_chapter_fits_the_screen(open_learn, chapter, width, locale):
    learn = open_learn(chapter, viewport={"width": width, "height": 844}, locale=locale)
    learn.show_answers()
    title = next(one.title for one in CHAPTERS if one.id == chapter)
    expect(learn.page.locator("h1")).to_contain_text(translate("zh-Hans" if locale == "zh-CN" else "en", title))
    if chapter == "reparameterisation":
        expect(learn.page.locator(".comparison[data-ready]")).to_have_count(3, timeout=60_000)
    assert learn.page.evaluate(OUTSIDE) == []
