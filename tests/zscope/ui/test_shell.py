"""The shell run by Streamlit's own test runner, with the shipped models."""

import json
import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from zscope.cli import app
from zscope.library.registry import SHIPPED
from zscope.ui import state

SHELL = Path(__file__).resolve().parents[3] / "zscope" / "ui" / "shell.py"


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    return tmp_path


def run(**query) -> AppTest:
    shell = AppTest.from_file(str(SHELL), default_timeout=60)
    for name, value in query.items():
        shell.query_params[name] = value
    shell.run()
    assert not shell.exception, shell.exception
    return shell


def unescaped(markdown: str) -> str:
    return re.sub(r"\\(.)", r"\1", markdown).replace("\u2060", "")


def test_the_picker_shows_the_names_that_the_command_line_lists(models):
    shipped = SHIPPED / "mnist-2d"
    shutil.copytree(shipped, models / "my-own")
    listed = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)
    assert {"mnist-2d", "mnist-16", "my-own"} <= {model["id"] for model in listed}
    titles = {model["id"]: model["title"] for model in listed}
    # Two with the same title are distinguished by their ids.
    titles |= {id: f"{titles[id]} ({id})" for id in ("mnist-2d", "my-own")}
    picker = run().sidebar.selectbox[0]
    assert picker.options == list(titles.values())
    assert picker.value == "mnist-16"


@pytest.mark.full
def test_each_of_two_models_with_one_title_can_be_chosen(models):
    shutil.copytree(SHIPPED / "mnist-2d", models / "my-own")
    shell = run()
    for id in ("my-own", "mnist-2d"):
        shell.sidebar.selectbox[0].set_value(id).run()
        assert not shell.exception
        assert any(f"`{id}`" in caption.value for caption in shell.sidebar.caption)


def test_a_broken_bundle_is_named_and_the_others_work(models):
    shutil.copytree(SHIPPED / "mnist-2d", models / "broken")
    (models / "broken" / "model.json").write_text("{")
    shell = run()
    shown = [unescaped(caption.value) for caption in shell.sidebar.caption]
    assert any("Can't open **broken**: model.json: " in caption for caption in shown)
    assert "broken" not in shell.sidebar.selectbox[0].options


def test_untrusted_texts_are_not_rendered_as_markdown(models):
    """Text of a folder's name, a bundle's card or a link never makes the browser fetch a picture from another host."""
    picture = "![x](https://evil.example/p.png)"
    shutil.copytree(SHIPPED / "mnist-2d", models / "![x](https:⁄⁄evil.example)")
    shutil.copytree(SHIPPED / "mnist-2d", models / "mine")
    card = json.loads((models / "mine" / "card.json").read_text())
    (models / "mine" / "card.json").write_text(json.dumps(card | {"summary": picture}))
    shutil.copytree(models / "mine", models / "other")
    (models / "other" / "card.json").write_text(json.dumps(card | {picture: 1}))
    shell = run(model="mine")
    texts = [text for caption in shell.sidebar.caption for text in (caption.value, caption.help or "")]
    texts += [toast.value for toast in run(model=picture).toast]
    assert sum("evil" in text for text in texts) == 4, texts
    for text in texts:
        assert not re.search(r"(?<!\\)\[", text), text
        assert "://" not in re.sub(r"\\(.)", r"\1", text), "Streamlit makes a link of it after all"


def test_a_link_opens_its_model_and_point(models):
    shell = run(model="mnist-2d", z="0.5,-1", image="3")
    assert shell.sidebar.selectbox[0].value == "mnist-2d"
    assert not shell.toast
    points = shell.session_state["zscope_points"]
    assert points["mnist-2d"] == state.Point((0.5, -1.0), 3)


@pytest.mark.parametrize(
    ("query", "opened"),
    [
        ({"model": "../etc"}, "mnist-16"),
        ({"z": "x"}, "mnist-16"),
        # The point alone is nonsense: the model is still the one that was meant.
        ({"model": "mnist-2d", "z": "1,2,3"}, "mnist-2d"),
    ],
)
def test_reports_an_invalid_link_once_and_ignores_it(models, query, opened):
    shell = run(**query)
    assert len(shell.toast) == 1 and shell.toast[0].value
    assert shell.session_state["zscope_points"] == {}
    assert shell.sidebar.selectbox[0].value == opened
    assert not shell.run().toast


def test_switching_the_model_keeps_each_ones_point(models):
    shell = run(model="mnist-2d", z="0.5,-1")
    shell.sidebar.selectbox[0].set_value("mnist-16").run()
    assert not shell.exception
    assert shell.sidebar.selectbox[0].value == "mnist-16"
    shell.sidebar.selectbox[0].set_value("mnist-2d").run()
    assert shell.session_state["zscope_points"] == {"mnist-2d": state.Point((0.5, -1.0))}


def test_a_model_that_vanishes_while_open_gives_way(models):
    shutil.copytree(SHIPPED / "mnist-2d", models / "mine")
    shell = run(model="mine")
    shutil.rmtree(models / "mine")
    shell.run()
    assert not shell.exception
    assert shell.sidebar.selectbox[0].value == "mnist-16"


def test_a_link_s_map_is_the_map_that_is_shown():
    shell = run(model="mnist-2d", map="method=pca&images=test&axes=1,0")
    assert shell.session_state["zscope_maps"]["mnist-2d"].values["axes"] == (1, 0)
    assert not shell.toast


def test_a_link_s_map_that_is_none_is_refused_and_the_page_goes_on():
    shell = run(model="mnist-2d", map="method=teleport")
    assert "zscope_maps" not in shell.session_state
    assert "No projection is called 'teleport'" in unescaped(shell.toast[0].value)
