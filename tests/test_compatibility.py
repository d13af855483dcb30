"""Files and links of the version before, which wrote `tests/fixtures/version_1`, open with the same contents."""

import json
import shutil
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.older_version import FIXTURES, LINKS, add_broken, opened_home
from vae.data import load_dataset
from vae.data.user_data import check_user_dataset, find_user_dataset
from zscope.cli.importing import import_files
from zscope.jobs.runs import find_run, list_runs
from zscope.library.maps import MapSpec, parse_spec
from zscope.library.maps.directions import kept_directions
from zscope.library.maps.making import find_map, map_key
from zscope.library.notes import read_note
from zscope.library.open_models import load_model
from zscope.library.registry import find_model, list_models

MODELS = ("conditional", "flow", "from-onnx", "from-keras", "decoder-alone")
MAPS = json.loads((FIXTURES / "expected" / "maps.json").read_text())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("version-1")
    with opened_home(home):
        yield home


def _compare(model: str, tolerance: float = 1e-5) -> None:
    """Compare what a listed model computes with what the version before computed."""
    loaded, expected = load_model(model), np.load(FIXTURES / "expected" / f"{model}.npz")
    np.testing.assert_allclose(loaded.codec.decode(expected["codes"]), expected["pictures"], atol=tolerance)
    if "images" in expected:
        z_mean, z_log_var = loaded.codec.encode(expected["images"])
        np.testing.assert_allclose(z_mean, expected["z_mean"], atol=tolerance)
        np.testing.assert_allclose(z_log_var, expected["z_log_var"], atol=tolerance)


@pytest.mark.parametrize("model", MODELS)
def test_models_compute_the_same(home, model):
    assert find_model(model).fault == ""
    _compare(model)


def test_titles_and_figures_are_those_that_were_saved(home):
    titles = {entry.id: entry.title for entry in list_models() if not entry.shipped}
    assert titles["flow"] == "Discs & squares, flow prior"
    assert titles["from-keras"] == "From Keras"
    card, saved = find_model("conditional").card, json.loads((FIXTURES / "models/conditional/card.json").read_text())
    assert card.metrics.model_dump(mode="json") == saved["metrics"]
    assert card.training is not None and card.training.config.epochs == 3
    imported = find_model("from-onnx").card.imported
    assert imported is not None and [file.name for file in imported.files] == ["encoder.onnx", "decoder.onnx"]


def test_notes(home):
    assert read_note("conditional") == "Conditional model of the digits.\nSecond line, with Σ and “quotes”."
    assert read_note("mnist-16") == "A note on a bundled model."


def test_a_user_data_set(home):
    entry = find_user_dataset("discs-and-squares")
    assert entry is not None
    check_user_dataset(entry)
    assert (entry.title, entry.info.class_names) == ("Discs and squares", ("discs", "squares"))
    dataset = load_dataset("discs-and-squares")
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 120
    np.testing.assert_array_equal(dataset.test.images[:8], np.load(FIXTURES / "expected" / "flow.npz")["images"])


def test_finished_runs(home):
    assert {run.id for run in list_runs()} == {"conditional", "flow", "paused"}
    for id in ("conditional", "flow"):
        run = find_run(id)
        assert run.state == "finished" and not run.fault
        assert run.request is not None and run.request.bundle == home / "models" / id
        assert [epoch.epoch for epoch in run.progress.epochs] == [1, 2, 3]


@pytest.mark.full
def test_a_paused_run_is_resumed_and_makes_the_same_model(home, run_python):
    """By the command of the version before, which still works."""
    run = find_run("paused")
    assert (run.state, run.progress.step, run.progress.checkpoint_step, run.title) == ("paused", 30, 30, "A paused run")
    done = run_python("-m", "vae", "resume", "paused", "--now")
    assert done.returncode == 0, done.stderr
    run = find_run("paused")
    assert run.state == "finished" and run.progress.step == run.progress.steps
    # Another processor rounds otherwise, and each step adds to the difference.
    _compare("paused", tolerance=1e-3)


@pytest.mark.parametrize("saved", MAPS, ids=[f"{one['model']}-{one['settings'][:20]}" for one in MAPS])
def test_maps_are_found_and_not_computed_again(home, saved):
    spec = parse_spec(saved["settings"])
    assert spec.text() == saved["settings"]
    assert map_key(saved["model"], spec) == saved["key"]
    parts = find_map(saved["model"], spec)
    assert parts is not None and parts.key == saved["key"]
    file = FIXTURES / "maps" / f"{saved['key']}.npz"
    assert file.exists() == (parts.coordinates is not None)
    if parts.coordinates is not None:
        np.testing.assert_array_equal(parts.coordinates, np.load(file)["coordinates"])


def test_a_direction_is_listed_and_a_map_is_drawn_along_it(home):
    (file,) = (FIXTURES / "directions").iterdir()
    (saved,) = json.loads(file.read_text())
    (direction,) = kept_directions(find_model("conditional").manifest)
    assert direction.title == saved["title"] == "Zero → one"
    assert (direction.id, list(direction.vector), direction.auc) == (saved["id"], saved["vector"], saved["auc"])
    assert find_map("conditional", MapSpec("along", direction=direction.id)) is not None


def test_an_exported_bundle_is_imported(tmp_path, monkeypatch):
    for name in ("MODELS", "RUNS"):  # an id is free if neither has it
        monkeypatch.setenv(f"ZSCOPE_{name}", str(tmp_path / name.lower()))
    add_broken(tmp_path / "models")
    import_files([FIXTURES / "exports" / "conditional.zip"])
    assert find_model("conditional").card.brought
    _compare("conditional")


def test_files_of_an_imported_model_are_recognised(home, capsys):
    torch = FIXTURES.parent / "torch" / "convolutions-older"
    import_files([torch / "encoder.onnx", torch / "decoder.onnx"], title="Again", data="digits")
    shutil.rmtree(home / "models" / "again")
    assert "from-onnx" in capsys.readouterr().err


def _page():
    import streamlit as st

    from zscope.ui import state
    from zscope.ui.compare.choice import choose_other

    state.restore_link()
    entry = state.current_model()
    st.session_state["shown"] = entry.id, state.current_point(entry), state.current_map(entry.id), state.take_notice()
    if "with" in st.query_params:
        st.session_state["other"] = choose_other(entry)[0].id


@pytest.mark.parametrize("page", LINKS)
def test_links_are_read(home, page):
    link = LINKS[page]
    app = AppTest.from_function(_page, default_timeout=60)
    for name, value in parse_qsl(link["query"].removeprefix("?")):
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    model, point, spec, notice = app.session_state["shown"]
    assert (model, notice) == (link["model"], None)
    assert (point and point.image) == link["image"]
    np.testing.assert_allclose(point.z if point else (), link["z"] or (), atol=5.1e-4)
    assert (spec and spec.text()) == link.get("map")
    if "with" in link:
        assert app.session_state["other"] == link["with"]
