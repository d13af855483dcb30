"""Starting, listing, pausing, stopping and removing runs: refused requests, and real processes."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from vae.errors import BadRequestError, BundleError, DataError, TrainingError, ZscopeError
from vae.formats.bundle import load_bundle
from zscope.jobs.runs.launch import claim, create, delete, pause, resume, start, stop
from zscope.jobs.runs.listing import find_run, list_runs
from zscope.jobs.runs.progress import ProgressLog
from zscope.library.locks import Lock

ROOT = Path(__file__).resolve().parents[4]


def until(true, seconds=120):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


def until_state(id, *states):
    try:
        return until(lambda: find_run(id).state in states and find_run(id))
    except AssertionError:
        run = find_run(id)
        raise AssertionError(f"{run.state}: {run.log.read_text() if run.log.exists() else ''}") from None


class TestChecksBeforeAnythingIsMade:
    @pytest.fixture(autouse=True)
    def nothing_is_made(self, runs_home):
        yield
        assert [path for path in runs_home.iterdir() if path.name != "mine"] == []

    @pytest.mark.parametrize(
        ("change", "error", "said"),
        [
            ({"image_shape": (28, 28, 1)}, BadRequestError, r"images of \(8, 8, 1\)"),
            ({"classes": 7}, BadRequestError, "has 7 classes.*has 10"),
            ({"dataset": "no-such"}, DataError, "No data set"),
            ({"free_bits": 0.5, "importance_samples": 4}, BadRequestError, "free"),
            ({"widths": (512,) * 4, "network": "dense", "latent_dim": 512}, None, ""),
        ],
    )
    def test_settings(self, ask_for, runs_home, change, error, said):
        if error is None:
            create(ask_for(**change)).release()
            return
        with pytest.raises(error, match=said):
            create(ask_for(**change))
        assert not (runs_home / "mine").exists()

    def test_a_model_too_large_to_be_saved(self, ask_for, monkeypatch):
        monkeypatch.setattr("vae.formats.bundle.weights.PARAMETER_BUDGET", 100)
        with pytest.raises(BundleError, match="the limit is 100"):
            create(ask_for())

    def test_a_shipped_id(self, ask_for, tmp_path):
        with pytest.raises(BadRequestError, match="A bundled model is called mnist-16"):
            create(ask_for("mnist-16"), replace=True)

    def test_a_model_that_is_there(self, ask_for, tmp_path):
        (tmp_path / "models" / "mine").mkdir(parents=True)
        with pytest.raises(BadRequestError, match=r"There is already a model in .*--replace"):
            create(ask_for())
        create(ask_for(), replace=True).release()

    @pytest.mark.parametrize("name", ["runs", "models"])
    def test_a_full_disk(self, ask_for, monkeypatch, tmp_path, name):
        usage, real = namedtuple("usage", "total used free"), shutil.disk_usage
        full = tmp_path / name
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 10**6) if Path(path) == full else real(path))
        with pytest.raises(TrainingError, match=rf"Can't write 50 MB to .*{name}: 1 MB are free"):
            create(ask_for())

    @pytest.mark.parametrize("name", ["ZSCOPE_RUNS", "ZSCOPE_MODELS"])
    def test_a_place_that_cannot_be_written(self, ask_for, tmp_path, monkeypatch, name):
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv(name, str(tmp_path / "file" / "deeper"))
        with pytest.raises(BundleError, match=r"is not writable: .*Choose another folder"):
            create(ask_for())

    @pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.rename"])
    def test_a_failure_on_the_way_leaves_no_half_run(self, ask_for, monkeypatch, runs_home, call):
        def fails(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(call, fails)
            with pytest.raises(TrainingError, match=r"Can't create the run .* in .*No space left.*Free some space"):
                create(ask_for())
        assert list(runs_home.iterdir()) == []


class TestNames:
    def test_a_living_run_keeps_its_name(self, ask_for):
        with create(ask_for()), pytest.raises(BadRequestError, match="A run called mine is starting"):
            create(ask_for(), replace=True)

    def test_a_run_without_a_checkpoint_is_replaced(self, ask_for):
        create(ask_for(title="First")).release()
        create(ask_for(title="Second")).release()
        assert [run.title for run in list_runs()] == ["Second"]

    def test_a_run_with_a_checkpoint_is_replaced_only_on_request(self, ask_for, runs_home):
        create(ask_for()).release()
        ProgressLog(runs_home / "mine").write("checkpoint", step=3, epoch=0)
        with pytest.raises(BadRequestError, match=r"called mine is interrupted at step .*Resume it"):
            create(ask_for())
        create(ask_for(), replace=True).release()
        assert find_run("mine").progress.checkpoint_step is None


class TestListing:
    def test_newest_first_and_nothing_vanishes(self, ask_for, runs_home):
        for id in ("b", "a", "c"):
            create(ask_for(id)).release()
        (runs_home / "d").mkdir()
        (runs_home / ".hidden").mkdir()
        (runs_home / "file").touch()
        assert [run.id for run in list_runs()] == ["d", "c", "a", "b"]
        assert {run.id: run.state for run in list_runs()} == {
            "a": "interrupted", "b": "interrupted", "c": "interrupted", "d": "broken",
        }  # fmt: skip

    def test_a_missing_folder_has_no_runs(self, runs_home, monkeypatch):
        monkeypatch.setenv("ZSCOPE_RUNS", str(runs_home / "absent"))
        assert list_runs() == []
        with pytest.raises(TrainingError, match="No run is called mine"):
            find_run("mine")

    @pytest.mark.parametrize(
        ("event", "alive", "dead"),
        [
            ({"event": "starting", "pid": 1}, "starting", "interrupted"),
            ({"event": "queued", "position": 1}, "queued", "interrupted"),
            ({"event": "checkpoint", "step": 1, "epoch": 0}, "training", "interrupted"),
            ({"event": "publishing", "what": "", "done": 0, "total": 0}, "publishing", "interrupted"),
            ({"event": "paused", "step": 1}, "paused", "paused"),
            ({"event": "failed", "message": "a", "mend": "b"}, "failed", "failed"),
            ({"event": "finished", "step": 1, "stopped": False, "seconds": 1.0}, "finished", "finished"),
        ],
    )
    def test_the_state_is_the_log_s_and_the_lock_s(self, ask_for, runs_home, event, alive, dead):
        with create(ask_for()):
            ProgressLog(runs_home / "mine").write(**event)
            assert find_run("mine").state == alive
        assert find_run("mine").state == dead


class TestRefusals:
    def test_a_run_that_is_not_at_work_has_nothing_to_pause(self, ask_for):
        create(ask_for()).release()
        with pytest.raises(TrainingError, match="mine is interrupted, so it can't be paused"):
            pause("mine")

    def test_a_run_that_learned_nothing_has_nothing_to_keep(self, ask_for, runs_home):
        with create(ask_for()):
            ProgressLog(runs_home / "mine").write("queued", position=1)
            with pytest.raises(TrainingError, match="has not started, so there is no model to save"):
                stop("mine")
            ProgressLog(runs_home / "mine").write("starting", pid=1)
            with pytest.raises(TrainingError, match="has not started, so there is no model to save"):
                stop("mine")
            ProgressLog(runs_home / "mine").write("checkpoint", step=0, epoch=0)  # the weights as they were made
        with pytest.raises(TrainingError, match="no checkpoint, so there is no model to save"):
            stop("mine")

    def test_a_living_run_is_not_forgotten(self, ask_for, runs_home):
        with create(ask_for()), pytest.raises(TrainingError, match=r"mine is running\. Pause it first"):
            delete("mine")
        assert (runs_home / "mine" / "run.json").exists()

    def test_removing_leaves_nothing(self, ask_for, runs_home):
        create(ask_for()).release()
        delete("mine")
        assert list(runs_home.iterdir()) == []
        with pytest.raises(TrainingError, match="No run is called mine"):
            delete("mine")

    def test_a_process_that_cannot_be_started_frees_the_run(self, ask_for, monkeypatch):
        def fails(*_, **__):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

        monkeypatch.setattr(subprocess, "Popen", fails)
        with pytest.raises(TrainingError, match="Can't start the run"):
            start(ask_for())
        assert find_run("mine").state == "interrupted"

    def test_a_worker_without_the_lock_does_not_work(self, ask_for, run_python, runs_home):
        create(ask_for()).release()
        for descriptor in ("99", "0"):
            done = run_python("-m", "vae", "work", "mine", "--lock", descriptor)
            assert done.returncode == 1
            assert "lock" in done.stderr and "Traceback" not in done.stderr


class TestRealProcesses:
    """Processes as pages and commands start them. Each start loads the framework."""

    @pytest.fixture(autouse=True)
    def no_survivors(self, runs_home):
        yield
        for run in list_runs():
            if run.alive and run.progress.pid:
                os.kill(run.progress.pid, signal.SIGKILL)

    @pytest.mark.full
    def test_a_run_goes_its_way_through_everything(self, ask_for, runs_home):
        """Start, pause, resume, kill, and stop from the checkpoint; then the model is saved."""
        request = ask_for(epochs=2000, checkpoint_seconds=0.5)
        start(request)
        assert find_run("mine").alive, "from the very first moment"
        until(lambda: find_run("mine").progress.checkpoint_step)
        with pytest.raises(TrainingError, match="is running already"):
            resume("mine")
        pause("mine")
        run = until_state("mine", "paused")
        until(lambda: not find_run("mine").alive)
        assert run.progress.checkpoint_step == run.progress.step > 0

        resume("mine")
        until(lambda: find_run("mine").progress.step > run.progress.step)
        os.kill(find_run("mine").progress.pid, signal.SIGKILL)
        killed = until_state("mine", "interrupted")
        assert not request.bundle.exists()

        stop("mine")
        run = until_state("mine", "finished", "failed")
        assert (run.state, run.progress.stopped) == ("finished", True), run.progress.message
        assert run.progress.step <= killed.progress.step, "nothing more was trained"
        bundle = load_bundle(request.bundle)
        assert len(bundle.card.training.history["loss"]) == run.progress.epoch
        assert "Traceback" not in run.log.read_text()

    @pytest.mark.full
    def test_the_end_of_who_started_it_changes_nothing(self, ask_for, runs_home):
        """As when a server is stopped with Ctrl-C or killed, with its whole process group."""
        request = ask_for(epochs=30)
        code = (
            "import sys, time; from zscope.jobs.runs.folder import RunRequest\n"
            "from zscope.jobs.runs.launch import start\n"
            "start(RunRequest.model_validate_json(sys.argv[1])); print('started', flush=True); time.sleep(60)"
        )
        server = subprocess.Popen(
            [sys.executable, "-c", code, request.model_dump_json()],
            cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert server.stdout.readline() == "started\n"
        os.killpg(server.pid, signal.SIGINT)
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
        assert find_run("mine").alive
        run = until_state("mine", "finished", "failed", "interrupted", "paused")
        assert (run.state, run.progress.step) == ("finished", 150)

    @pytest.mark.full
    def test_the_second_waits_and_may_leave_the_queue(self, ask_for, runs_home):
        with Lock.take(_slot(runs_home)):  # as a run that trains
            start(ask_for("first"))
            until_state("first", "queued")
            start(ask_for("second"))
            second = until_state("second", "queued")
            assert (find_run("first").position, second.position) == (1, 2)
            pause("first")
            assert until_state("first", "paused").progress.step == 0
            until(lambda: find_run("second").position == 1)
        assert until_state("second", "finished", "failed").state == "finished"
        assert find_run("first").state == "paused"

    @pytest.mark.full
    def test_a_failed_run_reports_its_reason_and_can_be_resumed(self, ask_for, runs_home, tmp_path):
        request = ask_for(epochs=1)
        (tmp_path / "models").mkdir(exist_ok=True)
        start(request)
        until(lambda: find_run("mine").alive)
        shutil.rmtree(tmp_path / "models")
        (tmp_path / "models").write_text("in the way")
        run = until_state("mine", "failed", "finished")
        assert run.state == "failed"
        assert "cannot be written" in run.progress.message
        assert "Free space or choose another folder" in run.progress.mend
        until(lambda: not find_run("mine").alive)
        assert "Error: " in run.log.read_text() and "Traceback" not in run.log.read_text()
        (tmp_path / "models").unlink()
        resume("mine")
        assert until_state("mine", "finished", "failed").state == "finished"
        assert load_bundle(request.bundle).manifest.id == "mine"


def _slot(runs_home) -> Path:
    (runs_home / ".queue").mkdir()
    return runs_home / ".queue" / "slot-0"


def test_claim_frees_the_lock_when_it_refuses(ask_for, runs_home):
    create(ask_for()).release()
    (runs_home / "mine" / "run.json").write_text("{}")
    with pytest.raises(ZscopeError):
        claim("mine")
    assert not find_run("mine").alive
