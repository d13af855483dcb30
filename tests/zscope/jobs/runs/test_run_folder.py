"""Ids and requests of runs; ids are untrusted."""

import json

import pytest

from vae.errors import BadRequestError, TrainingError, ZscopeError
from zscope.jobs.runs.folder import RunRequest, free_id, new_request, read_request, run_folder, runs_folder
from zscope.jobs.runs.launch import create, delete, pause, stop
from zscope.jobs.runs.listing import find_run

STRANGE = ["../x", "a/b", "", ".", "..", ".hidden", "A", "x" * 65, "a\x00b", "a\n", "/etc", "é"]


@pytest.mark.parametrize("id", STRANGE)
@pytest.mark.parametrize("function", [run_folder, find_run, pause, stop, delete])
def test_a_strange_id_is_no_path(runs_home, function, id):
    with pytest.raises(BadRequestError, match="cannot be an id"):
        function(id)


def test_the_folder_of_runs(runs_home, monkeypatch, tmp_path):
    assert runs_folder() == runs_home
    monkeypatch.delenv("ZSCOPE_RUNS")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runs_folder() == tmp_path / ".zscope" / "runs"


class TestFreeId:
    @pytest.mark.parametrize(
        ("title", "id"),
        [
            ("My Cats", "my-cats"),
            ("  Ärger & Öl, 2. Teil! ", "arger-ol-2-teil"),
            ("日本", "model"),
            ("", "model"),
            ("../../etc", "etc"),
            ("x" * 80, "x" * 48),
        ],
    )
    def test_the_id_is_derived_from_the_title(self, runs_home, title, id):
        assert free_id(title) == id
        run_folder(id)

    def test_no_run_model_or_shipped_model_has_it(self, runs_home, tmp_path):
        assert free_id("MNIST 16") == "mnist-16-2"
        (tmp_path / "models" / "cats").mkdir(parents=True)
        (runs_home / "cats-2").mkdir()
        assert free_id("Cats") == "cats-3"


class TestRequest:
    def test_a_request_is_read_back_from_its_folder(self, ask_for):
        request = ask_for(classes=10, data_dir="data", checkpoint_steps=7)
        create(request).release()
        assert read_request(run_folder("mine")) == request
        assert request.data_dir.startswith("/") and request.models.startswith("/")

    def test_a_data_folder_of_the_shell_is_remembered(self, ask_for, monkeypatch):
        monkeypatch.setenv("ZSCOPE_DATA", "/some/data")
        assert ask_for().data_dir == "/some/data"

    def test_so_is_the_backend(self, ask_for, monkeypatch):
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        assert ask_for().backend == "jax"

    @pytest.mark.parametrize(
        "change", [{"title": "x" * 81}, {"command": "x" * 2001}, {"iwae_samples": 0}, {"checkpoint_seconds": -1.0}]
    )
    def test_a_wrong_field_is_refused(self, ask_for, change):
        with pytest.raises(BadRequestError, match=next(iter(change))):
            ask_for(**change)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: "",
            lambda text: "{",
            lambda text: text.replace('"mine"', '"other"'),
            lambda text: text.replace('"mine"', '"../x"'),
            lambda text: json.dumps(json.loads(text) | {"unknown": 1}),
            lambda text: json.dumps(json.loads(text) | {"iwae_images": "many"}),
            lambda text: text + " " * 70_000,
        ],
    )
    def test_a_damaged_one_is_named(self, ask_for, damage):
        create(ask_for()).release()
        file = run_folder("mine") / "run.json"
        file.write_text(damage(file.read_text()))
        with pytest.raises(TrainingError, match="mine"):
            read_request(run_folder("mine"))
        run = find_run("mine")
        assert run.state == "broken" and run.fault

    def test_a_run_without_a_request_is_broken(self, ask_for):
        create(ask_for()).release()
        (run_folder("mine") / "run.json").unlink()
        assert find_run("mine").state == "broken"
        delete("mine")

    def test_a_strange_id_is_refused(self, ask_for):
        for id in STRANGE:
            with pytest.raises(BadRequestError):
                ask_for(id)

    def test_the_schema_holds_no_more_than_it_says(self, ask_for):
        with pytest.raises(ZscopeError):
            new_request("mine", "Mine", ask_for().model, ask_for().training, colour="red")
        assert RunRequest.model_config.get("strict")
