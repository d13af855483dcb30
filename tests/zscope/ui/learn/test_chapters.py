"""The chapters: complete, short, with code that exists, figures that exist and models that were measured."""

import inspect
import json
import re
import textwrap
from importlib import import_module

import pytest

from vae.assets import APP, ASSETS
from vae.errors import BadRequestError
from zscope.ui.learn.chapter import Figure
from zscope.ui.learn.chapters import CHAPTERS
from zscope.ui.learn.checks import CHECKS, answer_of
from zscope.ui.learn.source import source_of

MISTAKES = [mistake for chapter in CHAPTERS for mistake in chapter.mistakes]
DOCUMENT = json.loads((ASSETS / "learn" / "models.json").read_text())
FIGURES = re.findall(r"^  (\w+): async", (ASSETS / "js" / "learn" / "figure.js").read_text(), re.MULTILINE)


def by_id(members):
    return [pytest.param(member, id=member.id) for member in members]


def figures_of_all() -> list[Figure]:
    own = [figure for chapter in CHAPTERS for figure in chapter.figures]
    return own + [mistake.figure for mistake in MISTAKES if mistake.figure]


def test_twelve_chapters_with_distinct_ids():
    assert len(CHAPTERS) == len({chapter.id for chapter in CHAPTERS}) == 12
    assert len(MISTAKES) == len({mistake.id for mistake in MISTAKES})
    assert all(re.fullmatch(r"[a-z-]+", member.id) for member in [*CHAPTERS, *MISTAKES])


@pytest.mark.parametrize("chapter", by_id(CHAPTERS))
def test_a_chapter_has_a_figure_and_code_and_at_most_200_words(chapter):
    assert chapter.figures and chapter.code
    assert len(" ".join([*chapter.text, chapter.try_it]).split()) <= 200
    assert all(source_of(reference).text for reference in chapter.code)
    assert all((APP / "pages" / f"{link.page}.py").is_file() for link in chapter.links)


def test_every_figure_has_a_module_and_every_module_a_chapter():
    assert FIGURES
    assert {figure.name for figure in figures_of_all()} == set(FIGURES)


@pytest.mark.parametrize("mistake", by_id(MISTAKES))
def test_a_mistake_has_wrong_lines_and_shows_their_effect(mistake):
    assert mistake.wrong and all(0 <= index < len(mistake.lines) for index in mistake.wrong)
    assert len(mistake.wrong) < len(mistake.lines), "one line is right, so that there is something to find"
    assert mistake.right and not set(mistake.right) & set(mistake.lines)
    assert mistake.models or mistake.figure or mistake.id == "based-on-gan"


def test_every_model_of_a_chapter_was_measured():
    named = {key for mistake in MISTAKES for key in mistake.models}
    named |= {key for figure in figures_of_all() for key in figure.options.get("models", {})}
    assert named
    for key in named:
        assert (ASSETS / "learn" / f"{key}.safetensors").is_file()
        assert DOCUMENT["models"][key]["figures"]["mse"][0] > 0


@pytest.mark.parametrize("name", ["kl_divergence", "reparameterize", "log_mean_exp"])
def test_the_source_is_that_of_the_function(name):
    module = import_module("vae.models.elbo")
    assert source_of(f"vae.models.elbo:{name}").text == inspect.getsource(getattr(module, name)).rstrip()


def test_the_source_of_a_method_is_indented_from_the_left():
    from vae.models.likelihoods import Bernoulli

    source = source_of("vae.models.likelihoods:Bernoulli.log_prob")
    assert source.text == textwrap.dedent(inspect.getsource(Bernoulli.log_prob)).rstrip()
    line = inspect.getsourcelines(Bernoulli.log_prob)[1]
    assert source.place == f"vae/models/likelihoods.py:{line}"


def test_reading_a_source_loads_no_framework(run_python):
    code = """
import sys
from zscope.ui.learn.source import source_of
assert "def negative_elbo(batch" in source_of("vae.training.objective:negative_elbo").text
sys.exit("keras" in sys.modules)
"""
    assert run_python("-c", code).returncode == 0


@pytest.mark.parametrize("reference", ["vae.models.elbo:missing", "vae.missing:kl_divergence"])
def test_a_missing_definition_is_an_error(reference):
    with pytest.raises(BadRequestError):
        source_of(reference)


def test_the_checks_refuse_what_the_listings_do():
    answers = [answer_of(check) for check in CHECKS.values()]
    assert answers[0] == "(5, 28, 28, 1)", "the loader adds the channel axis"
    assert "float32" in answers[1] and "uint8" in answers[1]
    assert "kernal" in answers[2]
    assert "3 axes" in answers[3]
