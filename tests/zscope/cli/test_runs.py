"""`runs`, `pause`, `resume`, `stop` and `remove`, on runs without a process."""

import json

import pytest

from vae.models.config import ModelConfig, TrainConfig
from zscope.jobs.runs.folder import new_request
from zscope.jobs.runs.launch import create
from zscope.jobs.runs.progress import ProgressLog

MODEL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(4,))


@pytest.fixture
def runs_home(tmp_path, monkeypatch, models_home):
    """An empty folder for runs."""
    monkeypatch.setenv("ZSCOPE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def paused(runs_home):
    """A run that is paused in its second epoch."""
    create(new_request("mine", "My [b]digits[/b]", MODEL, TrainConfig(dataset="digits", epochs=4))).release()
    log = ProgressLog(runs_home / "mine")
    log.write(
        "started", device="CPU", backend="tensorflow", images=1250, step=0, steps=40, epoch=0, epochs=4,
        resumed=False, fallback="",
    )  # fmt: skip
    log.write(
        "epoch", epoch=1, step=10, figures={"loss": 40.0, "val_loss": 39.25}, kl_per_dimension=[1.0, 0.5], seconds=2.0,
        images_per_second=900.0, input_wait=0.0,
    )  # fmt: skip
    log.write("checkpoint", step=15, epoch=1)
    log.write("paused", step=15)
    return log


def test_without_runs_prints_how_to_start_one(command, runs_home):
    assert "zscope train NAME" in command("runs").stdout
    assert json.loads(command("runs", "--json").stdout) == []


def test_the_table_has_every_run_s_state(command, paused):
    said = command("runs").stdout
    (row,) = (line for line in said.splitlines() if "mine" in line)
    assert all(word in row for word in ("paused", "1/4", "39.25", "[b]"))


def test_the_json_has_all_there_is(command, paused, models_home):
    (run,) = json.loads(command("runs", "--json").stdout)
    assert (run["id"], run["title"], run["state"]) == ("mine", "My [b]digits[/b]", "paused")
    assert run["bundle"] == str(models_home / "mine")
    assert run["progress"]["checkpoint_step"] == 15
    assert run["progress"]["epochs"][0]["kl_per_dimension"] == [1.0, 0.5]


def test_a_failure_and_a_broken_folder_are_printed(command, paused, runs_home):
    paused.write("failed", message="The disk is full.", mend="Free some space.")
    (runs_home / "broken").mkdir()
    said = command("runs").stdout
    assert "mine: The disk is full. Free some space." in said
    assert "broken: Can't read the run broken" in said


def test_rejects_actions_that_do_not_apply(command, paused):
    assert "The run mine is paused, so it can't be paused" in str(command("pause", "mine", fails=True))
    for name in ("pause", "resume", "stop", "remove"):
        assert "No run is called absent" in str(command(name, "absent", fails=True))
        assert "cannot be an id" in str(command(name, "../mine", fails=True))


def test_background_commands_start_a_process(command, paused, monkeypatch):
    spawned = []
    monkeypatch.setattr("zscope.jobs.runs.launch._spawn", lambda request, lock, now: (spawned.append((request.id, now)),
                                                                               lock.release()))  # fmt: skip
    assert "Resumed mine in the background" in command("resume", "mine", "--background", "--now").stdout
    assert "its model will be measured and saved" in command("stop", "mine").stdout
    assert spawned == [("mine", True), ("mine", False)]


@pytest.mark.parametrize("name", ["remove", "forget"])
def test_a_removed_run_is_gone_by_the_earlier_name_of_the_command_too(command, paused, runs_home, name):
    assert "Removed the run mine" in command(name, "mine").stdout
    assert list(runs_home.iterdir()) == []


def test_a_process_without_its_lock_is_refused(run_python, paused, runs_home):
    done = run_python("-m", "vae", "work", "mine", "--lock", "77")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: The process of the run mine did not get its lock")


def test_help_hides_the_internal_commands(run_python):
    said = run_python("-m", "vae", "--help").stdout
    assert all(f" {name} " in said for name in ("train", "runs", "pause", "resume", "stop", "remove"))
    assert " work " not in said and " forget " not in said
