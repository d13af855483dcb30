"""`models`: the list, for people and for programs."""

import json
import sys

import pytest

from vae.evaluation.figures import meaning_of_nats
from vae.formats.bundle.schema import Figure, SampleFigures, SampleQuality
from vae.models.config import ModelConfig
from zscope.library.registry import list_models


def _listed(command) -> dict[str, dict]:
    return {entry["id"]: entry for entry in json.loads(command("models", "--json").stdout)}


def test_json_has_every_field(command, save_model, make_content):
    path = save_model("tiny", title="A tiny one")
    assert _listed(command)["tiny"] == {
        "id": "tiny",
        "title": "A tiny one",
        "shipped": False,
        "path": str(path),
        "dataset": "digits",
        "image_shape": [8, 8, 1],
        "latent_dim": 3,
        "likelihood": "bernoulli",
        "nats": meaning_of_nats(make_content()["config"]),
        "parameters": make_content()["card"].parameters,
        "metrics": make_content()["card"].metrics.model_dump(mode="json"),
    }


def test_shipped_models_are_listed_too(command, models_home):
    listed = _listed(command)
    assert listed["mnist-16"]["shipped"] is True
    assert listed["mnist-16"]["metrics"]["knn_accuracy"]["value"] > 0.9


def test_a_broken_one_has_its_fault(command, save_model):
    (save_model("broken") / "card.json").write_text("{")
    entry = _listed(command)["broken"]
    assert entry["fault"].startswith("card.json: ")
    assert "metrics" not in entry
    assert "broken is broken: card.json: " in command("models").stdout


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_table_shows_whole_ids(command, save_model, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    save_model("a-rather-long-name-2026")
    table = command("models").stdout
    assert "a-rather-long-name-2026" in table
    assert "mnist-16" in table
    assert max(map(len, table.splitlines())) <= columns


def test_the_figures_are_whole_at_80_columns(command, save_model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    save_model("a-rather-long-name-2026", title="A title of the greatest length " + "that a title may have")
    table = command("models").stdout
    for figure in ("active", "kNN", "MSE", "coverage", "ELBO", "3 of 3", "150.0 %", "1.5000", "98.1 %", "900.4"):
        assert figure in table


def _with_metrics(make_content, config: ModelConfig | None = None, **figures) -> dict:
    content = make_content(config) if config else make_content()
    metrics = content["card"].metrics.model_copy(update=figures)
    return content | {"card": content["card"].model_copy(update={"metrics": metrics})}


def test_a_figure_that_is_not_there_is_a_dash(command, models_home, make_content, save_model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    nothing = dict.fromkeys(("elbo", "reconstruction", "kl", "iwae", "knn_accuracy"))
    save_model("bare", **_with_metrics(make_content, **nothing) | {"id": "bare"})
    (row,) = (line for line in command("models").stdout.splitlines() if "bare" in line)
    assert row.split()[-7:] == ["3", "of", "3", "–", "1.5000", "–", "–"]
    assert _listed(command)["bare"]["metrics"]["elbo"] is None


def test_samples_are_shown_by_their_coverage(command, make_content, save_model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    figures = {name: Figure(value=0.1 * place) for place, name in enumerate(SampleFigures.model_fields, 1)}
    quality = SampleQuality(images=10, ceiling=SampleFigures(**figures), **figures)
    save_model("drawn", **_with_metrics(make_content, samples=quality) | {"id": "drawn"})
    (row,) = (line for line in command("models").stdout.splitlines() if "drawn" in line)
    assert "40.0 %" in row, "coverage is the fourth"


def test_elbos_of_different_likelihoods_get_a_note(command, make_content, save_model, monkeypatch):
    module = sys.modules["zscope.cli.models"]  # the package's own name for it is the command
    monkeypatch.setattr(module, "list_models", lambda: [entry for entry in list_models() if not entry.shipped])
    said = "comparable only between models"
    save_model("grey", **_with_metrics(make_content) | {"id": "grey"})
    assert said not in command("models").stdout
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, binarize=True)
    save_model("binary", **_with_metrics(make_content, config) | {"id": "binary"})
    assert said in command("models").stdout


def test_titles_are_text_not_markup(command, save_model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    save_model("tiny", title="[/red] [bold]loud[/bold] :smile:")
    assert "[/red] [bold]loud[/bold] :smile:" in command("models").stdout


def test_faults_are_text_too(command, save_model):
    card = save_model("broken") / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"[/green]": 1}))
    assert "broken is broken: card.json: [/green] is not a known field." in command("models").stdout
