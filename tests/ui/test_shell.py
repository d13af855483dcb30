"""The shell run by Streamlit's own test runner, with the shipped models."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from ui import state
from vae.cli import app
from vae.registry import SHIPPED

SHELL = Path(__file__).resolve().parents[2] / "ui" / "shell.py"


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


def test_the_picker_shows_the_names_that_the_command_line_lists(models):
    shipped = SHIPPED / "mnist-2d"
    shutil.copytree(shipped, models / "my-own")
    listed = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)
    assert {"mnist-2d", "mnist-16", "my-own"} <= {model["id"] for model in listed}
    picker = run().sidebar.selectbox[0]
    assert picker.options == [model["title"] for model in listed]
    assert picker.value == "mnist-16"


def test_a_broken_bundle_is_named_and_the_others_work(models):
    shutil.copytree(SHIPPED / "mnist-2d", models / "broken")
    (models / "broken" / "model.json").write_text("{")
    shell = run()
    assert any("broken" in caption.value and "model.json" in caption.value for caption in shell.sidebar.caption)
    assert "broken" not in shell.sidebar.selectbox[0].options


def test_a_link_opens_its_model_and_point(models):
    shell = run(model="mnist-2d", z="0.5,-1", image="3")
    assert shell.sidebar.selectbox[0].value == "mnist-2d"
    assert not shell.toast
    points = shell.session_state["zscope_points"]
    assert points["mnist-2d"] == state.Point((0.5, -1.0), 3)
    assert shell.query_params["z"] == "0.5,-1"


@pytest.mark.parametrize("query", [{"model": "../etc"}, {"model": "mnist-2d", "z": "1,2,3"}, {"z": "x"}])
def test_a_link_with_nonsense_is_said_and_mended(models, query):
    shell = run(**query)
    assert len(shell.toast) == 1 and shell.toast[0].value
    assert "z" not in shell.query_params
    assert shell.query_params["model"] in ("mnist-16", "mnist-2d")


def test_switching_the_model_keeps_each_ones_point(models):
    shell = run(model="mnist-2d", z="0.5,-1")
    shell.sidebar.selectbox[0].set_value("mnist-16").run()
    assert not shell.exception
    assert shell.query_params["model"] == "mnist-16" and "z" not in shell.query_params
    shell.sidebar.selectbox[0].set_value("mnist-2d").run()
    assert shell.query_params["z"] == "0.5,-1"


def test_a_model_that_vanishes_while_open_gives_way(models):
    shutil.copytree(SHIPPED / "mnist-2d", models / "mine")
    shell = run(model="mine")
    shutil.rmtree(models / "mine")
    shell.run()
    assert not shell.exception
    assert shell.sidebar.selectbox[0].value in ("mnist-16", "mnist-2d")
